"""Where the claims of week 1, notebook 2, must fail."""

from functools import cache, partial

import numpy as np

from helpers import deployment_patterns as dp
from helpers import deployment_sequential as st
from helpers.datasets import load_mnist
from nulls import null

OLD = 0.13


@cache
def readers():
    """Two readers, and 3,000 forms that neither has seen: as they are, straightened, and their digits."""
    X, y = load_mnist()
    order = np.random.default_rng(1).permutation(len(y))
    train, rest = np.split(order, [2000])
    upright = dp.straighten(X)
    v1, v2 = dp.train_reader(X[train], y[train]), dp.train_reader(upright[train], y[train])
    return v1, v2, X[rest], upright[rest], y[rest]


@null("In the offline test, version 2 makes at least one error fewer in 100 than version 1")
def _():
    v1, v2, X, _, y = readers()
    return np.mean(v1.read(X)[0] != y) - np.mean(v2.read(X)[0] != y)


@null("As deployed, version 2 makes at least ten errors more in 100 than version 1")
def _():
    v1, v2, X, upright, y = readers()
    return np.mean(v2.read(upright)[0] != y) - np.mean(v1.read(X)[0] != y)


@null("Before any label, the two versions disagree at least 1.75 times as often in the shadow as in the offline test")
def _():
    v1, v2, X, upright, _ = readers()
    disagree = v1.read(X)[0] != v2.read(upright)[0]
    return disagree[:200].mean() / disagree[1000:].mean()


@null("On the same forms, the difference of the two versions has a standard error at least a fifth smaller")
def _():
    v1, v2, X, upright, y = readers()
    elsewhere = np.random.default_rng(0).permutation(v2.read(upright)[0] != y)
    pairs = dp.compare_pairs(v1.read(X)[0] != y, elsewhere)
    return pairs["paired_se"] / pairs["separate_se"]


def crossed(statistic, limit, looks=slice(None)):
    wrong, n = st.simulate_wrong(OLD, n_runs=2000, n_looks=200)
    return st.share_crossed(statistic(wrong, n, OLD)[:, looks], limit)[-1]


@null("Peeking rolls back at least four times as many equal models as the 5 % level promises")
def _():
    return crossed(st.z_score, 1.645, looks=slice(-1, None))


@null("The SPRT keeps a 5 % promise at any number of looks, up to two standard errors of this count")
def _():
    return crossed(st.z_score, 1.645, looks=slice(2, None))


def score(rule, **errors):
    return st.score_rule(rule, errors, OLD, n_runs=400)


@null("Peeking delays good versions at least 1.5 times as long as the SPRT")
def _():
    good = {"equal": OLD, "better": 0.7 * OLD}
    early, sprt = (
        score(rule, **good)["delay"].mean() for rule in (partial(st.peeking_rule, planned=100), st.sprt_rule)
    )
    return early / sprt


@null("The SPRT lets bad versions do at most half the harm of one planned look")
def _():
    sprt, single = (score(rule, worse=OLD + 0.01)["harm"].mean() for rule in (st.sprt_rule, st.single_look_rule))
    return sprt / single


def on_a_ramp(step, **errors):
    ramp = [(0.01, step), (0.05, step), (0.2, step), (1.0, 20_000 - 3 * step)]
    return [st.score_rule(st.sprt_rule, errors, OLD, n_runs=400, share=share) for share in (ramp, 1.0, 0.05)]


@null("On the ramp a disaster does at most a fifth of the harm that it does with everybody at once")
def _():
    ramp, everybody, _ = on_a_ramp(50, disaster=0.9)
    return ramp["harm"].item() / everybody["harm"].item()


@null("The ramp promotes an equal version at least twice as soon as a canary of 5 % does")
def _():
    ramp, _, canary = on_a_ramp(2000, equal=OLD)
    return canary["delay"].item() / ramp["delay"].item()


@null("Of equal versions that meet harder forms, a control group spares more than half from a wrong rollback")
def _():
    old, new = np.random.default_rng(0).binomial(400, OLD, (2, 2000))
    pooled = (old + new) / 800
    control = (new - old) / 400 / np.sqrt(2 * pooled * (1 - pooled) / 400)
    return np.mean(st.z_score(new, 400, OLD) > 1.645) - np.mean(control > 1.645)


def saving(confidence, correct):
    """Choose a threshold on the first half of the forms, use it on the second."""
    half = len(correct) // 2
    thresholds = np.r_[0, 1 - np.logspace(0, -9, 181), 1.01]
    table = dp.automation_costs(confidence[:half], correct[:half], thresholds)
    best = table["threshold"][table["cost_eur"].round(6).idxmin()]
    cost = dp.degrees_of_automation(confidence[half:], correct[half:], best)["cost_eur"]
    return 1 - cost["partial automation"] / cost[["human only", "full automation"]].min()


@null("On new forms, partial automation costs at least a fifth less than people alone and than the model alone")
def _():
    _, v2, _, upright, y = readers()
    guess, confidence = v2.read(upright)
    return saving(np.random.default_rng(0).permutation(confidence), guess == y)
