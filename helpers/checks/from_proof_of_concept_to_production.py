"""Checks of the exercises of week 3, notebook 7."""

import numpy as np
import pandas as pd

from helpers.course.exercises import as_list, exercise, judge_sorting, pick, right, wrong

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
FIELDS = (
    *("metric", "baseline", "data", "code", "packages", "config", "seed", "model", "result", "gate", "rollout"),
    *("monitor", "owner", "rollback"),
)
AMISS = {"data", "baseline", "rollback", "seed"}
RECORD = {
    "metric": "EUR per 1,000 readings: 500 per miss, 40 per alarm",
    "data": "latest_export_final.csv",
    "code": "radiators.git, commit 3f9c2e71",
    "packages": {"numpy": "2.3.4", "pandas": "3.0.0", "scikit-learn": "1.9.0"},
    "config": {"C": 1.0, "threshold": 0.5},
    "seed": None,
    "model": "sha256 5be1d0a24c77",
    "result": {"missed": 3.5, "false": 0.4},
    "gate": "columns, numbers, empty cells, 1 % out of range, KS test at 1e-6",
    "rollout": "canary: 20 % for a week, stopped at more than 31 misses",
    "monitor": "share of warnings per day, alarm below 5.5 % or above 8.8 %",
    "owner": "Ana Ruiz, head of the radiator team",
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
        "a rule is for later": "phases = check.PHASES | {'measure a simple rule beside the model': 'production'}",
        "notes are for later": (
            "phases = check.PHASES | {'write notes of what was done to the file by hand': 'production'}"
        ),
        "a gate from the first day": (
            "phases = check.PHASES | {'refuse a delivery that is not as expected, and call someone': "
            "'proof of concept'}"
        ),
        "a list": "phases = list(check.PHASES.values())",
    },
    right_too={
        "another order, capitals, hyphens": (
            "phases = {k: v.title().replace(' ', '-') for k, v in reversed(check.PHASES.items())}"
        ),
        "a Series": "phases = pd.Series(check.PHASES)",
    },
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
        "the dearest rule": (
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
    few, low, empty = good.copy(), good.copy(), good.copy()
    few.loc[:1, "a"] = 50
    low.loc[:9, "b"] = -999.0
    empty.loc[7, "b"] = np.nan
    return expected, {
        "good": (good, set()),
        "reordered": (good[["b", "a"]].assign(site=1), set()),
        "strange": (strange, set()),
        "few": (few, set()),
        "many": (many, {"a"}),
        "low": (low, {"b"}),
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
    """The function names the columns at fault in twelve invented spans."""
    hints = {
        "good": "A span that is as expected must pass: return an empty set.",
        "reordered": "This span has its columns in another order, and one more. Does a release by name mind?",
        "strange": "One strange reading in 200 stops the whole span. How many are allowed?",
        "few": "Two readings in 200 are one in 100, not more. May this span pass?",
        "many": "Ten of 200 readings are far too high, and the span passes. Count the readings, not their mean.",
        "low": "Ten of 200 readings are far too low, and the span passes.",
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
    for shares in (rng.binomial(10_000, 0.07, 4000) / 10_000 + rng.random(4000) * 1e-6, rng.gamma(3, 0.02, 3000)):
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


@exercise(
    wrong={
        "only what is empty": "amiss = {'seed', 'rollback'}",
        "a file name is enough": "amiss = {'baseline', 'seed', 'rollback'}",
        "forgets what is not there at all": "amiss = {'data', 'seed', 'rollback'}",
        "words are no evidence": "amiss = {'data', 'baseline', 'rollback', 'seed', 'gate', 'owner'}",
        "a short digest is no digest": "amiss = {'data', 'baseline', 'rollback', 'seed', 'model', 'code'}",
        "only what is not as it should be": "amiss = {'data', 'baseline', 'rollback'}",
        "everything": "amiss = set(check.FIELDS)",
        "what can stay": "amiss = set(check.RECORD) - check.AMISS",
    },
    right_too={
        "a list": "amiss = ['rollback', 'seed', 'baseline', 'data']",
        "a tuple, capitals": "amiss = ('Data', 'Seed', 'Baseline', 'Rollback')",
        "a Series": "amiss = pd.Series(sorted(check.AMISS))",
    },
)
def amiss(answer):
    """The set of fields that are absent, empty, or name nothing that can be found again."""
    given = {pick(field, FIELDS) for field in as_list(answer)}
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
