import matplotlib

matplotlib.use("agg")

import numpy as np
import pandas as pd
import pytest
from river import drift
from scipy.stats import chi2_contingency, ks_2samp
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from helpers import concept_drift as cd
from helpers import concept_drift_monitors as monitors
from helpers.datasets import load_mnist

SHAPE = {"length": 400, "drift_at": 200, "width": 100}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("shape", "at_150", "at_250", "at_350"),
    [
        ("none", 0, 0, 0),
        ("sudden", 0, 1, 1),
        ("gradual", 0, 0.5, 1),
        ("incremental", 0, 0.5, 1),
        ("recurring", 0, 1, 0),
    ],
)
def test_share_new_by_hand(shape, at_150, at_250, at_350):
    share = cd.share_new(shape, **SHAPE)
    assert share[[150, 250, 350]].tolist() == [at_150, at_250, at_350]


def test_unknown_shape_is_named():
    with pytest.raises(ValueError, match=r"'shape' must be one of none, sudden, .* \(got 'slow'\)"):
        cd.share_new("slow", 10, drift_at=5, width=2)


def test_gradual_mixes_and_incremental_moves(rng):
    values = rng.normal(size=1000)
    gradual, incremental = (
        cd.simulate_streams(values, shape, n_streams=200, shift=6, rng=rng, **SHAPE)[:, 240:260]
        for shape in ("gradual", "incremental")
    )
    assert gradual.mean() == pytest.approx(incremental.mean(), abs=0.2)
    assert gradual.std() > 2.5
    assert incremental.std() < 1.2


def test_streams_are_standardized_and_reproducible():
    values = np.array([1.0, 2.0, 6.0])
    first, second = (
        cd.simulate_streams(values, "none", n_streams=3, shift=1, rng=np.random.default_rng(1), **SHAPE) for _ in "ab"
    )
    assert np.array_equal(first, second)
    expected = np.unique((values - 3) / values.std())
    assert np.unique(first) == pytest.approx(expected)


def test_ks_distance_equals_scipy_with_ties(rng):
    reference, windows = rng.integers(0, 12, 300), rng.integers(2, 14, (5, 80))
    expected = [ks_2samp(reference, window).statistic for window in windows]
    assert monitors.ks_distance(reference, windows) == pytest.approx(expected)


def test_ks_critical_rings_at_its_level(rng):
    reference = rng.normal(size=(400, 500))
    rings = [
        monitors.ks_distance(r, w) > monitors.ks_critical(0.1, 500, 200)
        for r, w in zip(reference, reference[::-1, :200], strict=True)
    ]
    assert 0.05 < np.mean(rings) < 0.15


@pytest.mark.parametrize("options", [{}, {"threshold": 10, "delta": 0.2}, {"threshold": 3}])
def test_page_hinkley_rings_where_rivers_does(rng, options):
    streams = rng.normal(size=(4, 600))
    streams[:2, 300:] += 1
    streams[2, 300:] -= 1
    ours = cd.page_hinkley_alarms(streams, **options)
    theirs = cd.river_alarms(lambda: drift.PageHinkley(**options), streams)
    assert [a.tolist() for a in ours] == [a.tolist() for a in theirs]
    assert any(len(a) > 0 for a in ours[:2])
    assert len(ours[2])
    assert cd.page_hinkley_alarms([[0.0] * 29 + [9.0]], threshold=2)[0].tolist() == [29]  # not within 29 readings
    assert cd.page_hinkley_alarms([[0.0] * 28 + [9.0]], threshold=2)[0].tolist() == []


def test_psi_by_hand():
    reference, window = np.array([0, 0, 1, 1]), np.array([1, 1, 1, 1])
    p, q = np.array([2.5, 2.5]) / 5, np.array([0.5, 4.5]) / 5
    assert monitors.psi(reference, window, bins=2) == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert monitors.psi(reference, reference, bins=2) == 0
    assert monitors.psi(reference, np.array([window, reference]), bins=2).shape == (2,)
    with pytest.raises(ValueError, match=r"'bins' must be at least 2 \(got 1\)"):
        monitors.psi(reference, window, bins=1)


def test_psi_without_drift_is_a_scaled_chi_squared(rng):
    scores = [monitors.psi(rng.normal(size=1000), rng.normal(size=500)) for _ in range(300)]
    assert np.mean(scores) == pytest.approx(9 * (1 / 1000 + 1 / 500), rel=0.15)


def test_window_alarms_are_onsets():
    stream = np.zeros((1, 500))
    stream[0, 300:400] = 1
    alarms = cd.window_alarms(stream, lambda _, w: w.mean(axis=1), 0.5, reference=100, window=50, step=10)
    assert alarms[0].tolist() == [329]  # the first look after which more than half of the window is drifted


@pytest.mark.parametrize(
    ("alarms", "expected"), [([], (0, np.nan)), ([5], (1, np.nan)), ([5, 10, 30], (1, 0)), ([12], (0, 2))]
)
def test_score_alarms(alarms, expected):
    assert cd.score_alarms(alarms, 10) == pytest.approx(expected, nan_ok=True)


def test_compare_detectors_counts(rng):
    streams = {"none": np.zeros((2, 5000)), "sudden": np.zeros((4, 5000))}
    found = [np.array([90, 150]), np.array([110]), np.array([108])]
    answers = iter([[np.array([1]), np.array([2, 3])], [*found, np.array([], int)]])
    table = cd.compare_detectors({"any": lambda s: next(answers)}, streams, drift_at=100)
    assert table.loc["any", ["false_per_10k", "missed_sudden"]].tolist() == [3.0, 0.25]
    assert table.loc["any", "delay_sudden"] == 30.0  # of 8, 10, 50 and a miss, which is later than any find
    assert table.loc["any", "delay_sudden_high"] == np.inf


