"""Checks of week 2, notebook 1: where a modeling project starts."""

import numpy as np
import pandas as pd

from helpers import datasets
from helpers.course.exercises import as_list, exercise, folded, guess, judge_sorting, right, wrong

SHEETS = np.flatnonzero(np.diff(datasets.load_digit_sheets(), prepend=-1)).tolist()
LETTERS = "ABCDEFG"
BEFORE = {
    ("D", "A"): "goal", ("D", "C"): "goal", ("F", "A"): "split", ("B", "A"): "look", ("G", "A"): "baseline",
    ("E", "A"): "tiny", ("A", "C"): "errors",
    ("E", "C"): "errors", ("F", "C"): "errors", ("B", "C"): "errors", ("G", "C"): "baseline",
}  # fmt: skip
WHY = {
    "goal": "A model is built before anybody has said what it must reach, so nothing tells when it is good enough.",
    "split": "A model sees clips before it is settled which callers it must not see.",
    "look": "A model is fitted to clips that nobody has listened to: a wrong label would pass unnoticed.",
    "baseline": "When the first full result arrives, nothing tells you yet whether it is good.",
    "tiny": "The long run starts before the cheap check that would have shown a fault in the program.",
    "errors": "Errors can be sorted only once there is a model, trained and measured properly, that makes them.",
}
MILESTONES = {
    "training accuracy 0.71, dev accuracy 0.70": "1",
    "training accuracy 1.00, new sheets 0.79": "2",
    "training 0.99, dev 0.97; clerks still retype every form": "3",
    "dev 0.99 with the same writers in training; 0.88 on the first real forms": "2",
    "training 0.99; dev and test 0.98 on new writers of every customer; the best customer's forms all fail": "3",
    "the training loss has stayed at ln 10 for an hour": "1",
}


@exercise(
    wrong={
        "blocks of equal length": "starts = [int(s) for s in np.flatnonzero(np.diff(block, prepend=-1))]",
        "every 130 rows": "starts = list(range(0, len(y), 130))",
        "every count from 0 to 9": ("starts = [i for i in range(len(labels)) if labels[i : i + 10] == '0123456789']"),
        "thirty before the fixed digits": (
            "import re\nstarts = [m.start() - 30 for m in re.finditer('0955650989', labels)]"
        ),
        "the fixed digits": "import re\nstarts = [m.start() for m in re.finditer('0955650989', labels)]",
        "the sheet without its first 0 begins with its first 0": (
            "starts = [915 if s == 906 else s for s in check.SHEETS]"
        ),
        "the last digit before it": "starts = [905 if s == 906 else s for s in check.SHEETS]",
        "only whole beginnings": "starts = [s for s in check.SHEETS if s != 906]",
        "counts from 1": "starts = [s + 1 for s in check.SHEETS]",
        "forgets the first": "starts = check.SHEETS[1:]",
        "a set, which has no order": "starts = set(check.SHEETS)",
    },
    right_too={
        "an array": "starts = np.flatnonzero(np.diff(datasets.load_digit_sheets(), prepend=-1))",
        "a tuple": "starts = tuple(check.SHEETS)",
        "a dict's keys": "starts = dict.fromkeys(check.SHEETS).keys()",
        "back from the fixed digits to the first count": (
            "import re\nstarts = []\n"
            "for m in re.finditer('0955650989', labels):\n"
            "    one = labels.index('123456789', m.start() - 30)\n"
            "    starts.append(one - (labels[one - 1] == '0'))"
        ),
    },
)
def starts(answer):
    """The fourteen rows at which a sheet begins; the one that has lost its first 0 begins with its 1."""
    given = [int(row) for row in as_list(answer)]
    if given == SHEETS:
        return right(
            "Fourteen sheets, of 122 to 130 digits. The eighth has lost its first 0, so it begins with a 1 in row 906."
        )
    if len(given) > 2 * len(SHEETS):
        return wrong("Each sheet counts from 0 to 9 three times before it goes on; only the first count begins it.")
    if sorted(given) == SHEETS:
        return wrong("The right rows. Put them in order, from the first sheet to the last, in a list.")
    if given[:1] != [0]:
        return wrong("The first sheet begins at row 0. Do your rows mark the beginning, and does Python count from 0?")
    if len(given) != len(SHEETS):
        return wrong(f"These are {len(given)} rows. Search the labels for the fixed digits: how many sheets have them?")
    if len(set(np.diff(given)[:-1])) <= 2:
        return wrong("Some digits are missing, so the sheets are not equally long. Print the labels from each row on.")
    if 905 in given:
        return wrong(
            "Row 905 holds an 8, the last digit of the sheet before. The sheet that lost its 0 begins with a 1."
        )
    amiss = next(row for row, start in zip(given, SHEETS, strict=True) if row != start)
    return wrong(
        f"Look again at row {amiss}: print the labels from twenty rows before to forty after. "
        "Which digits are missing, or is it a row too early or too late?"
    )


