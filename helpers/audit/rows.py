"""What one row is, which columns give the answer away, and what kind of data problem this is."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.model_selection import cross_val_predict
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from helpers.audit.finding import Finding, share_interval

MOST_TRIED = 300  # columns that are tried alone
LEAKS_FROM = 0.95  # share of the way from knowing nothing to perfect, by one column alone


def one_row(case):
    """Types, gaps, duplicates and constants: what the table is made of."""
    raw = case.raw
    gaps = raw.isna().mean()
    kinds = pd.Series(case.kinds, dtype=object)
    named = [(name, role) for role, name in case.names.items() if name]
    table = pd.DataFrame(
        {
            "column": raw.columns,
            "kind": [dict(named).get(name) or kinds.get(name, "") for name in raw.columns],
            "gaps": [f"{gaps[name]:.0%}" for name in raw.columns],
            "different values": [raw[name].nunique() for name in raw.columns],
        }
    )
    duplicates = int(case.repeated.sum())
    dropped = [name for name, kind in case.kinds.items() if kind in ("empty", "constant", "identity")]
    share = duplicates / len(raw)
    repeat = "row repeats" if duplicates == 1 else "rows repeat"
    sentence = f"{len(raw):,} rows and {raw.shape[1]:,} columns were read; {duplicates:,} {repeat} another one"
    sentence += " in every column."
    if dropped:
        sentence += f" Left out, for they are empty, constant or number the rows: {_listed(dropped)}."
    gappy = [name for name in case.kinds if gaps[name] > 0.5]
    advice = "Find out why rows repeat before anything else: a repeated row can be in training and in the test. "
    advice = advice * (share > 0.01) + (f"More than half is missing in {_listed(gappy)}: ask why." if gappy else "")
    low, high = share_interval(duplicates, len(raw))
    return Finding(
        "What is one row?",
        sentence,
        advice or "Say in one sentence what one row is, and check that it is so.",
        "share of rows that repeat another one",
        share,
        low,
        high,
        alarm=share > 0.01,
        table=table.head(60),
        figure=_plot_gaps(gaps) if gaps.any() else None,
        facts={"left_out": dropped},
    )


def _plot_gaps(gaps):
    worst = gaps.sort_values(ascending=False, kind="stable").head(10)[::-1]
    figure = Figure(figsize=(7, 0.6 + 0.3 * len(worst)))
    ax = figure.subplots()
    ax.barh([shorten(name) for name in worst.index], worst)
    ax.set(xlabel="share of rows without a value", xlim=(0, 1), title="The columns with the most gaps")
    return figure


def shorten(name, most=28):
    """A name that fits beside a bar."""
    text = str(name).replace("$", "\\$")
    return text if len(text) <= most else text[: most - 1] + "…"


def _listed(names, most=5):
    return ", ".join(map(str, names[:most])) + (f" and {len(names) - most} more" if len(names) > most else "")


def leaks(case):
    """How well each column alone tells the target. One that does it nearly perfectly is likely to come after it."""
    rows = np.arange(len(case))
    if len(rows) > 4000:
        rows = np.sort(np.random.default_rng([case.seed, 2]).choice(rows, 4000, replace=False))
    y = case.y[rows]
    if case.labels and np.bincount(y, minlength=case.classes).min() < 3:
        rows, y = np.arange(len(case)), case.y
    labels = _screened(case, rows, y)
    alone = {label: _skill(case, case.X[label].to_numpy()[rows], y) for label in labels}
    table = (
        pd.Series(alone).sort_values(ascending=False, kind="stable").rename("alone").rename_axis("column").reset_index()
    )
    best = table["column"][0]
    model = _alone(case)
    said = _told(case, model, case.X[best].to_numpy()[rows], y)
    place = np.zeros(len(case), int)
    place[rows] = np.arange(len(rows))
    low, high = case.interval(lambda pick: _to_skill(case, case.score(y[place[pick]], said[place[pick]])), rows=rows)
    suspects = sorted({case.origin[label] for label, skill in alone.items() if skill >= LEAKS_FROM})
    sentence = (
        f"{_listed(suspects)} alone nearly gives the answer."
        if suspects
        else f"No column alone gives the answer away; the strongest is {case.origin[best]}."
    )
    advice = (
        f"Ask when {_listed(suspects)} is filled in. If that is after the answer, drop it; if it says whom the row is "
        "about, name it with --group."
        if suspects
        else ("Ask of the strongest columns whether they are known when the model must answer.")
    )
    if skipped := case.X.shape[1] - len(labels):
        advice += f" ({skipped} weaker columns were screened and not tried alone.)"
    return Finding(
        "Does a column leak the answer?",
        sentence,
        advice,
        "what the strongest column tells alone, from 0 (nothing) to 1 (all)",
        float(table["alone"][0]),
        low,
        high,
        alarm=bool(suspects),
        table=table.head(15).round(3),
        figure=_plot_alone(table),
        facts={"suspects": suspects},
    )


def _screened(case, rows, y):
    if case.X.shape[1] <= MOST_TRIED:
        return list(case.X.columns)
    from sklearn.feature_selection import f_classif, f_regression

    filled = case.X.iloc[rows]
    filled = filled.fillna(filled.median()).fillna(0)
    with np.errstate(all="ignore"):
        strength = np.nan_to_num((f_regression if case.is_number else f_classif)(filled, y)[0], posinf=1e300)
    return list(case.X.columns[np.sort(np.argsort(-strength, kind="stable")[:MOST_TRIED])])


def _alone(case):
    tree = DecisionTreeRegressor if case.is_number else DecisionTreeClassifier
    return tree(max_leaf_nodes=32, min_samples_leaf=5, random_state=0)


def _told(case, model, values, y):
    method = "predict" if case.is_number else "predict_proba"
    return cross_val_predict(model, values.reshape(-1, 1), y, cv=3, method=method)


def _skill(case, values, y):
    return _to_skill(case, case.score(y, _told(case, _alone(case), values, y)))


def _to_skill(case, score):
    return float(max(0, score if case.is_number else 2 * score - 1)) if np.isfinite(score) else 0.0


def _plot_alone(table):
    top = table.head(10)[::-1]
    figure = Figure(figsize=(7, 0.8 + 0.3 * len(top)))
    ax = figure.subplots()
    ax.barh([shorten(name) for name in top["column"]], top["alone"])
    ax.axvline(LEAKS_FROM, color="k", linestyle="--", linewidth=1)
    ax.set(xlabel="from nothing (0) to all (1)", xlim=(0, 1), title="What each column tells alone (dashed: suspicious)")
    return figure


def kind_of_problem(case):
    """Structured or not, small or big, and what follows for the work."""
    text = [name for name, kind in case.kinds.items() if kind == "text"]
    n = len(case.raw)
    small = n < 10_000
    sentence = f"This is structured data, {'small' if small else 'big'} ({n:,} rows)."
    if text:
        have = "has" if len(text) == 1 else "have"
        sentence += f" {_listed(text)} {have} many different texts, of which only lengths and frequencies are read."
    advice = (
        "Small data: look at every suspicious row, and make labels consistent before you ask for more."
        if small
        else "Big data: nobody can look at every row, so put the effort into the process that makes the rows."
    )
    return Finding("Structured or not, small or big?", sentence, advice, "the number of rows", float(n))