def test_ranges_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    for n in (20, 101):
        held = [low <= np.log(2) <= high for _, low, high in (cd._median(rng.exponential(size=n)) for _ in range(2000))]
        assert 0.88 < np.mean(held) < 0.97
    held = [low <= 3 <= high for _, low, high in (cd._rate([range(k)], 10_000) for k in rng.poisson(3, 2000))]
    assert 0.88 < np.mean(held) < 0.99
    assert list(cd._rate([[], []], 10_000)) == pytest.approx([0, 0, -np.log(0.05)])


def test_ranges_are_written_beside_their_values():
    table = pd.DataFrame({"delay": [94.4, np.inf], "delay_low": [62.0, 80], "delay_high": [129.0, np.inf]})
    assert cd.format_ranges(table, {"delay": 0})["delay"].tolist() == ["94 (62–129)", "inf (80–inf)"]


def test_scenarios_change_what_they_say(rng):
    X, y = load_mnist()
    for scenario in monitors.SCENARIOS:
        X_new, y_new, weights = monitors.change_world(scenario, X, y, rng=rng)
        assert weights.sum() == pytest.approx(1)
        assert np.array_equal(X_new, X) == (scenario != "rotated by 20°")
        assert np.array_equal(y_new, y) == ("mean" not in scenario and "country" not in scenario)
    assert np.array_equal(y, load_mnist()[1])
    _, _, weights = monitors.change_world("thicker strokes", X, y, rng=rng)
    assert [weights[y == digit].sum() for digit in range(10)] == pytest.approx([0.1] * 10)
    assert weights @ X.mean(axis=1) > X.mean() * 1.1
    _, meant, weights = monitors.change_world("a new country's 1s look like 7s", X, y, rng=rng)
    assert [weights[meant == digit].sum() for digit in range(10)] == pytest.approx([0.1] * 10, abs=0.01)
    assert weights[y == 7].sum() == pytest.approx(0.15) and weights[y == 1].sum() == pytest.approx(0.05)
    with pytest.raises(ValueError, match=r"'scenario' must be one of nothing, .* \(got 'fire'\)"):
        monitors.change_world("fire", X, y, rng=rng)


def test_domain_auc_equals_sklearns_and_sees_a_shift(rng):
    old, new = rng.normal(size=(200, 3)), rng.normal(size=(200, 3)) + [2, 0, 0]
    direction = np.linalg.solve(np.cov(old[::2].T) + np.cov(new[::2].T), new[::2].mean(axis=0) - old[::2].mean(axis=0))
    expected = roc_auc_score(np.repeat([0, 1], 100), np.r_[old[1::2], new[1::2]] @ direction)
    assert monitors.domain_auc(old, new) == pytest.approx(expected)
    assert expected > 0.85


def test_chi2_equals_scipys():
    old, new = [5, 9, 0, 3], [7, 2, 0, 8]
    expected = chi2_contingency(np.array([old, new])[:, [0, 1, 3]], correction=False).statistic
    assert monitors.chi2_of_counts(old, new) == pytest.approx(expected)


def test_input_monitors_see_the_same_numbers_in_a_concept_drift():
    X, y = load_mnist()
    model = make_pipeline(PCA(10, random_state=0), LogisticRegression()).fit(X[::10], y[::10])
    scores = monitors.simulate_monitors(
        model, X[1::5], y[1::5], n_repeats=2, window=150, scenarios=["nothing", "4 and 9 swap meaning"]
    ).set_index(["scenario", "repeat"])
    quiet, drifted = (scores.loc[name] for name in ("nothing", "4 and 9 swap meaning"))
    pd.testing.assert_frame_equal(quiet.iloc[:, :4], drifted.iloc[:, :4])
    assert (drifted["error"] > quiet["error"] + 0.05).all()
    options = {"n_repeats": 1, "window": 150, "scenarios": ["nothing"]}
    other = monitors.simulate_monitors(model, X[1::5], y[1::5], seed=1, **options).set_index(["scenario", "repeat"])
    assert not np.isclose(other.iloc[0], quiet.iloc[0]).any(), "another seed draws other forms"


def test_plots_are_labeled():
    stream_ax = cd.plot_stream(np.arange(300.0), drift_at=100, ax=matplotlib.pyplot.figure().add_subplot())
    assert len(stream_ax.lines) == 3
    curves = pd.DataFrame(
        {
            "false_per_10k": [0.0, 3.0],
            "false_per_10k_low": [0.0, 2.0],
            "false_per_10k_high": [1.0, 4.0],
            "delay_sudden": [90.0, 30.0],
            "delay_sudden_low": [70.0, 20.0],
            "delay_sudden_high": [np.inf, 40.0],
        },
        index=pd.MultiIndex.from_tuples([("ADWIN", 0.1), ("ADWIN", 0.3)]),
    )
    tradeoff = cd.plot_tradeoff(curves, n_streams=7)
    assert "n = 7 streams" in tradeoff.get_ylabel()
    bars = [segment.tolist() for lines in tradeoff.collections for segment in lines.get_segments()]
    assert [[0.0, 90.0], [1.0, 90.0]] in bars and [[3.0, 20.0], [3.0, 40.0]] in bars

    rates = pd.DataFrame([[0.0, 1.0]], index=["nothing"], columns=["error", "PSI of mean ink"])
    ax = monitors.plot_alarm_rates(rates, n_repeats=5)
    assert [text.get_text() for text in ax.texts] == ["0.00", "1.00"]
    matplotlib.pyplot.close("all")
