"""Where the claims of week 1, notebook 4, must fail."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from helpers import monitoring
from helpers import monitoring_flights as real
from helpers.datasets import load_mnist
from nulls import null


@cache
def model_and_forms():
    X, y = load_mnist()
    order = np.random.default_rng(0).permutation(len(y))
    model = make_pipeline(PCA(40, random_state=0), LogisticRegression(C=0.05, max_iter=200))
    return model.fit(X[order[:1000]], y[order[:1000]]), X[order[1000:]], y[order[1000:]]


@cache
def world(incident):
    usual = None if incident == "nothing" else world("nothing")
    return monitoring.make_world(incident, *model_and_forms(), usual=usual)


def days(world, n=150, seed=0, **options):
    return monitoring.simulate_days(world, n, rng=np.random.default_rng(seed), **options)


def share_out(days, level, metrics=tuple(monitoring.METRICS)):
    """Share of quiet days on which any of the metrics is outside its band."""
    bands = monitoring.set_bands(days_of_history(), level)
    return monitoring.ring(days, bands)[list(metrics)].any(axis=1).mean()


@cache
def days_of_history():
    return days(world("nothing"), 250, seed=1)


def rates(world, **options):
    bands = monitoring.set_bands(days_of_history(), 0.05 / 11)
    return monitoring.ring(days(world, **options), bands).mean()


@null("Four hours after the lamp got weaker, the mean since start shows less than half of the fall in ink")
def _():
    rng = np.random.default_rng(0)
    X = model_and_forms()[1]
    forms, ink = np.arange(1, 13) * 30.0, [X[rng.choice(len(X), 30)].mean(axis=1).sum() for _ in range(12)]
    weaker = [0.6 * X[rng.choice(len(X), 30)].mean(axis=1).sum() for _ in range(4)]
    count, total = pd.Series([*forms, 30, 60, 90, 120]), pd.Series([*np.cumsum(ink), *np.cumsum(weaker)])
    means = pd.DataFrame({"start": total / count, "hourly": monitoring.increase(total) / monitoring.increase(count)})
    fall = 1 - means.loc[12:15].mean() / means.loc[4:11].mean()
    return fall["start"] / fall["hourly"]


@null("With 5 % per metric, over a quarter of the quiet days have an alarm")
def _():
    return share_out(days(world("nothing"), 500), 0.05 / 11)


@null("With the 5 % shared, it is less than a third of that")
def _():
    quiet, only = days(world("nothing"), 500), ["mean ink"]
    return share_out(quiet, 0.05 / len(only), only) / share_out(quiet, 0.05, only)


@null("At Christmas the mix of answers goes off on at least 80 days in 100 more than the error")
def _():
    christmas = rates(world("nothing"))
    return christmas["mix of answers"] - christmas["error"]


@null("Half of the 7s mean 1: no metric without labels goes off on even half of the days")
def _():
    bands = monitoring.set_bands(days(world("nothing"), 250, seed=1, corrects=1.0), 0.05 / 11)
    out = monitoring.ring(days(world("half of the 7s mean 1"), corrects=1.0), bands).mean()
    return out[[metric for metric, group in monitoring.METRICS.items() if group != "labels"]].max()


@null("Celle's 7s mean 1: no metric at all goes off on even half of the days")
def _():
    usual = world("nothing")
    return rates(replace(usual, meant=np.where(usual.meant == 7, 1, usual.meant))).max()


@null("After a month of labels, Celle's 7 has a stronger bias than any branch and digit of the quiet month")
def _():
    rng = np.random.default_rng(0)
    one, other = (monitoring.bias_by_branch(world("nothing"), 20 * 300, rng=rng)["z"] for _ in "ab")
    return one.loc[("Celle", 7)] / other.abs().max()


@null("In the real year, the share of days with an alarm is at least 40 points above that of the same days dealt anew")
def _():
    rng = np.random.default_rng(0)
    shares = [real.alarms_after_march(real.load_days(rng), 0.05 / 7).any(axis=1).mean() for _ in range(4)]
    return shares[0] - np.mean(shares[1:])


@null("Compared with its weekday, the loss of a third of the flights is seen on at least 20 days in 100 more")
def _():
    days = real.load_days()
    dealt = days.assign(weekday=np.random.default_rng(0).permutation(days["weekday"]))
    plain, same_weekday = real.seen_losses(dealt, 1 / 3, 0.05 / 7)
    return same_weekday - plain
