import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers import more_data_can_hurt as mdh
from helpers.datasets import load_mnist


def keep(X, rng):
    return X


def test_split_is_balanced_and_disjoint():
    y = np.repeat(np.arange(10), [30] * 9 + [12])
    train, test = mdh.draw_split(y, per_class=11, n_test=100, rng=np.random.default_rng(0))
    assert (np.bincount(y[train]) == 11).all()
    assert len(test) == len(set(test)) == 100
    assert not set(train) & set(test)
    for per_class in (0, 12):
        with pytest.raises(ValueError, match="'per_class' must be from 1 to 11"):
            mdh.draw_split(y, per_class=per_class, n_test=1, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("offer", "digits", "changed"),
    [("tilted 1s", {1}, True), ("copies of 1s", {1}, False), ("tilted digits, all ten", set(range(10)), True)],
)
def test_offers_add_what_they_say(offer, digits, changed):
    X, y = load_mnist()
    X, y = X[::50], y[::50]
    X_more, y_more = mdh.add_images(
        X, y, offer=offer, n_added=200, change=lambda images, rng: 1 - images, rng=np.random.default_rng(0)
    )
    assert_allclose(X_more[:100], X)
    assert set(y_more[100:].tolist()) == digits
    old = {image.tobytes() for image in X}
    assert all((image.tobytes() in old) is not changed for image in X_more[100:])


def test_adding_nothing_changes_nothing():
    X, y = np.ones((3, 784)), np.array([1, 1, 2])
    X_more, y_more = mdh.add_images(X, y, offer="tilted 1s", n_added=0, change=None, rng=np.random.default_rng(0))
    assert_allclose(X_more, X)
    assert y_more.tolist() == [1, 1, 2]
    with pytest.raises(ValueError, match="'n_added' must be at least 0"):
        mdh.add_images(X, y, offer="tilted 1s", n_added=-1, change=None, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"'offer' must be one of .* \(got 'gifts'\)"):
        mdh.add_images(X, y, offer="gifts", n_added=1, change=None, rng=np.random.default_rng(0))


def test_unknown_model():
    with pytest.raises(ValueError, match=r"'name' must be one of softmax 4 × 4, .* \(got 'oracle'\)"):
        mdh.make_model("oracle")


def test_the_score_is_the_mean_recall():
    y_true, y_pred = np.repeat(np.arange(10), 2), np.repeat(np.arange(10), 2)
    y_pred[-2:] = [1, 9]
    scores = mdh._score(y_true, y_pred)
    assert scores["recall_9"] == 0.5
    assert scores["recall_1"] == 1
    assert scores["accuracy"] == pytest.approx(0.95)
    assert scores["said_1"] == pytest.approx(3 / 20)


def test_simulation_is_reproducible_and_weights_undo_plain_copies():
    case = {"model": "softmax 4 × 4", "offer": "copies of 1s"}
    cases = [case | {"added": 0}, case | {"added": 400}, case | {"added": 400, "weights": "balanced"}]
    options = {"change": keep, "per_class": 30, "n_test": 500, "n_runs": 2}
    table = mdh.simulate_adding(cases, **options)
    assert table.equals(mdh.simulate_adding(cases, **options))
    said = table.groupby(["added", "weights"]).said_1.mean()
    assert said[400, "none"] > 1.5 * said[0, "none"]
    assert said[400, "balanced"] == pytest.approx(said[0, "none"], abs=0.05)
    assert_allclose(table.tilted_1, table.recall_1)  # nothing was changed about them


def test_paired_change_needs_one_row_per_run():
    table = pd.DataFrame({"run": [0, 0, 1, 1], "added": [0, 5, 0, 5], "accuracy": [0.5, 0.6, 0.7, 0.9]})
    change = mdh.paired_change(table, "accuracy", before={"added": 0}, after={"added": 5})
    assert_allclose(change, [0.1, 0.2])
    for picks in ({"run": 0}, {"added": 7}):
        with pytest.raises(ValueError, match="must pick one row per run"):
            mdh.paired_change(table, "accuracy", before=picks, after={"added": 5})


def test_plot_shows_both_sides():
    columns = [f"recall_{digit}" for digit in range(10)]
    before, after = pd.DataFrame([np.full(10, 0.8)], columns=columns), pd.DataFrame([np.full(10, 0.6)], columns=columns)
    ax = mdh.plot_recall_change(before, after)
    assert [line.get_ydata()[0] for line in ax.lines] == [0.8, 0.6]


def test_own_weights_take_the_place_of_the_balanced_ones():
    case = [{"model": "softmax 4 × 4", "offer": "copies of 1s", "added": 300, "weights": "balanced"}]
    options = {"change": keep, "per_class": 20, "n_test": 200, "n_runs": 1}

    def weigh(y):
        classes, counts = np.unique(y, return_counts=True)
        return pd.Series(len(y) / (len(classes) * counts), index=classes)

    balanced = mdh.simulate_adding(case, **options)
    assert_allclose(mdh.simulate_adding(case, weigh=weigh, **options).accuracy, balanced.accuracy)
    favored = mdh.simulate_adding(case, weigh=lambda y: dict.fromkeys(range(10), 1.0) | {1: 1e6}, **options)
    assert favored.said_1[0] > balanced.said_1[0] + 0.3


def test_cases_of_one_offer_share_its_images():
    seen = []

    def note(X, rng):
        seen.append(len(X))
        return X

    cases = [{"model": "softmax 4 × 4", "offer": "tilted 1s", "added": 30, "weights": w} for w in (None, "balanced")]
    mdh.simulate_adding(cases, change=note, per_class=10, n_test=100, n_runs=1)
    assert seen.count(30) == 1


def test_interval_of_a_mean_by_hand():
    mean, low, high = mdh.mean_interval([0.1, 0.3])
    assert mean == pytest.approx(0.2)
    assert high - mean == pytest.approx(12.706 * 0.1, rel=1e-3)  # t with one degree of freedom times the standard error
    assert mean - low == pytest.approx(high - mean)
    with pytest.raises(ValueError, match=r"'values' must be at least two \(got 1\)"):
        mdh.mean_interval([1.0])
