"""Checks of the exercises of week 3, notebook 5."""

import math

import numpy as np
import pandas as pd

from helpers.course.exercises import as_list, drawn, exercise, guess, judge_sorting, right, wrong

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


@guess(0, 10, unit=" of ten spans")
def guess_kilowatts(answer):
    """A guess of how many of ten spans in kilowatts any check notices."""


def furthest_share(past, now):
    """The largest change in the share of any one category."""
    shares = [{name: count / sum(counts.values()) for name, count in counts.items()} for counts in (past, now)]
    return max(abs(shares[0].get(name, 0) - shares[1].get(name, 0)) for name in past.keys() | now.keys())


@exercise(
    wrong={
        "counts, not shares": "return max(abs(past.get(c, 0) - now.get(c, 0)) for c in {*past, *now})",
        "all changes together": (
            "p, n = sum(past.values()), sum(now.values())\n"
            "return sum(abs(past.get(c, 0) / p - now.get(c, 0) / n) for c in {*past, *now})"
        ),
        "only what grew": (
            "p, n = sum(past.values()), sum(now.values())\n"
            "return max(now.get(c, 0) / n - past.get(c, 0) / p for c in {*past, *now})"
        ),
        "new ones are no change": (
            "p, n = sum(past.values()), sum(now.values())\n"
            "return max(abs(past[c] / p - now.get(c, 0) / n) for c in past)"
        ),
        "gone ones are no change": (
            "p, n = sum(past.values()), sum(now.values())\n"
            "return max(abs(past.get(c, 0) / p - now[c] / n) for c in now)"
        ),
        "one total for both": (
            "p = sum(past.values())\nreturn max(abs(past.get(c, 0) - now.get(c, 0)) / p for c in {*past, *now})"
        ),
        "a share of the share": (
            "p, n = sum(past.values()), sum(now.values())\n"
            "return max(abs(now.get(c, 0) / n * p / past.get(c, 1e-9) - 1) for c in {*past, *now})"
        ),
        "half the sum of all changes": (
            "p, n = sum(past.values()), sum(now.values())\n"
            "return sum(abs(past.get(c, 0) / p - now.get(c, 0) / n) for c in {*past, *now}) / 2"
        ),
        "in percent": (
            "p, n = sum(past.values()), sum(now.values())\n"
            "return 100 * max(abs(past.get(c, 0) / p - now.get(c, 0) / n) for c in {*past, *now})"
        ),
        "which, not how far": (
            "p, n = sum(past.values()), sum(now.values())\n"
            "return max({*past, *now}, key=lambda c: abs(past.get(c, 0) / p - now.get(c, 0) / n))"
        ),
    },
    right_too={
        "pandas": (
            "table = pd.DataFrame({'past': past, 'now': now}).fillna(0)\n"
            "shares = table / table.sum()\nreturn (shares['past'] - shares['now']).abs().max()"
        ),
        "a loop": (
            "largest, p, n = 0, sum(past.values()), sum(now.values())\n"
            "for name in list(past) + list(now):\n"
            "    change = past.get(name, 0) / p - now.get(name, 0) / n\n"
            "    largest = max(largest, change, -change)\nreturn largest"
        ),
    },
)
def largest_shift(function):
    """The rule is tried on counts with new, vanished and shifted categories."""
    cases = [
        ({"a": 50, "b": 50}, {"a": 5, "b": 5}, "The same shares in fewer rows are no change."),
        ({"a": 6, "b": 4}, {"a": 30, "b": 70}, "From 60 % to 30 %: the shares count, not the rows."),
        (
            {"a": 1, "b": 1, "c": 2},
            {"a": 2, "b": 1, "c": 1},
            "One change counts, the largest: not all of them together.",
        ),
        (
            {"a": 25, "b": 25, "c": 25, "d": 25},
            {"a": 35, "b": 35, "c": 15, "d": 15},
            "You added changes up. Asked is the largest of them, in any *one* category.",
        ),
        ({"a": 9, "b": 1}, {"a": 8, "b": 1, "new": 9}, "A category that is new had the share 0 before."),
        (
            {"a": 3, "b": 3, "old": 6},
            {"a": 5, "b": 5},
            "A category that is gone has the share 0 now, and a fall counts.",
        ),
    ]
    for past, now, hint in cases:
        said = function(dict(past), dict(now))
        if isinstance(said, str):
            return wrong("Return how far it moved, a number from 0 to 1.")
        said, largest = float(said), furthest_share(past, now)
        if math.isclose(said, largest, abs_tol=1e-9):
            continue
        shares = [(past[name] / sum(past.values()), now.get(name, 0) / sum(now.values())) for name in past]
        together = sum(abs(after - before) for before, after in shares)
        if past.keys() == now.keys() and math.isclose(said, together, abs_tol=1e-9):
            return wrong("You added changes up. Asked is the largest of them, in any *one* category.")
        if math.isclose(said, 100 * largest, abs_tol=1e-9):
            return wrong("This is in percent. Return a number from 0 to 1.")
        if math.isclose(said, max(abs(after / before - 1) for before, after in shares), abs_tol=1e-9):
            return wrong("The change itself counts, not in proportion to the share before: from 60 % to 30 % is 0.3.")
        return wrong(hint)
    return right("One number that an engineer can set a limit for: no category may move by more than so much.")


