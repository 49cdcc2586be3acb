"""Checks of the exercises of week 1, notebook 3."""

import math

import numpy as np
import pandas as pd

from helpers import concept_drift
from helpers.course.exercises import as_list, by_key, drawn, exercise, guess, judge_sorting, refuse, right, wrong
from helpers.course.exercises import pick as pick_word

DATA, CONCEPT, NEITHER = "data drift", "concept drift", "neither"
INCIDENTS = {
    "a new scanner makes every stroke thicker": DATA,
    "from May on, code 4 means what code 9 meant, and 9 what 4 meant": CONCEPT,
    "before Christmas, five times as many order quantities are a 1": DATA,
    "the tax office lowers a limit: the same application is now refused": CONCEPT,
    "people now call the digit line from moving cars": DATA,
    "Tuesday's 200 forms have two errors more than Monday's, Wednesday's have three fewer": NEITHER,
    "transfers that look as honest ones always looked are now fraud": CONCEPT,
    "a server runs out of memory and answers late": NEITHER,
}
PANELS = {
    "the scanner's software is replaced overnight": "C",
    "the branches change to felt pens, one branch after another": "D",
    "dust slowly darkens the glass of the scanner": "A",
    "temporary staff with felt pens come each December": "B",
}
SHAPES_OF_PANELS = ("incremental", "recurring", "sudden", "gradual")  # A, B, C, D


@exercise(
    wrong={
        "every change is concept drift": "kinds = dict.fromkeys(kinds, 'concept drift')",
        "swaps the two": (
            "swap = {'data drift': 'concept drift', 'concept drift': 'data drift', 'neither': 'neither'}\n"
            "kinds = {incident: swap[kind] for incident, kind in check.INCIDENTS.items()}"
        ),
        "a changed mix of labels is a changed meaning": (
            "kinds = check.INCIDENTS | {'before Christmas, five times as many order quantities are a 1': "
            "'concept drift'}"
        ),
        "anything that goes wrong is drift": (
            "kinds = {i: 'data drift' if kind == 'neither' else kind for i, kind in check.INCIDENTS.items()}"
        ),
        "a change of the rules is a change of the inputs": ("kinds = check.INCIDENTS | {list(kinds)[3]: 'data drift'}"),
        "fraud that looks honest cannot be seen, so it is no drift": (
            "kinds = check.INCIDENTS | {'transfers that look as honest ones always looked are now fraud': 'neither'}"
        ),
        "every fall in quality is drift": (
            "kinds = check.INCIDENTS | {'a server runs out of memory and answers late': 'data drift'}"
        ),
        "chance is drift": "kinds = check.INCIDENTS | {list(kinds)[5]: 'concept drift'}",
    },
    right_too={
        "a Series": "kinds = pd.Series(check.INCIDENTS)",
        "another order": "kinds = dict(reversed(check.INCIDENTS.items()))",
        "capitals and hyphens": "kinds = {i: kind.title().replace(' ', '-') for i, kind in check.INCIDENTS.items()}",
    },
)
def kinds(answer):
    """Eight incidents are sorted into data drift, concept drift and neither."""
    return judge_sorting(
        answer,
        INCIDENTS,
        hints={
            DATA: (
                "Take one old input that comes again today. Has its right answer changed, or only how often it comes?"
            ),
            CONCEPT: "Take one old input and ask for its right answer today. Is it still the old one?",
            NEITHER: "Would you expect the same inputs and the same right answers tomorrow? Then nothing has drifted.",
        },
        praise=(
            "In data drift other inputs arrive, or in another mix; in concept drift the same input has another right "
            "answer. A few errors more on 200 forms are chance, and a late answer is a software fault."
        ),
    )


