"""Where the claims of week 3, notebook 4, must fail."""

from functools import cache

import numpy as np
import pandas as pd

from helpers import how_much_data
from helpers.checks import how_much_data as check
from helpers.datasets import load_mnist
from nulls import null

SIZES = np.array([25, 50, 100, 200, 400, 800, 1600, 3200])
USUAL = (0.0, 3.0, 0.55)  # about the law of the notebook's curve


def curve(law, *, level=0.0, noise=0.0, n_runs=12):
    """Curves that follow a law, with runs that differ in level and in each single error, both as shares of it."""
    rng = np.random.default_rng(0)
    rows = [
        {"run": run, "n": n, "error": how_much_data.power_law(n, law) * factor * np.exp(noise * rng.normal())}
        for run, factor in enumerate(np.exp(level * rng.normal(size=n_runs)))
        for n in SIZES
    ]
    return pd.DataFrame(rows)


def mean_off(curve, method, factors):
    reach = how_much_data.score_reach(curve, how_much_data.fit_runs(curve, [100]), [2, 16, 32])
    of = reach[(reach["method"] == method) & reach["factor"].isin(factors)]
    return of["off"].mean()


@cache
def forms():
    X, y = load_mnist()
    return X, how_much_data.shrink(X), y, np.random.default_rng(0).permutation(len(y))


def error(pool, labels, wrong, rng):
    """Error on a thousand of our forms after training on so many labels of a pool, a share of them wrong."""
    _, X, y, order = forms()
    chosen = rng.choice(pool, labels, replace=False)
    train = X[chosen], how_much_data.confuse(y[chosen], wrong, rng=rng)
    return how_much_data.measure_error(train, (X[order[:1000]], y[order[:1000]]))


def lead(kinds, share_new, **options):
    """How much lower the looking team ends."""
    teams = how_much_data.simulate_teams(
        kinds, forms()[2], share_new=share_new, n_teams=1, rng=np.random.default_rng(0), **options
    )
    end = teams[teams["step"] == 6].set_index("team")["error"]
    return end["plan"] - end["iterate"]


@null("The law without a floor, fitted up to 400 labels, is off by less than half at 800, 1,600 and 3,200")
def _():
    true = how_much_data.power_law(SIZES, (0.1, 20.0, 1.2))
    law = how_much_data.fit_power_law(SIZES[:5], true[:5], floor=False)
    return np.abs(how_much_data.power_law(SIZES[5:], law) / true[5:] - 1).max()


@null("Sixteen and 32 times beyond 100 labels, the law with a floor is off by more than the law without")
def _():
    level = curve((0.2, 20.0, 1.2), noise=0.03)
    return mean_off(level, "law with a floor", [16, 32]) / mean_off(level, "law without a floor", [16, 32])


@null("From 100 labels, the law without a floor is off 1.5 times as far at 16 and 32 times as many as at twice")
def _():
    harder = curve(USUAL, level=0.2)
    return mean_off(harder, "law without a floor", [16, 32]) / mean_off(harder, "law without a floor", [2])


@null("The floors that the runs fit to their first 100 labels lie further apart than the whole error with 3,200 labels")
def _():
    exact = curve(USUAL, noise=0.002)
    fits = how_much_data.fit_runs(exact, [100])
    floors = fits.loc[fits["method"] == "law with a floor", "a"]
    return (floors.max() - floors.min()) / exact.loc[exact["n"] == 3200, "error"].mean()


@null(
    "160 labels of our own clerks give an error at least 30 points below that of 1,797 labels of other people's forms"
)
def _():
    rng, own = np.random.default_rng(0), forms()[3][1000:]
    return error(own, 1797, 0, rng) - error(own, 160, 0.01, rng)


@null("As many labels with 2 % wrong instead of 25 % give an error at least two points lower")
def _():
    rng, own = np.random.default_rng(0), forms()[3][1000:]
    return error(own, 1500, 0.02, rng) - error(own, 1500, 0.02, rng)


@null("Where the plan misses 30 % of the forms, looking early ends at least four points lower")
def _():
    X = forms()[1]
    return lead((X, X), 0.3)


@null("Where the plan is right, a fifth of the labels spent on looking costs at most two points")
def _():
    X = forms()[1]
    return -lead((X, X), 0.0, n_check=180)


@null("The rule's mean total cost is within 5 % of the best in hindsight")
def _():
    level = curve(USUAL).assign(error=lambda t: t["error"].clip(lower=how_much_data.power_law(200, USUAL)))
    total = 0.5 * SIZES + 20_000 * level.groupby("n")["error"].mean()
    stops = how_much_data.simulate_stopping(level, price_eur=0.5, worth_eur=20_000)
    return total[stops].mean() / total.min()


@null("From 400 labels to 3,200, the line on log axes is off by less than half as much as 'no change'")
def _():
    errors = how_much_data.power_law(SIZES, (0.1, 2000.0, 2.5))
    law = check.line_on_log_axes(SIZES[:5], errors[:5], SIZES[-1])
    return abs(law / errors[-1] - 1) / abs(errors[4] / errors[-1] - 1)