@guess(0, 100, unit=" of 100")
def guess_strangers(answer):
    """A guess of how many digits of an unknown hand the engineer's model reads."""


@exercise(
    wrong={
        "trains first": 'first_steps = ["A", "D", "B", "F", "G", "E", "C"]',
        "memorizes a tiny set after the long run": 'first_steps = ["D", "B", "F", "G", "A", "E", "C"]',
        "splits after fitting": 'first_steps = ["D", "B", "G", "E", "A", "F", "C"]',
        "states the goal when the first result is known": 'first_steps = ["B", "F", "G", "E", "A", "D", "C"]',
        "sees what others reach after the result": 'first_steps = ["D", "B", "F", "E", "A", "G", "C"]',
        "listens only to the errors": 'first_steps = ["D", "F", "G", "E", "A", "B", "C"]',
        "sorts errors that nobody has made": 'first_steps = ["D", "B", "F", "G", "C", "E", "A"]',
    },
    right_too={
        "listens first": 'first_steps = ("b", "f", "d", "g", "e", "a", "c")',
        "looks up others first": 'first_steps = np.array(list("GDBFEAC"))',
        "a text": 'first_steps = list("DFBEGAC")',
        "the cheap check first": 'first_steps = list("EDBGFAC")',
    },
)
def first_steps(letters):
    """The seven letters once each, in an order in which no step must be redone."""
    order = [str(letter).strip().upper() for letter in as_list(letters)]
    if sorted(order) != list(LETTERS):
        return wrong("The list must hold each of the seven letters A to G once.")
    for (early, late), reason in BEFORE.items():
        if order.index(early) > order.index(late):
            return wrong(WHY[reason])
    return right(
        "Goal, data, split, baseline and the cheap check, then the long run, then the errors. The first five may "
        "change places: none of them spoils the others."
    )


def learned_by_heart(losses, y_true, y_pred):
    """Whether every image of a tiny set comes back right and the last loss is below a tenth of the first."""
    return bool(np.all(np.asarray(y_true) == np.asarray(y_pred)) and losses[-1] < losses[0] / 10)


@exercise(
    wrong={
        "looks at accuracy alone": "return bool(np.mean(np.asarray(y_true) == np.asarray(y_pred)) == 1)",
        "looks at the loss alone": "return bool(losses[-1] < losses[0] / 10)",
        "is content with better than guessing": "return bool(np.mean(np.asarray(y_true) == np.asarray(y_pred)) > 0.1)",
        "is content with either": (
            "return bool(np.all(np.asarray(y_true) == np.asarray(y_pred)) or losses[-1] < losses[0] / 10)"
        ),
        "takes the lowest loss": "return bool(np.all(y_true == y_pred) and min(losses) < losses[0] / 10)",
        "takes the loss of guessing for the first": "return bool(np.all(y_true == y_pred) and losses[-1] < 0.23)",
        "a tenth of the fall": "return bool(np.all(y_true == y_pred) and losses[-1] < losses[0] - 0.1)",
        "a tenth itself": "return bool(np.all(y_true == y_pred) and losses[-1] <= losses[0] / 10)",
        "nearly every image": "return bool(np.mean(y_true == y_pred) > 0.95 and losses[-1] < losses[0] / 10)",
        "takes the highest loss for the first": "return bool(all(y_true == y_pred) and losses[-1] < max(losses) / 10)",
        "words": "return 'True' if np.all(y_true == y_pred) and losses[-1] < losses[0] / 10 else 'False'",
    },
    right_too={
        "a mean": "return np.mean(y_true == y_pred) == 1 and 10 * losses[-1] < losses[0]",
        "a loop": (
            "for t, p in zip(y_true, y_pred):\n    if t != p:\n        return False\n"
            "return losses[-1] / losses[0] < 0.1"
        ),
        "by arrays": "return np.logical_and((y_true == y_pred).all(), losses[-1] < 0.1 * losses[0])",
    },
)
def passes(function):
    """Both halves are required, for every image, with the loss compared between the ends of the run."""
    labels = np.arange(20) % 10
    learned, flat = np.geomspace(2.303, 0.05, 50), np.linspace(2.303, 2.301, 50)
    one_off = np.where(np.arange(20) == 7, 0, labels)
    if isinstance(function(flat, labels, labels), str):
        return wrong("Return True or False themselves: the text 'False' counts as true where Python asks.")
    if function(learned, labels, np.roll(labels, 1)):
        return wrong(
            "A run passes whose predictions are all wrong: its loss is low, but its prediction path is broken."
        )
    if function(flat, labels, labels):
        return wrong("A run passes whose loss has not moved from its start. Right answers alone do not show learning.")
    if function(learned, labels, one_off):
        return wrong("A run passes that reads one of the twenty wrong. A model that can memorize leaves none.")
    if not function(learned, labels, labels):
        return wrong("A healthy run fails: every image comes back and the loss fell from 2.30 to 0.05.")
    many = np.arange(400) % 10
    if function(learned, many, np.where(np.arange(400) == 33, 0, many)):
        return wrong("A run passes that reads 399 of 400 right. Every image must come back, however many there are.")
    other = np.array([5.0, 0.3, 0.49])
    if not function(other, labels, labels) or function(other + 0.02, labels, labels):
        return wrong("Judge the last loss against a tenth of the first loss of the same run, whatever that was.")
    if function(np.array([2.0, 9.0, 0.5]), labels, labels):
        return wrong(
            "A run passes whose loss went from 2.0 up to 9.0 and down to 0.5. That is no tenth of its first loss."
        )
    if function(np.array([10.0, 4.0, 1.0]), labels, labels):
        return wrong("Below a tenth means that a loss of exactly a tenth does not pass yet.")
    return right("Loss shows that training works; reading back through the prediction path shows that the rest does.")


