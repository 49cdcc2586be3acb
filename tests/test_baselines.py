import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

from helpers import baselines as bl
from helpers.checks import baselines as check


@pytest.mark.parametrize("name", bl.TASKS)
def test_each_task_has_rows_labels_and_groups(name):
    X, y, group = bl.load_task(name)
    assert len(X) == len(y) == len(group)
    assert np.isfinite(X).all()
    assert np.array_equal(np.unique(y), np.arange(y.max() + 1))


def test_progression_is_cut_at_the_median_and_groups_are_what_must_stay_together():
    assert abs(bl.load_task("progression")[1].mean() - 0.5) < 0.01
    assert len(np.unique(bl.load_task("forms")[2])) == 14
    assert np.bincount(bl.load_task("telephone")[2]).tolist() == [20] * 36
    with pytest.raises(ValueError, match=r"'name' must be one of forms, telephone, .* \(got 'fax'\)"):
        bl.load_task("fax")


def test_log_bands_put_a_tone_into_its_band():
    seconds = np.arange(4000) / 8000
    features = bl.log_bands([np.sin(2 * np.pi * 1125 * seconds), np.zeros(4000)]).reshape(2, 10, 16)
    assert (features[0].argmax(axis=1) == 4).all()  # 250 Hz a band: 1,000 to 1,250
    assert features[1] == pytest.approx(np.log(1e-6))


def test_folds_keep_groups_whole_and_use_every_fold():
    group = np.repeat(np.arange(13), 5)
    fold = bl.group_folds(group, n_folds=5, rng=np.random.default_rng(0))
    assert pd.Series(fold).groupby(group).nunique().max() == 1
    assert set(fold) == set(range(5))
    assert not np.array_equal(fold, bl.group_folds(group, n_folds=5, rng=np.random.default_rng(1))), "dealt by lot"
    with pytest.raises(ValueError, match=r"'group' must have at least n_folds=5 groups \(got 2\)"):
        bl.group_folds(np.array([0, 1]), n_folds=5, rng=np.random.default_rng(0))


def test_one_column_rule_finds_the_column_and_beats_no_rule_by_the_oracle():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2000, 5)), rng.integers(0, 2, 2000)
    X[:, 3] += 2 * y
    prediction, column = bl.one_column_rule(X[:1000], y[:1000], X[1000:])
    assert column == 3
    assert (prediction == y[1000:]).mean() == pytest.approx(1 - stats.norm.sf(1), abs=0.04)


def test_of_columns_that_tell_the_same_the_first_one_is_taken():
    X, y = np.array([[1, 1], [2, 2], [8, 8], [9, 9]]), np.array([0, 0, 1, 1])
    assert bl.one_column_rule(X, y, X, n_bins=2)[1] == 0


def test_one_column_rule_answers_the_commonest_class_in_an_empty_bin():
    X, y = np.array([[0.0], [0.0], [1.0]]), np.array([1, 1, 0])
    prediction, _ = bl.one_column_rule(X, y, np.array([[-5.0], [0.5]]), n_bins=3)
    assert set(prediction) <= {0, 1} and prediction[0] == 1


def test_useless_columns_know_nothing():
    X, y = bl.useless_table(4000, 3, rng=np.random.default_rng(0))
    assert y.sum() == 2000
    assert LogisticRegression().fit(X[:2000], y[:2000]).score(X[2000:], y[2000:]) == pytest.approx(0.5, abs=0.05)


def test_an_interval_counts_groups_not_rows():
    share = [0.25, 0.75, 0.5]
    right, group = np.array([1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0], dtype=bool), np.repeat([0, 1, 2], 4)
    expected = stats.t.interval(0.95, 2, loc=0.5, scale=stats.sem(share))
    once, twice = bl.group_interval(right, group), bl.group_interval(np.tile(right, 2), np.tile(group, 2))
    assert (once["low"], once["high"]) == pytest.approx(expected)
    assert once == twice  # the same groups with twice the rows


def test_no_row_takes_part_in_its_own_choice():
    right = pd.DataFrame({"quick": [1, 1, 0, 0], "other": [0, 0, 1, 1]}, dtype=bool)
    assert not bl.chosen_elsewhere(right, np.array([0, 0, 1, 1]), check.chosen_outside).any()
    right.insert(0, "good", True)
    assert bl.chosen_elsewhere(right, np.array([0, 0, 1, 1]), check.chosen_outside).all()


def test_what_is_judged_in_a_fold_is_what_the_choice_names():
    right = pd.DataFrame({"good": [1, 1, 1, 1], "bad": [0, 0, 0, 0]}, dtype=bool)
    worst = bl.chosen_elsewhere(right, np.array([0, 0, 1, 1]), lambda right, fold, k: "bad" if k else "good")
    assert worst.tolist() == [True, True, False, False]


def test_flipping_single_rows_is_mcnemars_exact_test():
    one, other = np.repeat([True, False, True], [19, 7, 50]), np.repeat([False, True, True], [19, 7, 50])
    exact = stats.binomtest(19, 26).pvalue
    assert bl.flip_p(one, other, np.arange(76), rng=np.random.default_rng(0)) == pytest.approx(exact, abs=0.006)


def test_rows_that_go_together_are_one_coin():
    one, other, group = np.ones(30, bool), np.zeros(30, bool), np.repeat([0, 1, 2], 10)
    assert bl.flip_p(one, other, group, rng=np.random.default_rng(0)) == pytest.approx(2 / 8, abs=0.02)
    assert bl.flip_p(one, one, group, rng=np.random.default_rng(0)) == 1
    surely = bl.flip_p(
        np.ones(100, bool), np.zeros(100, bool), np.arange(100), n_flips=99, rng=np.random.default_rng(0)
    )
    assert surely == 0.01, "the real arrangement is one of the flips"


def test_plots_return_their_axes():
    table = pd.DataFrame(
        {"accuracy": [0.1, 0.9], "low": [0.05, np.nan], "high": [0.2, np.nan]}, index=["rule", "model"]
    )
    ax = bl.plot_ladder(table)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["rule", "model"]
    bars = ax.collections[0].get_segments()
    assert bars[0][:, 0].tolist() == [0.05, 0.2] and bars[1][:, 0].tolist() == [0.9, 0.9]
    ax = bl.plot_permutations(np.linspace(0.4, 0.6, 50), 0.7, chance=0.5)
    assert ax.get_ylabel() == "of 50 permutations"
