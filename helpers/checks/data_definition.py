"""Checks of the exercises on data definition."""

import pandas as pd

from helpers.course.exercises import exercise, judge_sorting, pick, right, wrong

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
        "a bad agency is a matter of the rule": (
            "questions = check.ASKED | {'three agencies': 'label', 'seven with a bar': 'source'}"
        ),
        "takes a cut for the size of an example": (
            "questions = check.ASKED | {'box or middle': 'example', 'customer or month': 'capture'}"
        ),
        "takes a narrow population for a bad split": (
            "questions = check.ASKED | {'one city': 'split', 'familiar voices': 'population'}"
        ),
        "thinks the answer can be read if people try": (
            "questions = check.ASKED | {'five or nine': 'label', 'seven with a bar': 'signal'}"
        ),
    },
    right_too={
        "a Series in another order": "questions = pd.Series(check.ASKED).iloc[::-1]",
        "capitals": "questions = {name: f' The {question.title()} ' for name, question in check.ASKED.items()}",
    },
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
    ({"ink": 0.01, "struck_out": False, "replaced_by": None, "readings": ("1", "7")}, "empty"),
    ({"ink": 0.15, "struck_out": True, "replaced_by": "0", "readings": ("6", "6")}, "0"),
    ({"ink": 0.15, "struck_out": True, "replaced_by": None, "readings": ("6", "0")}, "empty"),
    ({"ink": 0.12, "struck_out": False, "replaced_by": "6", "readings": ("2", "2")}, "2"),
)


def agreed_label(field):
    """The label of a field by the agreed definition."""
    if field["ink"] < 0.02:
        return "empty"
    if field["struck_out"]:
        return field["replaced_by"] or "empty"
    first, second = field["readings"]
    return first if first == second else "unreadable"


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
        "counts a little ink as none": "return 'empty' if field['ink'] <= 0.02 else "
        "(field['replaced_by'] or 'empty') if field['struck_out'] else "
        "field['readings'][0] if len(set(field['readings'])) == 1 else 'unreadable'",
        "takes any digit that stands beside it": "return 'empty' if field['ink'] < 0.02 else field['replaced_by'] or ("
        "'empty' if field['struck_out'] else "
        "field['readings'][0] if len(set(field['readings'])) == 1 else 'unreadable')",
        "takes a zero for no replacement": "return 'empty' if field['ink'] < 0.02 else "
        "('empty' if int(field['replaced_by'] or 0) == 0 else field['replaced_by']) if field['struck_out'] else "
        "field['readings'][0] if len(set(field['readings'])) == 1 else 'unreadable'",
        "leaves the last rule out": "if field['ink'] < 0.02:\n    return 'empty'\nif field['struck_out']:\n"
        "    return field['replaced_by'] or 'empty'\nreturn 'unreadable'",
        "asks for the ink last": "if field['struck_out']:\n    return field['replaced_by'] or 'empty'\n"
        "if len(set(field['readings'])) > 1:\n    return 'unreadable'\n"
        "return 'empty' if field['ink'] < 0.02 else field['readings'][0]",
        "returns both readings": "return 'empty' if field['ink'] < 0.02 else "
        "(field['replaced_by'] or 'empty') if field['struck_out'] else "
        "field['readings'] if len(set(field['readings'])) == 1 else 'unreadable'",
    },
    right_too={
        "match by guards": "match field:\n    case {'ink': ink} if ink < 0.02:\n        return 'empty'\n"
        "    case {'struck_out': True, 'replaced_by': None}:\n        return 'empty'\n"
        "    case {'struck_out': True, 'replaced_by': digit}:\n        return digit\n"
        "    case {'readings': (a, b)} if a == b:\n        return a\nreturn 'unreadable'",
        "capitals": "return 'Empty' if field['ink'] < 0.02 else (field['replaced_by'] or 'EMPTY') "
        "if field['struck_out'] else field['readings'][0] if len(set(field['readings'])) == 1 else 'Unreadable'",
        "numbers for digits": "label = 'empty' if field['ink'] < 0.02 else (field['replaced_by'] or 'empty') "
        "if field['struck_out'] else field['readings'][0] if len(set(field['readings'])) == 1 else 'unreadable'\n"
        "return int(label) if label.isdigit() else label",
        "NumPy": "first, second = np.asarray(field['readings'])\nif field['ink'] < 0.02:\n    return np.str_('empty')\n"
        "if field['struck_out']:\n    return 'empty' if field['replaced_by'] is None else field['replaced_by']\n"
        "return np.where(first == second, first, 'unreadable').item()",
    },
)
def label_of(function):
    """The written definition as code, on twelve fields."""
    for field, truth in _FIELDS:
        got = pick(function(dict(field)), (*"0123456789", "empty", "unreadable"))
        if got == truth:
            continue
        if got == field["replaced_by"] and field["ink"] >= 0.02:
            return wrong("A digit beside a field that is not struck out replaces nothing.")
        if field["struck_out"] and got == field["readings"][0]:
            return wrong("A struck-out digit does not count, however readable it is.")
        if field["struck_out"] and field["replaced_by"] and got == "empty":
            return wrong("A struck-out digit may have a replacement beside it.")
        if truth == "empty" and field["ink"] < 0.02:
            return wrong("The rules are in order: without ink nothing else is asked.")
        if truth == "0" and not field["struck_out"]:
            return wrong("Read the first rule again: is 0.02 below 0.02?")
        if got == "unreadable":
            return wrong("Whether the readers agree is asked last, and only readers who differ leave no digit.")
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
        "splits what is said, not who says it": "groups = check.GROUPS | {'spoken digits': 'word'}",
        "splits the columns of a table": "groups = check.GROUPS | {'shuttle readings': 'sensor'}",
        "takes every table for a series in time": "groups = check.GROUPS | {'credit scores': 'month'}",
        "a forecast is for a row": "groups = check.GROUPS | {'sales forecast': 'row'}",
    },
    right_too={
        "a Series in another order": "groups = pd.Series(check.GROUPS).iloc[::-1]",
        "plurals and capitals": "groups = {name: f'The {column}s'.title() for name, column in check.GROUPS.items()}",
    },
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
        "collects what is not to be had": "steps = check.STEPS | {'hail damage': 'collect', 'quiet studio': 'collect'}",
        "checks what is sure": "steps = check.STEPS | {'blood values': 'check labels by hand'}",
        "makes more of doubtful labels": "steps = check.STEPS | {'rare form': 'augment'}",
        "more rows drown the wrong ones": "steps = check.STEPS | {'click logs': 'collect', 'receipts': 'collect'}",
        "a meeting for 180 scans": "steps = check.STEPS | {'rare form': 'fix the process'}",
    },
    right_too={
        "a Series in another order": "steps = pd.Series(check.STEPS).iloc[::-1]",
        "capitals and hyphens": "steps = {name: step.title().replace(' ', '-') for name, step in check.STEPS.items()}",
    },
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
            "collect": "The labels are sure. Who could tell whether an invented row of a table is right?",
        },
        praise=(
            "Small: look at every label. Big: repair what makes the labels. Augment where the change keeps the label."
        ),
    )


