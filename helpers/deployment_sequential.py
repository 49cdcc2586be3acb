"""Rules that watch a release label by label, and what they cost: wrong rollbacks, harm and delay.

Every rule is called with (wrong answers, labels, error rate of the old version) and returns one of :data:`DECISIONS`.
"""

import math
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

DECISIONS = ("wait", "promote", "roll back")
BY_LETTERS = {decision.replace(" ", ""): decision for decision in DECISIONS}


def z_score(wrong, n, rate):
    """Standard errors by which an observed error rate lies above a known one.

    Parameters
    ----------
    wrong : int or array
        Wrong answers among `n`.
    n : int or array
        Labels, at least 1.
    rate : float
        Known error rate of the old version, in (0, 1).

    Returns
    -------
    float or array
        Positive where the new version looks worse; 1.645 is the one-sided 5 % limit of a *single* look.

    Examples
    --------
    >>> round(float(z_score(20, 100, 0.1)), 3)
    3.333
    """
    _check_rate(rate)
    return (np.asarray(wrong) / n - rate) / np.sqrt(rate * (1 - rate) / np.asarray(n))


def log_ratio(wrong, n, rate, *, margin=0.05):
    """Log likelihood of "worse by `margin`" over "as good as the old version" (Wald's SPRT).

    Parameters
    ----------
    wrong, n, rate
        As in :func:`z_score`.
    margin : float, default 0.05
        Rise of the error rate that must be caught; `rate` + `margin` in (0, 1).

    Returns
    -------
    float or array
        Positive where the labels speak for the worse version.

    References
    ----------
    Wald 1945, Sequential tests of statistical hypotheses, Annals of Mathematical Statistics 16(2).

    Examples
    --------
    >>> round(float(log_ratio(1, 1, 0.1, margin=0.1)), 4)  # log 2
    0.6931
    """
    _check_rate(rate)
    _check_rate(rate + margin, "rate + margin")
    return wrong * math.log((rate + margin) / rate) + (n - wrong) * math.log((1 - rate - margin) / (1 - rate))


def peeking_rule(wrong, n, old_error, *, limit=1.645, planned=400):
    """Roll back whenever a z-test says "worse", at every look; promote after the planned number of labels."""
    if n >= 30 and z_score(wrong, n, old_error) > limit:
        return "roll back"
    return "promote" if n >= planned else "wait"


def single_look_rule(wrong, n, old_error, *, limit=1.645, planned=400):
    """Wait for the planned number of labels, then decide by one z-test."""
    return peeking_rule(wrong, n, old_error, limit=limit, planned=planned) if n >= planned else "wait"


def sprt_rule(wrong, n, old_error, *, margin=0.05, alpha=0.05, beta=0.05):
    """Wald's sequential test of "equal" (promote) against "worse by `margin`" (roll back)."""
    ratio = log_ratio(wrong, n, old_error, margin=margin)
    if ratio >= math.log((1 - beta) / alpha):
        return "roll back"
    return "promote" if ratio <= math.log(beta / (1 - alpha)) else "wait"


def simulate_wrong(error, *, n_runs=200, n_looks=200, labels_per_look=10, seed=0):
    """Wrong answers counted at each look of many simulated releases.

    Parameters
    ----------
    error : float
        True error rate of the new version, from 0 to 1.
    n_runs, n_looks, labels_per_look : int
        Releases, looks in each, and labels that arrive between two looks.
    seed : int
        Seed of the draws.

    Returns
    -------
    wrong : array of shape (n_runs, n_looks)
        Wrong answers up to each look.
    n : array of shape (n_looks,)
        Labels up to each look.
    """
    draws = np.random.default_rng(seed).binomial(labels_per_look, error, size=(n_runs, n_looks))
    return draws.cumsum(axis=1), labels_per_look * np.arange(1, n_looks + 1)


def share_crossed(statistic, limit):
    """Share of runs whose statistic has reached `limit` at or before each look, from 0 to 1.

    Parameters
    ----------
    statistic : array of shape (n_runs, n_looks)
        One path per run.
    limit : float
        The alarm limit.

    Returns
    -------
    array of shape (n_looks,)

    Examples
    --------
    >>> share_crossed(np.array([[0, 2, 0], [0, 0, 0]]), 1).tolist()
    [0.0, 0.5, 0.5]
    """
    return (np.maximum.accumulate(statistic, axis=1) >= limit).mean(axis=0)


