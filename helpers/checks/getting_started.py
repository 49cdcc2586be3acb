"""Checks of week 2, notebook 1: where a modeling project starts."""

import numpy as np
import pandas as pd

from helpers.course.exercises import exercise, right, wrong

LETTERS = "ABCDEFG"
BEFORE = {
    ("D", "B"): "goal", ("D", "F"): "goal", ("D", "G"): "goal", ("D", "E"): "goal", ("D", "A"): "goal",
    ("D", "C"): "goal", ("F", "A"): "split", ("B", "E"): "look", ("B", "A"): "look",
    ("G", "A"): "baseline", ("E", "A"): "tiny", ("A", "C"): "errors", ("E", "C"): "errors", ("F", "C"): "errors",
    ("B", "C"): "errors", ("G", "C"): "baseline",
}  # fmt: skip
WHY = {
    "goal": "Every later number is judged against something that you write down later than that number.",
    "split": "A model sees clips before it is settled which callers it must not see.",
    "look": "A model is fitted to clips that nobody has listened to: a wrong label would pass unnoticed.",
    "baseline": "When the first full result arrives, nothing tells you yet whether it is good.",
    "tiny": "The long run starts before the cheap check that would have shown a fault in the program.",
    "errors": "Errors can be sorted only once there is a model, trained and measured properly, that makes them.",
}
MILESTONES = [1, 2, 3, 2, 3, 1]
MOMENTS = ["not yet", "now", "not yet", "now", "not yet"]


@exercise(
    wrong={
        "trains first": 'first_steps = ["A", "D", "B", "F", "G", "E", "C"]',
        "memorizes a tiny set after the long run": 'first_steps = ["D", "B", "F", "G", "A", "E", "C"]',
        "splits after fitting": 'first_steps = ["D", "B", "G", "E", "A", "F", "C"]',
        "states the goal when the data are known": 'first_steps = ["B", "F", "D", "G", "E", "A", "C"]',
    }
)
def first_steps(letters):
    """The seven letters once each, in an order in which no step must be redone."""
    order = [str(letter).strip().upper() for letter in letters]
    if sorted(order) != list(LETTERS):
        return wrong("The list must hold each of the seven letters A to G once.")
    for (early, late), reason in BEFORE.items():
        if order.index(early) > order.index(late):
            return wrong(WHY[reason])
    return right(
        "Goal, data, split and baseline, then the cheap check, the long run, the errors. Listening, splitting and "
        "looking up results may change places: none of them spoils the others."
    )


@exercise(
    wrong={
        "looks at accuracy alone": "return bool(np.mean(np.asarray(y_true) == np.asarray(y_pred)) == 1)",
        "looks at the loss alone": "return bool(losses[-1] < losses[0] / 10)",
        "is content with better than guessing": "return bool(np.mean(np.asarray(y_true) == np.asarray(y_pred)) > 0.1)",
        "is content with either": (
            "return bool(np.all(np.asarray(y_true) == np.asarray(y_pred)) or losses[-1] < losses[0] / 10)"
        ),
    }
)
def passes(function):
    """Both halves are required, for every image, with the loss compared between the ends of the run."""
    labels = np.arange(20) % 10
    learned, flat = np.geomspace(2.303, 0.05, 50), np.linspace(2.303, 2.301, 50)
    one_off = np.where(np.arange(20) == 7, 0, labels)
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
    other = np.array([5.0, 0.3, 0.49])
    if not function(other, labels, labels) or function(other + 0.02, labels, labels):
        return wrong("Judge the last loss against a tenth of the first loss of the same run, whatever that was.")
    return right("Loss shows that training works; reading back through the prediction path shows that the rest does.")


@exercise(
    wrong={
        "puts every low dev score at 2": "missed = dict(zip(missed, [2, 2, 3, 2, 3, 2], strict=True))",
        "trusts any number called dev": "missed = dict(zip(missed, [1, 2, 3, 3, 3, 1], strict=True))",
        "takes every complaint for a data problem": "missed = dict(zip(missed, [1, 2, 2, 2, 2, 1], strict=True))",
    }
)
def missed(answer):
    """The first milestone each case misses."""
    given = [int(value) for value in answer.values()]
    if len(given) != 6 or not set(given) <= {1, 2, 3}:
        return wrong("Each of the six cases takes 1, 2 or 3.")
    if given[0] != 1 or given[5] != 1:
        return wrong("In two cases the model does not even do well on what it has seen. Ask that before anything else.")
    if given[3] != 2:
        return wrong("A dev score on writers who are also in training does not tell whether milestone 2 is met.")
    if given[2] != 3 or given[4] != 3:
        return wrong("Where training, dev and test are all above the target, the first two are met; what is left?")
    if given != MILESTONES:
        return wrong("Training is perfect and new writers are not: which question of the three did that answer?")
    return right("Fit what you have, carry over to what you have not, then move what the product is paid for.")


