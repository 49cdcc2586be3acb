"""Checks of the exercises of week 3, notebook 7."""

import json
import re

import numpy as np
import pandas as pd

from helpers.course.exercises import as_list, by_key, drawn, exercise, guess, pick, right, wrong
from helpers.from_proof_of_concept_serving import digest

SHELF = {
    "latest": "the name under which the newest release is always found",
    "2026-09": "record of another model: the digest of model.joblib is not the one on record",
    "2026-07": "in service until last week; everything as recorded; reads f1 to f9",
    "2026-05": "everything as recorded; reads f1 to f10, and f10 is no longer delivered",
}


@guess(0, 9, unit=" of nine deliveries")
def guess_silent(answer):
    """A guess of how many deliveries the proof of concept answers silently wrong."""


def cheapest_rule(table, miss_eur, alarm_eur):
    """The rule without a model that costs least at these prices."""
    rules = table[table["kind"] == "rule"]
    return (miss_eur * rules["missed"] + alarm_eur * rules["false"]).idxmin()


@exercise(
    wrong={
        "the most accurate rule": "return table.loc[table['kind'] == 'rule', 'accuracy'].idxmax()",
        "beat doing nothing": "return 'never warn'",
        "the cheapest of all, the model itself": (
            "return (miss_eur * table['missed'] + alarm_eur * table['false']).idxmin()"
        ),
        "the rule that misses least": "return table.loc[table['kind'] == 'rule', 'missed'].idxmin()",
        "the rule with the fewest false alarms": "return table.loc[table['kind'] == 'rule', 'false'].idxmin()",
        "the prices change places": (
            "rules = table[table['kind'] == 'rule']\n"
            "return (alarm_eur * rules['missed'] + miss_eur * rules['false']).idxmin()"
        ),
        "a miss costs no visit": (
            "rules = table[table['kind'] == 'rule']\n"
            "return ((miss_eur - alarm_eur) * rules['missed'] + alarm_eur * rules['false']).idxmin()"
        ),
        "what it costs": (
            "rules = table[table['kind'] == 'rule']\n"
            "return (miss_eur * rules['missed'] + alarm_eur * rules['false']).min()"
        ),
        "the most expensive rule": (
            "rules = table[table['kind'] == 'rule']\n"
            "return (miss_eur * rules['missed'] + alarm_eur * rules['false']).idxmax()"
        ),
        "the first five rows": (
            "rules = table.iloc[:4]\nreturn (miss_eur * rules['missed'] + alarm_eur * rules['false']).idxmin()"
        ),
    },
    right_too={
        "a loop": (
            "costs = {}\nfor name, row in table.iterrows():\n    if row['kind'] != 'model':\n"
            "        costs[name] = (row['missed'] * miss_eur + row['false'] * alarm_eur) / 1000\n"
            "return min(costs, key=costs.get)"
        ),
        "sorted": (
            "table = table.query(\"kind == 'rule'\")\n"
            "cost = table[['missed', 'false']] @ np.array([miss_eur, alarm_eur])\n"
            "return cost.sort_values(kind='stable').index[0]"
        ),
    },
)
def baseline(function, table):
    """The function names the cheapest rule, on this table and on invented ones."""
    made_up = pd.DataFrame(
        {
            "kind": ["rule", "rule", "rule", "rule", "model"],
            "missed": [70.0, 0.0, 30.0, 5.0, 3.0],
            "false": [0.0, 930.0, 1.0, 40.0, 1.0],
            "accuracy": [0.93, 0.07, 0.969, 0.955, 0.996],
        },
        index=["never warn", "always warn", "strict", "lax", "model"],
    )
    cases = [(500, 40), (1, 40), (50, 50), (1000, 1), (70, 40)]
    given = [function(made_up.copy(), *case) for case in cases]
    if "model" in given:
        return wrong("That is the model. What must it beat to be worth its trouble?")
    if given[0] == "never warn":
        return wrong("Doing nothing is a rule as well, but a weak one here. Is there no cheaper rule to beat?")
    if given[0] == "always warn":
        return wrong("It misses nothing, and sends someone out for every reading. What does that cost?")
    if given[0] == "strict":
        return wrong("The most accurate rule counts a missed fault like a false alarm. Do they cost the same?")
    secret = made_up.assign(missed=drawn(3).uniform(0, 90, 5), false=drawn(4).uniform(0, 900, 5))
    for frame in (made_up, made_up.iloc[::-1], secret, table):
        for case in cases:
            if function(frame.copy(), *case) != cheapest_rule(frame, *case):
                return wrong(f"Not yet right when a missed fault costs {case[0]} and a false alarm {case[1]} EUR.")
    return right("The metric is the euro that somebody pays, and the baseline is the best that needs no model.")


