"""Checks of the exercises of week 3, notebook 7."""

import numpy as np
import pandas as pd

from helpers.course.exercises import exercise, judge_sorting, right, wrong

POC, PRODUCTION = "proof of concept", "production"
PHASES = {
    "decide whether the customer's problem can be solved at all": POC,
    "clean a new delivery without a person": PRODUCTION,
    "keep test rows out of training": POC,
    "refuse a delivery that is not as expected, and call someone": PRODUCTION,
    "write notes of what was done to the file by hand": POC,
    "compare last night's warnings with those of a quiet month": PRODUCTION,
    "measure a simple rule beside the model": POC,
    "put the old version back within a minute": PRODUCTION,
}
AMISS = {"data", "baseline", "rollback", "seed"}
RECORD = {
    "metric": "EUR per 1,000 readings: 500 per miss, 40 per alarm",
    "data": "latest_export_final.csv",
    "code": "commit 3f9c2e71",
    "config": {"C": 1.0, "threshold": 0.5},
    "seed": None,
    "result": {"missed": 3.5, "false": 0.4},
    "gate": "columns, numbers, empty cells, 1 % out of range, KS test at 1e-6",
    "rollout": "canary: 20 % for a week, stopped at more than 31 misses",
    "monitor": "share of warnings per day, rings below 5.5 % or above 8.8 %",
    "owner": "the radiator team, on call by rota",
    "rollback": "",
}


@exercise(
    wrong={
        "all care can wait": (
            "phases = dict.fromkeys(phases, 'production')\n"
            "phases[\"decide whether the customer's problem can be solved at all\"] = 'proof of concept'"
        ),
        "everything from the first day": "phases = dict.fromkeys(phases, 'proof of concept')",
        "the test set is a matter of production": (
            "phases = check.PHASES | {'keep test rows out of training': 'production'}"
        ),
        "a proof of concept needs a way back": (
            "phases = check.PHASES | {'put the old version back within a minute': 'proof of concept'}"
        ),
    }
)
def phases(answer):
    """Eight practices are sorted by the phase from which on they are needed."""
    return judge_sorting(
        answer,
        PHASES,
        hints={
            POC: "Without it, would you trust the decision to go on with the project?",
            PRODUCTION: "Who is harmed without it, as long as nobody uses the answers?",
        },
        praise=(
            "A proof of concept may be done by hand, but its number must be honest and its steps noted, or it proves "
            "nothing. What protects users can wait until there are users."
        ),
    )


def _baseline(table, miss_eur, alarm_eur):
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
    }
)
def baseline(function, table):
    """The function names the cheapest rule, on this table and on made-up ones."""
    made_up = pd.DataFrame(
        {
            "kind": ["rule", "rule", "rule", "rule", "model"],
            "missed": [70.0, 0.0, 30.0, 5.0, 3.0],
            "false": [0.0, 930.0, 1.0, 40.0, 1.0],
            "accuracy": [0.93, 0.07, 0.969, 0.955, 0.996],
        },
        index=["never warn", "always warn", "strict", "lax", "model"],
    )
    cases = [(500, 40), (1, 40), (50, 50), (1000, 1)]
    given = [function(made_up.copy(), *case) for case in cases]
    if "model" in given:
        return wrong("That is the model. What must it beat to be worth its trouble?")
    if given[0] == "never warn":
        return wrong("Doing nothing is a rule as well, but a weak one here. Is there no cheaper rule to beat?")
    if given[0] == "always warn":
        return wrong("It misses nothing, and sends someone out for every reading. What does that cost?")
    if given[0] == "strict":
        return wrong("The most accurate rule counts a missed fault like a false alarm. Do they cost the same?")
    for frame in (made_up, made_up.iloc[::-1], table):
        for case in cases:
            if function(frame.copy(), *case) != _baseline(frame, *case):
                return wrong(f"Not yet right when a missed fault costs {case[0]} and a false alarm {case[1]} EUR.")
    return right("The metric is the euro that somebody pays, and the baseline is the best that needs no model.")