@exercise(
    wrong={
        "puts every low dev score at 2": "missed = dict(zip(missed, [2, 2, 3, 2, 3, 2], strict=True))",
        "trusts any number called dev": "missed = dict(zip(missed, [1, 2, 3, 3, 3, 1], strict=True))",
        "takes every complaint for a data problem": "missed = dict(zip(missed, [1, 2, 2, 2, 2, 1], strict=True))",
        "a mean over customers is enough": "missed = dict(zip(missed, [1, 2, 3, 2, 2, 1], strict=True))",
        "other keys": "missed = dict(zip('abcdef', [1, 2, 3, 2, 3, 1], strict=True))",
        "a list": "missed = [1, 2, 3, 2, 3, 1]",
    },
    right_too={
        "another order": "missed = dict(reversed(check.MILESTONES.items()))",
        "a Series of numbers": "missed = pd.Series(check.MILESTONES).astype(int)",
    },
)
def missed(answer):
    """The first milestone each case misses."""
    return judge_sorting(
        answer,
        MILESTONES,
        hints={
            "1": "Does the model even do well on what it has seen? Ask that before anything else.",
            "2": "The model does well on what it has seen. Does it on writers that it has not seen?",
            "3": "Where the numbers of milestones 1 and 2 reach their targets, those two are met; what is left?",
            "dev 0.99 with the same writers in training; 0.88 on the first real forms": (
                "A dev score on writers who are also in training does not tell whether milestone 2 is met."
            ),
        },
        praise="Fit what you have, carry over to what you have not, then move what the product is paid for.",
    )


def best_in_budget(table, max_kb, max_ms):
    """The most accurate model within both limits, of equally accurate ones the smallest; "none" where none fits."""
    fits = table[(table["size_kb"] <= max_kb) & (table["single_ms"] <= max_ms)]
    ranked = fits.sort_values(["accuracy", "size_kb"], ascending=[False, True])
    return "none" if fits.empty else ranked.index[0]


