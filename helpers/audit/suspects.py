"""Rows whose label is suspected to be wrong (confident learning)."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from helpers.audit.finding import Finding, cannot

SURE = 0.2  # the part of the rows of which the model is surest
FLOOR = 0.03  # errors among them from which on labels are suspected


def suspects(case):
    """Which labels contradict a model that is right about nearly all others."""
    question = "Which labels are suspected to be wrong?"
    if case.is_number:
        return cannot(question, "the target is a number and not a class")
    if np.bincount(case.y).min() < 10 or len(case) < 200:
        return cannot(question, "a class has fewer than ten rows, or the table fewer than 200")
    from cleanlab.filter import find_label_issues

    ranked = find_label_issues(case.y, case.said, return_indices_ranked_by="self_confidence", n_jobs=1)
    wrong, confidence = case.wrong(case.said), case.said.max(1)
    order = np.argsort(-confidence, kind="stable")
    sure, next_ = order[: int(SURE * len(order))], order[int(SURE * len(order)) : int(2 * SURE * len(order))]
    count = int(wrong[sure].sum())
    test = stats.beta(count + 0.5, len(sure) - count + 0.5)
    low, high = float(test.ppf(0.025)) if count else 0.0, float(test.ppf(0.975))
    level = wrong[sure].mean()
    flat = level > 0.5 * wrong[next_].mean()
    alarm = bool(test.ppf(0.005) > FLOOR and flat and wrong.mean() < 0.35)
    table = pd.DataFrame(
        {
            "row in the file": case.data.index[ranked] + 1,
            "label": [case.labels[k] for k in case.y[ranked]],
            "the model says": [case.labels[k] for k in case.said[ranked].argmax(1)],
            "share it gives the label": case.said[ranked, case.y[ranked]].round(3),
        }
    )
    sentence = (
        f"Confident learning lists {len(ranked):,} of {len(case):,} labels. Among the fifth of the rows of which the "
    )
    sentence += f"model is surest, {level:.1%} contradict it."
    advice = (
        "Have two people label the first 100 of suspects.csv again, without seeing the old label."
        if alarm
        else "A few look odd, as everywhere. Look at the first twenty of suspects.csv; the list is no proof of errors."
        if len(ranked)
        else "There is nothing to look at again."
    )
    return Finding(
        question,
        sentence,
        advice,
        "share of labels that contradict the model where it is surest",
        float(level),
        low,
        high,
        alarm,
        table.head(15),
        _plot(confidence, wrong),
        {"all": table},
    )


def _plot(confidence, wrong):
    order = np.argsort(-confidence, kind="stable")
    tenths = np.array_split(order, 10)
    figure = Figure(figsize=(6, 3))
    ax = figure.subplots()
    ax.plot(range(1, 11), [wrong[part].mean() for part in tenths], "o-", label="contradicted by the label")
    ax.plot(range(1, 11), [1 - confidence[part].mean() for part in tenths], "--", label="as the model expects")
    ax.axhline(FLOOR, color="k", linestyle=":", linewidth=1)
    ax.legend()
    ax.set(xlabel="tenth of the rows, the surest first", ylabel="share", title="Where do labels contradict the model?")
    return figure
