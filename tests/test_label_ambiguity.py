"""Label ambiguity: the cost of conventions, wrong labels, cleaning against collecting."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers import label_ambiguity as labels
from helpers.checks import label_ambiguity as check
from helpers.datasets import load_mnist


def test_grades_count_the_thresholds_that_are_reached():
    rng = np.random.default_rng(0)
    assert labels.grade_ink([0.1, 0.2, 0.3], [0.15, 0.25], noise=0, rng=rng).tolist() == [0, 1, 2]
    blurred = labels.grade_ink(np.full(4000, 0.2), [0.2], noise=0.05, rng=rng)
    assert abs(blurred.mean() - 0.5) < 0.05


def test_negative_noise_is_named():
    with pytest.raises(ValueError, match=r"'noise' must be 0 or more \(got -1\)"):
        labels.grade_ink([0.1], [0.2], noise=-1, rng=np.random.default_rng(0))


def test_flips_are_marked_and_as_frequent_as_asked():
    y = np.arange(10).repeat(400)
    for confusable in (True, False):
        flipped = labels.flip_labels(y, 0.2, rng=np.random.default_rng(0), confusable=confusable)
        assert ((flipped["label"] != y) == flipped["is_wrong"]).all()
        assert abs(flipped["is_wrong"].mean() - 0.2) < 0.03
    assert set(flipped.loc[(y == 4) & flipped["is_wrong"], "label"]) == set(range(10)) - {4}
    with pytest.raises(ValueError, match=r"'share' must be from 0 to 1 \(got 2\)"):
        labels.flip_labels(y, 2, rng=np.random.default_rng(0))


def test_no_digit_is_confused_with_itself():
    assert not (np.arange(10) == labels.CONFUSED_WITH).any()


@pytest.mark.parametrize(("target", "size"), [(0.5, 100), (0.7, 100), (0.8, 200), (0.9, 400), (0.95, np.inf)])
def test_equivalent_size_by_hand(target, size):
    assert labels.equivalent_size([100, 400], [0.7, 0.9], target=target) == size


def test_a_dip_of_the_curve_counts_as_a_plateau():
    assert labels.equivalent_size([100, 200, 400], [0.8, 0.7, 0.9], target=0.85) == pytest.approx(np.sqrt(200 * 400))


def test_guidelines_without_noise_by_hand():
    ink = np.array([0.1, 0.2, 0.3, 0.4])
    nan = float("nan")
    guidelines = {
        "two rules": ([0.15], [0.35], [0, 1]),
        "band": ([0.15, 0.35], [0.15, 0.35], [0, nan, 1]),
    }
    table = labels.compare_guidelines(ink, guidelines, noise=0, rng=np.random.default_rng(0))
    asked = ["agree", "kappa", "clash", "sent_on"]
    assert table.loc["two rules", asked].tolist() == pytest.approx([0.5, 0.2, 0.5, 0])
    assert table.loc["band", [*asked, "low", "high"]].tolist() == pytest.approx([1, 1, 0, 0.5, 1, 1])
    assert table.loc["two rules", "low"] < 0.2 < table.loc["two rules", "high"]


def test_out_of_fold_probabilities_do_not_know_the_item_itself():
    rng = np.random.default_rng(0)
    X = rng.random((60, 50)) * 0.01 + np.arange(2).repeat(30)[:, None]
    y = np.arange(2).repeat(30)
    y[0] = 1
    prob = labels.out_of_fold_probabilities(X, y, seed=0)
    assert np.allclose(prob.sum(axis=1), 1)
    assert prob[0, 0] > 0.9


def test_consistent_labels_beat_mixed_ones():
    conventions = {"agreed": (0.11,), "mixed": (0.08, 0.14)}
    table = labels.convention_costs(conventions, agreed=0.11, n_runs=2, seed=0)
    assert len(table) == 2 * 2 * len(labels.SIZES)
    means = table.groupby("labels")["accuracy"].mean()
    assert means["agreed"] > means["mixed"] + 0.02


def test_labels_that_are_all_alike_teach_one_answer():
    table = labels.convention_costs({"all fine": (-1.0,)}, agreed=0.11, n_runs=1, seed=0)
    assert table["accuracy"].nunique() == 1


def test_cleaning_beats_the_same_number_of_noisy_labels():
    table = labels.cleaning_against_collecting(n_clean=100, share=0.3, n_runs=1, seed=0)
    first = table[table["n"] == 100].pivot(index="model", columns="labels", values="accuracy")
    assert (first["cleaned"] > first["as they come"]).all()
    with pytest.raises(ValueError, match=r"'n_clean' must be from 50 to 500 \(got 600\)"):
        labels.cleaning_against_collecting(n_clean=600, share=0.1, n_runs=1, seed=0)


def test_times_the_data_by_hand():
    rows = [("a", "cleaned", 100, 0, 0.8), ("a", "cleaned", 100, 1, 0.9)]
    gaps = {100: -0.1, 400: 0.1}
    rows += [("a", "as they come", n, run, 0.8 + 0.1 * run + gap) for n, gap in gaps.items() for run in (0, 1)]
    table = pd.DataFrame(rows, columns=["model", "labels", "n", "run", "accuracy"])
    assert labels.times_the_data(table).loc["a"].tolist() == pytest.approx([2, 2, 2])
    table.loc[2, "accuracy"] -= 0.1  # one run starts lower: the first difference is -0.15 with a standard error of 0.05
    low, times, high = labels.times_the_data(table).loc["a"]
    assert low == pytest.approx(4 ** (0.05 / 0.15))
    assert times == pytest.approx(4**0.6)
    assert low < times < high


def test_the_session_shows_each_digit_once_and_the_ambiguous_ones_among_others():
    assert len(set(labels.SESSION)) == len(labels.SESSION) == 20
    assert {*labels.AMBIGUOUS, *labels.READABLE} < {*labels.SESSION}


def test_figures_draw_what_they_are_given():
    rows = [("a", "cleaned", 10, r, 0.9) for r in (0, 1)] + [("a", "as they come", 10, r, 0.8) for r in (0, 1)]
    table = pd.DataFrame(rows, columns=["model", "labels", "n", "run", "accuracy"])
    assert len(labels.plot_curves(table, by="labels").get_legend_handles_labels()[1]) == 2
    line = next(line for line in labels.plot_cleaning(table).lines if line.get_linestyle() == "--")
    assert line.get_ydata()[0] == pytest.approx(0.9)
    ax = labels.plot_votes(pd.DataFrame({"1": [2, 0], "7": [1, 3]}))
    assert [bar.get_height() for bar in ax.patches] == [2, 1, 3]
    assert [text.get_color() for text in ax.texts] == ["white", "black", "black"]
    plt.close("all")


def test_checks_repair_what_they_look_at():
    y = load_mnist()[1]
    rows = np.random.default_rng(1).permutation(len(y))[:1500]
    planted = labels.flip_labels(y[rows], 0.2, rng=np.random.default_rng(0))
    given, wrong = planted["label"].to_numpy(), np.flatnonzero(planted["is_wrong"])
    kept = given.copy()
    after = labels.retrain_after_checks(given, y[rows], rows, wrong, counts=[0, len(wrong), 1500], seed=0)
    assert after.loc[0].nunique() == 1
    assert after.loc[len(wrong), "order"] == after.loc[1500, "at random"]
    assert after.loc[len(wrong), "order"] > after.loc[len(wrong), "at random"] + 0.05
    assert (given == kept).all()


def test_the_joint_by_hand():
    prob = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5], [0.2, 0.8]])
    given = np.array([0, 0, 1, 1])
    bars = check.class_bars(prob, given)
    assert bars == pytest.approx([0.65, 0.65])
    assert check.joint_of(prob, given, bars).tolist() == [[1, 0], [0, 1]]
    assert check.joint_of(prob, given, [0.4, 0.6]).tolist() == [[1, 1], [1, 1]]
    assert check.most_suspicious_first(prob, given, np.array([True, True, False, True])).tolist() == [1, 3, 0]