def faults(schema, rows):
    """What is wrong with each column of a schema: a word, or nothing."""
    found = {}
    for name, rule in schema.items():
        if name not in rows:
            found[name] = "missing"
        elif rows[name].isna().any():
            found[name] = "empty"
        elif "known" in rule:
            if not rows[name].isin(rule["known"]).all():
                found[name] = "category"
        elif not pd.api.types.is_numeric_dtype(rows[name]):
            found[name] = "type"
        elif not rows[name].between(rule["low"], rule["high"]).all():
            found[name] = "range"
    return found


_CATEGORY = (
    "        elif 'known' in rule:\n            if not rows[name].isin(rule['known']).all():\n"
    "                found[name] = 'category'\n"
)
_FIRST = "found = {}\nfor name, rule in schema.items():\n    if True:\n"
_GONE = "        if name not in rows:\n            found[name] = 'missing'\n"
_EMPTY = "        elif rows[name].isna().any():\n            found[name] = 'empty'\n"
_TYPE = "        elif not pd.api.types.is_numeric_dtype(rows[name]):\n            found[name] = 'type'\n"
_RANGE = (
    "        elif not rows[name].between(rule['low'], rule['high']).all():\n            found[name] = 'range'\n"
    "return found"
)


@exercise(
    wrong={
        "a missing column is an error": _FIRST
        + "        if False:\n            pass\n"
        + _EMPTY
        + _CATEGORY
        + _TYPE
        + _RANGE,
        "nan is out of range": _FIRST + _GONE + _CATEGORY + _TYPE + _RANGE,
        "text is compared with numbers": _FIRST + _GONE + _EMPTY + _CATEGORY + _RANGE,
        "any known one will do": _FIRST + _GONE + _EMPTY + _CATEGORY.replace(".all", ".any") + _TYPE + _RANGE,
        "the mean is in range": (
            _FIRST
            + _GONE
            + _EMPTY
            + _CATEGORY
            + _TYPE
            + "        elif not rule['low'] <= rows[name].mean() <= rule['high']:\n"
            "            found[name] = 'range'\nreturn found"
        ),
        "the limits are outside": (
            _FIRST
            + _GONE
            + _EMPTY
            + _CATEGORY
            + _TYPE
            + _RANGE.replace("rule['high'])", "rule['high'], inclusive='neither')")
        ),
        "good columns are listed too": (
            _FIRST + "        found[name] = ''\n" + _GONE + _EMPTY + _CATEGORY + _TYPE + _RANGE
        ),
        "every column must be known": (
            _FIRST
            + _GONE
            + _EMPTY
            + _CATEGORY
            + _TYPE
            + _RANGE.replace("return found", "return found | dict.fromkeys(set(rows) - set(schema), 'missing')")
        ),
        "the type before the empty cells": (
            _FIRST + _GONE + _TYPE.replace("elif not", "elif 'low' in rule and not") + _EMPTY + _CATEGORY + _RANGE
        ),
        "whole numbers are no numbers": (
            _FIRST
            + _GONE
            + _EMPTY
            + _CATEGORY
            + _TYPE.replace("not pd.api.types.is_numeric_dtype(rows[name])", "rows[name].dtype != float")
            + _RANGE
        ),
        "each known one must come": (
            _FIRST
            + _GONE
            + _EMPTY
            + _CATEGORY.replace("not rows[name].isin(rule['known']).all()", "set(rows[name]) != set(rule['known'])")
            + _TYPE
            + _RANGE
        ),
        "a category before the empty cells": _FIRST + _GONE + _CATEGORY + _EMPTY + _TYPE + _RANGE,
        "names alone": _FIRST
        + _GONE
        + _EMPTY
        + _CATEGORY
        + _TYPE
        + _RANGE.replace("return found", "return list(found)"),
    },
    right_too={
        "returns early from a helper": (
            "def word(rule, name):\n    if name not in rows.columns:\n        return 'Missing'\n"
            "    column = rows[name]\n    if column.isnull().sum():\n        return 'Empty'\n"
            "    if 'known' in rule:\n        return '' if set(column) <= set(rule['known']) else 'Category'\n"
            "    if column.dtype.kind not in 'iuf':\n        return 'Type'\n"
            "    return '' if rule['low'] <= column.min() and column.max() <= rule['high'] else 'Range'\n"
            "words = {name: word(rule, name) for name, rule in schema.items()}\n"
            "return {name: found for name, found in words.items() if found}"
        ),
        "a Series": (
            _FIRST
            + _GONE
            + _EMPTY
            + _CATEGORY
            + _TYPE
            + _RANGE.replace("return found", "return pd.Series(found, dtype=object)")
        ),
    },
)
def failures(function):
    """The validator is tried on a small table, whole and broken in each way."""
    schema = {"weight": {"low": 1500.0, "high": 5000.0}, "origin": {"known": ["USA", "Japan"]}}
    good = pd.DataFrame({"weight": [1500.0, 3000.0, 5000.0], "origin": ["USA", "Japan", "USA"]})
    cases = [
        (good, "This table is as the schema says, limits included. Return an empty dict."),
        (good.assign(site=7)[["site", "origin", "weight"]], "A column more, or another order, breaks no rule."),
        (good.assign(weight=[1500.0, np.nan, 5000.0]), "One cell is empty, and comparisons with nan are False."),
        (good.assign(weight=[1500.0, 3000.0, 9000.0]), "One weight is far too high."),
        (good.assign(weight=[700.0, 3000.0, 5000.0]), "One weight is far too low."),
        (good.assign(origin=["USA", "Korea", "USA"]), "One origin was never seen before."),
        (
            good.assign(weight=["1,500 lb", "3,000 lb", "5,000 lb"]),
            "The weights came as text. Ask for the type before the range.",
        ),
        (
            good.assign(weight=["1500", "3000", "5000"]),
            "The weights came as text that looks like numbers: a model cannot compute with it, and nobody has said so.",
        ),
        (good.drop(columns="weight"), "A column is gone. Say so, and go on."),
        (good.assign(weight=["1500", None, "5000"]), "Text with an empty cell: the word 'empty' comes before 'type'."),
        (good.assign(weight=[1500, 3000, 5000]), "Whole numbers are numbers too."),
        (good.assign(origin="USA"), "Not every known category has to come in each delivery."),
        (good.assign(weight=np.nan, origin=[None, "USA", "Korea"]), "Two columns have empty cells."),
        (good.assign(weight=drawn(3).uniform(1600, 4900, 3)), "Every weight is within the limits."),
        (good.assign(weight=drawn(4).uniform(5100, 9000, 3)), "Every weight is far too high."),
    ]
    for rows, hint in cases:
        said = function({name: dict(rule) for name, rule in schema.items()}, rows.copy())
        said = said.to_dict() if hasattr(said, "to_dict") else said
        if not isinstance(said, dict):
            return wrong("Return a dict: somebody wants to read which column is at fault, and how.")
        if {str(name): str(word).lower() for name, word in said.items()} != faults(schema, rows):
            return wrong(hint)
    return right("The first reason that applies, for every column at once: that is what a person can act on.")