def score_rule(rule, errors, old_error, *, n_runs=200, horizon=20_000, share=0.1, label_delay=200, seed=0):
    """What a promotion rule costs in many simulated canary releases.

    Parameters
    ----------
    rule : callable
        Called with (wrong, labels, old_error) at every tenth label; returns one of :data:`DECISIONS`.
    errors : dict of str to float
        True error rate of each candidate, from 0 to 1.
    old_error : float
        Error rate of the version in production, known from its long record.
    n_runs : int
        Simulated releases per candidate.
    horizon : int
        Forms until the next release.
    share : float or sequence of (float, int)
        Share of forms the new version reads until the rule decides; for a ramp, the share of each step and the forms it
        lasts. The last step lasts until the horizon.
    label_delay : int
        Forms between a form and its label.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        Per candidate: shares ``promoted`` and ``rolled_back``; ``harm``, the mean wrong answers served above the old
        version's (lower is better; 0 for a candidate that is no worse); ``delay``, the mean forms until promotion,
        `horizon` where it never comes (lower is better for a candidate that is no worse); ``harm_se`` and ``delay_se``,
        the standard errors of these two means.
    """
    rows = {name: _score(rule, error, old_error, n_runs, horizon, share, label_delay, seed + i)
            for i, (name, error) in enumerate(errors.items())}  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("candidate")


def _score(rule, error, old_error, n_runs, horizon, share, label_delay, seed):
    shares, lengths = zip(*([(share, horizon)] if isinstance(share, float | int) else share), strict=True)
    times = np.r_[0, np.cumsum(lengths[:-1]), horizon]
    answers = np.r_[0, np.cumsum(shares * np.diff(times))]  # of the new version, by then
    n_looks = int(np.interp(horizon - label_delay, times, answers) / 10)
    decision, labels = _first_decisions(rule, error, old_error, n_runs, n_looks, np.random.default_rng(seed))
    forms = np.minimum(np.interp(labels, answers, times) + label_delay, horizon)
    exposed = np.interp(forms, times, answers) + np.where(decision == "promote", horizon - forms, 0)
    harm, delay = max(error - old_error, 0) * exposed, np.where(decision == "promote", forms, horizon)
    return {
        "promoted": (decision == "promote").mean(),
        "rolled_back": (decision == "roll back").mean(),
        "harm": harm.mean(),
        "delay": delay.mean(),
        "harm_se": harm.std() / np.sqrt(n_runs),
        "delay_se": delay.std() / np.sqrt(n_runs),
    }


def _first_decisions(rule, error, old_error, n_runs, n_looks, rng):
    """What the rule decides in each release, and after how many labels; only as many are drawn as it asks for."""
    decision, labels = np.full(n_runs, "wait", dtype=object), np.full(n_runs, np.inf)
    waiting, wrong = np.arange(n_runs), np.zeros(n_runs, dtype=int)
    for n in range(10, 10 * n_looks + 1, 10):
        wrong = wrong + rng.binomial(10, error, len(waiting))
        counts, of_run = np.unique(wrong, return_inverse=True)  # many releases have the same counts
        said = np.array([_word(rule(count, n, old_error)) for count in counts.tolist()])[of_run]
        ends = said != "wait"
        decision[waiting[ends]], labels[waiting[ends]] = said[ends], n
        waiting, wrong = waiting[~ends], wrong[~ends]
        if not len(waiting):
            break
    return decision, labels


def _word(decision):
    if decision not in DECISIONS:  # as the exercise takes it, whatever its capitals and hyphens
        decision = BY_LETTERS.get(re.sub(r"[\W_]", "", str(decision)).lower(), decision)
    if decision not in DECISIONS:
        raise ValueError(f"the rule must return 'wait', 'promote' or 'roll back' (got {decision!r})")
    return decision


def plot_harm_and_delay(table, *, ax=None):
    """Draw harm against delay, one named point per rule; the lower left corner is best.

    Parameters
    ----------
    table : DataFrame
        Index: rule; columns ``harm`` (wrong answers per release) and ``delay`` (forms until promotion), with standard
        errors ``harm_se`` and ``delay_se``: the bars reach two of them to either side.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    for i, (name, row) in enumerate(table.iterrows()):
        bars = {"xerr": 2 * row["delay_se"], "yerr": 2 * row["harm_se"]}
        style = {"marker": "osD^vP"[i % 6], "markersize": 7, "linestyle": "", "linewidth": 1}
        ax.errorbar(row["delay"], row["harm"], **bars, **style, label=name)
    ax.legend()
    ax.set(xlabel="mean forms until a good version is promoted", ylabel="mean extra wrong answers\nof a bad version")
    ax.set(xlim=(0, 1.35 * table["delay"].max()), ylim=(0, 1.15 * table["harm"].max()))
    return ax


def _check_rate(rate, name="rate"):
    if not 0 < rate < 1:
        raise ValueError(f"'{name}' must be between 0 and 1 (got {rate!r})")
