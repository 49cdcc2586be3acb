"""Limits for the next delivery with a stated rate of false alarms."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers.audit.columns import as_number
from helpers.audit.finding import Finding, cannot, share_interval

RATE = 0.01  # false alarms per delivery
BINS = 10
MOST = 200
DRAWS = 40


def limits(table, *, skip=()):
    """For each column the bins of its values and how many rows are in each; a gap is a bin of its own."""
    kept = {}
    for name in [name for name in table.columns if name not in skip][:MOST]:
        values = table[name]
        numbers = as_number(values)
        if numbers is not None and numbers.nunique() > BINS:
            edges = sorted(set(np.quantile(numbers.dropna(), np.linspace(0, 1, BINS + 1)[1:-1]).tolist()))
            bins = {"edges": edges}
        else:
            top = values.dropna().astype(str).str.strip().value_counts()
            if len(top) > 0.3 * len(values):
                continue  # nearly all different: nothing to count
            bins = {"values": sorted(top.index[:30])}
        kept[str(name)] = bins | {"counts": _counts(values, bins)}
    return kept


def _counts(values, bins):
    if "edges" in bins:
        numbers = as_number(values)
        if numbers is None:
            return [0] * (len(bins["edges"]) + 1) + [len(values)]
        known = numbers.dropna().to_numpy()
        places = np.bincount(np.searchsorted(bins["edges"], known, side="left"), minlength=len(bins["edges"]) + 1)
    else:
        text = values.dropna().astype(str).str.strip()
        places = [int((text == value).sum()) for value in bins["values"]] + [int((~text.isin(bins["values"])).sum())]
    return [int(count) for count in [*places, values.isna().sum()]]


def alarms(table, kept, *, rate=RATE):
    """Columns whose values are spread otherwise than they were, each with its p value; `rate` is shared among them."""
    found = []
    for name, bins in kept.items():
        if name not in table.columns:
            continue
        counts = np.array([bins["counts"], _counts(table[name], bins)])
        counts = _merged(counts[:, counts.sum(0) > 0])
        if counts.shape[1] < 2 or counts[1].sum() == 0:
            continue
        p = float(stats.chi2_contingency(counts, correction=False).pvalue)
        if p < rate / len(kept):
            found.append((name, p))
    return sorted(found, key=lambda pair: pair[1])


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
    false, size = 0, min(len(raw) // 2, 2000)
    sample = raw.iloc[rng.permutation(len(raw))[:8000]]
    draws, half = DRAWS // 4 if raw.shape[1] > 100 else DRAWS, len(sample) // 2
    for _ in range(draws):
        order = rng.permutation(len(sample))
        kept = limits(sample.iloc[order[:half]], skip=skip)
        false += bool(alarms(sample.iloc[order[half : half + size]], kept))
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
