"""Checks of the exercises of week 3, notebook 5."""

import math

import numpy as np
import pandas as pd

from helpers.course.exercises import as_list, by_key, exercise, judge_sorting, pick, right, wrong

STEPS = [
    "ExampleGen",
    "StatisticsGen",
    "SchemaGen",
    "ExampleValidator",
    "Transform",
    "Trainer",
    "Evaluator",
    "InfraValidator",
    "Pusher",
]
DUTIES = {
    "a supplier now sends weights in kilograms, and nobody told us": "ExampleValidator",
    "the new model is worse for Japanese cars than the model in use": "Evaluator",
    "the server's library cannot open the new model's file": "InfraValidator",
    "the website divides by the mean weight of today's requests": "Transform",
    "nobody can say how many cells were empty in last year's deliveries": "StatisticsGen",
    "steam cars come on the market for good, and each delivery is refused": "SchemaGen",
    "a better model has passed everything; requests keep coming while it replaces the old one": "Pusher",
}
SAFE = {
    "append the span's rows to all_cars.csv": False,
    "write the span to examples/1976.csv, over whatever is there": True,
    "call the model number_of_files_in_models + 1": False,
    "insert each row, or replace the row with the same key": True,
    "split the span with random numbers that are drawn afresh": False,
    "copy the blessed model over the model in use": True,
}


@exercise(
    wrong={
        "copies the table": "order = list(check.STEPS)",
        "transforms while the validator thinks": (
            "order = ['ExampleGen', 'StatisticsGen', 'SchemaGen', 'Transform', 'ExampleValidator', 'Trainer', "
            "'Evaluator', 'InfraValidator', 'Pusher']"
        ),
        "trains first, validates later": (
            "order = ['ExampleGen', 'StatisticsGen', 'SchemaGen', 'Transform', 'Trainer', 'ExampleValidator', "
            "'Evaluator', 'InfraValidator', 'Pusher']"
        ),
        "validates against nothing": (
            "order = ['ExampleGen', 'ExampleValidator', 'StatisticsGen', 'SchemaGen', 'Transform', 'Trainer', "
            "'Evaluator', 'InfraValidator', 'Pusher']"
        ),
        "tests the server after the release": (
            "order = ['ExampleGen', 'StatisticsGen', 'SchemaGen', 'ExampleValidator', 'Transform', 'Trainer', "
            "'Evaluator', 'Pusher', 'InfraValidator']"
        ),
        "a schema before there are statistics": ("order = list(check.STEPS)\norder[1:3] = order[2:0:-1]\n"),
        "only the two that change places": "order = ['InfraValidator', 'Evaluator']",
    },
    right_too={
        "swaps them": "order = list(check.STEPS)\norder[6], order[7] = order[7], order[6]",
        "a tuple in small letters": (
            "order = ('examplegen', 'statisticsgen', 'schemagen', 'examplevalidator', 'transform', 'trainer', "
            "'infravalidator', 'evaluator', 'pusher')"
        ),
        "an array": "order = np.array(check.STEPS)[[0, 1, 2, 3, 4, 5, 7, 6, 8]]",
    },
)
def order(answer):
    """The nine steps are put in the other order in which each has what it needs: the two gates change places."""
    given = [pick(step, STEPS) for step in as_list(answer)]
    if sorted(given) != sorted(STEPS):
        return wrong(f"Each of the nine names must occur once (got {len(given)} names).")
    at = {step: i for i, step in enumerate(given)}
    if at["Pusher"] != len(STEPS) - 1:
        return wrong("After the last step the customers have the model. What still comes after it in your order?")
    if not at["StatisticsGen"] < at["SchemaGen"] < at["ExampleValidator"]:
        return wrong("What does the validator compare a span with, and from what was that derived?")
    unchecked = min(("Transform", "Trainer"), key=at.get)
    if at["ExampleValidator"] > at[unchecked]:
        return wrong(f"{unchecked} works on a span that nobody has checked yet.")
    needs = [("ExampleGen", "StatisticsGen"), ("ExampleGen", "Transform"), ("Transform", "Trainer")]
    needs += [("Trainer", "Evaluator"), ("Trainer", "InfraValidator")]
    for before, after in needs:
        if at[before] > at[after]:
            return wrong(f"{after} has no input yet at its place in your order.")
    if given == STEPS:
        return wrong("This is the table's own order. Two neighbors of it may change places.")
    return right("Both gates need a trained model and not each other, and both stand before what they protect.")


