"""Checks of the exercises of week 1, notebook 4."""

import math
from itertools import combinations

import pandas as pd

from helpers import monitoring
from helpers.course.exercises import (
    as_list,
    drawn,
    exercise,
    guess,
    judge_sorting,
    misfiled,
    pick,
    refuse,
    right,
    wrong,
)

KINDS = {
    "forms: mean ink of the images": "input",
    "forms: share of answers with confidence below one half": "output",
    "forms: how often customers correct an amount": "output",
    "digit line: length and loudness of the recordings": "input",
    "digit line: how often callers hear a number and say it again": "output",
    "digit line: share of answers that are a 1": "output",
    "credit: share of applications without an age": "input",
    "credit: share of scores above the limit": "output",
    "any of them: memory in use": "software",
    "any of them: 95th percentile of the time to answer": "software",
}
BRANCHES = tuple(monitoring.BRANCHES)
MYSTERIES = monitoring.INCIDENTS[1:8]
FINGERPRINTS = {  # groups of metrics that go off
    "server overloaded": {"software"},
    "upload of Bonn fails": {"software"},
    "weaker scanner lamp": {"input", "output"},
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
        "customers are input": "groups = check.KINDS | {'forms: how often customers correct an amount': 'input'}",
        "corrections are labels": "groups = check.KINDS | {'forms: how often customers correct an amount': 'labels'}",
        "what callers say is input": "groups = check.KINDS | {list(groups)[4]: 'input'}",
        "recordings come from software": "groups = check.KINDS | {list(groups)[3]: 'software'}",
        "confidence is an input": "groups = check.KINDS | {list(groups)[1]: 'input'}",
        "a missing age is an error of the software": "groups = check.KINDS | {list(groups)[6]: 'software'}",
        "scores are labels": "groups = check.KINDS | {list(groups)[7]: 'labels'}",
    },
    right_too={
        "a Series": "groups = pd.Series(check.KINDS)",
        "another order": "groups = dict(reversed(check.KINDS.items()))",
        "capitals and plurals": "groups = {m: kind.replace('put', 'puts').title() for m, kind in check.KINDS.items()}",
    },
)
def groups(answer):
    """Ten metrics of three products are sorted into software, input and output."""
    for metric, kind in misfiled(answer, KINDS, kinds=("software", "input", "output", "labels")).items():
        if kind == "labels":
            return wrong(f"{metric!r} needs no person who checks the answer for us. What else can it be computed from?")
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


def gains(values):
    """What a counter gained between neighboring scrapes, across restarts."""
    return monitoring.increase(pd.Series(values))[1:].tolist()


@exercise(
    wrong={
        "plain differences": "return [b - a for a, b in zip(values, values[1:])]",
        "a restart counts nothing": "return [max(b - a, 0) for a, b in zip(values, values[1:])]",
        "the size of the step": "return [abs(b - a) for a, b in zip(values, values[1:])]",
        "the first value is an increase, too": (
            "return [values[0]] + [b - a if b >= a else b for a, b in zip(values, values[1:])]"
        ),
        "the counter goes on after the restart": (
            "return [b - a if b >= a else a + b for a, b in zip(values, values[1:])]"
        ),
        "an equal value is a restart": "return [b - a if b > a else b for a, b in zip(values, values[1:])]",
        "leaves the restart out": "return [b - a for a, b in zip(values, values[1:]) if b >= a]",
        "nobody knows": "return [b - a if b >= a else float('nan') for a, b in zip(values, values[1:])]",
        "since the start": "return [b - values[0] for b in values[1:]]",
    },
    right_too={
        "the helper": "return monitoring.increase(pd.Series(values)).iloc[1:]",
        "NumPy": (
            "values = np.asarray(values, dtype=float)\nsteps = np.diff(values)\n"
            "return np.where(steps < 0, values[1:], steps)"
        ),
        "a loop": (
            "found = []\nfor i in range(1, len(values)):\n"
            "    found.append(values[i] - (values[i - 1] if values[i] >= values[i - 1] else 0))\nreturn tuple(found)"
        ),
    },
)
def gained(function):
    """The function turns counter values into increases, across restarts."""

    def said(*values):
        return [float(v) for v in as_list(function(list(values)))]

    if said(2, 5, 9) != [3, 4]:
        return wrong("Without a restart, [2, 5, 9] gained 3 and then 4: one number for each pair of neighbors.")
    restarted = said(5, 9, 2, 3)
    if len(restarted) != 3:
        return wrong(f"Four scrapes have three increases between them, whatever happened; this gives {len(restarted)}.")
    if restarted[1] < 0:
        return wrong("A counter never counts backwards. What does a fall from 9 to 2 tell you about the process?")
    if restarted[1] == 0:
        return wrong("After the restart the counter began at zero and shows 2 now. Those two happened.")
    if restarted[1] == 7:
        return wrong("Seven were lost, not gained. How many were counted since the restart?")
    if said(4, 5, 5, 0, 0, 6) != [1, 0, 0, 0, 6]:
        return wrong("From 5 to 5 the counter gained 0, not 5: equal values are no restart.")
    if restarted != [4, 2, 1] or said(3) != []:
        return wrong("Check a restart in the middle, and a single scrape: it has no neighbor, so the list is empty.")
    return right("After a restart the new value is the increase, or at least what is known of it.")


