"""Checks of the exercises on data definition."""

import numpy as np
import pandas as pd

from helpers.course.exercises import as_list, drawn, exercise, guess, judge_sorting, pick, right, wrong

PARTS = ("train", "dev", "test")


@guess(0, 100, unit=" of 100")
def guess_cut(answer):
    """A guess of how many digits the model reads when they are cut at a fixed place."""


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
            return wrong("Rule 2 comes before rule 3: a struck-out field is decided before the readers are asked.")
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


def dealt(labels):
    """Each label's part: within each class six in ten train, two in ten dev, two in ten test."""
    hands = ["train", "dev", "train", "test", "train", "train", "dev", "train", "test", "train"]
    seen, parts = {}, []
    for label in labels:
        parts.append(hands[seen.get(label, 0) % 10])
        seen[label] = seen.get(label, 0) + 1
    return parts


_SHARES = {"train": 0.6, "dev": 0.2, "test": 0.2}


@exercise(
    wrong={
        "in the order of the list": (
            "n = len(labels)\nreturn ['train'] * round(0.6 * n) + ['dev'] * round(0.2 * n) + ['test'] * "
            "(n - round(0.6 * n) - round(0.2 * n))"
        ),
        "every tenth, whatever the class": (
            "hands = ['train'] * 6 + ['dev'] * 2 + ['test'] * 2\nreturn [hands[i % 10] for i in range(len(labels))]"
        ),
        "drawn at random": (
            "return list(np.random.default_rng(0).choice(['train', 'dev', 'test'], len(labels), p=[0.6, 0.2, 0.2]))"
        ),
        "a class for each part": (
            "names = sorted(set(labels), key=str)\n"
            "return [['train', 'dev', 'test'][names.index(v) % 3] for v in labels]"
        ),
        "sorted, and not put back": (
            "parts, out = {}, []\nfor label in sorted(labels, key=str):\n"
            "    k = parts[label] = parts.get(label, 0) + 1\n"
            "    out.append((['train'] * 6 + ['dev'] * 2 + ['test'] * 2)[(k - 1) % 10])\nreturn out"
        ),
        "equal parts": (
            "seen, out = {}, []\nfor label in labels:\n    k = seen[label] = seen.get(label, 0) + 1\n"
            "    out.append(['train', 'dev', 'test'][k % 3])\nreturn out"
        ),
        "rounds down, and the rest is test": (
            "parts = [None] * len(labels)\nfor value in set(labels):\n"
            "    rows = [i for i, label in enumerate(labels) if label == value]\n    n = len(rows)\n"
            "    names = ['train'] * int(0.6 * n) + ['dev'] * int(0.2 * n)\n"
            "    for i, part in zip(rows, names + ['test'] * (n - len(names))):\n        parts[i] = part\n"
            "return parts"
        ),
        "no test set": (
            "seen, out = {}, []\nfor label in labels:\n    k = seen[label] = seen.get(label, 0) + 1\n"
            "    out.append('dev' if k % 5 in (0, 2) else 'train')\nreturn out"
        ),
    },
    right_too={
        "scikit-learn, twice": (
            "from sklearn.model_selection import train_test_split\n"
            "rows = np.arange(len(labels))\ny = np.array([str(v) for v in labels])\n"
            "train, rest = train_test_split(rows, train_size=0.6, stratify=y, random_state=0)\n"
            "dev, test = train_test_split(rest, train_size=0.5, stratify=y[rest], random_state=0)\n"
            "parts = np.full(len(rows), 'train')\nparts[dev], parts[test] = 'dev', 'test'\nreturn parts"
        ),
        "class by class, a Series": (
            "parts = pd.Series('Train', index=range(len(labels)))\n"
            "for value in set(labels):\n    rows = [i for i, v in enumerate(labels) if v == value]\n"
            "    n = len(rows)\n    parts[rows[round(0.6 * n) : round(0.8 * n)]] = 'Dev'\n"
            "    parts[rows[round(0.8 * n) :]] = 'Test'\nreturn parts"
        ),
    },
)
def balanced(function):
    """The split is counted within each class, on several lists."""
    rng = drawn(3)
    lists = [
        rng.permutation(np.repeat([1, 0], [30, 70])).tolist(),
        [1] * 30 + [0] * 70,
        rng.permutation(np.repeat(["a", "b", "c"], [20, 45, 35])).tolist(),
        [0, 0, 0, 0, 1] * 20,
        rng.permutation(np.repeat(["x", "y", "z"], [9, 19, 72])).tolist(),
    ]
    for labels in lists:
        parts = [pick(part, PARTS) for part in as_list(function(list(labels)), len(labels))]
        for value in dict.fromkeys(labels):
            own = [part for part, label in zip(parts, labels, strict=True) if label == value]
            for part, share in _SHARES.items():
                if abs(own.count(part) - share * len(own)) > 1:
                    return wrong(
                        f"Of {len(own)} examples of the class {value!r}, {own.count(part)} are {part}, and "
                        f"{share * len(own):g} would be in balance. (The list holds {len(labels)} labels.)"
                    )
    return right("Each class is dealt by itself, so no part is short of the rare one.")