@exercise(
    wrong={
        "a ramp is a ramp": (
            "a, b, c, d = 'ABCD'\npanel = {story: {a: d, d: a}.get(name, name) for story, name in check.PANELS.items()}"
        ),
        "a return is a second sudden drift": (
            "b, c = 'BC'\npanel = {story: {b: c, c: b}.get(name, name) for story, name in check.PANELS.items()}"
        ),
        "all alike": "panel = dict.fromkeys(panel, 'C')",
        "the December staff stay": (
            "a, b = 'AB'\npanel = {story: {a: b, b: a}.get(name, name) for story, name in check.PANELS.items()}"
        ),
        "a list": "panel = list(check.PANELS.values())",
        "a number": "panel = dict(zip(check.PANELS, [3, 4, 1, 2]))",
    },
    right_too={
        "small letters": "panel = {story: name.lower() for story, name in check.PANELS.items()}",
        "with the word": "panel = {story: f'Panel {name}' for story, name in check.PANELS.items()}",
        "a Series in another order": "panel = pd.Series(check.PANELS).iloc[::-1]",
    },
)
def panel(answer):
    """Four stories are matched with the panel that shows their shape."""
    given = {
        story: pick_word(str(name).lower().removeprefix("panel"), "ABCD")
        for story, name in by_key(answer, PANELS).items()
    }
    if len(set(given.values())) < len(PANELS):
        return wrong("Each panel belongs to exactly one story.")
    amiss = [story for story, name in PANELS.items() if given[story] != name]
    if not amiss:
        return right(
            "Sudden, gradual, incremental, recurring: a gradual drift mixes old and new readings, an incremental one "
            "moves all of them, and a recurring one goes away and comes back."
        )
    if {given[s] for s in amiss} == {"A", "D"}:
        return wrong("The mean rises alike in both ramps. Look at the single readings: one band, or two at once?")
    return wrong(f"Look again at {amiss[0]!r}: does the old state come back, and are there states in between?")


@guess(0, 10_000, unit=" false alarms")
def guess_false(answer):
    """A guess of the false alarms of the fastest detector."""


def judged(alarms, drift_at):
    """How many alarms of one stream were false, and the delay of the first true one; nan without any."""
    return concept_drift.score_alarms(alarms, drift_at)


