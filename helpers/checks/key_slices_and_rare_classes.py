"""Checks of the exercises in week2/03_key_slices_and_rare_classes."""

import numpy as np

from helpers import key_slices_and_rare_classes as topic
from helpers.course.exercises import drawn, exercise, guess, judge_sorting, pick, right, wrong

GATES = {
    "photo album": "average",
    "brand search": "key slice",
    "x-ray triage": "rare class",
    "loan scoring": "key slice",
}
STEPS = {
    "tickets": "move the threshold",
    "welds": "collect real examples",
    "churn": "call it a tie",
    "fraud": "do not trust the number",
}


@exercise(
    wrong={
        "trusts the average": 'gates = dict.fromkeys(gates, "average")',
        "takes every small share for a rare class": 'gates = {"photo album": "average", "brand search": "rare class", '
        '"x-ray triage": "rare class", "loan scoring": "rare class"}',
        "takes a rare answer for a slice of the input": 'gates = {"photo album": "average", '
        '"brand search": "key slice", "x-ray triage": "key slice", "loan scoring": "key slice"}',
        "a list": 'gates = ["average", "key slice", "rare class", "key slice"]',
        "fair is fair on average": 'gates = check.GATES | {"loan scoring": "average"}',
    },
    right_too={
        "another order": "gates = dict(reversed(check.GATES.items()))",
        "capitals and hyphens": "gates = {k: v.title().replace(' ', '-') for k, v in check.GATES.items()}",
        "a Series": "gates = pd.Series(check.GATES)",
    },
)
def release_gate(answer):
    """Average, key slice or rare class for four releases."""
    return judge_sorting(
        answer,
        GATES,
        hints={
            "average": "Every error is worth the same there, and nothing is rare.",
            "brand search": "The queries are known from what the user types. Is that an input or an answer? And is a "
            "user who leaves worth no more than another error?",
            "x-ray triage": "You cannot pick out the sick pictures before you know the answer. What is rare here?",
            "loan scoring": "The region is known before anything is predicted. Who must be looked at apart?",
        },
        praise="A slice is known from the input, a class is known from the answer, and an average needs neither.",
    )


def verdict(errors, n, target):
    """What the whole 95 % interval says about a slice with a target."""
    low, high = topic.wilson_interval(errors, n)
    return "pass" if high <= target else "fail" if low > target else "label more"


