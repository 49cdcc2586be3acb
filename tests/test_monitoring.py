import socket
from urllib.parse import urlsplit

import matplotlib

matplotlib.use("agg")

import numpy as np
import pandas as pd
import pytest
from prometheus_client import CollectorRegistry, Counter
from scipy.stats import norm
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from helpers import monitoring
from helpers.datasets import load_mnist


@pytest.fixture(scope="module")
def digits():
    X, y = load_mnist()
    return X[1::5], y[1::5]


@pytest.fixture(scope="module")
def model():
    X, y = load_mnist()
    return make_pipeline(PCA(20, random_state=0), LogisticRegression(C=0.05, max_iter=300)).fit(X[::10], y[::10])


@pytest.fixture(scope="module")
def worlds(model, digits):
    usual = monitoring.make_world("nothing", model, *digits)
    return {
        name: monitoring.make_world(name, model, *digits, usual=usual, old_model=model) for name in monitoring.INCIDENTS
    }


def test_endpoint_shows_what_was_counted_and_is_gone_afterwards():
    registry = CollectorRegistry()
    counter = Counter("forms_read", "forms", ["answer"], registry=registry)
    counter.labels(answer=7).inc(3)
    with monitoring.endpoint(registry) as url:
        assert urlsplit(url).hostname == "127.0.0.1"
        assert monitoring.scrape(url) == {'forms_read_total{answer="7"}': 3.0}
        counter.labels(answer=7).inc()
        assert monitoring.scrape(url) == {'forms_read_total{answer="7"}': 4.0}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port))


def test_endpoint_stops_on_an_error():
    with pytest.raises(KeyError), monitoring.endpoint(CollectorRegistry()) as url:
        raise KeyError
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port))


def test_service_counts_each_form(model, digits):
    X, _ = digits
    service = monitoring.DigitService(model)
    answers = [service.read(image) for image in X[:5]]
    assert answers == model.predict(X[:5]).tolist()
    with monitoring.endpoint(service.registry) as url:
        samples = monitoring.scrape(url)
    assert samples["mean_ink_count"] == 5
    assert samples["mean_ink_sum"] == pytest.approx(X[:5].mean(axis=1).sum())
    assert samples['latency_seconds_bucket{le="+Inf"}'] == 5
    assert sum(value for name, value in samples.items() if name.startswith("forms_read")) == 5


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3], [3]), ([1, 1, 4], [1, 0, 3]), ([5, 2], [5, 2]), ([np.nan, 2, 6], [0, 2, 4]), ([4, 0, 1], [4, 0, 1])],
)
def test_increase_by_hand(values, expected):
    assert monitoring.increase(pd.Series(values)).tolist() == expected


def test_bands_are_normal_quantiles_and_never_negative():
    history = pd.DataFrame({"far": [99.0, 100.0, 101.0], "near": [0.0, 1.0, 2.0]})
    bands = monitoring.set_bands(history, 0.01)
    assert bands.loc["high"].to_numpy() == pytest.approx(np.array([100, 1]) + norm.ppf(0.995))
    assert bands.loc["low"].to_numpy() == pytest.approx([100 - norm.ppf(0.995), 0])
    out = monitoring.ring(pd.DataFrame({"far": [90.0, 100.0], "near": [9.0, 0.0]}), bands)
    assert out.to_numpy().tolist() == [[True, True], [False, False]]
    with pytest.raises(ValueError, match=r"'level' must be in \(0, 1\) \(got 1\)"):
        monitoring.set_bands(history, 1)


def test_unknown_incident_is_named(model, digits):
    with pytest.raises(ValueError, match=r"'incident' must be one of nothing, .* \(got 'flood'\)"):
        monitoring.make_world("flood", model, *digits)