@exercise(
    wrong={
        "an early alarm is a fast detection": "return 0, abs(alarms[0] - drift_at) if alarms else float('nan')",
        "the last alarm counts": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return len(alarms) - len(after), max(after) - drift_at if after else float('nan')"
        ),
        "all but one alarm are false": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return max(len(alarms) - 1, 0), min(after) - drift_at if after else float('nan')"
        ),
        "a missed drift has no delay": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return len(alarms) - len(after), min(after) - drift_at if after else 0"
        ),
        "says None": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return len(alarms) - len(after), min(after) - drift_at if after else None"
        ),
        "the delay first": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return min(after) - drift_at if after else float('nan'), len(alarms) - len(after)"
        ),
        "an alarm at the drift is false": (
            "after = [a for a in alarms if a > drift_at]\n"
            "return len(alarms) - len(after), min(after) - drift_at if after else float('nan')"
        ),
        "counts the alarm itself": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return len(alarms) - len(after), min(after) - drift_at + 1 if after else float('nan')"
        ),
        "a dict": "return {'false': sum(a < drift_at for a in alarms), 'delay': float('nan')}",
        "a position is a delay": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return len(alarms) - len(after), min(after) if after else float('nan')"
        ),
        "infinitely late": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return len(alarms) - len(after), min(after) - drift_at if after else float('inf')"
        ),
        "the word nan": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return len(alarms) - len(after), min(after) - drift_at if after else 'nan'"
        ),
        "which alarms were false": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return [a for a in alarms if a < drift_at], min(after) - drift_at if after else float('nan')"
        ),
        "every delay": (
            "after = [a - drift_at for a in alarms if a >= drift_at]\n"
            "return len(alarms) - len(after), after or float('nan')"
        ),
        "an alarm at the drift is false and found": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return sum(a <= drift_at for a in alarms), min(after) - drift_at if after else float('nan')"
        ),
        "counts one false alarm at most": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return int(any(a < drift_at for a in alarms)), min(after) - drift_at if after else float('nan')"
        ),
        "if it was missed, nothing was false": (
            "after = [a for a in alarms if a >= drift_at]\n"
            "return (len(alarms) - len(after), after[0] - drift_at) if after else (0, float('nan'))"
        ),
    },
    right_too={
        "NumPy": (
            "alarms = np.asarray(alarms, dtype=float)\nlate = alarms[alarms >= drift_at]\n"
            "return np.sum(alarms < drift_at), late[0] - drift_at if late.size else np.nan"
        ),
        "a list": (
            "late = [a - drift_at for a in alarms if a >= drift_at]\n"
            "return [sum(a < drift_at for a in alarms), (late + [np.nan])[0]]"
        ),
        "an array": (
            "late = [a - drift_at for a in alarms if a >= drift_at]\n"
            "return np.array([sum(a < drift_at for a in alarms), min(late, default=np.nan)])"
        ),
        "a Series": (
            "late = [a - drift_at for a in alarms if a >= drift_at]\n"
            "return pd.Series([len(alarms) - len(late), min(late, default=np.nan)], index=['false', 'delay'])"
        ),
    },
)
def judge(function):
    """The function counts false alarms before the drift and measures the delay to the first alarm after it."""

    def said(alarms, drift_at):
        answer = function(list(alarms), drift_at)
        if isinstance(answer, str | dict | int | float):
            refuse("Return two numbers: how many alarms were false, and the delay.")
        false, delay = as_list(answer, 2)
        if delay is None or delay is pd.NA:
            refuse(f"A drift that was never found has a delay that is not a number: say float('nan'), not {delay}.")
        if isinstance(false, str) or isinstance(delay, str):
            refuse("Return numbers, not words: without a detection float('nan'), which is a number to Python.")
        if np.ndim(false):
            refuse("Return how many alarms were false, not which.")
        if np.ndim(delay):
            refuse("Return one delay, that of the first alarm after the drift, not one for each alarm.")
        return float(false), float(delay)

    if said([5, 120], 100) == (20, 1):
        return wrong("Return the number of false alarms first, then the delay.")
    if said([120], 100)[1] == 120:
        return wrong("120 is the position of the alarm. How long after the drift was that?")
    if said([120], 100)[1] == 21:
        return wrong("One too many: an alarm at `drift_at` itself has a delay of 0.")
    if said([5, 120], 100)[1] != 20:
        return wrong(
            "An alarm before the drift cannot have seen it: leave it out of the delay, and take the first after."
        )
    if said([5, 120, 400], 100)[0] != 1:
        return wrong("Only alarms before the drift are false. What came after it is true, even the second time.")
    if said([5, 120, 400], 100)[1] != 20:
        return wrong("The delay ends with the first alarm after the drift; someone is already awake by then.")
    missed = said([5], 100)[1], said([], 100)[1]
    if any(map(math.isinf, missed)):
        return wrong("One inf would swallow the mean of all delays; for a missed drift the task asks for nan.")
    if not all(map(math.isnan, missed)):
        return wrong("A drift that was never found must not look like one found at once: say nan.")
    if said([100], 100) != (0, 0):
        return wrong("An alarm at `drift_at` itself counts as found, with a delay of 0, and is not false.")
    if said([1, 2, 99], 100)[0] != 3 or said([], 7)[0] != 0:
        return wrong("Every alarm before the drift is false, also where the drift was missed: count them all.")
    return right("Both numbers belong together: an alarm bell that always rings has no delay at all.")


def within_budget(table, forms_per_day, days_per_false_alarm):
    """The fastest detector that misses at most a tenth of the drifts and stays within a budget of false alarms."""
    budget = 10_000 / (forms_per_day * days_per_false_alarm)
    allowed = table[(table["false_per_10k"] <= budget) & (table["missed_sudden"] <= 0.1)]
    return allowed["delay_sudden"].idxmin()


