"""Checks of week 2, notebook 2: baselines and the room above them."""

import math

import numpy as np
from scipy import stats

from helpers.course.exercises import as_list, by_key, exercise, judge_sorting, pick, right, wrong

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
WAYS = {
    "the new reader replaces one that has run for three years": "older system",
    "clear recordings; the agents understand nearly all of them": "human",
    "calls per hour next week; no model yet, an answer is needed today": "rule",
    "a public benchmark has the same images and the same split": "published",
    "a new table of 40 columns; do they say anything at all?": "quick",
}
NAMES = {
    "older system": "older system", "human": "human", "rule": "rule", "published": "published", "quick": "quick",
    "human level": "human", "simple rule": "rule", "quick implementation": "quick", "published result": "published",
}  # fmt: skip
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
    low, high = stats.binomtest(agree, len(y_true)).proportion_ci(method="wilson")
    return right(
        f"{agree} of {len(y_true)} agree with the label: a human level from {low:.0%} to {high:.0%} (95 % interval). "
        "To be compared with a model, more images and more people are needed."
    )


@exercise(
    wrong={
        "a person for everything new": (
            'ways = dict(zip(ways, ["older system", "quick", "rule", "published", "human"], strict=True))'
        ),
        "compares a replacement with papers": (
            'ways = dict(zip(ways, ["published", "human", "rule", "older system", "quick"], strict=True))'
        ),
        "models before ruling": (
            'ways = dict(zip(ways, ["older system", "human", "quick", "published", "rule"], strict=True))'
        ),
        "one way for all": 'ways = dict.fromkeys(ways, "published")',
        "a list": "ways = list(check.WAYS.values())",
    },
    right_too={
        "another order": "ways = dict(reversed(check.WAYS.items()))",
        "the names of the table": (
            'ways = dict(zip(ways, ["Older system", "human level", "simple rule", "Published", '
            '"quick implementation"], strict=True))'
        ),
    },
)
def ways(answer):
    """Each way is used once, where it tells most."""
    given = {case: NAMES[pick(way, NAMES)] for case, way in by_key(answer, WAYS).items()}
    replaced, understood, today, benchmark, columns = WAYS
    return judge_sorting(
        given,
        WAYS,
        hints={
            replaced: "Whoever uses a system today will compare the new one with what they have.",
            understood: "People can serve as a baseline where they are good: hardly at 40 columns, well at speech.",
            today: "An answer is needed today and no model exists. What would last week's sheet of paper say?",
            benchmark: "Others have been asked exactly this question, and have written down how they did.",
            columns: "Nobody reads 40 columns, and nothing runs yet. What can be had in an afternoon?",
        },
        praise="A baseline answers somebody's question; take the one that the person who pays would ask about.",
    )


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
        truth = (1 + sum(value >= score for value in permuted)) / (1 + len(permuted))
        if not math.isclose(function(score, permuted), truth):
            return wrong("On drawn scores the result differs from the share of arrangements that do at least as well.")
    return right("That often an arrangement without any meaning does as well as the real labels.")


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
    if abs(float(fewer) - gain[kind]) > 1e-6:
        return wrong("The right kind. The fall is meant over all forms, of which these are only a part.")
    return right("One form in a hundred. The foreign handwriting comes close behind, with more than twice the gap.")