def test_worlds_differ_in_what_they_say(worlds, digits):
    usual = worlds["nothing"]
    for name, world in worlds.items():
        assert world.weights.sum() == pytest.approx(1)
        assert np.array_equal(world.meant, digits[1]) == ("mean" not in name)
        assert np.array_equal(world.ink, usual.ink) == (name not in ("weaker scanner lamp", "form template moved"))
    half = worlds["half of the 7s mean 1"].meant[digits[1] == 7]
    assert set(half) == {1, 7}
    celle = usual.branch == 2
    assert set(worlds["in Celle every 7 means 1"].meant[celle & (digits[1] == 7)]) == {1}
    assert worlds["upload of Bonn fails"].weights[usual.branch == 1].sum() == 0


def test_days_follow_their_world(worlds):
    quiet, loaded, half = (
        monitoring.simulate_days(worlds[name], 40, rng=np.random.default_rng(0))
        for name in ("nothing", "server overloaded", "half of the 7s mean 1")
    )
    assert list(quiet) == list(monitoring.METRICS)
    world = worlds["nothing"]
    assert quiet["error"].mean() == pytest.approx((world.read != world.meant).mean(), abs=0.02)
    assert quiet["corrected by customer"].mean() == pytest.approx(0.3 * quiet["error"].mean(), rel=0.1)
    assert loaded["latency p95 (ms)"].min() > quiet["latency p95 (ms)"].max()
    prompt = [metric for metric, group in monitoring.METRICS.items() if group in ("software", "input")]
    pd.testing.assert_frame_equal(quiet[prompt], half[prompt])
    assert half["error"].mean() > quiet["error"].mean() + 0.02


def test_errors_are_known_of_the_checked_forms_only(worlds):
    days = monitoring.simulate_days(worlds["half of the 7s mean 1"], 10, checked=1, rng=np.random.default_rng(0))
    assert set(days["error"]) <= {0, 1}


def test_bias_by_hand():
    branch, read, meant = np.array([0, 0, 0, 1]), np.array([7, 7, 7, 3]), np.array([1, 1, 7, 3])
    z = monitoring._bias_z(branch, read, meant)
    assert z[0, [1, 7]] == pytest.approx([-np.sqrt(2), np.sqrt(2)])
    assert np.abs(z).sum() == pytest.approx(2 * np.sqrt(2))


def test_bias_table_finds_the_branch(worlds):
    table = monitoring.bias_by_branch(worlds["in Celle every 7 means 1"], 3000, rng=np.random.default_rng(0))
    assert table["z"].abs().idxmax() in [("Celle", 7), ("Celle", 1)]
    assert table["bias"].to_numpy() == pytest.approx(table["read"] - table["meant"])
    assert table.groupby("branch")[["read", "meant"]].sum().to_numpy() == pytest.approx(1)
    assert table["forms"].groupby("branch").first().sum() == 3000


def test_labels_come_late():
    days = pd.DataFrame(1.0, index=range(4), columns=list(monitoring.METRICS))
    known = monitoring.when_known(days, 2)
    assert known["error"].isna().tolist() == [True, True, False, False]
    assert known["mean ink"].notna().all()
    assert days.notna().all(axis=None)


def test_plots_are_labeled(worlds):
    days = monitoring.simulate_days(worlds["nothing"], 12, rng=np.random.default_rng(0))
    bands = monitoring.set_bands(days, 0.01)
    fig = monitoring.plot_dashboard(days, bands, since=6, title="What rang?")
    assert fig.get_suptitle() == "What rang?"
    assert all(list(ax.lines[-1].get_xdata()) == [6, 6] for ax in fig.axes if ax.get_visible())
    assert [ax.get_title() for ax in fig.axes][0] == "forms (software)"
    assert sum(ax.get_visible() for ax in fig.axes) == len(monitoring.METRICS)
    ax = monitoring.plot_alarm_table(
        pd.DataFrame([[0.0, 1.0, 0.5]], index=["nothing"], columns=["forms", "failed requests", "error"]), n_days=3
    )
    assert [text.get_text() for text in ax.texts] == ["0.00", "1.00", "0.50"]
    assert [line.get_xdata()[0] for line in ax.lines] == [1.5]
    assert [tick.get_text() for tick in ax.child_axes[0].get_xticklabels()] == ["software", "labels"]
    matplotlib.pyplot.close("all")
