import matplotlib

matplotlib.use("agg")

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import least_squares

from helpers import how_much_data as hmd
from helpers.checks import how_much_data as check
from helpers.datasets import load_digits, load_mnist

SIZES = np.array([25, 50, 100, 200, 400])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def curve_of(law, sizes=SIZES, n_runs=3):
    return pd.DataFrame(
        [{"run": run, "n": n, "error": float(hmd.power_law(n, law))} for run in range(n_runs) for n in sizes]
    )


def test_shrink_averages_blocks_by_hand():
    image = np.zeros((1, 28, 28))
    image[0, 2:5, 5:8] = 1  # exactly the block in the first row, second column
    image[0, 0, 0] = 1  # cut off
    small = hmd.shrink(image.reshape(1, -1))
    assert small.shape == (1, 64)
    assert np.flatnonzero(small).tolist() == [1]
    assert small[0, 1] == pytest.approx(1)


def test_confuse_changes_the_share_it_says(rng):
    y = rng.integers(0, 10, 4000)
    before = y.copy()
    assert (hmd.confuse(y, 0.25, rng=rng) != y).mean() == pytest.approx(0.25, abs=0.03)
    assert np.array_equal(hmd.confuse(y, 0, rng=rng), before)
    assert (hmd.confuse(y, 1, rng=rng) != y).all()
    assert np.array_equal(y, before)


@pytest.mark.parametrize("law", [(0.02, 2.0, 0.5), (0.0, 3.0, 0.6), (0.05, 5.0, 1.0)])
def test_power_law_is_found_again(law):
    assert hmd.fit_power_law(SIZES, hmd.power_law(SIZES, law)) == pytest.approx(law, abs=1e-6)


@pytest.mark.parametrize("floor", [True, False])
def test_fit_is_as_good_as_a_general_optimizer(rng, floor):
    for _ in range(10):
        errors = hmd.power_law(SIZES, (0.03, 3.0, 0.6)) * rng.lognormal(0, 0.1, len(SIZES))

        def deviations(p, errors=errors):
            return hmd.power_law(SIZES, (p[0] if floor else 0, p[1], p[2])) / errors - 1

        oracle = least_squares(deviations, [0.01, 2, 0.5], bounds=([0, 0, 0.05], [1, 2000, 2]), x_scale=[0.01, 1, 0.1])
        ours = (deviations(hmd.fit_power_law(SIZES, errors, floor=floor)) ** 2).sum()
        assert ours <= 2 * oracle.cost * 1.05 + 1e-4


def test_rising_errors_give_a_flat_law():
    a, b, c = hmd.fit_power_law([10, 20, 40], [0.1, 0.2, 0.3])
    assert b == 0
    assert 0.1 < a < 0.3


def test_fit_refuses_what_it_cannot_fit():
    with pytest.raises(ValueError, match=r"'sizes' must have at least 3 different values \(got 2\)"):
        hmd.fit_power_law([1, 2, 2], [0.3, 0.2, 0.2])
    with pytest.raises(ValueError, match=r"'errors' must be positive \(got 0\)"):
        hmd.fit_power_law([1, 2, 3], [0.3, 0.2, 0])


def test_learning_curve_falls_and_checks_its_sizes(rng):
    X, y = load_digits()
    curve = hmd.simulate_learning_curve(X, y, [20, 400], n_runs=2, n_test=300, rng=rng)
    mean = curve.groupby("n")["error"].mean()
    assert list(curve.columns) == ["run", "n", "error"]
    assert mean[400] < 0.1 < mean[20]
    assert len(hmd.simulate_learning_curve(X[:50], y[:50], [30], n_runs=1, n_test=20, rng=rng)) == 1, (
        "the last one fits"
    )
    with pytest.raises(ValueError, match=r"'sizes' must be at most 1497 \(got 1500\)"):
        hmd.simulate_learning_curve(X, y, [1500], n_runs=1, n_test=300, rng=rng)


def test_error_of_one_class_and_of_nothing():
    X, y = np.zeros((4, 2)), np.array([0, 0, 1, 2])
    assert hmd.measure_error((X[:1], y[:1]), (X, y)) == 0.5
    assert hmd.measure_error((X[:0], y[:0]), (X, y)) == 1


def test_line_through_the_last_two_by_hand():
    assert hmd.fit_last_two(SIZES, np.array([0.9, 0.9, 0.9, 0.2, 0.1])) == pytest.approx((0, 40, 1))


def test_each_run_is_fitted_by_each_method():
    noisy = curve_of((0.02, 2.0, 0.5)).assign(error=lambda t: t["error"] * (1 + 0.1 * t["run"]))
    fits = hmd.fit_runs(noisy, [100, 400]).set_index(["method", "seen", "run"])
    assert len(fits) == 3 * 2 * 3
    law = fits.loc[("law with a floor", 400, 2)].to_numpy()
    assert law == pytest.approx([0.024, 2.4, 0.5], abs=1e-6)
    assert (fits.drop("law with a floor")["a"] == 0).all()
    two = fits.loc[("log line through the last two", 100, 1)]
    assert two["c"] == pytest.approx(np.log2((0.02 + 2 / 50**0.5) / 0.22))


