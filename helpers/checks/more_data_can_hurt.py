"""Checks of the notebook on data that hurt."""

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from helpers.course.exercises import exercise, right, wrong


@exercise(
    wrong={
        "forgets the images that were there": "return n_added / per_class",
        "gives the share of all images": "return (per_class + n_added) / (10 * per_class + n_added)",
        "takes the logarithm": "return np.log((per_class + n_added) / per_class)",
    }
)
def odds_factor(function):
    """By how much added 1s multiply the odds of 1 against 7 in the training set."""
    for per_class, n_added in [(100, 0), (100, 2000), (50, 25), (400, 3000)]:
        got, truth = float(function(per_class, n_added)), (per_class + n_added) / per_class
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
    return right("This factor goes straight into the model's intercept: what the data say before any pixel is seen.")


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
    }
)
def isolates(answer):
    """Which experiment changes the class shares alone, the shapes alone, and both."""
    truth = {"prior": "copies of 1s", "tilt": "tilted digits, all ten", "both": "tilted 1s"}
    answer = {key: str(value).strip() for key, value in answer.items()}
    if set(answer) != set(truth) or not set(answer.values()) <= set(truth.values()):
        return wrong(f"Give one of {', '.join(truth.values())} for each of {', '.join(truth)}.")
    if answer["prior"] == "tilted digits, all ten":
        return wrong("Prior: does adding as many of each digit change how frequent a 1 is?")
    if answer["prior"] == "tilted 1s":
        return wrong("Prior: these images are new in two ways. A control changes one thing only.")
    if answer != truth:
        return wrong("Tilt: in which experiment are the shapes new while all digits stay equally frequent?")
    return right("One cause at a time, everything else equal: only that says which of the two did the damage.")


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
    }
)
def balanced_weights(function):
    """Class weights that give each class the same total, against scikit-learn."""
    for y in ([0, 0, 0, 1], [1] * 30 + [7] * 10, list(range(10)) * 5 + [1] * 200):
        y = np.array(y)
        got = function(y.copy())
        classes, counts = np.unique(y, return_counts=True)
        if set(got) != set(classes.tolist()):
            return wrong("Return a dict with one weight for each class that occurs in y, and for no other.")
        got = np.array([float(got[value]) for value in classes.tolist()])
        truth = compute_class_weight("balanced", classes=classes, y=y)
        if np.allclose(got, truth):
            continue
        if not np.allclose(got * counts, (got * counts)[0]):
            return wrong("Multiply each weight by its count: the classes do not have the same total yet.")
        if len(classes) != 10 and np.allclose(got * 10, truth * len(classes)):
            return wrong("Right for ten classes. How many are in y?")
        return wrong("The classes agree with each other, but the weights of all examples must add up to len(y).")
    return right("Every class has the same say now, however often it was collected.")


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
    }
)
def correct_prior(function):
    """Probabilities under new class shares, against Bayes' rule from likelihoods."""
    rng = np.random.default_rng(0)
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


@exercise(
    wrong={
        "compares the averages": (
            "drop = np.mean(list(before.values())) - np.mean(list(after.values()))\n"
            "return sorted(before) if drop > tolerance else []"
        ),
        "counts gains as harm": "return sorted(d for d in before if abs(after[d] - before[d]) > tolerance)",
        "looks at the level, not the fall": "return sorted(d for d in after if after[d] < 1 - tolerance)",
    }
)
def harmed(function):
    """The digits whose recall falls by more than a tolerance."""
    cases = [
        ({1: 0.7, 7: 0.9, 8: 0.5}, {1: 0.95, 7: 0.7, 8: 0.5}, 0.05, [7]),
        ({1: 0.7, 7: 0.9, 8: 0.5}, {1: 0.95, 7: 0.88, 8: 0.49}, 0.05, []),
        ({0: 0.9, 3: 0.9, 5: 0.9, 6: 0.9}, {0: 0.8, 3: 0.95, 5: 0.6, 6: 0.97}, 0.02, [0, 5]),
    ]
    for before, after, tolerance, truth in cases:
        got = sorted(int(digit) for digit in function(dict(before), dict(after), tolerance))
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
        return wrong(f"{case}: {extra} did not fall by more than the tolerance.")
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
    }
)
def decisions(answer):
    """Five offers of data."""
    answer = {key: str(value).strip().lower() for key, value in answer.items()}
    if set(answer) != set(_DECISIONS):
        return wrong(f"Give one decision for each of {', '.join(_DECISIONS)}.")
    allowed = sorted(set(_DECISIONS.values()))
    if unknown := sorted(set(answer.values()) - set(allowed)):
        return wrong(f"{unknown[0]!r} is none of: {', '.join(allowed)}.")
    hints = {
        "A": "same source, same labelers, same class shares, a large model. Which row of the checklist would it fail?",
        "D": "count the wrong labels that come with the right ones. Can a weight per class tell them apart?",
        "C": "the shares of anything are unchanged. What stands between 250 rows and 400 columns?",
        "B": "what do 5,000 extra 1s tell a model with sixteen inputs about the next form?",
        "E": "somebody reads the score as a probability. Which share of fraud does the new table claim?",
    }
    for key, hint in hints.items():
        if answer[key] != _DECISIONS[key]:
            return wrong(f"{key}: {hint}")
    return right(
        "Ask where the data come from, what share each class has, and whether the fit has a penalty; then measure."
    )
