"""Checks of week 2, notebook 2: baselines and the room above them."""

import math

import numpy as np
import pandas as pd
from scipy import stats

from helpers.course.exercises import as_list, exercise, guess, judge_sorting, pick, right, wrong

S, U = "structured", "unstructured"
KINDS = {
    "amount, date and currency of each payment": S,
    "the scan of a form": U,
    "a recorded call": U,
    "the notes column of the customer table": U,
    "size, time and phone model of each photo": S,
    "mean ink of each field, computed by the scanner": S,
    "sales per shop and day": S,
    "the complaint that came by mail": U,
}
FOLLOWS = {
    "moved a little, an example keeps its label": U,
    "one column arrives in other units and every prediction is off": S,
    "five people label it again, and their agreement shows how well it can be done": U,
    "there are 4,000 customers, and nobody can make up a realistic new one": S,
    "the columns may come in any order, as long as it stays the same": S,
    "what a person reaches is a useful target": U,
}
FORMS = {  # kind: share of all forms, error, floor
    "clear scans": (0.60, 0.060, 0.055),
    "phone photos": (0.20, 0.150, 0.100),
    "faint carbon copies": (0.12, 0.300, 0.290),
    "foreign handwriting": (0.08, 0.200, 0.080),
}


@exercise(
    wrong={
        "judges by the file it is in": f"kinds = dict(zip(kinds, {[S, U, U, S, S, S, S, U]}, strict=True))",
        "takes facts about images for images": f"kinds = dict(zip(kinds, {[S, U, U, U, U, U, S, U]}, strict=True))",
        "takes text for structured": f"kinds = dict(zip(kinds, {[S, U, U, S, S, S, S, S]}, strict=True))",
        "takes a series of sales for a recording": f"kinds = check.KINDS | {{'sales per shop and day': {U!r}}}",
        "a list": "kinds = list(check.KINDS.values())",
        "all alike": f"kinds = dict.fromkeys(kinds, {U!r})",
    },
    right_too={
        "another order": "kinds = dict(reversed(check.KINDS.items()))",
        "a Series with capitals": "kinds = pd.Series(check.KINDS).str.upper()",
    },
)
def kinds(answer):
    """Each of the eight inputs is of the right kind."""
    return judge_sorting(
        answer,
        KINDS,
        hints={
            "the notes column of the customer table": (
                "A column of a table may hold something that has to be read. Look at the values, not at the file."
            ),
            U: "It means something to a reader as a whole; what would one value of it mean?",
            S: "Each of its values has a name, a unit and a meaning alone, even if it was measured on an image.",
        },
        praise="The line runs between values that mean something one by one and values that must be read as a whole.",
    )


@exercise(
    wrong={
        "expects people to judge tables": f"follows = dict(zip(follows, {[U, S, S, S, S, S]}, strict=True))",
        "makes up customers": f"follows = dict(zip(follows, {[U, S, U, U, S, U]}, strict=True))",
        "would shuffle pixels": f"follows = dict(zip(follows, {[U, S, U, S, U, U]}, strict=True))",
        "swaps the two": f"follows = dict(zip(follows, {[S, U, S, U, U, S]}, strict=True))",
        "other keys": f"follows = dict(zip('abcdef', {[U, S, U, S, S, U]}, strict=True))",
    },
    right_too={
        "another order": "follows = dict(reversed(check.FOLLOWS.items()))",
        "a Series": "follows = pd.Series(check.FOLLOWS)",
        "capitals": "follows = {name: kind.title() + ' ' for name, kind in check.FOLLOWS.items()}",
    },
)
def follows(answer):
    """Each consequence belongs to its kind of data."""
    shifted, units, five, made_up, order, person = FOLLOWS
    agreed = "Would five people agree on a tumor from thirty numbers? On a digit from its image?"
    moved = "Think of a form scanned a millimeter to the left, and of a table whose columns moved by one."
    return judge_sorting(
        answer,
        FOLLOWS,
        hints={
            shifted: moved,
            units: moved,
            five: agreed,
            person: agreed,
            made_up: "A new image can be made from an old one. What would make a new customer realistic?",
            order: "Section 2 shuffled the pixels of an image. Who would notice another order of a table's columns?",
        },
        praise="Meaning column by column, or as a whole: labels, baselines and synthetic data follow from that.",
    )


