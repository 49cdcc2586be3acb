import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from helpers import datasets
from helpers import from_proof_of_concept_to_production as phase


@pytest.fixture(scope="module")
def rows():
    X, y = datasets.load_shuttle()
    return X.assign(anomaly=y).sample(frac=1, random_state=0, ignore_index=True)


@pytest.fixture(scope="module")
def release(rows):
    return phase.build(rows[:2000])


def test_the_clock_alone_decides_what_the_proof_of_concept_reports(rows):
    missed = [phase.run_poc(rows[:2000], clock=clock)["missed"] for clock in (1, 1, 2, 3)]
    assert missed[0] == missed[1]
    assert len(set(missed)) > 1
    assert "anomaly" in rows
    assert len(rows) == 49097


def test_cells_out_of_order(rows):
    with pytest.raises(NameError):
        phase.run_poc(rows[:2000], clock=1, order=["split"])
    with pytest.raises(ValueError, match=r"^'order' must hold only load, .*score \(got 'magic'\)$"):
        phase.run_poc(rows[:2000], clock=1, order=["magic"])
    names, orders = zip(*phase.histories(), strict=True)
    assert len(set(names)) == len(names) == 1 + 6 + 5 + 15
    assert orders[0] == list(phase.POC_CELLS)
    table = phase.history_outcomes(rows[:2000], clock=4).set_index("history")
    assert table.loc["in order", "outcome"] == "right"
    assert table.loc["without load", "outcome"] == "loud"
    assert table.loc["without load", "missed"] != table.loc["without load", "missed"]
    assert set(table["outcome"]) == set(phase.OUTCOMES)


def test_a_release_is_made_by_data_code_and_config_alone(rows, release):
    again = phase.build(rows[:2000].copy())
    assert again["record"] == release["record"]
    assert release["record"]["packages"]["pandas"] == pd.__version__
    assert phase.build(rows[1:2001])["record"]["data"] != release["record"]["data"]
    other = phase.build(rows[:2000], config={"C": 0.01})["record"]
    assert other["model"] != release["record"]["model"]
    assert other["data"] == release["record"]["data"]
    with pytest.raises(ValueError, match=r"^'config' must hold only C, threshold, level, outside \(got 'c'\)$"):
        phase.build(rows[:2000], config={"c": 1})


@pytest.mark.parametrize(
    ("way", "found"),
    [
        ("nothing wrong", []),
        ("one more column at the end", []),
        ("columns in another order", []),
        ("f1 in another unit", ["f1: out of range"]),
        ("f1 empty in half of the rows", ["f1: empty cells"]),
        ("f1 is -999 in half of the rows", ["f1: out of range"]),
        ("f1 as text with a unit", ["f1: not numbers"]),
        ("no f1 column", ["f1: missing"]),
        ("f1 and f7 joined to the wrong rows", []),
    ],
)
def test_what_the_gate_says(rows, release, way, found):
    span = rows.loc[5000:5999, phase.SENSORS]
    kept = span.copy()
    assert phase.problems(release, phase.BREAKAGES[way](span, np.random.default_rng(0))) == found
    pd.testing.assert_frame_equal(span, kept)


def test_a_shift_within_the_range_is_another_distribution(rows, release):
    span = rows.loc[5000:5999, phase.SENSORS]
    assert phase.problems(release, span.assign(f1=span["f1"] + 5)) == ["f1: another distribution"]


def test_as_many_readings_may_be_out_of_range_as_the_config_says(release):
    past = release["past"][phase.SENSORS].head(1000)
    far = past["f1"].max() + 1e6
    found = [phase.problems(release, past.assign(f1=past["f1"].where(np.arange(1000) >= n, far))) for n in (10, 11)]
    assert found == [[], ["f1: out of range"]]


def test_as_many_warnings_may_differ_as_the_tolerance_says():
    span, expected = pd.DataFrame({"f1": range(100)}), np.zeros(100, int)
    differs = [phase.outcome(lambda span, n=n: (np.arange(100) < n).astype(int), span, expected) for n in (1, 2)]
    assert differs == ["right", "silent"]


def test_serving(rows, release):
    span = rows.loc[5000:5999, phase.SENSORS]
    np.testing.assert_array_equal(phase.serve(release, span), release["model"].predict(span))
    with pytest.raises(ValueError, match="^span refused: f1: missing; f2: missing$"):
        phase.serve(release, span.drop(columns=["f1", "f2"]))
    eager = phase.build(rows[:2000], config={"threshold": 0.1})
    assert phase.serve(eager, span).sum() > phase.serve(release, span).sum()


def test_the_forgiving_script_takes_positions_and_fills_gaps(rows):
    span = rows.loc[5000:5999, phase.SENSORS]
    model = phase.run_poc(rows[:2000], clock=1)["model"]
    as_text, zero = span.assign(f1="12 deg"), span.assign(f1=0)
    np.testing.assert_array_equal(phase.poc_answers(model, as_text), phase.poc_answers(model, zero))
    renamed = span.set_axis(list("abcdefghi"), axis=1)
    np.testing.assert_array_equal(phase.poc_answers(model, renamed), phase.poc_answers(model, span))


def test_outcome_by_hand():
    expected = np.zeros(200, dtype=int)
    one, three = expected.copy(), expected.copy()
    one[:1], three[:3] = 1, 1

    def refuse(span):
        raise ValueError("no")

    assert phase.outcome(lambda span: one, None, expected) == "right"
    assert phase.outcome(lambda span: three, None, expected) == "silent"
    assert phase.outcome(refuse, None, expected) == "loud"
    with pytest.raises(ZeroDivisionError):
        phase.outcome(lambda span: 1 / 0, None, expected)


def test_costs_by_hand():
    got = phase.costs([1, 1, 0, 0, 0], [1, 0, 1, 1, 0], miss_eur=10, alarm_eur=1)
    assert got == pytest.approx({"accuracy": 0.4, "missed": 200, "false": 400, "eur": 2400})


def test_rollout_against_counting():
    table = phase.rollout_table([0.1, 1.0], faults=100, good=0.1, bad=0.5)
    assert table["harmed"].tolist() == pytest.approx([4, 40])
    limit = next(k for k in range(11) if 1 - binom.pmf(range(k + 1), 10, 0.1).sum() <= 0.01)
    assert table.loc[0.1, "caught"] == pytest.approx(1 - binom.pmf(range(limit + 1), 10, 0.5).sum())
    rng = np.random.default_rng(0)
    assert table.loc[0.1, "caught"] == pytest.approx((rng.binomial(10, 0.5, 20_000) > limit).mean(), abs=0.015)
    with pytest.raises(ValueError, match=r"^'good' must be below 'bad' \(got 0.2 and 0.1\)$"):
        phase.rollout_table([0.1], faults=100, good=0.2, bad=0.1)


def test_signature_minds_values_and_not_order():
    assert phase.signature({"a": 1, "b": 2}) == phase.signature({"b": 2, "a": 1})
    assert phase.signature({"a": 1, "b": 2}) != phase.signature({"a": 1, "b": 3})


def test_plot_writes_every_outcome():
    ax = phase.plot_outcomes(pd.DataFrame({"x": ["right", "loud"], "y": ["silent", "right"]}, index=["a", "b"]))
    assert [text.get_text() for text in ax.texts] == ["right", "silent", "loud", "right"]