@exercise(
    wrong={
        "the fastest of all": "return table['delay_sudden'].idxmin()",
        "the quietest of all": "return table['false_per_10k'].idxmin()",
        "forgets that forms arrive every day": (
            "budget = 10_000 / days_per_false_alarm\n"
            "allowed = table[(table['false_per_10k'] <= budget) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_sudden'].idxmin()"
        ),
        "takes a detector that sleeps": (
            "budget = 10_000 / (forms_per_day * days_per_false_alarm)\n"
            "return table.loc[table['false_per_10k'] <= budget, 'delay_sudden'].idxmin()"
        ),
        "the quietest within the budget": (
            "budget = 10_000 / (forms_per_day * days_per_false_alarm)\n"
            "allowed = table[(table['false_per_10k'] <= budget) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['false_per_10k'].idxmin()"
        ),
        "turns the budget upside down": (
            "budget = forms_per_day * days_per_false_alarm / 10_000\n"
            "allowed = table[(table['false_per_10k'] <= budget) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_sudden'].idxmin()"
        ),
        "rounds the budget": (
            "budget = round(10_000 / (forms_per_day * days_per_false_alarm))\n"
            "allowed = table[(table['false_per_10k'] <= budget) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_sudden'].idxmin()"
        ),
        "allows no miss at all": (
            "budget = 10_000 / (forms_per_day * days_per_false_alarm)\n"
            "allowed = table[(table['false_per_10k'] <= budget) & (table['missed_sudden'] == 0)]\n"
            "return allowed['delay_sudden'].idxmin()"
        ),
        "judges by the gradual drift": (
            "budget = 10_000 / (forms_per_day * days_per_false_alarm)\n"
            "allowed = table[(table['false_per_10k'] <= budget) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_gradual'].idxmin()"
        ),
        "one false alarm per 10,000 forms and day": (
            "allowed = table[(table['false_per_10k'] <= 1 / days_per_false_alarm) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_sudden'].idxmin()"
        ),
        "forgets the 10,000": (
            "budget = 1 / (forms_per_day * days_per_false_alarm)\n"
            "allowed = table[(table['false_per_10k'] <= budget) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_sudden'].idxmin()"
        ),
        "forgets the days": (
            "allowed = table[(table['false_per_10k'] <= 10_000 / forms_per_day) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_sudden'].idxmin()"
        ),
        "the first within the limits": (
            "budget = 10_000 / (forms_per_day * days_per_false_alarm)\n"
            "allowed = table[(table['false_per_10k'] <= budget) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed.index[0]"
        ),
        "less than the budget": (
            "budget = 10_000 / (forms_per_day * days_per_false_alarm)\n"
            "allowed = table[(table['false_per_10k'] < budget) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_sudden'].idxmin()"
        ),
        "the table of the notebook": (
            "budget = 10_000 / (forms_per_day * days_per_false_alarm)\n"
            "allowed = race[(race['false_per_10k'] <= budget) & (race['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_sudden'].idxmin()"
        ),
        "the number of the row": (
            "budget = 10_000 / (forms_per_day * days_per_false_alarm)\n"
            "allowed = table[(table['false_per_10k'] <= budget) & (table['missed_sudden'] <= 0.1)]\n"
            "return allowed['delay_sudden'].argmin()"
        ),
    },
    right_too={
        "days between two alarms": (
            "days = 10_000 / table['false_per_10k'].clip(lower=1e-9) / forms_per_day\n"
            "fit = table[(days >= days_per_false_alarm) & (table['missed_sudden'] <= 0.1)]\n"
            "return fit.sort_values('delay_sudden', kind='stable').index[0]"
        ),
        "alarms a day": (
            "a_day = table['false_per_10k'] / 10_000 * forms_per_day\n"
            "fit = table[(a_day <= 1 / days_per_false_alarm) & (table['missed_sudden'] <= 0.1)]\n"
            "return fit['delay_sudden'].idxmin()"
        ),
        "a loop": (
            "best = None\nfor name, row in table.iterrows():\n"
            "    alarms = row['false_per_10k'] / 10_000 * forms_per_day * days_per_false_alarm\n"
            "    if alarms <= 1 and row['missed_sudden'] <= 0.1:\n"
            "        if best is None or row['delay_sudden'] < table.loc[best, 'delay_sudden']:\n"
            "            best = name\nreturn best"
        ),
    },
)
def pick(function, table):
    """The function picks the fastest detector within a budget of false alarms, on this table and on a synthetic one."""
    synthetic = pd.DataFrame(
        {
            "false_per_10k": [12.0, 5.0, 0.9, 0.2, 0.0],  # 5.0: just the budget of (1000, 2)
            "delay_sudden": [15.0, 60.0, 90.0, 20.0, 400.0],
            "delay_gradual": [700.0, 600.0, 500.0, 400.0, 300.0],
            "missed_sudden": [0.0, 0.0, 0.1, 0.6, 0.0],
        },
        index=["nervous", "quick", "steady", "sleepy", "slow"],
    )
    name = function(synthetic.copy(), 500, 1)
    if not isinstance(name, str):
        return wrong("Return the name of one row, as it stands in the index of the table.")
    if function(synthetic, 500, 1) == "sleepy" or function(synthetic, 2000, 5) == "sleepy":
        return wrong("That one is fast when it finds the drift at all. How often does it miss it?")
    if function(synthetic, 2000, 5) in ("nervous", "quick"):
        return wrong("Turn the budget into false alarms per 10,000 forms: how many forms come between two of them?")
    if function(synthetic, 500, 1) == "slow" and function(synthetic, 5000, 20) != "slow":
        return wrong(
            "Is the budget upside down? The more forms a day, the fewer false alarms in 10,000 of them are left."
        )
    if function(synthetic, 500, 1) == "slow":
        return wrong("Check the budget, then spend it: who is the fastest on a sudden drift within it?")
    if function(synthetic, 500, 1) != "nervous" or function(synthetic, 1000, 2) == "slow":
        if name not in synthetic.index:
            return wrong(f"{name!r} is no row here: use the `table` that your function is given, not `race`.")
        return wrong("This budget is too small: how many of 10,000 forms may raise a false alarm?")
    if function(synthetic, 1000, 2) == "steady":
        return wrong(
            "One false alarm in 2 days at 1,000 forms a day is 5 in 10,000 forms. No more than that: 5 is allowed."
        )
    if function(synthetic, 2000, 5) == "slow":
        return wrong("A detector may miss a tenth of the drifts, and that tenth is still allowed.")
    for frame in (synthetic, synthetic.iloc[::-1], table):
        for forms, days in ((500, 1), (1000, 2), (700, 3), (2000, 5), (5000, 20)):
            within = (frame["false_per_10k"] <= 10_000 / (forms * days)) & (frame["missed_sudden"] <= 0.1)
            if not within.any():
                continue
            said = function(frame.copy(), forms, days)
            if said != within_budget(frame, forms, days):
                if said in frame.index[within]:
                    return wrong(
                        f"{said!r} keeps to both limits, but is not the fastest. The rows may come in any order."
                    )
                return wrong(
                    f"Not yet right for {forms} forms a day, one false alarm in {days} days: check the budget."
                )
    return right("The budget comes first, from what a false alarm costs; among those within it the fastest is best.")