def test_reach_of_an_exact_law_is_perfect_and_leaves_out_what_it_lacks():
    curve = curve_of((0.02, 2.0, 0.5))
    fits = hmd.fit_runs(curve, [100, 200])
    reach = hmd.score_reach(curve, fits, [2, 4, 8])
    assert set(zip(reach["seen"], reach["factor"], strict=True)) == {(100, 2), (100, 4), (200, 2)}
    by = reach.set_index("method")["off"]
    assert by["law with a floor"].max() < 1e-9
    two = reach[(reach["method"] == "log line through the last two") & (reach["seen"] == 100)].set_index("factor")[
        "off"
    ]
    said = 0.22**2 / (0.02 + 2 / 50**0.5)
    assert two[2].unique() == pytest.approx(abs(said / hmd.power_law(200, (0.02, 2.0, 0.5)) - 1))


def test_size_needed_is_the_law_the_other_way_round():
    law = (0.03, 4.0, 0.65)
    assert hmd.power_law(check.size_of(law, 0.05), law) == pytest.approx(0.05)
    assert check.size_of(law, 0.03) == check.size_of(law, 0.01) == float("inf")


@pytest.mark.parametrize(
    ("days", "euros", "labels"), [(2, 300, 0), (3, 300, 0), (5, 300, 80), (60, 300, 600), (60, 9999, 700), (4, 1, 2)]
)
def test_count_labels_by_hand(days, euros, labels):
    source = {"setup_days": 3, "per_day": 40, "eur_each": 0.5, "available": 700}
    assert check.count_labels(source, days, euros) == labels


def test_free_labels_are_bounded_by_time_and_supply():
    assert check.count_labels({"setup_days": 0, "per_day": 9, "eur_each": 0, "available": 50}, 3, 0) == 27


def test_sources_with_wrong_labels_are_worse_and_none_is_a_guess(rng):
    X, y = load_digits()
    pool, test = (X[:1200], y[:1200]), (X[1200:], y[1200:])
    bought = pd.DataFrame({"source": ["clean", "dirty", "late"], "labels": [600, 600, 0], "wrong_labels": [0, 0.5, 0]})
    errors = hmd.simulate_sources(bought, dict.fromkeys(bought["source"], pool), test, n_runs=1, rng=rng)["error"]
    assert errors[0] + 0.02 < errors[1] < errors[2] == 0.9


def test_teams_collect_what_they_miss(rng):
    X, y = load_digits()
    kinds = X, X[:, ::-1]
    sizes = {"n_teams": 1, "batch": 100, "n_steps": 4, "n_check": 30}
    teams = hmd.simulate_teams(kinds, y, share_new=0.4, rng=rng, **sizes).set_index(["team", "step"])
    assert (teams.loc["plan", "new"] == 0).all()
    assert teams.loc[("iterate", 1), "new"] == 0
    assert 30 < teams.loc[("iterate", 4), "new"] <= 210
    assert teams.loc[("iterate", 4), "error"] < teams.loc[("plan", 4), "error"] - 0.1
    right_plan = hmd.simulate_teams(kinds, y, share_new=0, rng=rng, **sizes)
    assert (right_plan["new"] == 0).all()


def test_stopping_by_hand():
    sizes = [25 * 2**k for k in range(8)]
    curve = curve_of((0.0, 2.0, 0.5), sizes)
    # doubling n saves worth * (2 - sqrt 2) / sqrt n and costs price * n: for this worth it pays below n = 520
    stops = hmd.simulate_stopping(curve, price_eur=1, worth_eur=520**1.5 / (2 - 2**0.5))
    assert stops.tolist() == [800, 800, 800]
    assert hmd.simulate_stopping(curve, price_eur=1, worth_eur=0).tolist() == [100] * 3
    assert hmd.simulate_stopping(curve, price_eur=0, worth_eur=1).tolist() == [3200] * 3


def test_plots_are_labeled():
    curve = curve_of((0.02, 2.0, 0.5))
    reach = hmd.score_reach(curve, hmd.fit_runs(curve, [100]), [2, 4])
    lines = {line.get_label(): line for line in hmd.plot_reach(reach).lines}
    assert lines["law without a floor"].get_ydata() == pytest.approx(
        reach[reach["method"] == "law without a floor"].groupby("factor")["off"].mean()
    )
    teams = pd.DataFrame({"run": [0, 0, 1, 1] * 2, "step": [1, 2] * 4, "team": list("aaaabbbb"), "error": 0.3})
    teams.loc[:1, "error"] = 0.1
    _, ax = matplotlib.pyplot.subplots()
    lines = {line.get_label(): line for line in hmd.plot_teams(teams, ax=ax).lines}
    assert lines["team “a”, mean"].get_ydata() == pytest.approx([0.2, 0.2])
    matplotlib.pyplot.close("all")


def test_a_team_that_looks_meets_both_kinds(rng):
    X, y = load_mnist()
    kinds = hmd.shrink(X), hmd.shrink(X[:, ::-1])
    looked, missed = hmd.look_at_live(kinds, y, share_new=0.3, rng=rng)
    assert sum(looked.values()) == 200 and 30 < looked["photo"] < 90
    assert missed["photo"] / looked["photo"] > missed["scan"] / looked["scan"]
    none = hmd.look_at_live(kinds, y, share_new=0.0, rng=rng)
    assert none[0] == {"scan": 200, "photo": 0} and none[1]["photo"] == 0


def test_honest_rivals_by_hand():
    sizes = [100, 200, 400]
    assert check.nearest_rival(sizes, [0.2, 0.1, 0.05]) in ("law", "last two")
    assert check.nearest_rival(sizes, [0.2, 0.1, 0.11]) == "no change"
    assert check.nearest_rival([50, *sizes], [0.9, 0.2, 0.1, 0.05]) == "last two"
