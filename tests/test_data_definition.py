"""Data definition: cuts, struck-out digits, splits and quadrants, on cases small enough to follow."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import recall_score
from sklearn.neighbors import KNeighborsClassifier

from helpers import data_definition as definition
from helpers.checks import data_definition as check
from helpers.datasets import load_mnist, load_spoken_digits


def test_a_displaced_dot_stays_within_reach():
    image = np.zeros((1, 28, 28))
    image[0, 14, 14] = 1
    seen = set()
    rng = np.random.default_rng(0)
    for _ in range(300):
        cut = definition.displace(image.reshape(1, -1), 2, rng=rng).reshape(28, 28)
        row, column = np.argwhere(cut == 1)[0]
        seen.add((int(row) - 14, int(column) - 14))
    assert seen == {(r, c) for r in range(-2, 3) for c in range(-2, 3)}
    assert image.sum() == 1


def test_a_reach_beyond_the_paper_is_named():
    with pytest.raises(ValueError, match=r"'reach' must be from 0 to 6 \(got 7\)"):
        definition.displace(np.zeros((1, 784)), 7, rng=np.random.default_rng(0))


def test_a_line_adds_ink_to_the_struck_digits_only():
    X, _ = load_mnist()
    drawn, struck = definition.strike_out(X[:400], 0.25, rng=np.random.default_rng(0))
    added = (drawn - X[:400]).sum(axis=1)
    assert (added[struck] > 5).all()
    assert (added[~struck] == 0).all()
    assert abs(struck.mean() - 0.25) < 0.08


def test_definitions_agree_with_themselves_best():
    cuts = definition.compare_cuts(n_runs=2, seed=0).query("graded != 'fixed, then centered'")
    for table in (cuts, definition.compare_labels(n_runs=2, seed=0)):
        mean = table.groupby(["graded", "trained"])["accuracy"].mean().unstack()
        assert len(table) == 8
        assert (mean.idxmax(axis=1) == mean.index).all()


def test_fields_are_described_as_the_readers_note_them():
    fields = pd.DataFrame(definition.draw_fields(3000, seed=0))
    assert fields["struck_out"].mean() == pytest.approx(0.1, abs=0.02)
    assert (fields["ink"] == 0).mean() == pytest.approx(0.02, abs=0.01)
    assert not fields.loc[~fields["struck_out"], "replaced_by"].notna().any()
    assert fields["readings"].map(lambda pair: pair[0] != pair[1]).mean() == pytest.approx(0.036, abs=0.015)


def test_features_tell_a_high_tone_from_a_low_one():
    times = np.arange(4000) / 8000
    low, high = definition.clip_features([np.sin(2 * np.pi * f * times) for f in (300, 3000)]).reshape(2, 10, 16)
    assert (low.argmax(axis=1) == 1).all()  # bands are 240 to 280 Hz wide
    assert (high.argmax(axis=1) == 11).all()


def test_strangers_are_harder_than_known_voices_and_every_clip_is_tested_once():
    splits = definition.compare_splits(n_runs=2, seed=0)
    assert len(splits) == 720
    assert set(splits["voices"]) <= {0, 0.5, 1}  # misheard in none, one or both runs
    assert 0 < splits["clips"].mean() < splits["voices"].mean() < 0.1


def test_what_is_kept_together_can_be_chosen():
    _, spoken, _ = load_spoken_digits()
    by_word = definition.compare_splits(n_runs=1, seed=0, by=spoken)
    assert by_word["voices"].mean() == 1  # a word that was never heard is never said


def test_the_night_shift_and_the_slips_are_told_apart():
    y = np.arange(10).repeat(2000)
    labels = definition.mislabel(y, rng=np.random.default_rng(0), is_image=True)
    assert np.mean(labels["without_rule"] != y) == pytest.approx(0.08 * 0.9, abs=0.01)
    assert np.mean(labels["without_slips"] != y) == pytest.approx(0.4 * 0.2, abs=0.01)
    assert set(y[labels["without_slips"] != y]) == {7, 9}
    assert np.mean(labels.loc[y == 7, "given"] == 1) == pytest.approx(0.4 * 0.92 + 0.008, abs=0.03)
    assert np.mean(labels.loc[y == 3, "given"] != 3) == pytest.approx(0.072, abs=0.02)
    faults = definition.mislabel(np.ones(4000, dtype=int), rng=np.random.default_rng(0), is_image=False)
    assert np.mean(faults["given"] == 0) == pytest.approx(
        0.4 + 0.6 * 0.08, abs=0.03
    )  # a slip of the night shift says 0 too


@pytest.mark.parametrize("columns", [9, 49])
def test_neighbors_vote_as_those_of_scikit_learn(columns):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, columns)), rng.integers(0, 10, 300)
    X_test, y_test = rng.normal(size=(200, columns)), rng.integers(0, 10, 200)
    predicted = KNeighborsClassifier(5).fit(X, y).predict(X_test)
    expected = recall_score(y_test, predicted, average="macro")
    assert definition._recall(y, definition._neighbors(X, X_test), y_test) == pytest.approx(expected)


def test_the_rule_gains_in_every_quadrant_and_a_hundred_checks_in_small_ones():
    table = definition.quadrant_gains(n_runs=2, seed=0, n_big=1000)
    summary = definition.summarize_gains(table)
    assert set(summary["action"]) == set(definition.ACTIONS)
    gain = summary.pivot(index="action", columns="quadrant", values="gain")
    assert (gain.loc["fix the labeling rule"] > 0.02).all()
    assert gain.loc["check 100 labels", "small images"] > gain.loc["check 100 labels", "big images"]


def test_summary_by_hand():
    table = pd.DataFrame({"quadrant": "q", "action": "a", "gain": [0.1, 0.3]})
    assert definition.summarize_gains(table).iloc[0].tolist() == ["q", "a", pytest.approx(0.2), pytest.approx(0.2)]


def test_figures_show_what_they_are_given():
    table = pd.DataFrame(
        {"trained": list("aabb") * 2, "graded": list("abab") * 2, "accuracy": [0.9, 0.5, 0.6, 0.8] * 2}
    )
    texts = [text.get_text() for text in definition.plot_definitions(table).texts]
    assert texts == ["0.900 ± 0.000", "0.500 ± 0.000", "0.600 ± 0.000", "0.800 ± 0.000"]
    gains = pd.DataFrame({"quadrant": "q", "action": ["x", "x", "y", "y"], "gain": [0.1, 0.3, 0, 0]})
    ax = definition.plot_gains(gains, "q")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["x", "y"]
    plt.close("all")


def test_records_have_the_planted_cause_and_a_rare_device():
    records = definition.draw_records(20_000, seed=1)
    shares = records.groupby("labeler")["is_wrong"].mean()
    assert shares.to_dict() == pytest.approx(definition.LABELERS, abs=0.02)
    assert records["checked"].sum() == 600
    assert records.groupby("shift")["is_wrong"].mean().diff().abs().iloc[1] < 0.02
    checked = records[records["checked"]]
    assert check.worst_group(checked, ["shift", "device", "labeler"], 30) == ("labeler", "front desk")


def test_cards_are_dealt_class_by_class():
    parts = pd.Series(check.dealt([1] * 10 + [0] * 20))
    assert parts[:10].value_counts().to_dict() == {"train": 6, "dev": 2, "test": 2}
    assert parts[10:].value_counts().to_dict() == {"train": 12, "dev": 4, "test": 4}