def quantile_cut_off(quiet, rate):
    """The value that a share `rate` of the scores exceeds."""
    return np.quantile(quiet, 1 - rate)


def _mistaken_cut_offs(quiet, rate):
    """What some misconceptions return, each with its hint."""
    return (
        (np.quantile(quiet, 0.95), f"It is the cut-off for 5%, and {rate:.0%} was asked for: use `rate`."),
        (np.percentile(quiet, 100 - rate), "NumPy's percentile counts to 100, and `rate` to 1."),
        (np.percentile(quiet, 1 - rate), "NumPy's percentile counts to 100, and `rate` to 1."),
        (
            np.quantile(quiet, 1 - rate / 2),
            "Only large scores are alarming: all of the rate belongs to the upper tail.",
        ),
        (np.quantile(np.abs(quiet), 1 - rate), "A score may be negative: take the scores as they are."),
    )


@exercise(
    wrong={
        "takes the folklore": "return 0.25",
        "the other tail": "return np.quantile(quiet, rate)",
        "mean and standard deviations": "return np.mean(quiet) + 1.645 * np.std(quiet)",
        "the largest ever seen": "return np.max(quiet)",
        "takes every score for its size": "return np.quantile(np.abs(quiet), 1 - rate)",
        "always one in twenty": "return np.quantile(quiet, 0.95)",
        "half of the rate on either side": "return np.quantile(quiet, 1 - rate / 2)",
        "percent for shares": "return np.percentile(quiet, 1 - rate)",
        "percent less a share": "return np.percentile(quiet, 100 - rate)",
        "the last of the list": "return quiet[int((1 - rate) * len(quiet))]",
        "the formula for PSI": ("from scipy.stats import chi2\nreturn chi2.isf(rate, 9) * (1 / len(quiet) + 1 / 1000)"),
    },
    right_too={
        "percentile": "return np.percentile(quiet, 100 * (1 - rate))",
        "sorting": "return sorted(quiet)[len(quiet) - round(rate * len(quiet)) - 1]",
        "pandas": "return pd.Series(quiet).quantile(1 - rate)",
        "another rule of the quantile": "return np.quantile(quiet, 1 - rate, method='higher')",
        "an array of one": "return np.quantile(quiet, [1 - rate])",
    },
)
def cut_off(function):
    """The function returns the cut-off that scores without drift exceed at the asked rate."""
    rng = drawn(7)
    for quiet in (rng.exponential(0.02, 2000) - 0.02, rng.chisquare(9, 1500) / 100, np.linspace(0, 1, 1001)):
        for rate in (0.05, 0.01, 0.2):
            value = np.asarray(function(quiet.copy(), rate), dtype=float).item()
            share = (quiet > value).mean()
            if abs(share - rate) <= 1.5 / len(quiet):
                continue
            for mistaken, hint in _mistaken_cut_offs(quiet, rate):
                if math.isclose(value, mistaken, rel_tol=1e-9, abs_tol=1e-12):
                    return wrong(hint)
            if share > 0.5 and rate < 0.5:
                return wrong("Most quiet scores are above this cut-off. Which tail of the scores is alarming?")
            if share == 0:
                return wrong("None of these scores is above this cut-off, so it ignores the rate that was asked for.")
            return wrong(
                f"Asked for {rate:.0%}, but {share:.1%} of the scores without drift exceed it. "
                "They are skewed; read the cut-off off the scores themselves."
            )
    return right("The quantile of scores from a time without drift: no folklore, no bell curve, and any window size.")