def human_interval(given, y_true):
    """Share of answers that agree with the labels, and its 95 % Wilson interval: accuracy, low and high."""
    agree = int(np.sum(np.array(given) == np.asarray(y_true)))
    low, high = stats.binomtest(agree, len(y_true)).proportion_ci(method="wilson")
    return {"accuracy": agree / len(y_true), "low": low, "high": high}


@exercise(
    wrong={
        "reads column by column": 'reading = tasks["forms"][1][shown].reshape(2, 10).T.ravel().tolist()',
        "answers at random": "reading = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] * 2",
        "leaves some out": 'reading = tasks["forms"][1][shown].tolist()[:15]',
        "one digit for all": "reading = [1] * 20",
    },
    right_too={
        "an array": 'reading = tasks["forms"][1][shown]',
        "texts": 'reading = [str(digit) for digit in tasks["forms"][1][shown]]',
        "a slip": 'reading = tuple(np.where(np.arange(20) == 3, 0, tasks["forms"][1][shown]))',
    },
)
def reading(answer, y_true):
    """Twenty digits, of which well over half agree with the labels; people read nearly all."""
    given = [int(value) for value in as_list(answer)]
    if len(given) != len(y_true):
        return wrong(
            f"There are {len(y_true)} images and {len(given)} answers. An unreadable one takes your best guess."
        )
    agree = int(np.sum(np.array(given) == np.asarray(y_true)))
    if agree < 0.6 * len(y_true):
        return wrong("Far fewer agree with the labels than a reader would get. Go row by row, left to right.")
    low, high = (human_interval(given, y_true)[end] for end in ("low", "high"))
    return right(
        f"{agree} of {len(y_true)} agree with the label: a human level from {low:.0%} to {high:.0%} (95 % interval). "
        "To be compared with a model, more images and more people are needed."
    )


@guess(0, 100, unit=" of 100")
def guess_useless(answer):
    """A guess of how many worthless tables a model beats guessing on."""


def share_as_good(score, permuted):
    """The share of the arrangements, the real one included, that do at least as well as `score`."""
    return (1 + np.sum(np.asarray(permuted) >= score)) / (1 + len(permuted))


@exercise(
    wrong={
        "forgets the real arrangement": "return np.mean(np.asarray(permuted) >= score)",
        "counts only strictly better": "return (1 + np.sum(np.asarray(permuted) > score)) / (1 + len(permuted))",
        "counts those that do worse": "return (1 + np.sum(np.asarray(permuted) <= score)) / (1 + len(permuted))",
        "adds one above the line only": "return (1 + np.sum(np.asarray(permuted) >= score)) / len(permuted)",
        "adds one below the line only": "return np.sum(np.asarray(permuted) >= score) / (1 + len(permuted))",
        "in percent": "return 100 * (1 + np.sum(np.asarray(permuted) >= score)) / (1 + len(permuted))",
        "the rank": "return 1 + np.sum(np.asarray(permuted) >= score)",
    },
    right_too={
        "the mean of all arrangements": "return np.mean(np.append(permuted, score) >= score)",
        "a loop": (
            "count = 1\nfor value in permuted:\n    if value >= score:\n        count += 1\n"
            "return count / (len(permuted) + 1)"
        ),
    },
)
def p_value(function):
    """Share of the arrangements, the real one included, that do at least as well."""
    permuted = np.array([0.4, 0.45, 0.5, 0.5, 0.55, 0.6, 0.6, 0.65, 0.7])
    if function(0.9, permuted) == 0:
        return wrong("The result is zero, though the real labels are an arrangement too, and do as well as themselves.")
    if math.isclose(function(0.9, permuted), 1):
        return wrong("A score above all permuted ones should get a small value: count those that do at least as well.")
    if math.isclose(function(0.6, permuted), 0.3):
        return wrong("A permuted score equal to the real one does at least as well.")
    if math.isclose(function(0.9, permuted), 1 / 9):
        return wrong("The real labels are one more arrangement above the line. And below it?")
    rng = np.random.default_rng(0)
    for _ in range(20):
        permuted, score = rng.integers(40, 60, rng.integers(5, 50)) / 100, rng.integers(40, 60) / 100
        if not math.isclose(function(score, permuted), share_as_good(score, permuted)):
            return wrong("On drawn scores the result differs from the share of arrangements that do at least as well.")
    return right("That often an arrangement without any meaning does as well as the real labels.")


