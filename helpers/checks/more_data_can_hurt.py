"""Checks of the notebook on data that hurt."""

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from helpers.course.exercises import as_list, by_key, drawn, exercise, guess, judge_sorting, pick, right, wrong


@guess(-100, 100, unit=" points")
def guess_small(answer):
    """By how many points the small model's accuracy changes, guessed before it is measured."""


def odds_after_offer(per_class, n_added):
    """Factor by which added 1s multiply the odds of a 1 against any other digit."""
    return (per_class + n_added) / per_class


@exercise(
    wrong={
        "forgets the images that were there": "return n_added / per_class",
        "gives the share of all images": "return (per_class + n_added) / (10 * per_class + n_added)",
        "takes the logarithm": "return np.log((per_class + n_added) / per_class)",
        "how many more": "return n_added",
        "a difference of odds": "return (per_class + n_added) / per_class - 1",
        "a ratio of shares": (
            "before, after = per_class / (10 * per_class), (per_class + n_added) / (10 * per_class + n_added)\n"
            "return after / before"
        ),
        "1s against all others": "return (per_class + n_added) / (9 * per_class)",
        "rounds": "return (per_class + n_added) // per_class",
        "7s against 1s": "return per_class / (per_class + n_added)",
    },
    right_too={
        "a sum": "return 1 + n_added / per_class",
        "odds after over odds before": (
            "odds = lambda ones, sevens: ones / sevens\n"
            "return odds(per_class + n_added, per_class) / odds(per_class, per_class)"
        ),
        "odds against all others": (
            "others = 9 * per_class\nreturn ((per_class + n_added) / others) / (per_class / others)"
        ),
        "NumPy": "return np.true_divide(np.add(per_class, n_added), per_class)",
    },
)
def odds_factor(function):
    """By how much added 1s multiply the odds of 1 against 7 in the training set."""
    own = drawn(1).integers((20, 30), (400, 3000), (3, 2)).tolist()
    for per_class, n_added in [(100, 0), (100, 2000), (50, 25), (400, 3000), *own]:
        got, truth = float(function(per_class, n_added)), odds_after_offer(per_class, n_added)
        case = f"For {per_class} of each digit and {n_added} added"
        if np.isclose(got, truth):
            continue
        if np.isclose(got, n_added / per_class):
            return wrong(f"{case}: the 1s that were there before still count.")
        if np.isclose(got, (per_class + n_added) / (10 * per_class + n_added)):
            return wrong(f"{case}: that is the share among all ten digits. The question is about 1s against 7s only.")
        if np.isclose(got, np.log(truth)):
            return wrong(f"{case}: that is the shift on the scale of log-odds. Asked is the factor itself.")
        return wrong(f"{case}: odds are 1s divided by 7s. Compute them before and after, then compare.")
    return right("This factor is the push that a 1 gets before any pixel is seen.")


@exercise(
    wrong={
        "takes the offer itself for the control": (
            'isolates = {"prior": "tilted 1s", "tilt": "tilted digits, all ten", "both": "copies of 1s"}'
        ),
        "thinks that copies teach the tilt": (
            'isolates = {"prior": "tilted digits, all ten", "tilt": "copies of 1s", "both": "tilted 1s"}'
        ),
        "mixes up the tilt and the whole": (
            'isolates = {"prior": "copies of 1s", "tilt": "tilted 1s", "both": "tilted digits, all ten"}'
        ),
        "one control for both": 'isolates = dict.fromkeys(isolates, "copies of 1s")',
        "the keys and values swapped": (
            'isolates = {"copies of 1s": "prior", "tilted digits, all ten": "tilt", "tilted 1s": "both"}'
        ),
        "shapes are rarer": (
            'isolates = {"prior": "tilted digits, all ten", "tilt": "tilted 1s", "both": "copies of 1s"}'
        ),
    },
    right_too={
        "another order, capitals": (
            'isolates = {"both": "Tilted 1s", "tilt": "Tilted digits, all ten", "prior": "Copies of 1s"}'
        ),
        "a Series": (
            'isolates = pd.Series({"prior": "copies of 1s", "tilt": "tilted digits, all ten", "both": "tilted 1s"})'
        ),
    },
)
def isolates(answer):
    """Which experiment changes the class shares alone, the shapes alone, and both."""
    truth = {"prior": "copies of 1s", "tilt": "tilted digits, all ten", "both": "tilted 1s"}
    answer = {change: pick(offer, truth.values()) for change, offer in by_key(answer, truth).items()}
    if answer["prior"] == "tilted digits, all ten":
        return wrong("Prior: does adding as many of each digit change how frequent a 1 is?")
    if answer["prior"] == "tilted 1s":
        return wrong("Prior: these images are new in two ways. A control changes one thing only.")
    if answer != truth:
        return wrong("Tilt: in which experiment are the shapes new while all digits stay equally frequent?")
    return right("One cause at a time, everything else equal: only that says which of the two did the damage.")