def diagnosis(inputs_alarm, errors_alarm, own_change):
    if errors_alarm is None:
        return "wait for labels"
    if not errors_alarm:
        return "benign data drift" if inputs_alarm else "nothing"
    if own_change:
        return "check our change first"
    return "harmful drift" if inputs_alarm else "concept drift"


DIAGNOSES = (
    "wait for labels",
    "nothing",
    "benign data drift",
    "check our change first",
    "concept drift",
    "harmful drift",
)


@exercise(
    wrong={
        "no news is good news": (
            "if not errors_alarm:\n    return 'benign data drift' if inputs_alarm else 'nothing'\n"
            "if own_change:\n    return 'check our change first'\n"
            "return 'harmful drift' if inputs_alarm else 'concept drift'"
        ),
        "no news is good news where the inputs are quiet": (
            "if errors_alarm is None and inputs_alarm:\n    return 'wait for labels'\n"
            "if not errors_alarm:\n    return 'benign data drift' if inputs_alarm else 'nothing'\n"
            "if own_change:\n    return 'check our change first'\n"
            "return 'harmful drift' if inputs_alarm else 'concept drift'"
        ),
        "every alarm is concept drift": (
            "if errors_alarm is None:\n    return 'wait for labels'\n"
            "return 'concept drift' if inputs_alarm or errors_alarm else 'nothing'"
        ),
        "any input alarm is harm": (
            "if errors_alarm is None:\n    return 'wait for labels'\n"
            "if inputs_alarm:\n    return 'harmful drift'\nreturn 'concept drift' if errors_alarm else 'nothing'"
        ),
        "never looks at the log": (
            "if errors_alarm is None:\n    return 'wait for labels'\n"
            "if not errors_alarm:\n    return 'benign data drift' if inputs_alarm else 'nothing'\n"
            "return 'harmful drift' if inputs_alarm else 'concept drift'"
        ),
        "a change of ours is always to blame": (
            "if errors_alarm is None:\n    return 'wait for labels'\n"
            "if own_change:\n    return 'check our change first'\n"
            "if not errors_alarm:\n    return 'benign data drift' if inputs_alarm else 'nothing'\n"
            "return 'harmful drift' if inputs_alarm else 'concept drift'"
        ),
        "moved inputs clear us": (
            "if errors_alarm is None:\n    return 'wait for labels'\n"
            "if not errors_alarm:\n    return 'benign data drift' if inputs_alarm else 'nothing'\n"
            "if inputs_alarm:\n    return 'harmful drift'\n"
            "return 'check our change first' if own_change else 'concept drift'"
        ),
        "moved inputs clear the meaning": (
            "if errors_alarm is None:\n    return 'wait for labels'\n"
            "if not errors_alarm:\n    return 'benign data drift' if inputs_alarm else 'nothing'\n"
            "if own_change:\n    return 'check our change first'\n"
            "return 'benign data drift' if inputs_alarm else 'concept drift'"
        ),
    },
    right_too={
        "capitals and hyphens": (
            "if errors_alarm is None:\n    return 'Wait for labels'\n"
            "if not errors_alarm:\n    return 'Benign data-drift' if inputs_alarm else 'Nothing'\n"
            "if own_change:\n    return 'Check our change first.'\n"
            "return 'Harmful drift' if inputs_alarm else 'Concept-drift'"
        ),
        "a table": (
            "if errors_alarm is None:\n    return 'wait for labels'\n"
            "quiet = {False: 'nothing', True: 'benign data drift'}\n"
            "loud = {False: 'concept drift', True: 'harmful drift'}\n"
            "if errors_alarm and own_change:\n    return 'check our change first'\n"
            "return (loud if errors_alarm else quiet)[inputs_alarm]"
        ),
    },
)
def diagnose(function):
    """The function names the drift from the monitors without labels, the error monitor and the log: twelve cases."""
    hints = {
        "wait for labels": "No labels yet, so nobody knows whether there is harm. Which scenarios look like this?",
        "nothing": "All monitors are quiet, and labels are there: is there anything to name?",
        "benign data drift": "The inputs moved and the answers are as right as ever. Which scenario was that?",
        "check our change first": "There is harm, and we changed something ourselves. What would you rule out first?",
        "concept drift": "The inputs are as they were, we changed nothing, and the answers are wrong. What is left?",
        "harmful drift": "Inputs and errors moved: can these monitors say whether the meaning changed too?",
    }
    for errors in (True, False, None):
        for inputs, own in ((False, False), (True, False), (False, True), (True, True)):
            expected = diagnosis(inputs, errors, own)
            if pick_word(function(inputs, errors, own), DIAGNOSES) != expected:
                case = f"inputs_alarm={inputs}, errors_alarm={errors}, own_change={own}"
                return wrong(f"{case}: {hints[expected]}")
    return right(
        "Without labels, quiet inputs prove nothing. With them, a fault of our own looks just like concept drift, so "
        "it has to be ruled out first."
    )
