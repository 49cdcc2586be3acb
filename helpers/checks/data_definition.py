"""Checks of the exercises on data definition."""

import numpy as np
import pandas as pd

from helpers.course.exercises import exercise, judge_sorting, right, wrong

ASKED = {
    "box or middle": "capture",
    "customer or month": "example",
    "seven with a bar": "label",
    "repair cost": "time",
    "one city": "population",
    "familiar voices": "split",
    "five or nine": "signal",
    "three agencies": "source",
}


@exercise(
    wrong={
        "blames every surprise on the labels": "questions = dict.fromkeys(questions, 'label')",
        "takes a leak for a weak signal": "questions = {'box or middle': 'capture', 'customer or month': 'example', "
        "'seven with a bar': 'label', 'repair cost': 'signal', 'one city': 'population', 'familiar voices': 'split', "
        "'five or nine': 'signal', 'three agencies': 'source'}",
        "takes dependent examples for a narrow population": "questions = {'box or middle': 'capture', "
        "'customer or month': 'example', 'seven with a bar': 'label', 'repair cost': 'time', 'one city': 'population', "
        "'familiar voices': 'population', 'five or nine': 'signal', 'three agencies': 'source'}",
    }
)
def unasked_questions(questions):
    """Each of eight incidents is traced to the question that nobody asked."""
    return judge_sorting(
        questions,
        ASKED,
        hints={
            "capture": "Same writer, same box, same label. What happened between the paper and the array?",
            "example": "What does one row stand for, here and there?",
            "label": "Two people see the same shape and would write down different classes.",
            "time": "The column is informative, and right. When is it known?",
            "population": "Each recording is fine. Whom do they stand for?",
            "split": "The recordings stand for the customers. What do training and test have in common?",
            "signal": "Nobody can tell, whatever the rule says. What is missing from the input?",
            "source": "The labels may be right or wrong; what can no longer be found out about them?",
        },
        praise="Each of these surprises is one line on the list of questions, asked before the first label is bought.",
    )


_FIELDS = (
    ({"ink": 0.10, "struck_out": False, "replaced_by": None, "readings": ("7", "7")}, "7"),
    ({"ink": 0.01, "struck_out": False, "replaced_by": None, "readings": ("1", "1")}, "empty"),
    ({"ink": 0.15, "struck_out": True, "replaced_by": "4", "readings": ("9", "9")}, "4"),
    ({"ink": 0.15, "struck_out": True, "replaced_by": None, "readings": ("9", "9")}, "empty"),
    ({"ink": 0.12, "struck_out": False, "replaced_by": None, "readings": ("1", "7")}, "unreadable"),
    ({"ink": 0.15, "struck_out": True, "replaced_by": "3", "readings": ("8", "9")}, "3"),
    ({"ink": 0.02, "struck_out": False, "replaced_by": None, "readings": ("0", "0")}, "0"),
    ({"ink": 0.01, "struck_out": True, "replaced_by": "5", "readings": ("1", "2")}, "empty"),
)


@exercise(
    wrong={
        "overlooks the replacement": "return 'empty' if field['ink'] < 0.02 or field['struck_out'] else "
        "field['readings'][0] if len(set(field['readings'])) == 1 else 'unreadable'",
        "takes the first reader's word": "return 'empty' if field['ink'] < 0.02 else "
        "(field['replaced_by'] or 'empty') if field['struck_out'] else field['readings'][0]",
        "asks the readers first": "return 'unreadable' if len(set(field['readings'])) > 1 else "
        "'empty' if field['ink'] < 0.02 else (field['replaced_by'] or 'empty') if field['struck_out'] else "
        "field['readings'][0]",
        "looks at the digit under the line": "return 'empty' if field['ink'] < 0.02 else "
        "field['readings'][0] if len(set(field['readings'])) == 1 else 'unreadable'",
    }
)
def label_of(function):
    """The written definition as code, on eight fields."""
    for field, truth in _FIELDS:
        got = str(function(dict(field)))
        if got == truth:
            continue
        if field["struck_out"] and got == field["readings"][0]:
            return wrong("A struck-out digit does not count, however readable it is.")
        if field["struck_out"] and field["replaced_by"] and got == "empty":
            return wrong("A struck-out digit may have a replacement beside it.")
        if got == "unreadable":
            return wrong("The rules are in order: whether the readers agree is asked last.")
        if truth == "unreadable":
            return wrong("Two readers who differ are not settled by taking one of them.")
        return wrong(f"{field} should not get {got!r}. Go through the rules in their order.")
    return right("Rules with an order can be tested; a sentence in a manual cannot.")


GROUPS = {
    "spoken digits": "voice",
    "form fields": "writer",
    "shuttle readings": "flight",
    "credit scores": "customer",
    "sales forecast": "week",
}
COLUMNS = "clip voice word field form writer row sensor flight customer month store week".split()