def _merged_truth(x, y):
    both = np.concatenate([x, y])
    return {"count": len(both), "mean": both.mean(), "m2": ((both - both.mean()) ** 2).sum()}


@exercise(
    wrong={
        "averages the means": (
            "return {'count': a['count'] + b['count'], 'mean': (a['mean'] + b['mean']) / 2, 'm2': a['m2'] + b['m2']}"
        ),
        "forgets that the means differ": (
            "n = a['count'] + b['count']\n"
            "mean = (a['count'] * a['mean'] + b['count'] * b['mean']) / n\n"
            "return {'count': n, 'mean': mean, 'm2': a['m2'] + b['m2']}"
        ),
        "averages the squares": (
            "n = a['count'] + b['count']\n"
            "mean = (a['count'] * a['mean'] + b['count'] * b['mean']) / n\n"
            "return {'count': n, 'mean': mean, 'm2': (a['count'] * a['m2'] + b['count'] * b['m2']) / n}"
        ),
        "the means are apart, whatever the counts": (
            "n = a['count'] + b['count']\n"
            "mean = (a['count'] * a['mean'] + b['count'] * b['mean']) / n\n"
            "return {'count': n, 'mean': mean, 'm2': a['m2'] + b['m2'] + (a['mean'] - b['mean']) ** 2}"
        ),
        "seen from a's mean": (
            "n = a['count'] + b['count']\n"
            "mean = (a['count'] * a['mean'] + b['count'] * b['mean']) / n\n"
            "return {'count': n, 'mean': mean, 'm2': a['m2'] + b['m2'] + b['count'] * (a['mean'] - b['mean']) ** 2}"
        ),
        "returns three numbers": (
            "n = a['count'] + b['count']\nd = b['mean'] - a['mean']\n"
            "return n, a['mean'] + d * b['count'] / n, a['m2'] + b['m2'] + d**2 * a['count'] * b['count'] / n"
        ),
    },
    right_too={
        "Chan's formula": (
            "n = a['count'] + b['count']\nd = b['mean'] - a['mean']\n"
            "m2 = a['m2'] + b['m2'] + d**2 * a['count'] * b['count'] / n\n"
            "return dict(m2=m2, mean=a['mean'] + d * b['count'] / n, count=n)"
        ),
        "sums of squares": (
            "n = a['count'] + b['count']\nmean = sum(s['count'] * s['mean'] for s in (a, b)) / n\n"
            "squares = sum(s['m2'] + s['count'] * s['mean'] ** 2 for s in (a, b))\n"
            "return pd.Series({'count': n, 'mean': mean, 'm2': squares - n * mean**2})"
        ),
    },
)
def merge(function):
    """The learner's merge is compared with statistics of the pooled values, on spans of unequal size."""
    rng = np.random.default_rng(12)
    pairs = [(rng.normal(0, 1, 5), rng.normal(50, 3, 40)), (rng.normal(3, 1, 1), rng.normal(3, 1, 9))]
    pairs += [(np.array([1.0, 3.0]), np.array([10.0])), (rng.normal(1e3, 1, 30), rng.normal(-1e3, 5, 31))]
    for x, y in pairs:
        a, b = ({"count": len(v), "mean": v.mean(), "m2": ((v - v.mean()) ** 2).sum()} for v in (x, y))
        truth, got = _merged_truth(x, y), by_key(function(dict(a), dict(b)), a)
        if got["count"] != truth["count"]:
            return wrong("The count of both spans together is not what it should be.")
        if math.isclose(got["mean"], (a["mean"] + b["mean"]) / 2) and len(x) != len(y):
            return wrong("A span of five rows must not pull the mean as hard as one of forty.")
        if not math.isclose(got["mean"], truth["mean"], rel_tol=1e-9, abs_tol=1e-9):
            return wrong("The mean does not equal the mean of the pooled rows. Which sum does each mean stand for?")
        if math.isclose(got["m2"], a["m2"] + b["m2"], rel_tol=1e-9):
            return wrong("Two spans that never vary, one at 0 and one at 50: do the pooled rows vary?")
        if not math.isclose(got["m2"], truth["m2"], rel_tol=1e-9):
            return wrong("m2 is a sum of squares, not an average. What does each row add when the center moves?")
    return right("Inside the spans plus between them: that is why statistics merge and no row is read twice.")


