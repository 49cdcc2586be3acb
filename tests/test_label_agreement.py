"""Agreement and voting against pair counting, by hand and on simulated crews."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from helpers import label_agreement as agreement


def random_votes(seed, *, missing):
    rng = np.random.default_rng(seed)
    votes = pd.DataFrame(rng.integers(0, 3, (30, 4))).astype(object)
    return votes.mask(rng.random(votes.shape) < missing)


def test_krippendorff_against_counting_ordered_pairs():
    votes = random_votes(1, missing=0.3)
    units = [row.dropna().tolist() for _, row in votes.iterrows()]
    units = [unit for unit in units if len(unit) > 1]
    pool = [v for unit in units for v in unit]
    differs = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units) / len(pool)
    expected = sum(a != b for a, b in permutations(pool, 2)) / (len(pool) * (len(pool) - 1))
    assert agreement.krippendorff_alpha(votes) == pytest.approx(1 - differs / expected)


def test_krippendorff_reproduces_the_published_example():
    # Krippendorff 2011, section C: four observers, twelve units, nominal alpha .743
    gap = np.nan
    votes = pd.DataFrame(
        {
            "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
            "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
            "C": [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
            "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
        }
    )
    assert agreement.krippendorff_alpha(votes) == pytest.approx(0.743, abs=5e-4)


def test_the_interval_of_kappa_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth = rng.random(200_000) < 0.3
    a, b = (np.where(rng.random(truth.size) < 0.1, ~truth, truth) for _ in range(2))
    known = cohen_kappa_score(a, b)
    held = 0
    for part in np.split(np.arange(40_000), 200):
        low, high = agreement.kappa_interval(a[part], b[part], rng=rng, n_draws=300)
        held += low <= known <= high
    assert 180 <= held <= 199


def test_the_interval_of_full_agreement_is_one():
    assert agreement.kappa_interval(list("aab"), list("aab"), rng=np.random.default_rng(0)) == (1, 1)


def test_one_class_has_no_chance_corrected_agreement():
    votes = pd.DataFrame({"a": [1, 1], "b": [1, 1]})
    assert np.isnan(agreement.krippendorff_alpha(votes))


def test_majority_breaks_ties_both_ways():
    votes = pd.DataFrame({"a": [1] * 200, "b": [2] * 200})
    won = agreement.majority_vote(votes, rng=np.random.default_rng(0))
    assert 60 < (won == 1).sum() < 140
    assert agreement.majority_vote(votes.assign(c=2), rng=np.random.default_rng(0)).eq(2).all()


def test_dawid_skene_recovers_who_is_reliable():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 600)
    votes = agreement.simulate_labelers(y, [0.95, 0.9, 0.5, 0.5], rng=rng, n_classes=3)
    posterior = agreement.dawid_skene(votes)
    assert np.allclose(posterior.sum(axis=1), 1)
    skill = [np.mean(np.diag(matrix)) for matrix in agreement.labeler_confusions(votes, posterior)]
    assert np.allclose(skill, [0.95, 0.9, 0.5, 0.5], atol=0.08)


def test_dawid_skene_takes_gaps_but_no_empty_item():
    votes = pd.DataFrame({"a": ["1", "2", np.nan], "b": ["1", np.nan, "2"]})
    assert agreement.dawid_skene(votes).idxmax(axis=1).tolist() == ["1", "2", "2"]
    with pytest.raises(ValueError, match=r"'votes' must have a vote for each item \(got none for 1\)"):
        agreement.dawid_skene(pd.DataFrame({"a": ["1", np.nan], "b": ["1", np.nan]}))


def test_readers_draw_from_the_given_shares():
    prob = pd.DataFrame([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0]], index=[7, 9], columns=["a", "b", "c"])
    votes = agreement.simulate_readers(prob, 4000, rng=np.random.default_rng(0), skipped=0.25)
    counts = agreement.vote_counts(votes)
    assert np.allclose(counts.div(counts.sum(axis=1), axis=0), prob, atol=0.03)
    assert abs(votes.isna().mean(axis=None) - 0.25) < 0.02


def test_crews_do_what_their_names_say():
    y = np.arange(10).repeat(30)
    copied = agreement.simulate_crew("three keep a pre-filled label", y, rng=np.random.default_rng(0))
    assert (copied["labeler 3"] == copied["labeler 5"]).all()
    shared = agreement.simulate_crew("three share a convention", y, rng=np.random.default_rng(0))
    assert (shared.loc[y == 7, "labeler 4"] == 1).all()
    with pytest.raises(ValueError, match="'crew' must be one of equally good"):
        agreement.simulate_crew("lazy", y, rng=np.random.default_rng(0))


def test_voting_table():
    table = agreement.voting_accuracy(n_runs=2, seed=0, n_items=60)
    assert len(table) == 2 * len(agreement.CREWS)
    assert table[["majority", "dawid_skene"]].min(axis=None) > 0.5
    assert table["best_labeler"].between(0.6, 1).all()


def test_the_interval_takes_as_many_draws_whatever_the_labelers_said():
    """What follows from the same generator must not depend on one field that rounding put on the other side."""
    a = np.tile([0, 1, 2], 40)
    after = []
    for b in (a, np.roll(a, 1), np.where(a == 2, 1, a)):
        rng = np.random.default_rng(0)
        agreement.kappa_interval(a, b, rng=rng)
        after.append(rng.random())
    assert len(set(after)) == 1


def test_a_left_out_persons_columns_are_left_out_together():
    votes = pd.DataFrame({"a": [1, 2, 2, 1], "b": [1, 2, 2, 1], "c": [2, 2, 1, 1], "d": [2, 2, 1, 1]})
    shares = agreement.predict_left_out(votes, people=["Ana", "Ana", "Ben", "Ben"], seed=0)
    assert shares.index.tolist() == ["Ana", "Ben"]
    assert (shares == 0.5).all(axis=None)  # each meets the other's opinion on two of four items