@exercise(
    wrong={
        "splits row by row": "groups = {'spoken digits': 'clip', 'form fields': 'field', 'shuttle readings': 'row', "
        "'credit scores': 'row', 'sales forecast': 'row'}",
        "keeps a form together, not its writer": "groups = {'spoken digits': 'voice', 'form fields': 'form', "
        "'shuttle readings': 'flight', 'credit scores': 'customer', 'sales forecast': 'week'}",
        "forgets that the future is what is new": "groups = {'spoken digits': 'voice', 'form fields': 'writer', "
        "'shuttle readings': 'flight', 'credit scores': 'customer', 'sales forecast': 'store'}",
    }
)
def kept_together(groups):
    """The column by which each data set is split."""
    return judge_sorting(
        groups,
        GROUPS,
        hints={
            "voice": "What is new at the telephone: a clip, or the person who speaks?",
            "writer": "A person fills in several forms, in the same hand.",
            "flight": "Two readings a second apart are nearly the same row.",
            "customer": "The product scores people it has never seen.",
            "week": "The stores stay the same. What has the model not seen when it forecasts?",
        },
        praise="Ask what will be new in production, and keep that together: it is the unit of independence.",
        kinds=COLUMNS,
    )


STEPS = {
    "rare form": "check labels by hand",
    "receipts": "fix the process",
    "hail damage": "augment",
    "blood values": "collect",
    "click logs": "fix the process",
    "quiet studio": "augment",
}


@exercise(
    wrong={
        "augments everything that is small": "steps = {'rare form': 'augment', 'receipts': 'fix the process', "
        "'hail damage': 'augment', 'blood values': 'augment', 'click logs': 'fix the process', "
        "'quiet studio': 'augment'}",
        "checks millions by hand": "steps = {'rare form': 'check labels by hand', 'receipts': 'check labels by hand', "
        "'hail damage': 'augment', 'blood values': 'collect', 'click logs': 'check labels by hand', "
        "'quiet studio': 'augment'}",
        "always collects": "steps = dict.fromkeys(steps, 'collect')",
    }
)
def first_steps(steps):
    """The first step for six projects."""
    return judge_sorting(
        steps,
        STEPS,
        hints={
            "check labels by hand": "Few examples, doubtful labels: how long would one afternoon's look take?",
            "fix the process": "Nobody can look at millions of rows; who or what writes the wrong ones?",
            "augment": "The labels are sure and no more can be had, but one can say which changes keep the label.",
            "collect": "The labels are sure. Who could tell whether a made-up row of a table is right?",
        },
        praise=(
            "Small: look at every label. Big: repair what makes the labels. Augment where the change keeps the label."
        ),
    )


def _best(table):
    low = table["gain"] - table["two_se"]
    return table.loc[low.idxmax(), "action"] if low.max() > 0 else "none"


def _made_tables():
    names = ["check", "collect", "rule", "augment"]
    rows = (
        ([0.05, 0.02, 0.12, 0.01], [0.01, 0.03, 0.13, 0.02]),
        ([0.01, 0.00, -0.02, 0.03], [0.02, 0.01, 0.01, 0.05]),
        ([0.04, 0.05, 0.06, 0.01], [0.01, 0.01, 0.04, 0.005]),
        ([0.02, 0.09, 0.03, 0.01], [0.01, 0.02, 0.01, 0.001]),
    )
    for gain, two_se in rows:
        yield pd.DataFrame({"action": names, "gain": gain, "two_se": two_se})


@exercise(
    wrong={
        "takes the largest mean": "return table.loc[table['gain'].idxmax(), 'action']",
        "takes the narrowest interval": "return table.loc[table['two_se'].idxmin(), 'action']",
        "always recommends something": "return table.loc[(table['gain'] - table['two_se']).idxmax(), 'action']",
        "takes the upper end": "up = table['gain'] + table['two_se']; "
        "return table.loc[up.idxmax(), 'action'] if (table['gain'] - table['two_se']).max() > 0 else 'none'",
    }
)
def safe_choice(function, measured):
    """The action with the best lower end, or none, on made-up tables and on the measured quadrants."""
    tables = [*_made_tables(), *(part.reset_index(drop=True) for _, part in measured.groupby("quadrant"))]
    for table in tables:
        truth, got = _best(table), str(function(table.copy()))
        if got == truth:
            continue
        if truth == "none" and got != table.loc[table["two_se"].idxmin(), "action"]:
            return wrong("In one table no action is shown to help: every interval reaches below zero.")
        if got == table.loc[table["gain"].idxmax(), "action"]:
            return wrong("A large mean with a wide interval may be luck. Compare the lower ends.")
        if got == table.loc[table["two_se"].idxmin(), "action"]:
            return wrong("A narrow interval says that the gain is known well, not that it is large.")
        lows = np.round(table["gain"] - table["two_se"], 3).tolist()
        return wrong(f"The lower ends are {lows}; {got!r} does not have the best one.")
    return right("The lower end asks: what will this gain at least, as far as we have measured it?")