@exercise(
    wrong={
        "fewest false alarms": "return table['false_alarm'].idxmin()",
        "fewest misses": "return table['missed'].idxmin()",
        "forgets how rare breaks are": (
            "return (alarm_eur * table['false_alarm'] + miss_eur * table['missed']).idxmin()"
        ),
        "a false alarm can come in every span": (
            "return (alarm_eur * table['false_alarm'] + break_rate * miss_eur * table['missed']).idxmin()"
        ),
        "the rates change places": (
            "return (break_rate * alarm_eur * table['false_alarm'] + (1 - break_rate) * miss_eur * table['missed'])"
            ".idxmin()"
        ),
        "where both rates are lowest together": "return (table['false_alarm'] + table['missed']).idxmin()",
        "the cost, not the margin": (
            "return ((1 - break_rate) * alarm_eur * table['false_alarm'] + break_rate * miss_eur * table['missed'])"
            ".min()"
        ),
        "the number of the row": (
            "return ((1 - break_rate) * alarm_eur * table['false_alarm'] + break_rate * miss_eur * table['missed'])"
            ".argmin()"
        ),
    },
    right_too={
        "a loop over rows": (
            "costs = {}\nfor margin, row in table.iterrows():\n"
            "    costs[margin] = 100 * ((1 - break_rate) * row['false_alarm'] * alarm_eur "
            "+ break_rate * row['missed'] * miss_eur)\n"
            "return min(costs, key=costs.get)"
        ),
        "sorts": (
            "cost = table['false_alarm'] * alarm_eur * (1 - break_rate) + table['missed'] * miss_eur * break_rate\n"
            "return cost.sort_values(kind='stable').index[0]"
        ),
        "NumPy": (
            "weights = np.array([(1 - break_rate) * alarm_eur, break_rate * miss_eur])\n"
            "return table.index[np.argmin(table[['false_alarm', 'missed']].to_numpy() @ weights)]"
        ),
    },
)
def cheapest_margin(function, tradeoff):
    """The rule is tried on the notebook's table and on invented ones, with several costs."""
    rng = np.random.default_rng(3)
    margins = pd.Index([0.0, 0.1, 0.2, 0.4, 0.8], name="margin")
    tables = [tradeoff]
    for _ in range(6):
        falling, rising = np.sort(rng.random((2, 5)))
        tables.append(pd.DataFrame({"false_alarm": falling[::-1], "missed": rising}, index=margins))
    for table in tables:
        for alarm, miss, rate in [(200, 4000, 0.02), (50, 5000, 0.1), (1000, 1000, 0.5), (300, 2000, 0.05)]:
            cost = (1 - rate) * alarm * table["false_alarm"] + rate * miss * table["missed"]
            got = float(function(table.copy(), alarm, miss, rate))
            if got not in [float(m) for m in table.index]:
                return wrong("Return one of the margins of the table's index, not a cost or a rate.")
            if cost.loc[got] > cost.min() + 1e-9:
                unweighted = (alarm * table["false_alarm"] + miss * table["missed"]).idxmin()
                if got == unweighted:
                    return wrong("A miss needs a broken span, and most spans are good. How often does each kind come?")
                return wrong("This margin is dearer than another one. Both rates cost money; neither alone decides.")
    return right("Expected cost weighs each error by its price and by how often it gets the chance to happen.")