@exercise(
    wrong={
        "forgets the time": 'return table[table.size_kb <= max_kb].accuracy.idxmax() if max_kb > 0 else "none"',
        "takes the smallest": (
            "fits = table[(table.size_kb <= max_kb) & (table.single_ms <= max_ms)]\n"
            'return fits.size_kb.idxmin() if len(fits) else "none"'
        ),
        "leaves out the limit itself": (
            "fits = table[(table.size_kb < max_kb) & (table.single_ms < max_ms)]\n"
            'fits = fits.sort_values(["accuracy", "size_kb"], ascending=[False, True])\n'
            'return fits.index[0] if len(fits) else "none"'
        ),
        "breaks a tie by position": (
            "fits = table[(table.size_kb <= max_kb) & (table.single_ms <= max_ms)]\n"
            'return fits.accuracy.idxmax() if len(fits) else "none"'
        ),
        "either limit": (
            "fits = table[(table.size_kb <= max_kb) | (table.single_ms <= max_ms)]\n"
            'fits = fits.sort_values(["accuracy", "size_kb"], ascending=[False, True])\n'
            'return fits.index[0] if len(fits) else "none"'
        ),
        "a tie goes to the larger": (
            "fits = table[(table.size_kb <= max_kb) & (table.single_ms <= max_ms)]\n"
            'return fits.sort_values(["accuracy", "size_kb"]).index[-1] if len(fits) else "none"'
        ),
        "a list of one name": (
            "fits = table[(table.size_kb <= max_kb) & (table.single_ms <= max_ms)]\n"
            'return list(fits.sort_values(["accuracy", "size_kb"], ascending=[False, True]).index[:1]) or "none"'
        ),
        "a tie goes to the faster": (
            "fits = table[(table.size_kb <= max_kb) & (table.single_ms <= max_ms)]\n"
            'fits = fits.sort_values(["accuracy", "single_ms"], ascending=[False, True])\n'
            'return fits.index[0] if len(fits) else "none"'
        ),
    },
    right_too={
        "a loop": (
            "best, found = (-1, 0), 'none'\nfor name, row in table.iterrows():\n"
            "    key = (row['accuracy'], -row['size_kb'])\n"
            "    if row['size_kb'] <= max_kb and row['single_ms'] <= max_ms and key > best:\n"
            "        best, found = key, name\nreturn found"
        ),
        "a capital": (
            "fits = table[(table.size_kb <= max_kb) & (table.single_ms <= max_ms)]\n"
            "return fits.sort_values('size_kb').accuracy.idxmax() if len(fits) else 'None'"
        ),
        "a query": (
            "fits = table.query('size_kb <= @max_kb and single_ms <= @max_ms')\n"
            "fits = fits[fits.accuracy == fits.accuracy.max()]\n"
            "return 'none' if fits.empty else fits.size_kb.idxmin()"
        ),
        "drops and sorts in place": (
            "table.drop(table[(table.size_kb > max_kb) | (table.single_ms > max_ms)].index, inplace=True)\n"
            "table.sort_values(['accuracy', 'size_kb'], ascending=[False, True], inplace=True)\n"
            "return table.index[0] if len(table) else 'none'"
        ),
    },
)
def best_within(function):
    """Most accurate within both limits, on a fixed table and on drawn ones."""
    table = pd.DataFrame(
        {"accuracy": [0.99, 0.97, 0.97, 0.9], "size_kb": [900.0, 80, 40, 5], "single_ms": [20.0, 0.3, 2, 0.1]},
        index=["forest", "svm", "network", "linear"],
    )
    if not isinstance(function(table.copy(), 10, 1), str):
        return wrong("Return the model's name itself, a text: no list, no row of the table.")
    if function(table.copy(), 10, 1) != "linear" or function(table.copy(), 1000, 1) == "forest":
        return wrong("A model is returned that is over one of the two limits, or none where one fits.")
    if function(table.copy(), 1000, 100) != "forest":
        return wrong("With room for every model the most accurate must win, not the smallest.")
    if function(table.copy(), 100, 5) != "network":
        return wrong("Two models tie in accuracy within that budget. The prompt says which of them wins.")
    if function(table.copy(), 900, 20) != "forest":
        return wrong("A model exactly at a limit still fits: <= and not <.")
    if folded(function(table.copy(), 1, 1)) != "none":
        return wrong('Where nothing fits, the answer is the word "none".')
    rng = np.random.default_rng(0)
    for _ in range(50):
        drawn = pd.DataFrame(rng.integers(1, 9, (6, 3)), columns=table.columns, index=list("abcdef"))
        if folded(function(drawn.copy(), 5, 5)) not in _winners(drawn, 5, 5):
            return wrong("On a drawn table with other models the answer is not the best within the budget.")
    return right("Filter by the budget, then compare by accuracy: another budget, another winner.")


def _winners(table, max_kb, max_ms):
    fits = [row for row in table.itertuples() if row.size_kb <= max_kb and row.single_ms <= max_ms]
    if not fits:
        return {"none"}
    best = max((row.accuracy, -row.size_kb) for row in fits)
    return {row.Index for row in fits if (row.accuracy, -row.size_kb) == best}