def skewed(trained, served):
    """The columns in which any row differs by more than 1e-9, or is empty on one side only."""
    same = np.isclose(trained, served, rtol=0, atol=1e-9, equal_nan=True)
    return list(trained.columns[~same.all(axis=0)])


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
        "an empty cell is a zero": (
            "same = np.isclose(trained.fillna(0), served.fillna(0), rtol=0, atol=1e-9)\n"
            "return list(trained.columns[~same.all(axis=0)])"
        ),
        "as many empty cells are the same": (
            "return [c for c in trained.columns if (abs(trained[c] - served[c]) > 1e-9).any() "
            "or trained[c].isna().sum() != served[c].isna().sum()]"
        ),
        "empty on the website only": (
            "return [c for c in trained.columns if ((abs(trained[c] - served[c]) > 1e-9) "
            "| (served[c].isna() & trained[c].notna())).any()]"
        ),
        "empty in the laboratory only": (
            "return [c for c in trained.columns if ((abs(trained[c] - served[c]) > 1e-9) "
            "| (trained[c].isna() & served[c].notna())).any()]"
        ),
        "what is left of each side without its empty cells": (
            "pairs = {c: (trained[c].dropna().to_numpy(), served[c].dropna().to_numpy()) for c in trained}\n"
            "return [c for c, (t, s) in pairs.items() if len(t) != len(s) or (abs(t - s) > 1e-9).any()]"
        ),
        "a tolerance in proportion": (
            "return list(trained.columns[~np.isclose(trained, served, rtol=1e-9, atol=0, equal_nan=True).all(axis=0)])"
        ),
        "a tolerance in proportion, and the one asked for": (
            "same = np.isclose(trained, served, rtol=1e-9, atol=1e-9, equal_nan=True)\n"
            "return list(trained.columns[~same.all(axis=0)])"
        ),
        "the default tolerance without its proportion": (
            "return list(trained.columns[~np.isclose(trained, served, rtol=0, equal_nan=True).all(axis=0)])"
        ),
        "only what is higher on the website": (
            "return [c for c in trained if ((served[c] - trained[c] > 1e-9) "
            "| (trained[c].isna() != served[c].isna())).any()]"
        ),
        "only what is lower on the website": (
            "return [c for c in trained if ((trained[c] - served[c] > 1e-9) "
            "| (trained[c].isna() != served[c].isna())).any()]"
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
    both_ways = as_list(function(base.copy(), base.assign(weight=base["weight"] + 0.5, power=base["power"] - 0.5)))
    if both_ways in (["weight"], ["power"]):
        way = "lower" if both_ways == ["weight"] else "higher"
        return wrong(f"A column whose served values are {way} than the trained ones was not found. Is the sign lost?")
    late = base.assign(year=[*base["year"][:-1], np.nan])
    first, second = (base.assign(power=[*ends, *base["power"][2:]]) for ends in ((np.nan, 0.5), (0.5, np.nan)))
    cases = {
        "shifted": (base, base.assign(weight=base["weight"] + 0.5), ["weight"]),
        "permuted": (base, base.assign(power=base["power"].to_numpy()[::-1]), ["power"]),
        "one late row": (base, base.assign(year=[*base["year"][:-1], 9.0]), ["year"]),
        "emptied": (base, base.assign(origin_USA=[*base["origin_USA"][:-1], np.nan]), ["origin_USA"]),
        "filled": (late, late.fillna(0.0), ["year"]),
        "another cell": (first, second, ["power"]),
        "a hair": (base, base.assign(weight=base["weight"] + 0.01), ["weight"]),
        "a millionth": (base, base.assign(weight=base["weight"] + 1.5e-6), ["weight"]),
        "a speck": (base, base.assign(power=base["power"] + 5e-9), ["power"]),
        "two": (base, base.assign(weight=0.0, year=1.0), ["weight", "year"]),
        "noise of summation": (base, base + 1e-12, []),
        "unforeseen": (base, base.assign(power=base["power"] + drawn(6).uniform(0.1, 0.9, 6)), ["power"]),
    }
    hints = {
        "permuted": "Each request got another request's power, and the mean stayed the same. Compare row by row.",
        "one late row": "One late request alone can be wrong. Look at every row.",
        "emptied": "A cell that is nan on one side only was not found: nan compares as False with everything.",
        "filled": "A cell that is nan in training and 0 on the website was not found: an empty cell is no zero.",
        "another cell": "Both sides have one empty cell, in different rows. Compare cell by cell.",
        "a hair": "A weight is off by a hundredth of a pound in 2,000, and is not found. Does your tolerance grow?",
        "a millionth": "A weight of 2,000 is off by more than a millionth, and is not found. Does your tolerance grow?",
        "a speck": "A difference of 5e-9 is not found. Which tolerance was asked for?",
        "noise of summation": "Differences of 1e-12 are summation, not skew; use the tolerance.",
    }
    for name, (here, there, truth) in cases.items():
        if sorted(as_list(function(here.copy(), there.copy()))) != truth:
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
