"""Where the claims of week 2, notebook 8, must fail."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from helpers import double_descent
from helpers import double_descent_linear as linear
from helpers import double_descent_network as network
from nulls import null

N = 150


@cache
def by_width():
    widths = np.unique(np.round(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1, 1.1, 1.3, 2, 5]) * N).astype(int))
    return double_descent.simulate_widths(
        widths, n_train=N, noise_shares=(0.0, 0.2), ridges=(0.0, 300.0), n_runs=3, seed=0
    )


def medians(ridge):
    table = by_width()
    return table[table.ridge == ridge].groupby(["noise", "width"]).test_error.median().unstack("noise")


@null("In at least 95 % of the runs the loss peaks where the features equal the training images")
def _():
    table = by_width()
    ridged = table[table.ridge == 300]
    return (ridged.loc[ridged.groupby(["run", "noise"]).test_loss.idxmax(), "width"] == N).mean()


@null("With clean labels the widest model beats the best one below the peak")
def _():
    median = medians(0)[0.0]
    return median[round(1.1 * N)] / median.loc[:N].min()


@null("The squared weights at p = n add up to at least three times those of half and of twice as many features")
def _():
    phi, targets, _ = double_descent.draw_run(N, 2 * N, [0.0], [0, 0])
    squares = {}
    for p in (N // 2, N, 2 * N):
        weights = Ridge(alpha=100, fit_intercept=False).fit(phi[:N, :p], targets).coef_
        squares[p] = (weights**2).sum()
    return squares[N] / max(squares[N // 2], squares[2 * N])


@null("From 150 images on, wrong labels cost more error past the peak, at 2 n, than at the best width below it")
def _():
    median = medians(300)
    extra, below = median[0.2] - median[0.0], median.loc[: N - 1].mean(axis=1).idxmin()
    return extra[2 * N] - extra[below]


@null("With the chosen ridge the error never climbs by much as the model grows")
def _():
    median = medians(0)
    return (median - median.cummin()).max().max()


@null("In at least 95 % of the runs, as many images as features is worse than half as many")
def _():
    table = double_descent.simulate_sizes([N // 2, N], n_features=N, ridges=(100.0,), n_runs=3, seed=0)
    each = table.pivot(index="run", columns="size", values="test_error")
    return (each[N] > each[N // 2]).mean()


@null("Two descents appear with two speeds and not with one (difference of the shares of runs)")
def _():
    times = np.geomspace(0.1, 1e6, 60)
    shares = [
        linear.simulate_two_speeds(times, weak_scale=1.0, n_runs=30, seed=seed)
        .groupby("run")
        .risk.agg(linear.descends_twice)
        .mean()
        for seed in (0, 1)
    ]
    return shares[0] - shares[1]


@null("Near one weight per target the network's loss is above that with far fewer weights and with far more")
def _():
    nets = network.simulate_network([3, 9, 18, 32, 80, 160], n_train=100, n_steps=50, n_runs=3)
    size = pd.cut(nets.ratio, [0, 0.5, 2, np.inf], labels=["fewer", "about one", "more"])
    loss = nets.groupby(["run", size], observed=True).test_loss
    around, best = loss.mean().unstack()["about one"], loss.min().unstack()
    return (around / best[["fewer", "more"]].max(axis=1)).mean()