def chosen_outside(right, fold, k):
    """The model that is right most often outside fold `k`; of equally good ones the first column."""
    return right[fold != k].mean().idxmax()


@exercise(
    wrong={
        "chooses inside the fold": "return right[fold == k].mean().idxmax()",
        "chooses on everything": "return right.mean().idxmax()",
        "takes the worst": "return right[fold != k].mean().idxmin()",
        "a tie goes to the right": "return right[fold != k].mean()[::-1].idxmax()",
        "returns the share": "return right[fold != k].mean().max()",
        "returns the place": "return int(right[fold != k].mean().argmax())",
    },
    right_too={
        "a loop": (
            "best, most = None, -1\nfor name in right:\n    hits = int(right[name][fold != k].sum())\n"
            "    if hits > most:\n        best, most = name, hits\nreturn best"
        ),
        "by NumPy": "return right.columns[np.asarray(right)[np.asarray(fold) != k].sum(axis=0).argmax()]",
    },
)
def best_elsewhere(function):
    """The model that is right most often outside the fold, on drawn tables with ties."""
    rng = np.random.default_rng(0)
    for _ in range(40):
        table = pd.DataFrame(rng.random((12, 3)) < 0.6, columns=["quick", "neighbor", "svm"])
        fold, k = rng.permutation(np.arange(12) % 3), int(rng.integers(3))
        name, outside = function(table.copy(), fold.copy(), k), table[fold != k].mean()
        if not isinstance(name, str) or name not in table:
            return wrong("Return the name of a model: one of the table's columns.")
        if name == outside.idxmax():
            continue
        if outside[name] == outside.max():
            return wrong("Two models are equally good there. The prompt says which of them is kept.")
        if name in (table[fold == k].mean().idxmax(), table.mean().idxmax()):
            return wrong("The rows of fold k take part in the choice that is judged on them. Leave them out.")
        return wrong("Another model is right more often outside the fold.")
    return right("No row takes part in its own choice, so what is reached is reached on new data.")


@exercise(
    wrong={
        "goes for the largest error": 'next_task, fewer_errors = "faint carbon copies", 0.12 * 0.300',
        "goes for the largest gap": 'next_task, fewer_errors = "foreign handwriting", 0.08 * 0.12',
        "goes for the largest share": 'next_task, fewer_errors = "clear scans", 0.60 * 0.005',
        "forgets the share": 'next_task, fewer_errors = "phone photos", 0.05',
        "in percent": 'next_task, fewer_errors = "phone photos", 1.0',
        "the share of errors": 'next_task, fewer_errors = "phone photos", 0.2 * 0.15',
        "of the errors on photos": 'next_task, fewer_errors = "phone photos", 1 / 3',
    },
    right_too={
        "capitals and a singular": 'next_task, fewer_errors = "Phone photo", 0.01',
        "the difference of two totals": 'next_task, fewer_errors = "phone-photos", 0.2 * 0.15 - 0.2 * 0.1',
    },
)
def next_task(kind, fewer):
    """The kind with the largest share times gap, and that product."""
    kind = pick(kind, FORMS)
    gain = {name: share * (error - floor) for name, (share, error, floor) in FORMS.items()}
    if kind == "faint carbon copies":
        return wrong("The largest error of all, and people make nearly as many there: what is left to gain?")
    if kind == "foreign handwriting":
        return wrong("The widest gap, on few of the forms. Weigh each gap by how often it is met.")
    if kind == "clear scans":
        return wrong("Most forms are of this kind, but how far is the reader from the floor there?")
    if math.isclose(float(fewer), 100 * gain[kind]):
        return wrong("The right kind, but this is in percent: the table has fractions.")
    if math.isclose(float(fewer), -gain[kind], abs_tol=1e-6):
        return wrong("The right kind and size; a fall by 0.03 is written 0.03, without a sign.")
    if abs(float(fewer) - gain[kind]) > 1e-6:
        return wrong("The right kind. The fall is meant over all forms, of which these are only a part.")
    return right("One form in a hundred. The foreign handwriting comes close behind, with more than twice the gap.")