def columns_at_fault(span, expected):
    """The columns that are missing, no numbers, have an empty cell, or more than 1 in 100 values out of range."""
    at_fault = set()
    for name, (low, high) in expected.items():
        usable = name in span and pd.api.types.is_numeric_dtype(span[name]) and not span[name].isna().any()
        if not usable or (~span[name].between(low, high)).mean() > 0.01:
            at_fault.add(name)
    return at_fault


def least_harm(table, at_least):
    """The canary of least harm among those that are sure enough."""
    return table.loc[table["caught"] >= at_least, "harmed"].idxmin()


def quantile_limits(shares, days_per_false_alarm):
    """Limits that quiet days break once in so many days, half of them below."""
    tail = 0.5 / days_per_false_alarm
    return np.quantile(shares, tail), np.quantile(shares, 1 - tail)


def _spans():
    """Name, span and the columns at fault."""
    expected = {"a": (0, 10), "b": (-5, 5)}
    good = pd.DataFrame({"a": np.arange(200) % 11, "b": np.linspace(-5, 5, 200)})
    strange, many = good.copy(), good.copy()
    strange.loc[3, "a"] = 50
    many.loc[:9, "a"] = 50
    few, low, empty = good.copy(), good.copy(), good.copy()
    few.loc[:1, "a"] = 50
    both = few.copy()
    both.loc[2:3, "a"] = -50
    low.loc[:9, "b"] = -999.0
    empty.loc[7, "b"] = np.nan
    return expected, {
        "good": (good, set()),
        "reordered": (good[["b", "a"]].assign(site=1), set()),
        "strange": (strange, set()),
        "few": (few, set()),
        "many": (many, {"a"}),
        "low": (low, {"b"}),
        "both": (both, {"a"}),
        "empty": (empty, {"b"}),
        "text": (good.assign(a=good["a"].astype(str)), {"a"}),
        "missing": (good.drop(columns="a"), {"a"}),
        "two": (low.drop(columns="a"), {"a", "b"}),
        "all empty": (good.assign(a=np.nan), {"a"}),
        "mixed": (good.assign(a=[*good["a"].astype(object)[:-1], "none"]), {"a"}),
    }


