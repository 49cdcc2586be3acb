"""Where the claims of week 2, notebook 9, must fail."""

import io
from functools import cache

import matplotlib.pyplot as plt
import numpy as np

from helpers import experiment_tracking as tracking
from nulls import null


@cache
def project(n_train=200):
    """What runs are made of, by fingerprint, and the causes of twelve runs."""
    store, names = tracking.content_store(tracking.form_tables(n_train, seed=0))
    key = {name: digest for digest, name in names.items()}
    return store, tracking.twelve_recipes(key, rng=np.random.default_rng(0))


@null("No re-training from memory predicts every form as the slide's model did")
def _():
    store, recipes = project()
    tried = [{**recipes[1], "seed": seed} for seed in (0, 1, recipes[1]["seed"])]
    slide = tracking.run(recipes[1], store)["predictions"]
    return sum(tracking.run(causes, store)["predictions"] == slide for causes in tried)


@null("A re-run from the store predicts every held-out form as the slide's run did")
def _():
    store, recipes = project()
    guess = {**recipes[1], "seed": recipes[1]["seed"] + 1}
    return np.mean(tracking.predict(guess, store) == tracking.predict(recipes[1], store))


@null("The redrawn figure has the slide's very bytes")
def _():
    store, recipes = project()
    record, files = tracking.run(recipes[1], store), []
    for time in ("10:00", "10:01"):
        figure, file = tracking.plot_recall(record).figure, io.BytesIO()
        figure.savefig(file, metadata={"Creation Time": time})
        plt.close(figure)
        files.append(file.getvalue())
    return files[0] == files[1]


@null("Whichever cause is missing, one guess at most brings the run back")
def _():
    store, recipes = project()
    deep = tracking.run({**recipes[0], "max_depth": 50}, store)
    return tracking.guess_missing(deep, {"max_depth": [4, 50, 60]}, store)["exact"].sum()


@cache
def by_seed():
    store, recipes = project()
    return tracking.guess_missing(tracking.run(recipes[1], store), {"seed": [*range(6), recipes[1]["seed"]]}, store)


@null("At least one wrong guess agrees with the slide in both digits of its accuracy")
def _():
    guesses = by_seed()
    accuracy = guesses.loc[guesses["exact"], "accuracy"].item()
    return (guesses.loc[~guesses["exact"], "accuracy"].round(4) == round(accuracy, 4)).sum()


@null("The best run's lead over the second is at most twice what two seeds of one recipe differ by")
def _():
    store, recipes = project()
    accuracy = [tracking.run(causes, store)["accuracy"] for causes in recipes]
    return (max(accuracy) - min(accuracy)) / (np.sqrt(2) * by_seed()["accuracy"].std())