def equal_say(y):
    """Weight of each class in `y` that gives all classes the same total."""
    classes = np.unique(y)
    return dict(zip(classes.tolist(), compute_class_weight("balanced", classes=classes, y=y), strict=True))


@exercise(
    wrong={
        "weights the frequent class more": (
            "digits, counts = np.unique(y, return_counts=True)\n"
            "return {d: c * len(digits) / len(y) for d, c in zip(digits, counts)}"
        ),
        "does not keep the total": (
            "digits, counts = np.unique(y, return_counts=True)\nreturn {d: 1 / c for d, c in zip(digits, counts)}"
        ),
        "assumes ten classes": (
            "digits, counts = np.unique(y, return_counts=True)\n"
            "return {d: len(y) / (10 * c) for d, c in zip(digits, counts)}"
        ),
        "a total of one": (
            "digits, counts = np.unique(y, return_counts=True)\n"
            "return {d: 1 / (len(digits) * c) for d, c in zip(digits, counts)}"
        ),
        "the weights add up, not those of the examples": (
            "digits, counts = np.unique(y, return_counts=True)\ninverse = 1 / counts\n"
            "return dict(zip(digits, len(y) * inverse / inverse.sum()))"
        ),
        "the rarest counts one": (
            "digits, counts = np.unique(y, return_counts=True)\n"
            "return {d: counts.min() / c for d, c in zip(digits, counts)}"
        ),
        "a list": ("digits, counts = np.unique(y, return_counts=True)\nreturn list(len(y) / (len(digits) * counts))"),
        "all ten digits": "return {d: len(y) / (10 * max(1, np.sum(y == d))) for d in range(10)}",
    },
    right_too={
        "scikit-learn": (
            "from sklearn.utils.class_weight import compute_class_weight\nclasses = np.unique(y)\n"
            "return dict(zip(classes, compute_class_weight('balanced', classes=classes, y=y)))"
        ),
        "pandas": "counts = pd.Series(y).value_counts()\nreturn len(y) / (len(counts) * counts)",
        "Counter": (
            "from collections import Counter\ncounts = Counter(y.tolist())\n"
            "return {c: len(y) / len(counts) / count for c, count in counts.items()}"
        ),
        "by the mean count": (
            "classes, counts = np.unique(y, return_counts=True)\nreturn dict(zip(classes, counts.mean() / counts))"
        ),
    },
)
def balanced_weights(function):
    """Class weights that give each class the same total, against scikit-learn."""
    own = [3] * 4 + [8] * 9 + drawn(2).integers(3, 9, 40).tolist()
    for y in ([0, 0, 0, 1], [1] * 30 + [7] * 10, list(range(10)) * 5 + [1] * 200, own):
        y = np.array(y)
        got = function(y.copy())
        classes, counts = np.unique(y, return_counts=True)
        got = np.array(list(by_key(got, classes.tolist()).values()), dtype=float)
        truth = compute_class_weight("balanced", classes=classes, y=y)
        if np.allclose(got, truth):
            continue
        if not np.allclose(got * counts, (got * counts)[0]):
            return wrong("Multiply each weight by its count: the classes do not have the same total yet.")
        if len(classes) != 10 and np.allclose(got * 10, truth * len(classes)):
            return wrong("Right for ten classes. How many are in y?")
        return wrong("The classes agree with each other, but the weights of all examples must add up to len(y).")
    return right("Every class has the same say now, however often it was collected.")


def exchange_prior(prob, train_share, true_share):
    """Probabilities under the true class shares in place of those in training."""
    exchanged = np.asarray(prob) * (np.asarray(true_share) / np.asarray(train_share))
    return exchanged / exchanged.sum(axis=1, keepdims=True)


