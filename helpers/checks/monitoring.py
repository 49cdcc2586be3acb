"""Checks of the exercises of week 1, notebook 4."""

from itertools import combinations

import pandas as pd

from helpers import monitoring
from helpers.course.exercises import exercise, judge_sorting, right, wrong

KINDS = {
    "requests per second": "software",
    "mean ink of the images": "input",
    "memory in use": "software",
    "share of answers with confidence below one half": "output",
    "share of images with the wrong resolution": "input",
    "how often customers correct an amount": "output",
    "95th percentile of the time to answer": "software",
    "share of answers that are a 1": "output",
    "share of forms with an empty amount field": "input",
}
MYSTERIES = monitoring.INCIDENTS[1:8]
FINGERPRINTS = {  # groups of metrics that ring
    "memory leak": {"software"},
    "upload of Bonn fails": {"software"},
    "scanner lamp ages": {"input", "output"},
    "form template moved": {"input", "output", "labels"},
    "old model deployed": {"output", "labels"},
    "Christmas orders": {"input", "output"},
    "half of the 7s mean 1": {"output", "labels"},
    "in Celle every 7 means 1": {"labels"},
    "nothing": set(),
}


@exercise(
    wrong={
        "all numbers about answers are software": (
            "groups = {metric: 'software' if kind == 'output' else kind for metric, kind in check.KINDS.items()}"
        ),
        "swaps input and output": (
            "swap = {'input': 'output', 'output': 'input', 'software': 'software'}\n"
            "groups = {metric: swap[kind] for metric, kind in check.KINDS.items()}"
        ),
        "customers are input": "groups = check.KINDS | {'how often customers correct an amount': 'input'}",
    }
)
def groups(answer):
    """Nine metrics are sorted into software, input and output."""
    return judge_sorting(
        answer,
        KINDS,
        hints={
            "software": "Any web service has it, with or without a model.",
            "input": "It can be computed before the model has said anything.",
            "output": "It needs the model's answer, or what someone does with it.",
        },
        praise="Software: is it running? Input: is it fed as in training? Output: does it answer as it used to?",
    )


@exercise(
    wrong={
        "plain differences": "return [b - a for a, b in zip(values, values[1:])]",
        "a restart counts nothing": "return [max(b - a, 0) for a, b in zip(values, values[1:])]",
        "the size of the step": "return [abs(b - a) for a, b in zip(values, values[1:])]",
    }
)
def gained(function):
    """The function turns counter values into increases, across restarts."""

    def said(*values):
        return [float(v) for v in function(list(values))]

    if said(2, 5, 9) != [3, 4]:
        return wrong("Without a restart, [2, 5, 9] gained 3 and then 4: one number for each pair of neighbours.")
    restarted = said(5, 9, 2, 3)
    if len(restarted) == 3 and restarted[1] < 0:
        return wrong("A counter never counts backwards. What does a fall from 9 to 2 tell you about the process?")
    if len(restarted) == 3 and restarted[1] == 0:
        return wrong("After the restart the counter began at zero and shows 2 now. Those two happened.")
    if len(restarted) == 3 and restarted[1] == 7:
        return wrong("Seven were lost, not gained. How many were counted since the restart?")
    if restarted != [4, 2, 1] or said(4, 0, 0, 6) != [0, 0, 6] or said(3) != []:
        return wrong("Check a restart in the middle, two equal values, and a single scrape.")
    return right("After a restart the new value is the increase, or at least what is known of it.")


@exercise(
    wrong={
        "one metric's budget for each": "return 1 / days_per_false_alarm",
        "the usual five percent": "return 0.05",
        "more metrics, more alarms": "return n_metrics / days_per_false_alarm",
    }
)
def level(function):
    """The function splits a budget of false alarms over several metrics."""
    for n, days in ((11, 20), (1, 30), (50, 7), (4, 365)):
        given, shared, exact = float(function(n, days)), 1 / (n * days), 1 - (1 - 1 / days) ** (1 / n)
        if any(abs(given - truth) <= 0.02 * truth for truth in (shared, exact)):
            continue
        if abs(given - 1 / days) < 1e-9:
            return wrong(
                f"With {n} metrics that all ring on one quiet day in {days}, how often does *some* metric ring?"
            )
        if given > exact:
            return wrong(
                f"That is too much for {n} metrics and one false alarm in {days} days. More metrics need less each."
            )
        return wrong(
            f"That is stricter than {n} metrics and one false alarm in {days} days require; it costs detection."
        )
    return right("The budget belongs to the person who is woken, so the metrics share it.")


def _seen(table, chosen):
    return int((table[list(chosen)] >= 0.5).any(axis=1).sum())


