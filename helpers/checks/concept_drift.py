"""Checks of the exercises of week 1, notebook 3."""

import math

import numpy as np
import pandas as pd

from helpers.course.exercises import exercise, judge_sorting, right, wrong

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
    "the lamp inside the scanner ages": "A",
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
    }
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
    }
)
def panel(answer):
    """Four stories are matched with the panel that shows their shape."""
    given = {story: str(answer[story]).strip().upper() for story in PANELS}
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
    }
)
def judge(function):
    """The function counts false alarms before the drift and measures the delay to the first alarm after it."""

    def said(alarms, drift_at):
        false, delay = function(list(alarms), drift_at)
        return int(false), float(delay)

    if said([5, 120], 100)[1] != 20:
        return wrong(
            "An alarm before the drift cannot have seen it: leave it out of the delay, and take the first after."
        )
    if said([5, 120, 400], 100)[0] != 1:
        return wrong("Only alarms before the drift are false. What came after it is true, even the second time.")
    if said([5, 120, 400], 100)[1] != 20:
        return wrong("The delay ends with the first alarm after the drift; someone is already awake by then.")
    if not math.isnan(said([5], 100)[1]) or not math.isnan(said([], 100)[1]):
        return wrong("A drift that was never found must not look like one found at once: say nan.")
    if said([100], 100) != (0, 0) or said([1, 2, 99], 100)[0] != 3 or said([], 7)[0] != 0:
        return wrong("Check the edges: an alarm at the drift itself, several before it, none at all.")
    return right("Both numbers belong together: an alarm bell that always rings has no delay at all.")


def _pick(table, forms_per_day, days_per_false_alarm):
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
    }
)
def pick(function, table):
    """The function picks the fastest detector within a budget of false alarms, on this table and on made-up ones."""
    made_up = pd.DataFrame(
        {
            "false_per_10k": [12.0, 4.0, 0.9, 0.2, 0.0],
            "delay_sudden": [15.0, 60.0, 90.0, 20.0, 400.0],
            "missed_sudden": [0.0, 0.0, 0.1, 0.6, 0.0],
        },
        index=["nervous", "quick", "steady", "sleepy", "slow"],
    )
    if function(made_up, 500, 1) == "sleepy" or function(made_up, 2000, 5) == "sleepy":
        return wrong("That one is fast when it finds the drift at all. How often does it miss it?")
    if function(made_up, 2000, 5) == "nervous":
        return wrong("Turn the budget into false alarms per 10,000 forms: how many forms come between two of them?")
    if function(made_up, 500, 1) == "slow":
        return wrong("Within the budget a false alarm is paid for. Spend it: who is fastest?")
    for frame in (made_up, made_up.iloc[::-1], table):
        for forms, days in ((500, 1), (1000, 2), (2000, 5), (5000, 20)):
            within = (frame["false_per_10k"] <= 10_000 / (forms * days)) & (frame["missed_sudden"] <= 0.1)
            if within.any() and function(frame.copy(), forms, days) != _pick(frame, forms, days):
                return wrong(
                    f"Not yet right for {forms} forms a day and {days} days per false alarm: check the budget."
                )
    return right("The budget comes first, from what a false alarm costs; among those within it the fastest is best.")


@exercise(
    wrong={
        "takes the folklore": "return 0.25",
        "the other tail": "return np.quantile(quiet, rate)",
        "mean and standard deviations": "return np.mean(quiet) + 1.645 * np.std(quiet)",
        "the largest ever seen": "return np.max(quiet)",
    }
)
def cut_off(function):
    """The function returns the cut-off that scores without drift exceed at the asked rate."""
    rng = np.random.default_rng(7)
    for quiet in (rng.exponential(0.02, 2000), rng.chisquare(9, 1500) / 100, np.linspace(0, 1, 1001)):
        for rate in (0.05, 0.01, 0.2):
            share = (quiet > float(function(quiet.copy(), rate))).mean()
            if abs(share - rate) <= 1.5 / len(quiet):
                continue
            if share > 0.5 and rate < 0.5:
                return wrong("This cut-off rings most of the time. Which tail of the scores should ring?")
            if share == 0:
                return wrong("This cut-off never rings on these scores, so it ignores the rate that was asked for.")
            return wrong(
                f"Asked for {rate:.0%}, this rings on {share:.1%} of the scores without drift. "
                "They are skewed; read the cut-off off the scores themselves."
            )
    return right("The quantile of scores from a time without drift: no folklore, no bell curve, and any window size.")


def _diagnose(inputs_ring, errors_ring):
    if errors_ring is None:
        return "wait for labels"
    names = {(0, 0): "nothing", (1, 0): "benign data drift", (0, 1): "concept drift", (1, 1): "harmful drift"}
    return names[bool(inputs_ring), bool(errors_ring)]


@exercise(
    wrong={
        "no news is good news": (
            "if not inputs_ring and not errors_ring:\n    return 'nothing'\n"
            "if errors_ring is None:\n    return 'wait for labels'\n"
            "if not errors_ring:\n    return 'benign data drift'\n"
            "return 'harmful drift' if inputs_ring else 'concept drift'"
        ),
        "every alarm is concept drift": (
            "if errors_ring is None:\n    return 'wait for labels'\n"
            "return 'concept drift' if inputs_ring or errors_ring else 'nothing'"
        ),
        "any input alarm is harm": (
            "if errors_ring is None:\n    return 'wait for labels'\n"
            "if inputs_ring:\n    return 'harmful drift'\nreturn 'concept drift' if errors_ring else 'nothing'"
        ),
        "errors alone decide": (
            "if errors_ring is None:\n    return 'wait for labels'\n"
            "return 'concept drift' if errors_ring else 'nothing'"
        ),
    }
)
def diagnose(function):
    """The function names the drift from the input monitors and the error monitor, all six cases."""
    hints = {
        (False, None): "Quiet inputs and no labels yet: which of the six scenarios look exactly like this?",
        (True, None): "The inputs moved, but nobody knows yet whether it hurts.",
        (True, False): "The inputs moved and the answers are as right as ever. Which scenario was that?",
        (False, True): "The images are the old ones and the answers are wrong. What has changed, then?",
        (True, True): "Both ring: these two monitors alone cannot say whether the meaning changed too.",
        (False, False): "Nothing rings, and labels are there: is there anything to name?",
    }
    for case, hint in hints.items():
        if str(function(*case)).strip().lower() != _diagnose(*case):
            return wrong(f"inputs_ring={case[0]}, errors_ring={case[1]}: {hint}")
    return right("Without labels, quiet inputs prove nothing: concept drift leaves the inputs as they were.")