@exercise(
    wrong={
        "multiplies by the training shares": (
            "odds = prob * np.asarray(train_share) / np.asarray(true_share)\n"
            "return odds / odds.sum(axis=1, keepdims=True)"
        ),
        "forgets that probabilities add up to one": "return prob * np.asarray(true_share) / np.asarray(train_share)",
        "forgets the true shares": (
            "odds = prob / np.asarray(train_share)\nreturn odds / odds.sum(axis=1, keepdims=True)"
        ),
        "forgets the training shares": (
            "odds = prob * np.asarray(true_share)\nreturn odds / odds.sum(axis=1, keepdims=True)"
        ),
        "divides by the columns": (
            "odds = prob * (np.asarray(true_share) / np.asarray(train_share))\nreturn odds / odds.sum(axis=0)"
        ),
        "adds the difference of the shares": (
            "moved = prob + np.asarray(true_share) - np.asarray(train_share)\n"
            "return moved / moved.sum(axis=1, keepdims=True)"
        ),
        "makes the columns average to the shares": (
            "odds = prob * (np.asarray(true_share) / prob.mean(axis=0))\nreturn odds / odds.sum(axis=1, keepdims=True)"
        ),
        "only the classes": "return (prob * (np.asarray(true_share) / np.asarray(train_share))).argmax(axis=1)",
    },
    right_too={
        "logarithms": (
            "from scipy.special import softmax\n"
            "return softmax(np.log(prob) + np.log(true_share) - np.log(train_share), axis=1)"
        ),
        "row by row, as lists": (
            "rows = [[p * t / s for p, s, t in zip(row, train_share, true_share)] for row in prob]\n"
            "return [[p / sum(row) for p in row] for row in rows]"
        ),
        "pandas": ("odds = pd.DataFrame(prob) * true_share / train_share\nreturn odds.div(odds.sum(axis=1), axis=0)"),
    },
)
def correct_prior(function):
    """Probabilities under new class shares, against Bayes' rule from likelihoods."""
    rng = drawn(3)
    for n_classes in (2, 3, 10):
        likelihood = rng.random((6, n_classes))
        train, true = rng.dirichlet(np.ones(n_classes), 2)
        prob, truth = (likelihood * share / (likelihood @ share)[:, None] for share in (train, true))
        got = np.asarray(function(prob.copy(), train.copy(), true.copy()), dtype=float)
        if got.shape != truth.shape:
            return wrong(f"Return one row per image and one column per class: {truth.shape} (got {got.shape}).")
        if not np.allclose(got.sum(axis=1), 1):
            return wrong("Some rows do not add up to 1. After the shares are exchanged, something must be divided out.")
        if np.allclose(got, truth):
            continue
        away = prob / train
        if np.allclose(got, away / away.sum(axis=1, keepdims=True)):
            return wrong("The training shares are out. Where do the true ones come in? They need not be equal.")
        return wrong("A class that was over-represented in training must lose. Does it, in your formula?")
    return right("Take the training shares out, put the true ones in, make rows add up to 1. No retraining is needed.")


def fallen(before, after, tolerance):
    """The digits whose recall fell by more than the tolerance."""
    return [digit for digit in before if before[digit] - after[digit] > tolerance]