@exercise(
    wrong={
        "compares the rate alone": 'return "pass" if errors / n <= target else "fail"',
        "passes when the lower end is good": "low, high = topic.wilson_interval(errors, n)\n"
        'return "pass" if low <= target else "fail"',
        "swaps the ends": "low, high = topic.wilson_interval(errors, n)\n"
        'return "pass" if low <= target else "fail" if high > target else "label more"',
        "never passes": 'low, high = topic.wilson_interval(errors, n)\nreturn "fail" if low > target else "label more"',
        "never fails": 'high = topic.wilson_interval(errors, n)[1]\nreturn "pass" if high <= target else "label more"',
        "takes the middle of the interval": "low, high = topic.wilson_interval(errors, n)\nmiddle = (low + high) / 2\n"
        'return "pass" if middle <= target else "fail" if low > target else "label more"',
        "a rule for small samples": "low, high = topic.wilson_interval(errors, n)\n"
        'return "label more" if n < 100 else "pass" if high <= target else "fail"',
        "the normal approximation": "rate = errors / n\nhalf = 1.96 * np.sqrt(rate * (1 - rate) / n)\n"
        'return "pass" if rate + half <= target else "fail" if rate - half > target else "label more"',
    },
    right_too={
        "by hand": "z, p = 1.959964, errors / n\nmid = (p + z**2 / (2 * n)) / (1 + z**2 / n)\n"
        "half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))\n"
        'return "pass" if mid + half <= target else "fail" if mid - half > target else "label more"',
        "with capitals": "low, high = topic.wilson_interval(errors, n)\n"
        'return "Label-more" if low <= target < high else "Pass" if high <= target else "Fail"',
    },
)
def slice_verdict(function):
    """Pass, fail or label more, on slices of many sizes."""

    def said(*case):
        return pick(function(*case), ["pass", "fail", "label more"])

    clear = [(0, 400, 0.05), (5, 1000, 0.02)]
    if any(said(*case) != "pass" for case in clear):
        return wrong("No error among 400, with a target of 5 %: the whole interval is below the target. That passes.")
    if said(0, 12, 0.05) != "label more" or said(1, 30, 0.05) != "label more":
        return wrong("Twelve fields without an error prove little: part of the interval lies above 5 %.")
    if said(3, 40, 0.05) != "label more":
        return wrong("3 errors in 40 are above a target of 5 %, and the interval still reaches below it.")
    for errors, n, target in [
        (30, 200, 0.05),
        (9, 20, 0.1),
        (7, 100, 0.03),
        (2, 3, 0.01),
        (40, 1000, 0.03),
        (1, 1, 0.5),
        (1, 60, 0.05),
    ]:
        if said(errors, n, target) != verdict(errors, n, target):
            return wrong(f"{errors} errors in {n} fields against a target of {target:.0%}: look at both ends again.")
    rng = drawn(2)
    for n in rng.integers(80, 900, 6).tolist():
        errors = int(n * rng.uniform(0.1, 0.4))
        low, high = topic.wilson_interval(errors, n)
        for target in (low - 0.02, low + 0.02, high - 0.02, high + 0.02):
            if said(errors, n, target) != verdict(errors, n, target):
                return wrong(
                    f"{errors} errors in {n} fields against a target of {target:.1%}: look at both ends again."
                )
    return right("A verdict needs the whole interval on one side; otherwise the honest answer costs a few more labels.")


@guess(0, 100, unit=" in 100")
def guess_found(answer):
    """A guess of how many fives in 100 the detector finds."""


def precision_of(share, recall, false_alarm_rate):
    """Precision where the fives are `share` of the traffic."""
    hits = share * recall
    return hits / (hits + (1 - share) * false_alarm_rate)


@exercise(
    wrong={
        "ignores the share": "return recall / (recall + false_alarm_rate)",
        "takes one minus the false-alarm rate": "return 1 - false_alarm_rate",
        "weights the fives only": "return share * recall / (share * recall + false_alarm_rate)",
        "recall of the fives": "return share * recall",
        "rounds": "hits = share * recall\nreturn round(hits / (hits + (1 - share) * false_alarm_rate), 2)",
        "rounds less": "hits = share * recall\nreturn round(hits / (hits + (1 - share) * false_alarm_rate), 3)",
        "in percent": "hits = share * recall\nreturn 100 * hits / (hits + (1 - share) * false_alarm_rate)",
    },
    right_too={
        "10,000 fields": "fives = 10_000 * share\nhits, alarms = fives * recall, (10_000 - fives) * false_alarm_rate\n"
        "return hits / (hits + alarms)",
        "Bayes' rule in odds": "odds = share / (1 - share) * recall / false_alarm_rate\nreturn odds / (1 + odds)",
    },
)
def precision_at(function):
    """Precision from share, recall and false-alarm rate."""
    cases = [(0.01, 0.9, 0.02), (0.5, 0.98, 0.02), (0.1, 0.5, 0.01), (0.001, 1.0, 0.001), (0.9, 0.3, 0.5)]
    cases += [tuple(float(rate) for rate in drawn(3).uniform(0.01, 0.9, 3))]
    for share, recall, rate in cases:
        flagged_fives, flagged_others = 10_000 * share * recall, 10_000 * (1 - share) * rate
        got = float(function(share, recall, rate))
        if abs(got - flagged_fives / (flagged_fives + flagged_others)) < 1e-6:
            continue
        precision = precision_of(share, recall, rate)
        if got in [round(precision, digits) for digits in range(1, 7)]:
            return wrong("Right, but for what rounding took away. Return the precision as it is.")
        if abs(got - 100 * precision) < 1e-4:
            return wrong("This is percent. Precision is a share from 0 to 1.")
        if abs(got - recall / (recall + rate)) < 1e-6:
            return wrong("That is the precision where both kinds are equally frequent. The share must enter.")
        if abs(got - (1 - rate)) < 1e-6:
            return wrong("The false-alarm rate is a share of the other digits, precision is a share of the alarms.")
        return wrong(
            f"With share {share:g}, recall {recall:g} and false-alarm rate {rate:g}, count the fives flagged in 10,000 "
            "fields and the others flagged. How many others are there?"
        )
    return right(
        "The rarer the class, the more others there are to raise false alarms: state the share beside every precision."
    )