def shown_best(table):
    """The action with the highest lower end of ``gain`` ± ``two_se``, or ``"none"`` where none is above zero."""
    low = table["gain"] - table["two_se"]
    return table.loc[low.idxmax(), "action"] if low.max() > 0 else "none"


def _made_tables():
    names = ["check", "collect", "rule", "augment"]
    rows = (
        ([0.05, 0.02, 0.12, 0.01], [0.01, 0.03, 0.13, 0.02]),
        ([0.01, 0.00, -0.02, 0.03], [0.02, 0.01, 0.01, 0.05]),
        ([0.04, 0.05, 0.06, 0.01], [0.01, 0.01, 0.04, 0.005]),
        ([0.02, 0.09, 0.03, 0.01], [0.01, 0.02, 0.01, 0.001]),
        ([-0.5, 0.25, 0.5, 0.125], [0.25, 0.25, 0.5, 0.25]),  # the best lower end is zero itself
        ([-0.09, -0.05, -0.12, -0.06], [0.01, 0.01, 0.01, 0.01]),  # all of it hurts
        ([0.30, 0.16, 0.03, 0.02], [0.10, 0.01, 0.001, 0.0]),  # neither the surest nor the narrowest
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
        "is content with a lower end of zero": "low = table['gain'] - table['two_se']\n"
        "return table.loc[low.idxmax(), 'action'] if low.max() >= 0 else 'none'",
        "takes the largest mean of those that are shown": "good = table[table['gain'] > table['two_se']]\n"
        "return good.loc[good['gain'].idxmax(), 'action'] if len(good) else 'none'",
        "takes the largest gain per standard error": "ratio = table['gain'] / (table['two_se'] + 1e-9)\n"
        "return table.loc[ratio.idxmax(), 'action'] if ratio.max() > 1 else 'none'",
        "asks only for a mean above zero": "low = table['gain'] - table['two_se']\n"
        "return table.loc[low.idxmax(), 'action'] if table['gain'].max() > 0 else 'none'",
        "takes an effect in either direction": "far = table['gain'].abs() - table['two_se']\n"
        "return table.loc[far.idxmax(), 'action'] if far.max() > 0 else 'none'",
        "halves the interval": "low = table['gain'] - table['two_se'] / 2\n"
        "return table.loc[low.idxmax(), 'action'] if low.max() > 0 else 'none'",
        "returns the row": "return (table['gain'] - table['two_se']).idxmax()",
    },
    right_too={
        "a loop": "best, name = 0, 'none'\nfor row in table.itertuples():\n"
        "    if row.gain - row.two_se > best:\n        best, name = row.gain - row.two_se, row.action\nreturn name",
        "sorted": "low = table.assign(low=table['gain'] - table['two_se']).sort_values('low', kind='stable')\n"
        "return low['action'].iloc[-1] if low['low'].iloc[-1] > 0 else 'none'",
        "NumPy": "low = (table['gain'] - table['two_se']).to_numpy()\n"
        "return table['action'].to_numpy()[low.argmax()] if low.max() > 0 else 'none'",
        "only the shown ones": "good = table[table['gain'] > table['two_se']]\n"
        "return 'None' if good.empty else good.loc[(good['gain'] - good['two_se']).idxmax(), 'action']",
    },
)
def safe_choice(function, measured):
    """The action with the best lower end, or none, on invented tables and on the measured quadrants."""
    tables = [*_made_tables(), *(part.reset_index(drop=True) for _, part in measured.groupby("quadrant"))]
    for table in tables:
        truth, got = shown_best(table), pick(function(table.copy()), (*table["action"], "none"))
        if got == truth:
            continue
        if truth == "none" and got != table.loc[table["two_se"].idxmin(), "action"]:
            return wrong("In one table no action is shown to help: every interval reaches zero, or lies below it.")
        if got == table.loc[table["gain"].idxmax(), "action"]:
            return wrong("A large mean with a wide interval may be luck. Compare the lower ends.")
        if got == table.loc[table["two_se"].idxmin(), "action"]:
            return wrong("A narrow interval says that the gain is known well, not that it is large.")
        lows = (table["gain"] - table["two_se"]).round(3).tolist()
        return wrong(f"The lower ends are {lows}; {got!r} does not have the best one.")
    return right("The lower end asks: what will this gain at least, as far as we have measured it?")