@exercise(
    wrong={
        "a mean in range will do": (
            "return {c for c, (low, high) in expected.items() if c not in span "
            "or not pd.api.types.is_numeric_dtype(span[c]) or span[c].isna().any() "
            "or not low <= span[c].mean() <= high}"
        ),
        "one strange reading refuses a span": (
            "return {c for c, (low, high) in expected.items() if c not in span "
            "or not pd.api.types.is_numeric_dtype(span[c]) or not span[c].between(low, high).all()}"
        ),
        "the columns must be the very same list": (
            "if list(span.columns) != list(expected):\n    return set(expected) | set(span.columns)\nreturn set()"
        ),
        "nan is not out of range": (
            "return {c for c, (low, high) in expected.items() if c not in span "
            "or not pd.api.types.is_numeric_dtype(span[c]) or ((span[c] < low) | (span[c] > high)).mean() > 0.01}"
        ),
        "forgets that a column may be gone": (
            "return {c for c, (low, high) in expected.items() if not pd.api.types.is_numeric_dtype(span[c]) "
            "or span[c].isna().any() or (~span[c].between(low, high)).mean() > 0.01}"
        ),
        "a hundredth is one too many": (
            "return {c for c, (low, high) in expected.items() if c not in span "
            "or not pd.api.types.is_numeric_dtype(span[c]) or span[c].isna().any() "
            "or (~span[c].between(low, high)).mean() >= 0.01}"
        ),
        "at most one reading": (
            "return {c for c, (low, high) in expected.items() if c not in span "
            "or not pd.api.types.is_numeric_dtype(span[c]) or span[c].isna().any() "
            "or (~span[c].between(low, high)).sum() > 1}"
        ),
        "only too high is wrong": (
            "return {c for c, (low, high) in expected.items() if c not in span "
            "or not pd.api.types.is_numeric_dtype(span[c]) or span[c].isna().any() "
            "or (span[c] > high).mean() > 0.01}"
        ),
        "counts each side by itself": (
            "return {c for c, (low, high) in expected.items() if c not in span "
            "or not pd.api.types.is_numeric_dtype(span[c]) or span[c].isna().any() "
            "or (span[c] < low).mean() > 0.01 or (span[c] > high).mean() > 0.01}"
        ),
        "the limits themselves are outside": (
            "return {c for c, (low, high) in expected.items() if c not in span "
            "or not pd.api.types.is_numeric_dtype(span[c]) or span[c].isna().any() "
            "or (~span[c].between(low, high, inclusive='neither')).mean() > 0.01}"
        ),
        "the first fault is enough": (
            "for c, (low, high) in expected.items():\n"
            "    if c not in span or not pd.api.types.is_numeric_dtype(span[c]) or span[c].isna().any() "
            "or (~span[c].between(low, high)).mean() > 0.01:\n"
            "        return {c}\nreturn set()"
        ),
        "text that looks like numbers is made numbers": (
            "at_fault = set()\nfor c, (low, high) in expected.items():\n"
            "    values = pd.to_numeric(span[c], errors='coerce') if c in span else pd.Series([np.nan])\n"
            "    if values.isna().any() or (~values.between(low, high)).mean() > 0.01:\n"
            "        at_fault.add(c)\nreturn at_fault"
        ),
        "yes or no": (
            "return any(c not in span or not pd.api.types.is_numeric_dtype(span[c]) or span[c].isna().any() "
            "or (~span[c].between(low, high)).mean() > 0.01 for c, (low, high) in expected.items())"
        ),
    },
    right_too={
        "a list": (
            "found = []\nfor c, (low, high) in expected.items():\n"
            "    if c not in span.columns:\n        found.append(c)\n"
            "    elif span[c].dtype.kind not in 'iuf' or span[c].isnull().any():\n        found.append(c)\n"
            "    elif ((span[c] < low) | (span[c] > high)).sum() > len(span) / 100:\n        found.append(c)\n"
            "return found"
        ),
        "tries": (
            "found = set()\nfor c, (low, high) in expected.items():\n    try:\n"
            "        values = span[c].to_numpy()\n"
            "        inside = np.mean((values >= low) & (values <= high))\n"
            "        fine = values.dtype.kind in 'if' and not np.isnan(values).any() and inside >= 0.99\n"
            "    except (KeyError, TypeError, ValueError):\n        fine = False\n"
            "    if not fine:\n        found.add(c)\nreturn frozenset(found)"
        ),
    },
)
def gate(function):
    """The function names the columns at fault in thirteen invented spans."""
    hints = {
        "good": "A span that is as expected must pass: return an empty set.",
        "reordered": "This span has its columns in another order, and one more. Does a release by name mind?",
        "strange": "One strange reading in 200 stops the whole span. How many are allowed?",
        "few": "Two readings in 200 are one in 100, not more. May this span pass?",
        "many": "Ten of 200 readings are far too high, and the span passes. Count the readings, not their mean.",
        "low": "Ten of 200 readings are far too low, and the span passes.",
        "both": "Two of 200 readings are too low and two too high: that is more than 1 in 100 out of range.",
        "empty": "One cell is empty and the span passes. Comparisons with nan are False: ask for it by itself.",
        "text": "Numbers that came as text must be reported before they are compared.",
        "missing": "A column is gone. Report it, and go on to the next.",
        "two": "Two columns are at fault. Name both: a person wants the whole list at once.",
        "all empty": "A column with nothing in it passes.",
        "mixed": "A column that holds numbers and one word is not a column of numbers.",
    }
    expected, spans = _spans()
    order = (
        "reordered",
        "strange",
        "good",
        "few",
        "empty",
        "many",
        "low",
        "both",
        "all empty",
        "text",
        "mixed",
        "missing",
        "two",
    )
    for name in order:
        span, at_fault = spans[name]
        if set(as_list(function(span.copy(), dict(expected)))) != at_fault:
            return wrong(hints[name])
    return right("Columns by name, types before values, empty cells by themselves, and room for a strange reading.")