def _cost(y_true, y_prob, threshold, miss_eur, alarm_eur):
    flagged = y_prob >= threshold
    return miss_eur * np.sum((y_true == 1) & ~flagged) + alarm_eur * np.sum((y_true == 0) & flagged)


def lowest_bill(y_true, y_prob, miss_eur, alarm_eur):
    """The largest of the thresholds with the smallest total cost."""
    values = np.unique(y_prob)[::-1]
    return values[np.argmin([_cost(y_true, y_prob, value, miss_eur, alarm_eur) for value in values])]


@exercise(
    wrong={
        "keeps one half": "return 0.5",
        "counts errors, ignores prices": "values = np.unique(y_prob)\n"
        "return values[np.argmin([np.sum((np.asarray(y_prob) >= t) != (np.asarray(y_true) == 1)) for t in values])]",
        "swaps the prices": "t = np.unique(y_prob); y, p = np.asarray(y_true), np.asarray(y_prob)\n"
        "cost = [alarm_eur * np.sum((y == 1) & (p < v)) + miss_eur * np.sum((y == 0) & (p >= v)) for v in t]\n"
        "return t[len(t) - 1 - np.argmin(cost[::-1])]",
        "takes the smallest on a tie": "t = np.unique(y_prob); y, p = np.asarray(y_true), np.asarray(y_prob)\n"
        "return t[np.argmin([miss_eur * np.sum((y == 1) & (p < v)) + alarm_eur * np.sum((y == 0) & (p >= v)) "
        "for v in t])]",
        "flags above the threshold only": "t = np.unique(y_prob); y, p = np.asarray(y_true), np.asarray(y_prob)\n"
        "cost = [miss_eur * np.sum((y == 1) & (p <= v)) + alarm_eur * np.sum((y == 0) & (p > v)) for v in t]\n"
        "return t[len(t) - 1 - np.argmin(cost[::-1])]",
        "the rule for honest probabilities": "return alarm_eur / (alarm_eur + miss_eur)",
        "an even grid of thresholds": "t = np.linspace(0, 1, 1001); y, p = np.asarray(y_true), np.asarray(y_prob)\n"
        "cost = [miss_eur * np.sum((y == 1) & (p < v)) + alarm_eur * np.sum((y == 0) & (p >= v)) for v in t]\n"
        "return t[len(t) - 1 - np.argmin(cost[::-1])]",
        "may flag nothing": "t = np.append(np.unique(y_prob), 1.01); y, p = np.asarray(y_true), np.asarray(y_prob)\n"
        "cost = [miss_eur * np.sum((y == 1) & (p < v)) + alarm_eur * np.sum((y == 0) & (p >= v)) for v in t]\n"
        "return t[len(t) - 1 - np.argmin(cost[::-1])]",
        "rates in place of counts": "t = np.unique(y_prob); y, p = np.asarray(y_true), np.asarray(y_prob)\n"
        "cost = [miss_eur * np.mean(p[y == 1] < v) + alarm_eur * np.mean(p[y == 0] >= v) for v in t]\n"
        "return t[len(t) - 1 - np.argmin(cost[::-1])]",
    },
    right_too={
        "a key for max": "y, p = np.asarray(y_true), np.asarray(y_prob)\n"
        "def bill(v):\n    return miss_eur * np.sum(y[p < v] == 1) + alarm_eur * np.sum(y[p >= v] == 0)\n"
        "return min(sorted(set(p), reverse=True), key=bill)",
        "all at once": "y, p = np.asarray(y_true), np.asarray(y_prob)\nt = np.sort(np.unique(p))[::-1]\n"
        "flag = p >= t[:, None]\ncost = miss_eur * ((y == 1) & ~flag).sum(axis=1) + alarm_eur * ((y == 0) & flag)"
        ".sum(axis=1)\nreturn t[cost.argmin()]",
    },
)
def cheapest_threshold(function):
    """The threshold of smallest cost among the probabilities, on random cases and on a tie."""
    y_true, y_prob = np.array([0, 0, 1, 0, 1]), np.array([0.1, 0.2, 0.3, 0.6, 0.9])
    got = float(function(y_true, y_prob, 100, 1))
    strange = "Return one of the values of y_prob: between two of them nothing changes, and none of them flags nothing."
    if got not in y_prob:
        return wrong(strange)
    if got == 0.9:
        return wrong("A miss costs €100 and a false alarm €1 here. Which of the two should be rare? Check the prices.")
    cases = [(y_true, y_prob, 100, 1), (y_true, y_prob, 1, 100), (np.array([1, 0, 1]), np.array([0.3, 0.5, 0.8]), 1, 1)]
    for rng in (np.random.default_rng([5, 0]), drawn(6)):  # on the first every mistake shows; the second nobody knows
        for miss, alarm in [(50, 1), (3, 2), (1, 1), (1, 30)]:
            y_case = (rng.random(60) < 0.3).astype(int)
            cases.append((y_case, np.round(rng.beta(2 + 2 * y_case, 4), 2), miss, alarm))
    for y_case, p_case, miss, alarm in cases:
        costs = {t: _cost(y_case, p_case, t, miss, alarm) for t in np.unique(p_case)}
        got, lowest = float(function(y_case, p_case, miss, alarm)), min(costs.values())
        if got == max(t for t, cost in costs.items() if cost == lowest):
            continue
        if got not in costs:
            return wrong(strange)
        if costs[got] == lowest:
            return wrong("Right cost. Several thresholds have it here, and the largest was asked for.")
        n = {kind: max((y_case == kind).sum(), 1) for kind in (0, 1)}
        rates = {t: _cost(y_case, p_case, t, miss / n[1], alarm / n[0]) for t in costs}
        if rates[got] == min(rates.values()):
            return wrong("Count the mistakes: a share of the fives and a share of the others are not worth the same.")
        return wrong(f"At €{miss} a miss and €{alarm} a false alarm, some other threshold has a lower bill.")
    return right("The prices choose the cut, not the default of one half.")


