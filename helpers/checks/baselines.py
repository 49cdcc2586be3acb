"""Checks of week 2, notebook 2: baselines and the room above them."""

import math

import numpy as np
from scipy import stats

from helpers.course.exercises import exercise, right, wrong

S, U = "structured", "unstructured"
KINDS = [S, U, U, U, S, S, S, U]
FOLLOWS = [U, S, U, S, S, U]
WAYS = ["older system", "human", "rule", "published", "quick"]
FORMS = {  # kind: share of all forms, error, floor
    "clear scans": (0.60, 0.060, 0.055),
    "phone photos": (0.20, 0.150, 0.100),
    "faint carbon copies": (0.12, 0.300, 0.290),
    "foreign handwriting": (0.08, 0.200, 0.080),
}


def _words(answer):
    return [" ".join(str(value).lower().split()) for value in answer.values()]


@exercise(
    wrong={
        "judges by the file it is in": f"kinds = dict(zip(kinds, {[S, U, U, S, S, S, S, U]}, strict=True))",
        "takes facts about images for images": f"kinds = dict(zip(kinds, {[S, U, U, U, U, U, S, U]}, strict=True))",
        "takes text for structured": f"kinds = dict(zip(kinds, {[S, U, U, S, S, S, S, S]}, strict=True))",
    }
)
def kinds(answer):
    """Each of the eight inputs is of the right kind."""
    given = _words(answer)
    if len(given) != len(KINDS) or not set(given) <= {S, U}:
        return wrong('Each of the eight inputs takes "structured" or "unstructured".')
    if S in (given[1], given[2], given[7]):
        return wrong(
            "A scan, a call and a letter mean something to a reader as a whole; what would one value of them mean?"
        )
    if given[3] == S:
        return wrong("A column of a table may hold something that has to be read. Look at the values, not at the file.")
    if U in (given[4], given[5]):
        return wrong(
            "A number computed or noted *about* an image is no image: it has a name, a unit and a meaning alone."
        )
    if given != KINDS:
        return wrong(
            "One of the plain tables is called unstructured, though each of its columns means something alone."
        )
    return right(
        "The line runs between values that mean something one by one and values that have to be read as a whole."
    )


@exercise(
    wrong={
        "expects people to judge tables": f"follows = dict(zip(follows, {[U, S, S, S, S, S]}, strict=True))",
        "makes up customers": f"follows = dict(zip(follows, {[U, S, U, U, S, U]}, strict=True))",
        "would shuffle pixels": f"follows = dict(zip(follows, {[U, S, U, S, U, U]}, strict=True))",
        "swaps the two": f"follows = dict(zip(follows, {[S, U, S, U, U, S]}, strict=True))",
    }
)
def follows(answer):
    """Each consequence belongs to its kind of data."""
    given = _words(answer)
    if len(given) != len(FOLLOWS) or not set(given) <= {S, U}:
        return wrong('Each of the six statements takes "structured" or "unstructured".')
    if given[0] == S or given[1] == U:
        return wrong("Think of a form scanned a millimetre to the left, and of a table whose columns moved by one.")
    if S in (given[2], given[5]):
        return wrong("Would five people agree on a tumor from thirty numbers? On a digit from its image?")
    if given[3] == U:
        return wrong("A new image can be made from an old one. What would make a new customer realistic?")
    if given != FOLLOWS:
        return wrong("Section 2 shuffled the pixels of an image. Who would notice another order of a table's columns?")
    return right("Meaning column by column, or as a whole: labels, baselines and made-up data follow from that.")


@exercise(
    wrong={
        "reads column by column": 'reading = tasks["forms"][1][shown].reshape(2, 10).T.ravel().tolist()',
        "answers at random": "reading = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] * 2",
        "leaves some out": 'reading = tasks["forms"][1][shown].tolist()[:15]',
    }
)
def reading(answer, y_true):
    """Twenty digits, of which well over half agree with the labels; people read nearly all."""
    given = [int(value) for value in answer]
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
    }
)
def ways(answer):
    """Each way is used once, where it tells most."""
    given = [word.removesuffix(" implementation").removeprefix("simple ") for word in _words(answer)]
    if len(given) != len(WAYS) or not set(given) <= set(WAYS):
        return wrong('Each situation takes "human", "rule", "older system", "published" or "quick".')
    if given[0] != WAYS[0]:
        return wrong("Whoever uses a system today will compare the new one with what they have.")
    if given[4] == "human" or given[1] != "human":
        return wrong("People can serve as a baseline where they are good: hardly at 40 columns, very much at speech.")
    if given[2] != WAYS[2]:
        return wrong("An answer is needed today and no model exists. What would last week's sheet of paper say?")
    if given != WAYS:
        return wrong("Each of the five ways fits one situation; one of them is used where it does not exist.")
    return right(
        "A baseline is an answer to somebody's question; the best one is the one that this somebody would ask for."
    )


@exercise(
    wrong={
        "forgets the real arrangement": "return np.mean(np.asarray(permuted) >= score)",
        "counts only strictly better": "return (1 + np.sum(np.asarray(permuted) > score)) / (1 + len(permuted))",
        "counts those that do worse": "return (1 + np.sum(np.asarray(permuted) <= score)) / (1 + len(permuted))",
        "adds one above the line only": "return (1 + np.sum(np.asarray(permuted) >= score)) / len(permuted)",
    }
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
    return right("Nothing, given as many chances as you like, did as well this often.")


@exercise(
    wrong={
        "goes for the largest error": 'next_task, fewer_errors = "faint carbon copies", 0.12 * 0.300',
        "goes for the largest gap": 'next_task, fewer_errors = "foreign handwriting", 0.08 * 0.12',
        "goes for the largest share": 'next_task, fewer_errors = "clear scans", 0.60 * 0.005',
        "forgets the share": 'next_task, fewer_errors = "phone photos", 0.05',
    }
)
def next_task(kind, fewer):
    """The kind with the largest share times gap, and that product."""
    kind = " ".join(str(kind).lower().split())
    if kind not in FORMS:
        return wrong("The kind must be one of the four in the table.")
    gain = {name: share * (error - floor) for name, (share, error, floor) in FORMS.items()}
    if kind == "faint carbon copies":
        return wrong("The largest error of all, and people make nearly as many there: what is left to gain?")
    if kind == "foreign handwriting":
        return wrong("The widest gap, on few of the forms. Weigh each gap by how often it is met.")
    if kind == "clear scans":
        return wrong("Most forms are of this kind, but how far is the reader from the floor there?")
    if abs(float(fewer) - gain[kind]) > 1e-6:
        return wrong("The right kind. The fall is meant over all forms, of which these are only a part.")
    return right("One form in a hundred more. The foreign handwriting comes close behind, at twice the gap.")