def worst_group(checked, columns, at_least):
    """The (column, value) with the largest share of wrong labels among groups of `at_least` or more."""
    shares = {}
    for column in columns:
        groups = checked.groupby(column)["is_wrong"].agg(["mean", "size"])
        shares |= {(column, value): share for value, share in groups.loc[groups["size"] >= at_least, "mean"].items()}
    return max(shares, key=shares.get)


@exercise(
    wrong={
        "small groups count": (
            "shares = {(c, v): part['is_wrong'].mean() for c in columns for v, part in checked.groupby(c)}\n"
            "return max(shares, key=shares.get)"
        ),
        "the most wrong labels": (
            "counts = {(c, v): part['is_wrong'].sum() for c in columns for v, part in checked.groupby(c) "
            "if len(part) >= at_least}\nreturn max(counts, key=counts.get)"
        ),
        "the first column": (
            "shares = checked.groupby(columns[0])['is_wrong'].mean()\nreturn columns[0], shares.idxmax()"
        ),
        "the best": (
            "shares = {(c, v): part['is_wrong'].mean() for c in columns for v, part in checked.groupby(c) "
            "if len(part) >= at_least}\nreturn min(shares, key=shares.get)"
        ),
        "the value alone": (
            "shares = {(c, v): part['is_wrong'].mean() for c in columns for v, part in checked.groupby(c) "
            "if len(part) >= at_least}\nreturn max(shares, key=shares.get)[1]"
        ),
        "more than at least": (
            "shares = {(c, v): part['is_wrong'].mean() for c in columns for v, part in checked.groupby(c) "
            "if len(part) > at_least}\nreturn max(shares, key=shares.get)"
        ),
        "enough wrong ones": (
            "shares = {(c, v): part['is_wrong'].mean() for c in columns for v, part in checked.groupby(c) "
            "if part['is_wrong'].sum() >= at_least}\n"
            "return max(shares, key=shares.get) if shares else (columns[0], checked[columns[0]].iloc[0])"
        ),
    },
    right_too={
        "a list": (
            "best = [None, None, -1]\nfor c in columns:\n    for v in checked[c].unique():\n"
            "        own = checked.loc[checked[c] == v, 'is_wrong']\n"
            "        if len(own) >= at_least and own.mean() > best[2]:\n            best = [c, v, own.mean()]\n"
            "return best[:2]"
        ),
        "melted": (
            "long = checked.melt('is_wrong', columns)\n"
            "groups = long.groupby(['variable', 'value'])['is_wrong'].agg(['mean', 'size'])\n"
            "return groups.loc[groups['size'] >= at_least, 'mean'].idxmax()"
        ),
    },
)
def look_again(function, checked):
    """The group with the largest share of wrong labels, on made-up tables and on the notebook's."""
    made = pd.DataFrame(
        {
            "labeler": ["a"] * 40 + ["b"] * 30 + ["c"] * 4,
            "shift": ["day", "night"] * 37,
            "is_wrong": [True] * 12 + [False] * 28 + [True] * 10 + [False] * 20 + [True] * 4,
        }
    )
    columns = ["shift", "labeler"]
    cases = [
        (made, columns, 5, "Group c has four labels and no more. Which groups are large enough?"),
        (made, columns, 30, "Count shares, not labels, over all columns; a group of exactly 30 is large enough."),
        (made, ["labeler"], 2, "With two labels as the bound, the small group counts as well."),
        (made.assign(shift=["day"] * 37 + ["night"] * 37), columns, 40, "Only labeler a is large enough here."),
        (checked, ["labeler", "shift", "device"], 30, "Not yet right for the table of this notebook."),
    ]
    for table, names, at_least, hint in cases:
        said = function(table.copy(), list(names), at_least)
        if isinstance(said, str):
            return wrong("Return a pair: the column, and its value.")
        pair = tuple(map(str, as_list(said, 2)))
        if pair == worst_group(table, names, at_least):
            continue
        if pair[0] not in names:
            return wrong("The pair names a column and one of its values: look at each column by itself.")
        count = {(c, str(v)): part["is_wrong"].sum() for c in names for v, part in table.groupby(c)}
        if count.get(pair) == max(count.values()):
            return wrong("You compare how many wrong labels a group has. Divide by the group's own number of labels.")
        return wrong(hint)
    return right("A share over enough labels, in any column that somebody thought of recording.")


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
            "collect": "Two doctors confirmed each label; an invented row nobody could judge. What comes weekly?",
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