@exercise(
    wrong={
        "compares the means": (
            "return [c for c in trained.columns if abs(trained[c].mean() - served[c].mean()) > 1e-9]"
        ),
        "looks at the first request": (
            "return [c for c in trained.columns if abs(trained[c].iloc[0] - served[c].iloc[0]) > 1e-9]"
        ),
        "counts how many": "return int((abs(trained - served) > 1e-9).any().sum())",
        "an empty cell differs from nothing": (
            "return [c for c in trained.columns if (abs(trained[c] - served[c]) > 1e-9).any()]"
        ),
        "the default tolerance grows with the number": (
            "return list(trained.columns[~np.isclose(trained, served, equal_nan=True).all(axis=0)])"
        ),
        "the default tolerance beside the one asked for": (
            "return list(trained.columns[~np.isclose(trained, served, atol=1e-9, equal_nan=True).all(axis=0)])"
        ),
        "two empty cells differ": (
            "return [c for c in trained.columns if (~(abs(trained[c] - served[c]) <= 1e-9)).any()]"
        ),
        "drops the empty cells": (
            "return [c for c in trained.columns if (abs(trained[c] - served[c]).fillna(0) > 1e-9).any()]"
        ),
        "not a bit may differ": "return [c for c in trained.columns if not trained[c].equals(served[c])]",
        "the columns that agree": (
            "same = np.isclose(trained, served, rtol=0, atol=1e-9, equal_nan=True).all(axis=0)\n"
            "return list(trained.columns[same])"
        ),
    },
    right_too={
        "a loop": (
            "found = []\nfor name in trained:\n    far = (trained[name] - served[name]).abs() > 1e-9\n"
            "    if (far | (trained[name].isna() != served[name].isna())).any():\n        found.append(name)\n"
            "return found"
        ),
        "the index itself": (
            "apart = ~((trained - served).abs() <= 1e-9) & ~(trained.isna() & served.isna())\n"
            "return trained.columns[apart.any()]"
        ),
        "a set": (
            "return {c for c in trained if not np.allclose(trained[c], served[c], rtol=0, atol=1e-9, equal_nan=True)}"
        ),
    },
)
def skewed_columns(function):
    """The detector is tried on logs with no skew, shifted, permuted, rounded and emptied columns."""
    rng = np.random.default_rng(5)
    base = pd.DataFrame(rng.normal(size=(6, 4)), columns=["weight", "power", "year", "origin_USA"])
    base["weight"] += 2000
    none = function(base.copy(), base.copy())
    if isinstance(none, (int, np.integer)):
        return wrong("How many is not enough: somebody has to repair them. Return the columns' names.")
    if as_list(none) != []:
        return wrong("It reports skew between two equal tables. Return an empty list there.")
    cases = {
        "shifted": (base.assign(weight=base["weight"] + 0.5), ["weight"]),
        "permuted": (base.assign(power=base["power"].to_numpy()[::-1]), ["power"]),
        "one late row": (base.assign(year=[*base["year"][:-1], 9.0]), ["year"]),
        "emptied": (base.assign(origin_USA=[*base["origin_USA"][:-1], np.nan]), ["origin_USA"]),
        "a hair": (base.assign(weight=base["weight"] + 0.01), ["weight"]),
        "two": (base.assign(weight=0.0, year=1.0), ["weight", "year"]),
        "noise of summation": (base + 1e-12, []),
    }
    hints = {
        "permuted": "Each request got another request's power, and the mean stayed the same. Compare row by row.",
        "one late row": "One late request alone can be wrong. Look at every row.",
        "emptied": "A cell that is nan on one side only was not found: nan compares as False with everything.",
        "a hair": "A weight is off by a hundredth of a pound in 2,000, and is not found. Does your tolerance grow?",
        "noise of summation": "Differences of 1e-12 are summation, not skew; use the tolerance.",
    }
    for name, (served, truth) in cases.items():
        if sorted(as_list(function(base.copy(), served))) != truth:
            return wrong(hints.get(name, "It misses a column that differs, or names one that does not."))
    emptied = base.assign(year=np.nan)
    if as_list(function(emptied.copy(), emptied.copy())) != []:
        return wrong("A cell that is nan on both sides is the same on both sides, though nan == nan is False.")
    return right("Logging the features at serving time and comparing them row by row is what finds skew.")