@guess(0, 100, unit=" quiet days in 100")
def guess_alarms(answer):
    """A guess of how often some of eleven metrics goes off without cause."""


def level_for(n_metrics, days_per_false_alarm):
    """The level of each metric at which all together make one false alarm in so many quiet days, if independent."""
    return 1 / (n_metrics * days_per_false_alarm)


@exercise(
    wrong={
        "one metric's budget for each": "return 1 / days_per_false_alarm",
        "the usual five percent": "return 0.05",
        "more metrics, more alarms": "return n_metrics / days_per_false_alarm",
        "five percent shared, whatever the budget": "return 0.05 / n_metrics",
        "rounds it": "return round(1 / (n_metrics * days_per_false_alarm), 3)",
        "in percent": "return 100 / (n_metrics * days_per_false_alarm)",
        "in days": "return n_metrics * days_per_false_alarm",
        "the complement": "return (1 - 1 / days_per_false_alarm) ** (1 / n_metrics)",
        "the root alone": "return (1 / days_per_false_alarm) ** (1 / n_metrics)",
        "the power": "return (1 / days_per_false_alarm) ** n_metrics",
        "adds": "return 1 / (n_metrics + days_per_false_alarm)",
    },
    right_too={
        "independent metrics, exactly": "return 1 - (1 - 1 / days_per_false_alarm) ** (1 / n_metrics)",
        "logarithms": "return -np.expm1(np.log1p(-1 / days_per_false_alarm) / n_metrics)",
        "two steps": "return np.float64(1 / days_per_false_alarm) / n_metrics",
    },
)
def level(function):
    """The function splits a budget of false alarms over several metrics."""
    rng = drawn(1)
    for n, days in ((11, 20), (1, 30), (50, 7), (4, 365), (int(rng.integers(5, 40)), int(rng.integers(5, 90)))):
        given, shared, exact = float(function(n, days)), 1 / (n * days), 1 - (1 - 1 / days) ** (1 / n)
        if any(abs(given - truth) <= 0.02 * truth for truth in (shared, exact)):
            continue
        if abs(given - 1 / days) < 1e-9:
            return wrong(f"If each of {n} metrics goes off on one quiet day in {days}, how often does *some* metric?")
        if 0.7 * shared < given < 1.4 * shared and given == round(given, 5):
            return wrong(f"{given:g} is close, but rounded: such small levels need all their digits.")
        if math.isclose(given, 100 * shared, rel_tol=0.02):
            return wrong(f"{given:.3g} is the level in percent. Return it as a probability, from 0 to 1.")
        if given > exact:
            return wrong(
                f"That is too much for {n} metrics and one false alarm in {days} days. More metrics need less each."
            )
        return wrong(
            f"That is stricter than {n} metrics and one false alarm in {days} days require; it costs detection."
        )
    return right("The budget belongs to the person who is woken, so the metrics share it.")


def best_watch_list(table, k):
    """The k columns that together see as many incidents as possible; the first such set."""
    return list(max(combinations(table.columns, k), key=lambda chosen: _seen(table, chosen)))


def _seen(table, chosen):
    return int((table[list(chosen)] >= 0.5).any(axis=1).sum())