@exercise(
    wrong={
        "the least harm": "return table['harmed'].idxmin()",
        "the surest": "return table['caught'].idxmax()",
        "stops one too early": "return table.index[table['caught'] < at_least].max()",
        "half the traffic is always fair": "return 0.5",
        "more than sure enough": "return table.loc[table['caught'] > at_least, 'harmed'].idxmin()",
        "the harm, not the share": "return table.loc[table['caught'] >= at_least, 'harmed'].min()",
        "the surest of those": "return table.loc[table['caught'] >= at_least, 'caught'].idxmax()",
        "the first row that will do": "return table.index[table['caught'] >= at_least][0]",
        "the most caught per fault missed": "return (table['caught'] / table['harmed']).idxmax()",
    },
    right_too={
        "sorted": (
            "fit = table[table['caught'] >= at_least].sort_values('harmed', kind='stable')\nreturn float(fit.index[0])"
        ),
        "a loop": (
            "best, least = None, float('inf')\nfor share, row in table.iterrows():\n"
            "    if row['caught'] >= at_least and row['harmed'] < least:\n"
            "        best, least = share, row['harmed']\nreturn best"
        ),
    },
)
def rollout(function, table):
    """The function picks the canary of least harm that is sure enough, on this table and on invented ones."""
    made_up = pd.DataFrame(
        {"caught": [0.02, 0.4, 0.81, 0.97, 1.0], "harmed": [1.0, 4.0, 9.0, 25.0, 50.0]},
        index=[0.01, 0.04, 0.09, 0.25, 0.5],
    )
    if function(made_up.copy(), 0.8) == 0.01:
        return wrong("The smallest canary harms nobody because it sees nothing. How sure must it be?")
    if function(made_up.copy(), 0.8) == 0.5:
        return wrong("Sure enough is enough. Which canaries reach the chance asked for, and which harms least?")
    if function(made_up.copy(), 0.8) == 0.04:
        return wrong("This canary misses the chance that was asked for.")
    secret = made_up.assign(harmed=drawn(2).uniform(1, 50, 5))
    for frame in (made_up, made_up.iloc[::-1], secret, table):
        for at_least in (0.3, 0.8, 0.9, 0.97):
            sure = frame.index[frame["caught"] >= at_least]
            if sure.empty:
                continue
            share = function(frame.copy(), at_least)
            if share == least_harm(frame, at_least):
                continue
            if share not in list(frame.index):
                return wrong("Return one share of the table's index, not a harm or a chance.")
            if share not in list(sure):
                return wrong(f"This canary misses the chance that was asked for, {at_least}.")
            if share == sure.min():
                return wrong("The smallest share that is sure enough need not be the one that harms least.")
            return wrong("Among the shares that are sure enough (just enough will do), another one harms less.")
    return right("First how sure, then how little harm. A canary is an experiment, and its size is a sample size.")


