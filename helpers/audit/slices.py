"""The worst slices, with intervals that know how many slices were tried."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from helpers.audit.columns import label
from helpers.audit.finding import Finding, cannot, share_interval, short
from helpers.audit.rows import shorten

FEWEST = 30  # rows of a slice
MOST = 200  # slices that are tried
FEW = 10  # values up to which each value of a number is a slice
MARGIN = 1.5  # an alarm needs so many times the error of the rest


def slices(case):
    """Error in each named slice and in each third of a number, against all the rest."""
    question = "Which slices does the average forget?"
    wrong = case.wrong(case.said)
    tried = [part for part in _parts(case) if FEWEST <= part[2].sum() <= len(case) - FEWEST][:MOST]
    if not tried:
        return cannot(question, f"no part of the table has {FEWEST} rows")
    level = 1 - 0.05 / len(tried)
    rows = [_row(case, wrong, name, what, inside, level) for name, what, inside in tried]
    table = pd.DataFrame(rows, columns=["column", "slice", "rows", "error", "low", "high", "rest", "named"])
    table = table.sort_values(["low", "error"], ascending=False, kind="stable", ignore_index=True)
    bad = table[table["named"] & (table["low"] > MARGIN * table["rest"])]
    first = (bad if len(bad) else table).iloc[0]
    what = f"{first['column']} = {first['slice']}"
    sentence = (
        f"Of {len(tried)} slices, the worst is {what}: error {short(first['error'])}, elsewhere {short(first['rest'])}."
    )
    advice = (
        f"Look at rows of {what} by hand before you look at any average; the model surely does worse there."
        if len(bad)
        else f"No named slice is surely {MARGIN} times as bad as the rest. Keep the table; add what you care for."
    )
    measure = "mean absolute error in the worst slice" if case.is_number else "error rate in the worst slice"
    return Finding(
        question,
        sentence,
        advice,
        f"{measure} (interval corrected for {len(tried)} tries)",
        float(first["error"]),
        float(first["low"]),
        float(first["high"]),
        bool(len(bad)),
        table.drop(columns="named").head(15).round(3),
        _plot(table.head(8), wrong.mean()),
        {"worst": [first["column"], first["slice"]], "all": table.drop(columns="named")},
    )


def _parts(case):
    """Named slices first (of a category, or a yes-or-no), then those of numbers and gaps."""
    for name, values in case.values.items():
        if _is_named(case, name):
            yield from _each_value(name, values)
    for name, values in case.values.items():
        yield name, "(a gap)", values.isna().to_numpy()
        if case.kinds[name] != "number" or _is_named(case, name):
            continue
        if values.nunique() <= FEW:
            yield from _each_value(name, values)
            continue
        low, high = values.quantile([1 / 3, 2 / 3])
        yield name, f"up to {short(low)}", (values <= low).to_numpy()
        yield name, f"above {short(high)}", (values > high).to_numpy()


def _is_named(case, name):
    return case.kinds[name] == "category" or (case.kinds[name] == "number" and case.values[name].nunique() == 2)


def _each_value(name, values):
    for value in values.value_counts().index:
        yield name, label(value), (values == value).to_numpy()


def _row(case, wrong, name, what, inside, level):
    errors, n = wrong[inside], int(inside.sum())
    mean = errors.mean()
    if case.is_number:
        half = stats.t.ppf((1 + level) / 2, n - 1) * errors.std(ddof=1) / np.sqrt(n)
        low, high = max(mean - half, 0), mean + half
    else:
        low, high = share_interval(errors.sum(), n, level=level, method="wilson")
    named = _is_named(case, name) and what != "(a gap)"
    return [name, what, n, mean, low, high, wrong[~inside].mean(), named]


def _plot(table, average):
    figure = Figure(figsize=(7, 0.9 + 0.32 * len(table)))
    ax = figure.subplots()
    names = [shorten(f"{c} = {s}", 40) for c, s in zip(table["column"], table["slice"], strict=True)]
    error = np.clip([table["error"] - table["low"], table["high"] - table["error"]], 0, None)
    ax.errorbar(table["error"], range(len(names)), xerr=error, fmt="o", capsize=3)
    ax.set_yticks(range(len(names)), names)
    ax.axvline(average, color="k", linestyle="--", linewidth=1)
    ax.invert_yaxis()
    ax.set(xlabel="error", title="The worst slices (dashed: all rows)")
    return figure