@exercise(
    wrong={
        "those with the most alarms": "return list(table.mean().nlargest(k).index)",
        "what is there already": "return list(table.columns[:k])",
        "everything": "return list(table.columns)",
        "the best one first, then what adds most": (
            "chosen = []\nwhile len(chosen) < k:\n"
            "    gain = {m: (table[[*chosen, m]] >= 0.5).any(axis=1).sum() for m in table if m not in chosen}\n"
            "    chosen.append(max(gain, key=gain.get))\nreturn chosen"
        ),
        "those that see most incidents each": (
            "return (table >= 0.5).sum().sort_values(ascending=False, kind='stable').index[:k].tolist()"
        ),
        "more than half": (
            "from itertools import combinations\n"
            "return list(max(combinations(table, k), key=lambda c: (table[list(c)] > 0.5).any(axis=1).sum()))"
        ),
        "the largest sum of rates": (
            "from itertools import combinations\n"
            "return list(max(combinations(table, k), key=lambda c: table[list(c)].max(axis=1).sum()))"
        ),
        "the incidents": "return list(table.index[:k])",
    },
    right_too={
        "an Index": (
            "from itertools import combinations\nsees = table.ge(0.5)\n"
            "pairs = combinations(range(table.shape[1]), k)\n"
            "best = max(pairs, key=lambda c: sees.iloc[:, list(c)].any(axis=1).sum())\n"
            "return table.columns[list(best)]"
        ),
        "a tuple": (
            "from itertools import combinations\n"
            "return max(combinations(table.columns, k), key=lambda c: (table[list(c)].max(axis=1) >= 0.5).sum())"
        ),
        "a set": (
            "from itertools import combinations\n"
            "return set(max(combinations(table.columns, k), key=lambda c: (table[list(c)].max(axis=1) >= 0.5).sum()))"
        ),
    },
)
def watch_list(function, table):
    """The function chooses k metrics that together see as many incidents as possible, here and in synthetic tables."""
    loud = pd.DataFrame(
        [[1, 0.9, 0, 0], [1, 0.9, 0, 0], [0.9, 0.9, 0, 0], [0, 0, 0.6, 0], [0, 0, 0, 0.5]],
        columns=["loud", "echo", "narrow", "rare"],
    )
    halves = pd.DataFrame(  # the metric that sees most is in neither half of the best pair
        [[1, 0.6, 0, 0], [1, 0.6, 0, 0], [1, 0, 0.6, 0], [1, 0, 0.6, 0], [0, 0.5, 0, 0.4], [0, 0, 0.5, 0.4]],
        columns=["broad", "left", "right", "faint"],
    )
    other = pd.DataFrame((drawn(2).random((12, 6)) < 0.3) * 0.7, columns=[f"metric {letter}" for letter in "abcdef"])
    cases = ((loud, (1, 2, 3)), (loud.iloc[:, ::-1], (2, 3)), (halves, (2,)), (table, (2, 3, 4)), (other, (2,)))
    for frame, ks in cases:
        for k in ks:
            chosen = as_list(function(frame.copy(), k))
            if len(set(chosen)) != k or not set(chosen) <= set(frame.columns):
                return wrong(f"Asked for {k} different metrics of the table, this gives {len(set(chosen))}.")
            best = max(_seen(frame, some) for some in combinations(frame.columns, k))
            if _seen(frame, chosen) < best:
                return wrong(
                    f"With {k} metrics, {best} incidents can be seen; these see {_seen(frame, chosen)}. "
                    "Two metrics that see the same incidents are worth little more than one."
                )
    return right("Metrics complement each other: what counts is what the set sees, not how loud each member is.")