@exercise(
    wrong={
        "resamples whatever it is": 'next_steps = dict.fromkeys(next_steps, "collect real examples")',
        "believes the leak": 'next_steps = check.STEPS | {"fraud": "move the threshold"}',
        "moves a threshold on a poor ranking": (
            'next_steps = check.STEPS | {"tickets": "collect real examples", "welds": "move the threshold"}'
        ),
        "eleven wins of twenty are a winner": 'next_steps = check.STEPS | {"churn": "do not trust the number"}',
        "a list": "next_steps = list(check.STEPS.values())",
    },
    right_too={
        "another order": "next_steps = dict(reversed(check.STEPS.items()))",
        "capitals": "next_steps = {report: step.capitalize() + '.' for report, step in check.STEPS.items()}",
    },
)
def next_step(answer):
    """The step that fits each of four reports."""
    ranking = "Average precision tells whether the ranking is good. Only a good one has a good cut."
    return judge_sorting(
        answer,
        STEPS,
        hints={
            "tickets": ranking,
            "welds": ranking,
            "churn": "The whole interval lies inside what the team does not care about. What may it conclude?",
            "fraud": "Oversampled, then split: where are the copies of a training row?",
        },
        praise="First trust, then the interval, then ranking or cut: in that order no repair is wasted.",
    )