@exercise(
    wrong={
        "only a rise is bad": "return 0.0, np.quantile(shares, 1 - 1 / days_per_false_alarm)",
        "spends the budget twice": (
            "rate = 1 / days_per_false_alarm\nreturn np.quantile(shares, rate), np.quantile(shares, 1 - rate)"
        ),
        "three standard deviations, whatever is asked": (
            "return np.mean(shares) - 3 * np.std(shares), np.mean(shares) + 3 * np.std(shares)"
        ),
        "all that was ever seen": "return np.min(shares), np.max(shares)",
        "the upper limit first": (
            "tail = 0.5 / days_per_false_alarm\nreturn np.quantile(shares, 1 - tail), np.quantile(shares, tail)"
        ),
        "as if the shares were normal": (
            "from statistics import NormalDist\nz = NormalDist().inv_cdf(1 - 0.5 / days_per_false_alarm)\n"
            "return np.mean(shares) - z * np.std(shares), np.mean(shares) + z * np.std(shares)"
        ),
        "only a fall is bad": "return np.quantile(shares, 1 / days_per_false_alarm), 1.0",
        "the rate is the quantile in percent": ("return np.quantile(shares, 0.01), np.quantile(shares, 0.99)"),
    },
    right_too={
        "a list, by percentiles": (
            "half = 50 / days_per_false_alarm\nreturn list(np.percentile(shares, [half, 100 - half]))"
        ),
        "an array": ("return np.quantile(shares, [0.5 / days_per_false_alarm, 1 - 0.5 / days_per_false_alarm])"),
        "sorted days": (
            "days = np.sort(shares)\nk = int(round(len(days) / days_per_false_alarm / 2))\nreturn days[k], days[-1 - k]"
        ),
        "a Series": ("return pd.Series(shares).quantile([0.5 / days_per_false_alarm, 1 - 0.5 / days_per_false_alarm])"),
    },
)
def limits(function):
    """The function sets a lower and an upper limit that quiet days break at the asked rate, half on each side."""
    rng = np.random.default_rng(11)
    counted = rng.binomial(10_000, 0.07, 4000) / 10_000 + rng.random(4000) * 1e-6
    for shares in (counted, rng.gamma(3, 0.02, 3000), drawn(1).gamma(3, 0.02, 3000)):
        for days in (20, 50, 100):
            low, high = (float(limit) for limit in as_list(function(shares.copy(), days), 2))
            if low > high:
                return wrong("Return the lower limit first, then the upper one.")
            below, above = (shares < low).mean(), (shares > high).mean()
            slack = 1.5 / len(shares)
            if max(abs(below - 0.5 / days), abs(above - 0.5 / days)) <= slack:
                continue
            if below == 0 and above > slack:
                return wrong("A sensor that died makes the warnings vanish. Which of your limits would notice?")
            if below + above == 0:
                return wrong(
                    "These limits never raise an alarm on quiet days, so they ignore the rate that was asked for."
                )
            if abs(below + above - 2 / days) <= 2 * slack:
                return wrong("These limits raise twice as many alarms as asked: two sides share one budget.")
            return wrong(
                f"Asked for one quiet day in {days}, these limits raise an alarm on {below + above:.1%}, {below:.1%} "
                "of it below. Read them off the quiet days."
            )
    return right("Too few warnings are as bad as too many, and the two sides share one budget of false alarms.")


def _cuts(shares, limit, tail, slack):
    """Whether the limit cuts off this tail, as nearly as days with equal shares (many, in ten years) allow."""
    below, with_equal = (shares < limit).mean(), (shares <= limit).mean() - 1 / len(shares)
    return below <= tail + slack and max(below, with_equal) >= tail - slack


def decided(table, canaries, quiet):
    """What the course decides, for the prices and the promises of the exercise."""
    rules, sure = table[table["kind"] == "rule"], canaries[canaries["caught"] >= 0.95]
    low, high = np.quantile(quiet, [1 / 60, 59 / 60])
    chosen = {"baseline": (500 * rules["missed"] + 40 * rules["false"]).idxmin(), "share": sure["harmed"].idxmin()}
    return chosen | {"low": low, "high": high, "rollback": "2026-07", "owner": "Ana Ruiz"}


NO_PERSON = set(
    "team group department staff rota tbd decided nobody everybody somebody someone anybody whoever and & support data "
    "science scientist engineer engineers engineering operations manager".split()
)
PRONOUNS = ("i", "me", "you", "we", "us")
TAKEN = "decisions = check.decided(table, canaries, quiet) | "


