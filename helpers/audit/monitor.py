"""Limits for the next delivery with a stated rate of false alarms."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers.audit.columns import as_number, label
from helpers.audit.finding import Finding, cannot, share_interval

RATE = 0.01  # false alarms per delivery
BINS = 10
MOST = 200
DRAWS = 40


def limits(table, *, skip=()):
    """For each column the bins of its values and how many rows are in each; a gap is a bin of its own."""
    return _limits(_columns(table, [name for name in table.columns if name not in skip][:MOST]))


def alarms(table, kept, *, rate=RATE):
    """Columns whose values are spread otherwise than they were, each with its p value; `rate` is shared among them."""
    return _alarms(_columns(table, [name for name in kept if name in table.columns]), kept, rate)


def _columns(table, names):
    """Each column in the form that is counted: numbers, or text by its kinds."""
    return {name: _counted(table[name]) for name in names}


def _counted(values):
    numbers = as_number(values)
    return values.astype("str").str.strip().astype("category") if numbers is None else numbers


def _limits(columns):
    kept = {}
    for name, values in columns.items():
        if pd.api.types.is_float_dtype(values) and values.nunique() > BINS:
            edges = np.unique(np.quantile(values.dropna(), np.linspace(0, 1, BINS + 1)[1:-1]))
            bins = {"edges": edges.tolist()}
        else:
            counts = _count_kinds(values)
            if len(counts) > 0.3 * len(values):
                continue  # nearly all different: nothing to count
            bins = {"values": sorted([*counts][:30])}
        kept[name] = bins | {"counts": _count(values, bins)}
    return kept


def _alarms(columns, kept, rate):
    found = []
    for name, values in columns.items():
        counts = np.array([kept[name]["counts"], _count(values, kept[name])])
        counts = _merged(counts[:, counts.sum(0) > 0])
        if counts.shape[1] < 2 or counts[1].sum() == 0:
            continue
        p = float(stats.chi2_contingency(counts, correction=False).pvalue)
        if p < rate / len(kept):
            found.append((name, p))
    return sorted(found, key=lambda pair: pair[1])


def _count(values, bins):
    """Rows in each bin, in none of them (of kinds), and gaps."""
    if "values" in bins:
        counts = _count_kinds(values)
        known = [counts.pop(kind, 0) for kind in bins["values"]]
        places = [*known, sum(counts.values())]
    elif pd.api.types.is_float_dtype(values):
        edges = bins["edges"]
        places = np.bincount(np.searchsorted(edges, values.dropna(), side="left"), minlength=len(edges) + 1)
    else:  # words, where there were numbers
        return [0] * (len(bins["edges"]) + 1) + [len(values)]
    return [int(count) for count in [*places, values.isna().sum()]]


def _count_kinds(values):
    return {label(kind): count for kind, count in values.value_counts().items() if count}


def _merged(counts):
    """Bins with fewer than five expected rows put together, so that the chi-squared law holds."""
    expected = counts.sum(0) * counts.sum(1).min() / max(counts.sum(), 1)
    small = expected < 5
    if small.sum() < 1:
        return counts
    together = counts[:, small].sum(1, keepdims=True)
    return np.hstack([counts[:, ~small], together])


def monitor(case):
    """Set limits from half of the rows, and count false alarms on batches of the other half."""
    question = "Which limits watch the next delivery?"
    raw = case.raw
    if len(raw) < 200:
        return cannot(question, "there are fewer than 200 rows to set limits from")
    rng = np.random.default_rng([case.seed, 7])
    skip = [name for name in (case.names["time"], case.names["group"]) if name]
    skip += [name for name, kind in case.kinds.items() if kind in ("identity", "date", "text")]
    false = 0
    sample = _columns(raw.iloc[rng.permutation(len(raw))[:8000]], [n for n in raw.columns if n not in skip][:MOST])
    n = min(len(raw), 8000)
    draws = DRAWS // 4 if raw.shape[1] > 100 else DRAWS
    for _ in range(draws):
        good, held = np.split(rng.permutation(n), [n // 2])
        kept = _limits({name: values.iloc[good] for name, values in sample.items()})
        batch = {name: sample[name].iloc[held[: min(len(raw) // 2, 2000)]] for name in kept}
        false += bool(_alarms(batch, kept, RATE))
    low, high = share_interval(false, draws)
    kept = limits(raw, skip=skip)
    sentence = (
        f"Limits for {len(kept)} columns gave {false} false alarms in {draws} deliveries drawn from this very table; "
    )
    sentence += f"stated is {RATE:.0%}."
    advice = "Run workbook audit check on every delivery; an alarm says which column to look at first."
    table = pd.DataFrame({"column": list(kept), "bins": [len(bins["counts"]) for bins in kept.values()]}).head(30)
    return Finding(
        question,
        sentence,
        advice,
        "false alarms per delivery",
        false / draws,
        low,
        high,
        False,
        table,
        facts={"limits": kept, "rate": RATE},
    )
