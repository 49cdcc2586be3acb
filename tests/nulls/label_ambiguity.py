"""Where the claims of week 3, notebook 2, must fail."""

from functools import cache

import numpy as np

from helpers import label_agreement as agreement
from helpers import label_ambiguity as labels
from helpers.checks import label_ambiguity as check
from helpers.datasets import load_mnist
from nulls import null


@cache
def ink():
    return load_mnist()[0].mean(axis=1)


@null("To reach what 200 labels of one rule reach takes at least twice as many labels of two mixed rules")
def _():
    agreed = np.quantile(ink(), 0.3)
    costs = labels.convention_costs({"one": (agreed,), "two": (agreed, agreed)}, agreed=agreed, n_runs=5, seed=0)
    curves = labels.summarize(costs, ["labels", "n"]).pivot(index="labels", columns="n", values="mean")
    return labels.equivalent_size(labels.SIZES, curves.loc["two"], target=curves.loc["one", 200]) / 200


def accuracy_of(votes, y):
    said = agreement.dawid_skene(votes).round(9).idxmax(axis=1).to_numpy()
    majority = agreement.majority_vote(votes, rng=np.random.default_rng(0)).to_numpy()
    return 100 * np.mean(said == y), 100 * np.mean(majority == y)


@null("Where three of five share a convention, Dawid–Skene is right at least five points more often than the majority")
def _():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, 300)
    votes = agreement.simulate_labelers(y, [0.95] * 5, rng=rng)
    votes.loc[y == 7] = 1
    said, majority = accuracy_of(votes, y)
    return said - majority


@null("Where three copy one answer, Dawid–Skene is right at least ten points less often than the best labeler alone")
def _():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, 300)
    votes = agreement.simulate_labelers(y, agreement.CREWS["three keep a pre-filled label"], rng=rng)
    return 100 * votes.eq(y, axis=0).mean().max() - accuracy_of(votes, y)[0]


@null("From 2,000 digits on, at least three in four suspects are really wrong, when the errors were planted")
def _():
    rng = np.random.default_rng(0)
    y = rng.permutation(load_mnist()[1])[:2000]
    planted = labels.flip_labels(y, 0.1, rng=rng)
    given = planted["label"].to_numpy()
    prob = labels.out_of_fold_probabilities(rng.random((2000, 784)), given, seed=0)
    reached = np.where(prob >= check.class_bars(prob, given), prob, -1)
    suspect = (reached.max(axis=1) >= 0) & (reached.argmax(axis=1) != given)
    return planted.loc[suspect, "is_wrong"].mean()


@null("Cleaning is worth at least twice as much data to one nearest neighbor as to the RBF-SVM")
def _():
    budget = labels.cleaning_against_collecting(n_clean=300, share=0, n_runs=3, seed=0)
    times = labels.times_the_data(budget)["times"]
    return min(times["1-NN"], 8) / times["RBF-SVM"]


def compare(noise):
    agreed, low, high = np.quantile(ink(), [0.3, 0.2, 0.4])
    guidelines = {"rule": ([agreed], [agreed], [0, 1]), "band": ([low, high], [low, high], [0, float("nan"), 1])}
    return labels.compare_guidelines(ink(), guidelines, noise=noise, rng=np.random.default_rng(0))


@null("With a band at most 5 decisions in 1,000 are opposite")
def _():
    return 1000 * compare(0.032).loc["band", "clash"]


@null("A band has a kappa at least 0.03 lower than the single rule")
def _():
    kappa = compare(0)["kappa"]
    return kappa["rule"] - kappa["band"]


@null("As many checks among the suspects give at least two points more accuracy than checks at random")
def _():
    rng = np.random.default_rng(0)
    y = load_mnist()[1]
    rows = rng.choice(len(y), 3000, replace=False)
    given = labels.flip_labels(y[rows], 0.1, rng=rng)["label"].to_numpy()
    after = labels.retrain_after_checks(given, y[rows], rows, rng.permutation(3000), counts=[240], seed=1)
    return 100 * (after.loc[240, "order"] - after.loc[240, "at random"])