@exercise(
    wrong={
        "beat doing nothing": TAKEN + "{'baseline': 'never warn'}",
        "beat itself": TAKEN + "{'baseline': 'the release'}",
        "a canary as small as possible": TAKEN + "{'share': 0.01}",
        "half of the traffic is always fair": TAKEN + "{'share': 0.5}",
        "all that quiet days showed": TAKEN + "{'low': quiet.min(), 'high': quiet.max()}",
        "only a rise is bad": TAKEN + "{'low': 0.0, 'high': np.quantile(quiet, 1 - 1 / 30)}",
        "spends the budget twice": TAKEN + "{'low': np.quantile(quiet, 1 / 30), 'high': np.quantile(quiet, 29 / 30)}",
        "limits in percent": TAKEN
        + "{'low': 100 * np.quantile(quiet, 1 / 60), 'high': 100 * np.quantile(quiet, 59 / 60)}",
        "the newest is the best": TAKEN + "{'rollback': 'latest'}",
        "the newest with a number": TAKEN + "{'rollback': '2026-09'}",
        "what is on record will do": TAKEN + "{'rollback': '2026-05'}",
        "a team": TAKEN + "{'owner': 'the radiator team'}",
        "nobody yet": TAKEN + "{'owner': 'to be decided'}",
        "a function": TAKEN + "{'owner': 'Data Science'}",
        "whoever it will be": TAKEN + "{'owner': 'whoever is on call'}",
        "two people": TAKEN + "{'owner': 'Jordan Lee and Sam Wu'}",
        "an empty name": TAKEN + "{'owner': ' '}",
        "a list": "decisions = list(check.decided(table, canaries, quiet).values())",
    },
    right_too={
        "a Series": "decisions = pd.Series(check.decided(table, canaries, quiet))",
        "a name with an initial": TAKEN + "{'owner': 'Or I. Cohen'}",
        "limits from the sorted days": (
            "days = np.sort(quiet)\nk = round(len(days) / 60)\n" + TAKEN + "{'low': days[k], 'high': days[-1 - k]}"
        ),
        "capitals, one name, another order": (
            "decisions = check.decided(table, canaries, quiet)\n"
            "decisions |= {'baseline': decisions['baseline'].upper(), 'owner': 'Li'}\n"
            "decisions = dict(reversed(decisions.items()))"
        ),
    },
)
def decisions(answer, table, canaries, quiet):
    """What a person decides about the release: the baseline, the canary, the limits, the way back and the owner."""
    ours = decided(table, canaries, quiet)
    given = by_key(answer, ours)
    if pick(given["baseline"], table.index) != ours["baseline"]:
        return wrong("The baseline is the cheapest rule without a model, at 500 and 40 EUR.")
    if not np.isclose(float(given["share"]), ours["share"]):
        return wrong("Which share harms least among those that stop a bad release with a chance of 0.95?")
    low, high = float(given["low"]), float(given["high"])
    if high > 1:
        return wrong("The limits are shares, from 0 to 1, as `quiet` has them.")
    slack, tail = 1.5 / len(quiet), 0.5 / 30
    if not (_cuts(quiet, low, tail, slack) and _cuts(-quiet, -high, tail, slack)):
        return wrong("On quiet days these limits do not raise one alarm in 30 days, half of them below and half above.")
    if (back := pick(given["rollback"], SHELF)) != ours["rollback"]:
        hints = {
            "latest": "When the new release is out, what does 'latest' stand for?",
            "2026-09": "This one is not what its record says. What would you bring back?",
            "2026-05": "This one needs a column that no delivery has. Would it serve a single one?",
        }
        return wrong(hints[back])
    owner = str(given["owner"]).strip().lower()
    words = re.findall(r"[\w&]+", owner)
    if not words or words[0] == "the" or owner in PRONOUNS or NO_PERSON & set(words):
        return wrong("Whom does the customer call at night? Give the name of one person.")
    return right("Every field can be acted on, by somebody who was not there.")


def _folders():
    """Name, files, record, versions that are here, and the names that are not as recorded."""
    files = {"model.joblib": b"\x80\x04weights", "gate.py": b"def gate(): ...", "contract.json": b"{}"}
    packages = {"numpy": "2.3.4", "scikit-learn": "1.9.0"}
    record = {"files": {name: digest(content) for name, content in files.items()}, "packages": packages}
    swapped = files | {"gate.py": files["contract.json"], "contract.json": files["gate.py"]}
    gone = {name: content for name, content in files.items() if name != "gate.py"}
    return [
        ("good", files, record, packages | {"scipy": "1.17"}),
        ("changed", files | {"model.joblib": b"\x80\x04weightz"}, record, packages),
        ("swapped", swapped, record, packages),
        ("gone", gone, record, packages),
        ("more", files | {"notes.txt": b""}, record, packages),
        ("version", files, record, packages | {"numpy": "2.3.5"}),
        ("library", files, record, {"numpy": "2.3.4"}),
        ("two", gone | {"model.joblib": b""}, record, {}),
    ]


def mismatches(files, record, installed):
    """Files and libraries that are not as the record says.

    Parameters
    ----------
    files : dict of str to bytes
        The content of each file but the record, by name.
    record : dict
        ``files``, the digest of each by name, and ``packages``, the version of each library by name.
    installed : dict of str to str
        Versions of the libraries that are here.

    Returns
    -------
    set of str
        Names of files that are missing, changed or not on record, and of libraries that are missing or of another
        version; empty when the release may be loaded.

    Examples
    --------
    >>> sorted(mismatches({"a": b"x", "b": b""}, {"files": {"a": digest(b"y")}, "packages": {}}, {}))
    ['a', 'b']
    """
    amiss = {name for name in files.keys() | record["files"].keys() if name not in files}
    amiss |= {name for name, content in files.items() if record["files"].get(name) != digest(content)}
    return amiss | {name for name, version in record["packages"].items() if installed.get(name) != version}