@exercise(
    wrong={
        "compares the averages": (
            "drop = np.mean(list(before.values())) - np.mean(list(after.values()))\n"
            "return sorted(before) if drop > tolerance else []"
        ),
        "counts gains as harm": "return sorted(d for d in before if abs(after[d] - before[d]) > tolerance)",
        "looks at the level, not the fall": "return sorted(d for d in after if after[d] < 1 - tolerance)",
        "a fall in percent of before": "return [d for d in before if (before[d] - after[d]) / before[d] > tolerance]",
        "a fall in percent of after": "return [d for d in before if before[d] / after[d] - 1 > tolerance]",
        "exactly the tolerance is too much": "return [d for d in before if before[d] - after[d] >= tolerance]",
        "any fall": "return [d for d in before if after[d] < before[d]]",
        "counts them": "return sum(before[d] - after[d] > tolerance for d in before)",
        "the worst only": (
            "worst = max(before, key=lambda d: before[d] - after[d])\n"
            "return [worst] if before[worst] - after[worst] > tolerance else []"
        ),
        "the falls, by digit": "return {d: before[d] - after[d] for d in before if before[d] - after[d] > tolerance}",
    },
    right_too={
        "a loop": (
            "found = []\nfor digit, recall in sorted(before.items(), reverse=True):\n"
            "    if after[digit] < recall - tolerance:\n        found.append(str(digit))\nreturn found"
        ),
        "pandas": ("fall = pd.Series(before) - pd.Series(after)\nreturn fall.index[fall > tolerance]"),
        "a set": "return {d for d in after if before[d] - after[d] > tolerance}",
    },
)
def harmed(function):
    """The digits whose recall falls by more than a tolerance."""
    cases = [
        ({1: 0.7, 7: 0.9, 8: 0.5}, {1: 0.95, 7: 0.7, 8: 0.5}, 0.05, [7]),
        ({1: 0.7, 7: 0.9, 8: 0.5}, {1: 0.95, 7: 0.88, 8: 0.49}, 0.05, []),
        ({0: 0.9, 3: 0.9, 5: 0.9, 6: 0.9}, {0: 0.8, 3: 0.95, 5: 0.6, 6: 0.97}, 0.02, [0, 5]),
        ({2: 0.5, 4: 0.9}, {2: 0.44, 4: 0.75}, 0.1, [4]),
        ({2: 0.5, 4: 0.75}, {2: 0.25, 4: 0.25}, 0.25, [4]),
    ]
    was, now = (dict(enumerate(row)) for row in (drawn(4).integers(2, 9, (2, 10)) / 8).tolist())
    cases.append((was, now, 0.2, fallen(was, now, 0.2)))
    for before, after, tolerance, truth in cases:
        got = sorted(int(digit) for digit in as_list(function(dict(before), dict(after), tolerance)))
        if got == truth:
            continue
        case = f"Before {before}, after {after}, tolerance {tolerance}"
        if set(truth) - set(got):
            return wrong(
                f"{case}: a digit fell by more than the tolerance and is missing. Does a gain elsewhere hide it?"
            )
        extra = sorted(set(got) - set(truth))[0]
        if after[extra] > before[extra]:
            return wrong(f"{case}: the recall of {extra} rose.")
        if before[extra] - after[extra] == tolerance:
            return wrong(f"{case}: {extra} fell by exactly the tolerance, which is still allowed.")
        return wrong(f"{case}: {extra} fell by {before[extra] - after[extra]:.2f}, which is within the tolerance.")
    return right("A gate per digit: the average may stand still, or even rise, while one digit pays for another.")


_DECISIONS = {
    "A": "take",
    "B": "take with weights",
    "C": "fix the fit first",
    "D": "refuse",
    "E": "take with weights",
}


def _decisions(**changed):
    return f"decisions = {_DECISIONS | changed}"


@exercise(
    wrong={
        "more data is always welcome": f"decisions = {dict.fromkeys(_DECISIONS, 'take')}",
        "new data are always suspicious": f"decisions = {dict.fromkeys(_DECISIONS, 'refuse')}",
        "weights cure wrong labels": _decisions(D="take with weights"),
        "weights cure the interpolation peak": _decisions(C="take with weights"),
        "the probabilities of a fraud score may shift": _decisions(E="take"),
        "a penalty cures shifted shares": _decisions(B="fix the fit first"),
        "clean images need no weights": _decisions(B="take"),
        "more rows are always better": _decisions(C="take"),
        "half of the labels are better than none": _decisions(D="take"),
        "random fields change the shares": _decisions(A="take with weights"),
    },
    right_too={
        "a small reader gains too little": _decisions(B="refuse"),
        "another order, capitals": f"decisions = { ({k: v.title() for k, v in reversed(_DECISIONS.items())}) }",
        "a Series": f"decisions = pd.Series({_DECISIONS})",
    },
)
def decisions(answer):
    """Five offers of data."""
    truth = dict(_DECISIONS)
    if pick(by_key(answer, truth)["B"], _DECISIONS.values()) == "refuse":
        truth["B"] = "refuse"  # with weights, the smallest reader kept little of what the offer was for
    return judge_sorting(
        answer,
        truth,
        hints={
            "A": "Same source, same labelers, same shares, a large model. Which row of the checklist would it fail?",
            "B": "What do 5,000 extra 1s tell a model with sixteen inputs about the next form?",
            "C": "No share changes. How many rows and columns are there after the offer, and is there a penalty?",
            "D": "Count the wrong labels that come with the right ones. Can a weight per class tell them apart?",
            "E": "Each label is verified, and somebody reads the score as a probability: what repairs the share?",
        },
        praise=(
            "Ask where the data come from, what share each class has, and whether the fit has a penalty; then measure. "
            "(For B weights make the offer safe; whether sixteen pixels gain enough from it is for you to judge.)"
        ),
    )