@exercise(
    wrong={
        "the most excitable ones": "return list(table.mean().nlargest(k).index)",
        "what is there already": "return list(table.columns[:k])",
        "everything": "return list(table.columns)",
    }
)
def watch_list(function, table):
    """The function chooses k metrics that together see as many incidents as possible, here and in made-up tables."""
    made_up = pd.DataFrame(
        [[1, 0.9, 0, 0], [1, 0.9, 0, 0], [0.9, 0.9, 0, 0], [0, 0, 0.6, 0], [0, 0, 0, 0.5]],
        columns=["loud", "echo", "narrow", "rare"],
    )
    for frame, ks in ((made_up, (1, 2, 3)), (made_up.iloc[:, ::-1], (2, 3)), (table, (2, 3, 4))):
        for k in ks:
            chosen = list(function(frame.copy(), k))
            if len(set(chosen)) != k or not set(chosen) <= set(frame.columns):
                return wrong(f"Asked for {k} different metrics of the table, this gives {len(set(chosen))}.")
            best = max(_seen(frame, some) for some in combinations(frame.columns, k))
            if _seen(frame, chosen) < best:
                return wrong(
                    f"With {k} metrics, {best} incidents can be seen; these see {_seen(frame, chosen)}. "
                    "Two metrics that see the same incidents are worth little more than one."
                )
    return right("Metrics complement each other: what counts is what the set sees, not how loud each member is.")


def _suspect(table, limit):
    worst = table["z"].abs().idxmax()
    return worst if abs(table.loc[worst, "z"]) > limit else "nobody"


@exercise(
    wrong={
        "the largest bias": (
            "worst = table['bias'].abs().idxmax()\nreturn worst if abs(table.loc[worst, 'z']) > limit else 'nobody'"
        ),
        "someone is always guilty": "return table['z'].abs().idxmax()",
        "only too many count": (
            "worst = table['z'].idxmax()\nreturn worst if table.loc[worst, 'z'] > limit else 'nobody'"
        ),
    }
)
def suspect(function, table):
    """The function names the branch and digit whose bias is no chance, or nobody."""
    index = pd.MultiIndex.from_tuples([("Aachen", 1), ("Celle", 7), ("Delft", 5)], names=["branch", "digit"])
    frame = pd.DataFrame({"forms": [700, 200, 12], "bias": [0.01, -0.08, 0.25], "z": [1.0, -5.0, 1.7]}, index=index)

    def said(frame, limit):
        name = function(frame.copy(), limit)
        return name.strip().lower() if isinstance(name, str) else tuple(name)

    if said(frame, 9) != "nobody":
        return wrong("In a table of chance differences someone always comes first. When may you accuse nobody?")
    if ("Delft", 5) in (said(frame, 3), said(frame, 1.5)):
        return wrong("A quarter of twelve forms is three forms. Which column takes the number of forms into account?")
    if said(frame, 3) != ("Celle", 7):
        return wrong("A digit that is read too rarely is as suspicious as one that is read too often: mind the sign.")
    for other in (frame.iloc[::-1], -frame, table):
        for limit in (1.5, 3.5):
            if said(other, limit) != _suspect(other, limit):
                return wrong(f"Not right yet for a table of {len(other)} rows with the limit {limit}.")
    return right("Small branches have large biases by chance. The standard error tells a pattern from bad luck.")


def mystery_incident(seed):
    """The incident of the last section; another one for each of seven seeds in a row."""
    return MYSTERIES[(3 * seed + 4) % len(MYSTERIES)]


@exercise(
    wrong={
        "nothing is wrong": "culprit = 'nothing'",
        "the least likely": "culprit = check.MYSTERIES[(3 * seed + 5) % len(check.MYSTERIES)]",
        "a drift nobody could see": "culprit = 'in Celle every 7 means 1'",
    }
)
def culprit(answer, seed):
    """The mystery of this seed is named from its dashboard."""
    truth, given = mystery_incident(seed), str(answer).strip()
    if given not in FINGERPRINTS:
        return wrong(f"Choose one of {', '.join(FINGERPRINTS)}.")
    if given == truth:
        return right("The set of metrics that ring, and of those that stay quiet, is the incident's fingerprint.")
    if given == "nothing":
        return wrong("Count the crosses in the later half of each panel. That many do not come by chance.")
    odd = sorted(FINGERPRINTS[given] ^ FINGERPRINTS[truth])
    if not odd:
        return wrong("The right groups of metrics, but which panels of them? Compare with the rows of the table.")
    expected = "would" if odd[0] in FINGERPRINTS[given] else "would not"
    return wrong(
        f"In that incident the {odd[0].removesuffix('s')} metrics {expected} ring. Look at those panels again."
    )
