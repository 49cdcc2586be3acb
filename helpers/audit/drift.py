"""Drift over time: the inputs, the target, and what the inputs say about the target."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from helpers.audit.finding import Finding, cannot

MOST_PERIODS = 24
FEWEST = 30  # rows in a period
EFFECT = 0.35  # smaller changes, in standard deviations, are not worth an alarm
DISTANCE = 0.2  # nor are smaller distances of an input's distributions
LEVEL = 0.01  # chance of a false alarm, shared among all tests


def drift(case):
    """Scan every border between two periods: are inputs, target, or errors different before and after it?"""
    question = "Does anything drift, and from when on?"
    if case.time is None:
        return cannot(question, f"--time names no column{case.hint_of_dates}")
    period, names = _periods(case.time)
    if len(names) < 4:
        return cannot(question, f"the time column gives fewer than four periods of {FEWEST} rows")
    loss = _loss_over_time(case, period, len(names))
    target = case.y.astype(float)
    series = {"target": target if case.classes <= 2 else (case.y == np.bincount(case.y).argmax()).astype(float)}
    if loss is not None:
        series["relation"] = loss
    tests = [(what, *_break(values, period, len(names))) for what, values in series.items()]
    columns = list(case.X.columns)[:100]
    inputs = [(f"input {label}", *_break_of_input(case, label, period, len(names))) for label in columns]
    table = pd.DataFrame([*tests, *inputs], columns=["what", "from", "p", "effect"])
    table["p"] = (table["p"] * (len(names) - 1)).clip(upper=1)
    is_input = table["what"].str.startswith("input")
    share = LEVEL / np.where(is_input, 3 * len(columns), 3)
    table["drifts"] = (table["p"] < share) & (table["effect"] > np.where(is_input, DISTANCE, EFFECT))
    table["from"] = [names[k] for k in table["from"]]
    kinds = ["relation", "target", "input"]
    found = table[table["drifts"]].sort_values("p", kind="stable")
    order = [row for kind in kinds for row in found.index if table["what"][row].startswith(kind)]
    first = table.loc[order[0]] if order else None
    about = first if first is not None else table.loc[table["effect"].idxmax()]
    sentence = (
        f"The {_named(about['what'])} changes from {about['from']} on."
        if first is not None
        else f"In {len(names)} periods nothing surely drifts."
    )
    advice = (
        f"Find out what happened in {about['from']}; train on rows from then on, and test on the newest."
        if first is not None
        else "Keep watching: monitor.json holds limits for the next delivery."
    )
    low, high = _effect_interval(case, about, series, period, names)
    table["p"] = table["p"].map("{:.2g}".format)
    return Finding(
        question,
        sentence,
        advice,
        f"largest change found ({about['what']}), in standard deviations or as a distance of distributions",
        float(about["effect"]),
        low,
        high,
        first is not None,
        pd.concat([table.loc[order], table.drop(index=order)]).head(12).round(3),
        _plot(series, period, names),
        {"from": about["from"] if first is not None else "", "what": list(table.loc[order, "what"])},
    )


def _named(what):
    return {"relation": "relation of inputs and target", "target": "target itself"}.get(what, what)


def _periods(time):
    """A period's number for each row (-1 without a time), and the names of the periods."""
    if pd.api.types.is_datetime64_any_dtype(time):
        for unit in ("M", "W", "D", "Q", "Y"):
            period = time.dt.to_period(unit)
            counts = period.value_counts()
            whole = counts[counts >= FEWEST]
            if 4 <= len(whole) <= MOST_PERIODS:
                kept = sorted(whole.index)
                places = {value: place for place, value in enumerate(kept)}
                return period.map(places).astype(float).fillna(-1).to_numpy().astype(int), [str(p) for p in kept]
    known = time.notna().to_numpy()
    ranks = time[known].rank(method="dense").to_numpy()
    n = int(min(12, known.sum() // max(FEWEST, 1), ranks.max() if len(ranks) else 0))
    period = np.full(len(time), -1)
    if n < 1:
        return period, []
    edges = np.quantile(time[known].rank(method="average"), np.linspace(0, 1, n + 1)[1:-1])
    period[known] = np.searchsorted(edges, time[known].rank(method="average"), side="left")
    kept, period[known] = np.unique(period[known], return_inverse=True)
    starts = [time[period == k].min() for k in range(len(kept))]
    return period, [str(s.date()) if hasattr(s, "date") else f"{s:g}" for s in starts]


def _loss_over_time(case, period, n):
    """Loss of each row by a model of the first third, which has not seen it."""
    third = max(1, n // 3)
    early = np.flatnonzero((period >= 0) & (period < third))
    late = np.flatnonzero(period >= third)
    if len(early) < 100 or not len(late) or (case.labels and len(np.unique(case.y[early])) < case.classes):
        return None
    X, loss = case.X.to_numpy(), np.full(len(case), np.nan)
    loss[late] = case.bounded_loss(case.fit(early)(X[late]), case.y[late])
    for k in range(5):
        test = early[k::5]
        rest = np.setdiff1d(early, test)
        if not case.labels or len(np.unique(case.y[rest])) == case.classes:
            loss[test] = case.bounded_loss(case.fit(rest)(X[test]), case.y[test])
    return loss


def _break(values, period, n):
    """The border where the means before and after differ most: the first period after it, p, and the effect."""
    best, strongest = (1, 1.0, 0.0), 0.0
    spread = np.nanstd(values) or 1.0
    for border in range(1, n):
        before, after = _known_around(values, period, border)
        if min(len(before), len(after)) < FEWEST or np.ptp(np.r_[before, after]) == 0:
            continue
        error = np.sqrt(before.var(ddof=1) / len(before) + after.var(ddof=1) / len(after))
        z = abs(after.mean() - before.mean()) / max(error, 1e-12)
        if z > strongest:
            strongest = z
            best = (border, float(2 * stats.norm.sf(z)), float(abs(after.mean() - before.mean()) / spread))
    return best


def _known_around(values, period, border):
    """The values before a border and after it, as far as they are known."""
    known = np.isfinite(values)
    return values[(period >= 0) & (period < border) & known], values[(period >= border) & known]


def _break_of_input(case, label, period, n):
    values = case.X[label].to_numpy()
    codes = case.categorical[case.X.columns.get_loc(label)]
    if ": month" in label and case.kinds[case.origin[label]] == "date":
        return 1, 1.0, 0.0
    best, strongest = (1, 1.0, 0.0), -1.0
    for border in range(1, n):
        before, after = values[(period >= 0) & (period < border)], values[period >= border]
        p, effect = (_classes_differ if codes else _numbers_differ)(before, after)
        strength = effect * np.sqrt(len(before) * len(after) / (len(before) + len(after)))
        if strength > strongest:
            best, strongest = (border, p, effect), strength
    return best


def _numbers_differ(before, after):
    gaps = abs(np.isnan(before).mean() - np.isnan(after).mean())
    a, b = np.sort(before[np.isfinite(before)]), np.sort(after[np.isfinite(after)])
    if min(len(a), len(b)) < 10:
        return 1.0, 0.0
    points = np.concatenate([a, b])
    far = np.searchsorted(a, points, "right") / len(a) - np.searchsorted(b, points, "right") / len(b)
    distance = float(np.abs(far).max())
    size = len(a) * len(b) / (len(a) + len(b))
    p = float(min(1, 2 * np.exp(-2 * size * distance**2)))
    if gaps > distance:
        whole = len(before) * len(after) / (len(before) + len(after))
        return float(min(1, 2 * np.exp(-2 * whole * gaps**2))), gaps
    return p, distance


def _classes_differ(before, after):
    a, b = (np.where(np.isnan(part), -1, part) for part in (before, after))
    kinds = np.unique(np.concatenate([a, b]))
    counts = np.array([[(part == kind).sum() for kind in kinds] for part in (a, b)])
    if len(kinds) < 2 or counts.sum(1).min() < 10:
        return 1.0, 0.0
    p = stats.chi2_contingency(counts).pvalue
    return float(p), float(np.abs(np.diff(counts / counts.sum(1, keepdims=True), axis=0)).sum() / 2)


def _effect_interval(case, about, series, period, names):
    if about["what"] not in series:
        return None, None
    values, border = series[about["what"]], names.index(about["from"])
    before, after = _known_around(values, period, border)
    error = np.sqrt(before.var() / len(before) + after.var() / len(after)) / (np.nanstd(values) or 1)
    return float(max(about["effect"] - 1.96 * error, 0)), float(about["effect"] + 1.96 * error)


def _plot(series, period, names):
    figure = Figure(figsize=(8, 3))
    ax = figure.subplots()
    for (what, values), style in zip(series.items(), ("o-", "s--"), strict=False):
        spread = np.nanstd(values) or 1
        means = [_mean(values[period == k]) for k in range(len(names))]
        ax.plot(range(len(names)), (np.array(means) - np.nanmean(values)) / spread, style, label=_series_name(what))
    ax.axhline(0, color="k", linewidth=1)
    ax.set_xticks(range(len(names)), names, rotation=60, fontsize=8)
    ax.set(ylabel="standard deviations from the mean", title="Target and loss, period by period")
    ax.legend()
    return figure


def _mean(values):
    values = values[np.isfinite(values)]
    return values.mean() if len(values) else np.nan


def _series_name(what):
    return "loss of a model of the first third" if what == "relation" else "target"