def _spans():
    """Name, span and the columns at fault."""
    expected = {"a": (0, 10), "b": (-5, 5)}
    good = pd.DataFrame({"a": np.arange(200) % 11, "b": np.linspace(-5, 5, 200)})
    strange, many = good.copy(), good.copy()
    strange.loc[3, "a"] = 50
    many.loc[:9, "a"] = 50
    low, empty = good.copy(), good.copy()
    low.loc[:9, "b"] = -999.0
    empty.loc[7, "b"] = np.nan
    return expected, {
        "good": (good, set()),
        "reordered": (good[["b", "a"]].assign(site=1), set()),
        "strange": (strange, set()),
        "many": (many, {"a"}),
        "low": (low, {"b"}),
        "empty": (empty, {"b"}),
        "text": (good.assign(a=good["a"].astype(str)), {"a"}),
        "missing": (good.drop(columns="a"), {"a"}),
        "two": (low.drop(columns="a"), {"a", "b"}),
        "all empty": (good.assign(a=np.nan), {"a"}),
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
    }
)
def gate(function):
    """The function names the columns at fault in ten made-up spans."""
    hints = {
        "good": "A span that is as expected must pass: return an empty set.",
        "reordered": "This span has its columns in another order, and one more. Does a release by name mind?",
        "strange": "One strange reading in 200 stops the whole span. How many are allowed?",
        "many": "Ten of 200 readings are far too high, and the span passes. Count the readings, not their mean.",
        "low": "Ten of 200 readings are far too low, and the span passes.",
        "empty": "One cell is empty and the span passes. Comparisons with nan are False: ask for it by itself.",
        "text": "Numbers that came as text must be reported before they are compared.",
        "missing": "A column is gone. Report it, and go on to the next.",
        "two": "Two columns are at fault. Name both: a person wants the whole list at once.",
        "all empty": "A column with nothing in it passes.",
    }
    expected, spans = _spans()
    for name in ("reordered", "strange", "good", "empty", "many", "low", "all empty", "text", "missing", "two"):
        span, at_fault = spans[name]
        if set(function(span.copy(), dict(expected))) != at_fault:
            return wrong(hints[name])
    return right("Columns by name, types before values, empty cells by themselves, and room for a strange reading.")


@exercise(
    wrong={
        "the least harm": "return table['harmed'].idxmin()",
        "the surest": "return table['caught'].idxmax()",
        "stops one too early": "return table.index[table['caught'] < at_least].max()",
        "half the traffic is always fair": "return 0.5",
    }
)
def rollout(function, table):
    """The function picks the canary of least harm that is sure enough, on this table and on made-up ones."""
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
    for frame in (made_up, made_up.iloc[::-1], table):
        for at_least in (0.3, 0.8, 0.9, 0.97):
            allowed = frame[frame["caught"] >= at_least]
            if not allowed.empty and function(frame.copy(), at_least) != allowed["harmed"].idxmin():
                return wrong(f"Not yet right when a bad release must be caught with chance {at_least}.")
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
    }
)
def limits(function):
    """The function sets a lower and an upper limit that quiet days break at the asked rate, half on each side."""
    rng = np.random.default_rng(11)
    for shares in (rng.binomial(10_000, 0.07, 4000) / 10_000 + rng.random(4000) * 1e-6, rng.gamma(3, 0.02, 3000)):
        for days in (20, 50, 100):
            low, high = (float(limit) for limit in function(shares.copy(), days))
            below, above = (shares < low).mean(), (shares > high).mean()
            slack = 1.5 / len(shares)
            if max(abs(below - 0.5 / days), abs(above - 0.5 / days)) <= slack:
                continue
            if below == 0 and above > slack:
                return wrong("A sensor that died makes the warnings vanish. Which of your limits would ring?")
            if below + above == 0:
                return wrong("These limits never ring on quiet days, so they ignore the rate that was asked for.")
            if abs(below + above - 2 / days) <= 2 * slack:
                return wrong("These limits ring twice as often as asked: two sides share one budget.")
            return wrong(
                f"Asked for one quiet day in {days}, these limits ring on {below + above:.1%}, {below:.1%} of it "
                "below. Read them off the quiet days."
            )
    return right("Too few warnings are as bad as too many, and the two sides share one budget of false alarms.")


@exercise(
    wrong={
        "only what is empty": "amiss = {'seed', 'rollback'}",
        "a file name is enough": "amiss = {'baseline', 'seed', 'rollback'}",
        "forgets what is not there at all": "amiss = {'data', 'seed', 'rollback'}",
        "words are no evidence": "amiss = {'data', 'baseline', 'rollback', 'seed', 'gate', 'owner'}",
    }
)
def amiss(answer):
    """The set of fields that are absent, empty, or name nothing that can be found again."""
    given = {str(field).strip().lower() for field in answer}
    if given == AMISS:
        return right(
            "An absent field and an empty one are easy to see. The third kind is worse: 'latest' names another file "
            "tomorrow. A digest names the same one for ever."
        )
    if "baseline" not in given:
        return wrong("Go through the list of required fields, not through the record: something is not there at all.")
    if "data" not in given:
        return wrong("Read each value as somebody would a year from now. Does each still name one thing?")
    if extra := sorted(given - AMISS):
        return wrong(f"{extra[0]!r} can be acted on as it stands. Leave it out.")
    return wrong("There is one more. An empty value tells as little as none.")