@exercise(
    wrong={
        "names are enough": "return set(files) ^ set(record['files'])",
        "what is here is as recorded": (
            "return {n for n, c in files.items() if record['files'].get(n) != serving.digest(c)}"
        ),
        "what is on record is here and as recorded": (
            "return {n for n, d in record['files'].items() if n not in files or serving.digest(files[n]) != d} "
            "| {n for n, v in record['packages'].items() if installed.get(n) != v}"
        ),
        "libraries do not matter": (
            "return {n for n in files.keys() | record['files'].keys() "
            "if n not in files or record['files'].get(n) != serving.digest(files[n])}"
        ),
        "every library must be on record": (
            "return {n for n in files.keys() | record['files'].keys() "
            "if n not in files or record['files'].get(n) != serving.digest(files[n])} "
            "| {n for n, _ in set(record['packages'].items()) ^ set(installed.items())}"
        ),
        "one digest is as good as another": (
            "return {n for n in files.keys() | record['files'].keys() "
            "if n not in files or serving.digest(files[n]) not in record['files'].values()} "
            "| {n for n, v in record['packages'].items() if installed.get(n) != v}"
        ),
        "only libraries that are here": (
            "return {n for n in files.keys() | record['files'].keys() "
            "if n not in files or record['files'].get(n) != serving.digest(files[n])} "
            "| {n for n, v in installed.items() if record['packages'].get(n, v) != v}"
        ),
        "yes or no": "return all(record['files'].get(n) == serving.digest(c) for n, c in files.items())",
        "the first is enough": (
            "for n, d in record['files'].items():\n"
            "    if n not in files or serving.digest(files[n]) != d:\n        return {n}\n"
            "return {n for n in files if n not in record['files']} "
            "| {n for n, v in record['packages'].items() if installed.get(n) != v}"
        ),
        "the content is its digest": (
            "return {n for n in files.keys() | record['files'].keys() if files.get(n) != record['files'].get(n)}"
        ),
    },
    right_too={
        "a list and loops": (
            "import hashlib\nfound = []\nfor n in record['files']:\n"
            "    if n not in files or hashlib.sha256(files[n]).hexdigest() != record['files'][n]:\n"
            "        found.append(n)\nfor n in files:\n    if n not in record['files']:\n        found.append(n)\n"
            "for n in record['packages']:\n    if n not in installed or installed[n] != record['packages'][n]:\n"
            "        found.append(n)\nreturn found"
        ),
        "two dicts compared": (
            "is_so = {n: serving.digest(c) for n, c in files.items()}\n"
            "here = {n: v for n, v in installed.items() if n in record['packages']}\n"
            "pairs = set(is_so.items()) ^ set(record['files'].items())\n"
            "return {n for n, _ in pairs | (set(here.items()) ^ set(record['packages'].items()))}"
        ),
    },
)
def verify(function, folder):
    """The function names what is not as recorded, in made-up folders and in the learner's own."""
    hints = {
        "good": "This folder is as recorded, and has the versions on record. Return an empty set.",
        "changed": "A file has one byte that is another. Compare the digest of its content with the one on record.",
        "swapped": "Two files have changed places. A digest belongs to a name.",
        "gone": "A file on record is not in the folder.",
        "more": "A file is in the folder that nobody signed for.",
        "version": "A library is here in another version than the model was made with.",
        "library": "A library on record is not installed here. Name it.",
        "two": "Several things are wrong. A person wants the whole list at once.",
    }
    for name, files, record, versions in _folders():
        said = function(
            dict(files), {"files": dict(record["files"]), "packages": dict(record["packages"])}, dict(versions)
        )
        if isinstance(said, bool):
            return wrong("Return the set of names: somebody has to know what to look at.")
        if set(as_list(said)) != mismatches(files, record, versions):
            return wrong(hints[name])
    record = json.loads(folder["record.json"])
    own = {name: content for name, content in folder.items() if name != "record.json"}
    if set(as_list(function(own, record, record["packages"]))) != mismatches(own, record, record["packages"]):
        return wrong("Not yet right for the folder that you wrote yourself.")
    return right("Nothing is loaded that was not signed, and the list says what to look at.")