@exercise(
    wrong={
        "takes the goal of the number for the digit": "needed = 0.95",
        "multiplies in the wrong direction": "needed = 0.95**8",
        "takes the error of a number for that of a digit": "needed = 1 - 0.05 * 8",
        "takes a square root": "needed = 0.95**0.5",
    }
)
def needed(value):
    """p with p ** 8 = 0.95, to three decimals; the bound 1 - 0.05 / 8 is as near."""
    value = float(value)
    if not 0 < value < 1:
        return wrong("An accuracy lies between 0 and 1.")
    if abs(value - 0.95) < 1e-9:
        return wrong("With that accuracy per digit, eight digits in a row are right far less often. Multiply it out.")
    if value < 0.95:
        return wrong("A digit must be right more often than a number of eight digits. Solve for p, do not apply it.")
    if abs(value - 0.95 ** (1 / 8)) > 5e-4:
        return wrong(f"Eight digits of that accuracy would all be right with probability {value**8:.4f}.")
    return right("The eighth root of 0.95: six errors in a thousand. Errors that cluster on few forms ask for less.")


@exercise(
    wrong={
        "filters from the first day": 'constraints = dict.fromkeys(constraints, "now")',
        "never before the release": 'constraints = dict.fromkeys(constraints, "not yet")',
        "reads only the word scanner": (
            'constraints = dict(zip(constraints, ["not yet", "now", "not yet", "not yet", "not yet"], strict=True))'
        ),
        "shrinks a model that does not work yet": (
            'constraints = dict(zip(constraints, ["not yet", "now", "not yet", "now", "now"], strict=True))'
        ),
    }
)
def constraints(answer):
    """Whether the budget should choose the model in each situation."""
    given = [" ".join(str(value).lower().split()) for value in answer.values()]
    if len(given) != 5 or not set(given) <= {"now", "not yet"}:
        return wrong('Each of the five situations takes "now" or "not yet".')
    if given[0] == "now" or given[2] == "now":
        return wrong("Somebody wants to learn what is possible. A budget there can only hide the answer.")
    if given[4] == "now":
        return wrong(
            "A target out of reach at any size: a size limit only removes models from a search that found none."
        )
    if given != MOMENTS:
        return wrong("A goal known to be reachable and a model about to be used: waiting longer means choosing twice.")
    return right("Explore without a budget; once the goal is known to be in reach and the model ships, filter first.")


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
    }
)
def best_within(function):
    """Most accurate within both limits, on a fixed table and on drawn ones."""
    table = pd.DataFrame(
        {"accuracy": [0.99, 0.97, 0.97, 0.9], "size_kb": [900.0, 80, 40, 5], "single_ms": [20.0, 0.3, 2, 0.1]},
        index=["forest", "svm", "network", "linear"],
    )
    if function(table, 10, 1) != "linear" or function(table, 1000, 1) == "forest":
        return wrong("A model is returned that is over one of the two limits, or none where one fits.")
    if function(table, 1000, 100) != "forest":
        return wrong("With room for every model the most accurate must win, not the smallest.")
    if function(table, 100, 5) != "network":
        return wrong("Two models tie in accuracy within that budget. The prompt says which of them wins.")
    if function(table, 900, 20) != "forest":
        return wrong("At most means that a model exactly at the limit still fits.")
    if function(table, 1, 1) != "none":
        return wrong('Where nothing fits, the answer is the word "none".')
    rng = np.random.default_rng(0)
    for _ in range(50):
        drawn = pd.DataFrame(rng.integers(1, 9, (6, 3)), columns=table.columns, index=list("abcdef"))
        if str(function(drawn.copy(), 5, 5)) not in _winners(drawn, 5, 5):
            return wrong("On a drawn table with other models the answer is not the best within the budget.")
    return right("Filter by the budget, then compare by accuracy: another budget, another winner.")


def _winners(table, max_kb, max_ms):
    fits = [row for row in table.itertuples() if row.size_kb <= max_kb and row.single_ms <= max_ms]
    if not fits:
        return {"none"}
    best = max((row.accuracy, -row.size_kb) for row in fits)
    return {row.Index for row in fits if (row.accuracy, -row.size_kb) == best}