@exercise(
    wrong={
        "good data makes good models": "duties = dict.fromkeys(duties, 'ExampleValidator')",
        "a refusal is the validator's fault": (
            "duties = check.DUTIES | {'steam cars come on the market for good, and each delivery is refused': "
            "'ExampleValidator'}"
        ),
        "a worse model does not open": (
            "duties = check.DUTIES | {'the new model is worse for Japanese cars than the model in use': "
            "'InfraValidator'}"
        ),
        "counting cells is validating": (
            'duties = check.DUTIES | {"nobody can say how many cells were empty in last year\'s deliveries": '
            "'ExampleValidator'}"
        ),
        "a list": "duties = list(check.DUTIES.values())",
        "a file that does not open is a bad model": (
            'duties = check.DUTIES | {"the server\'s library cannot open the new model\'s file": "Evaluator"}'
        ),
        "the website is not our pipeline": (
            'duties = check.DUTIES | {"the website divides by the mean weight of today\'s requests": "Pusher"}'
        ),
    },
    right_too={
        "another order, small letters": "duties = {k: v.lower() for k, v in reversed(check.DUTIES.items())}",
        "a Series": "duties = pd.Series(check.DUTIES)",
        "with an article": "duties = {k: f'the {v}' for k, v in check.DUTIES.items()}",
    },
)
def duties(answer):
    """Seven situations are given to the step whose duty they are."""
    return judge_sorting(
        answer,
        DUTIES,
        hints={
            "ExampleValidator": "The delivery itself is wrong. Who compares deliveries with expectations?",
            "Evaluator": "The data are good and the file opens. Who compares two models?",
            "InfraValidator": "The model may be excellent. Who tries it where it will run?",
            "Transform": "Training divided by another number. Which step should both have used?",
            "StatisticsGen": "The data are there; a summary of them is not.",
            "SchemaGen": "The validator does what it was told. What has to change is what it is told.",
            "Pusher": "All gates are open. Who acts now?",
        },
        praise="One duty each: that is what makes a failure point at its place.",
        kinds=STEPS,
    )


@exercise(
    wrong={
        "appending is harmless": 'safe = check.SAFE | {"append the span\'s rows to all_cars.csv": True}',
        "overwriting is dangerous": (
            "safe = check.SAFE | {'write the span to examples/1976.csv, over whatever is there': False}"
        ),
        "a new number is a new model": "safe = check.SAFE | {'call the model number_of_files_in_models + 1': True}",
        "chance evens out": ("safe = check.SAFE | {'split the span with random numbers that are drawn afresh': True}"),
        "inserting always adds": "safe = check.SAFE | {'insert each row, or replace the row with the same key': False}",
        "a copy is dangerous": "safe = check.SAFE | {'copy the blessed model over the model in use': False}",
        "all": "safe = dict.fromkeys(safe, True)",
        "a list": "safe = [False, True, False, True, False, True]",
        "words": "safe = {way: 'yes' if answer else 'no' for way, answer in check.SAFE.items()}",
    },
    right_too={
        "another order": "safe = dict(reversed(check.SAFE.items()))",
        "a Series of NumPy's": "safe = pd.Series(check.SAFE)",
    },
)
def safe(answer):
    """Six ways of writing are told apart by what a second run leaves behind."""
    given = by_key(answer, SAFE)
    for way, truth in SAFE.items():
        if not isinstance(given[way], (bool, np.bool_)):
            return wrong(f"Use True or False (got {given[way]!r}).")
        if bool(given[way]) != truth:
            return wrong(
                f"Look again at {way!r}. Do it twice in your head: is anything there that was not there before?"
            )
    return right(
        "Safe writes go to a place that the content decides; unsafe ones depend on what was there, or on chance."
    )