def _pair(name):
    if isinstance(name, str):
        refuse(f"{name!r} is a branch. Return it with the digit, as a pair.")
    branch, digit = as_list(name, 2)
    if branch not in BRANCHES:
        refuse(f"Return the pair as it stands in the index: the branch, then the digit (got {name!r}).")
    return str(branch), int(digit)


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
        "the largest bias of those beyond the limit": (
            "odd = table[table['z'].abs() > limit]\nreturn odd['bias'].abs().idxmax() if len(odd) else 'nobody'"
        ),
        "the first beyond the limit": (
            "odd = table[table['z'].abs() > limit]\nreturn odd.index[0] if len(odd) else 'nobody'"
        ),
        "the limit is one of bias": (
            "worst = table['z'].abs().idxmax()\nreturn worst if abs(table.loc[worst, 'bias']) > limit else 'nobody'"
        ),
        "the branch without its digit": (
            "worst = table['z'].abs().idxmax()\nreturn worst[0] if abs(table.loc[worst, 'z']) > limit else 'nobody'"
        ),
        "the digit first": (
            "worst = table['z'].abs().idxmax()\nreturn worst[::-1] if abs(table.loc[worst, 'z']) > limit else 'nobody'"
        ),
        "None for nobody": (
            "worst = table['z'].abs().idxmax()\nreturn worst if abs(table.loc[worst, 'z']) > limit else None"
        ),
        "the number of the row": (
            "worst = table['z'].abs().argmax()\nreturn worst if abs(table['z'].iloc[worst]) > limit else 'nobody'"
        ),
    },
    right_too={
        "sorting": (
            "table = table.sort_values('z', key=abs, kind='stable')\n"
            "return 'Nobody' if abs(table['z'].iloc[-1]) <= limit else table.index[-1]"
        ),
        "a list": (
            "worst = table['z'].abs().idxmax()\nreturn list(worst) if abs(table.loc[worst, 'z']) > limit else 'nobody'"
        ),
        "a loop": (
            "strongest, name = limit, 'nobody'\nfor pair, z in table['z'].items():\n"
            "    if abs(z) > strongest:\n        strongest, name = abs(z), pair\nreturn name"
        ),
        "texts and numbers of NumPy": (
            "z = table['z'].abs().to_numpy()\nbranch, digit = table.index[z.argmax()]\n"
            "return (np.str_(branch), np.int64(digit)) if z.max() > limit else np.str_('nobody')"
        ),
    },
)
def suspect(function, table):
    """The function names the branch and digit whose bias is no chance, or nobody."""
    index = pd.MultiIndex.from_tuples([("Aachen", 1), ("Celle", 7), ("Delft", 5)], names=["branch", "digit"])
    frame = pd.DataFrame({"forms": [700, 200, 12], "bias": [0.01, -0.08, 0.25], "z": [1.0, -5.0, 1.7]}, index=index)

    def said(frame, limit):
        name = function(frame.copy(), limit)
        return pick(name, ["nobody"]) if isinstance(name, str) and name not in BRANCHES else _pair(name)

    if said(frame, 3) == "nobody":
        return wrong("The strongest evidence in a table was not seen: read too rarely is a bias, too. Watch the sign.")
    if said(frame, 9) != "nobody":
        return wrong("In a table of chance differences someone always comes first. When may you accuse nobody?")
    if ("Delft", 5) in (said(frame, 3), said(frame, 1.5)):
        return wrong("A quarter of twelve forms is three forms. Which column takes the number of forms into account?")
    if said(frame, 3) != ("Celle", 7) or said(frame[frame["z"] < 0], 3) != ("Celle", 7):
        return wrong("A digit that is read too rarely is as suspicious as one that is read too often: watch the sign.")
    for other in (frame.iloc[::-1], frame.assign(bias=-frame["bias"], z=-frame["z"]), table):
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
        "a number": "culprit = 3",
        "a word of its own": "culprit = 'concept drift'",
        "its neighbor in the list": "culprit = check.MYSTERIES[(3 * seed + 3) % len(check.MYSTERIES)]",
    },
    right_too={
        "spelled otherwise": "culprit = check.mystery_incident(seed).title().replace(' ', '-')",
        "looked up": (
            "seen = monitoring.ring(incident_days, bands).mean()\n"
            "culprit = ((rates - seen) ** 2).sum(axis=1).sort_values(kind='stable').index[0]"
        ),
    },
)
def culprit(answer, seed):
    """The mystery of this seed is named from its dashboard."""
    truth, given = mystery_incident(seed), pick(answer, FINGERPRINTS)
    if given == truth:
        return right("The set of metrics that alarm, and of those that stay quiet, is the incident's fingerprint.")
    if given == "nothing":
        return wrong("Count the crosses in the later half of each panel. That many do not come by chance.")
    odd = sorted(FINGERPRINTS[given] ^ FINGERPRINTS[truth])
    if not odd:
        return wrong("The right groups of metrics, but which panels of them? Compare with the rows of the table.")
    expected = "would" if odd[0] in FINGERPRINTS[given] else "would not"
    return wrong(
        f"In that incident the {odd[0].removesuffix('s')} metrics {expected} go off. Look at those panels again."
    )
