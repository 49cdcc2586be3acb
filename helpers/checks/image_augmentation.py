"""Checks of the exercises in week2/05_image_augmentation."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.course.exercises import exercise, right, wrong
from helpers.image_augmentation import threshold


@exercise(
    wrong={
        "rolls around the edge": "return np.roll(image, (down, right), axis=(0, 1))",
        "swaps right and down": (
            "padded = np.pad(image, 10)\n"
            "h, w = image.shape\n"
            "return padded[10 - right : 10 - right + h, 10 - down : 10 - down + w]"
        ),
        "moves the other way": (
            "padded = np.pad(image, 10)\n"
            "h, w = image.shape\n"
            "return padded[10 + down : 10 + down + h, 10 + right : 10 + right + w]"
        ),
        "smears the edge": (
            "padded = np.pad(image, 10, mode='edge')\n"
            "h, w = image.shape\n"
            "return padded[10 - down : 10 - down + h, 10 - right : 10 - right + w]"
        ),
    }
)
def move(function):
    """Every pixel lands `right` and `down` of where it was, and paper moves in."""
    rng = np.random.default_rng(3)
    for right_px, down_px in [(0, 0), (3, 0), (0, 2), (2, -4), (-5, 1), (-3, -3)]:
        image = rng.uniform(0.1, 1, (12, 12))
        truth = np.zeros((12, 12))
        for row in range(12):
            for column in range(12):
                if 0 <= row + down_px < 12 and 0 <= column + right_px < 12:
                    truth[row + down_px, column + right_px] = image[row, column]
        got = np.asarray(function(image.copy(), right_px, down_px), float)
        if got.shape == truth.shape and np.allclose(got, truth):
            continue
        case = f"Asked to move {right_px} to the right and {down_px} down"
        if got.shape != truth.shape:
            return wrong(f"{case}, the image came back with shape {got.shape} instead of {truth.shape}.")
        if np.allclose(got, np.roll(image, (down_px, right_px), axis=(0, 1))):
            return wrong(f"{case}, what left on one side came back on the other: half a 6 beside half a 6.")
        if np.allclose(got[truth > 0], truth[truth > 0]):
            return wrong(f"{case}, the digit is in its place, but what moved in is not paper (0).")
        return wrong(f"{case}, the pixels went elsewhere. Rows run down, columns run to the right.")
    return right("Moved, not wrapped: what leaves is lost and paper moves in.")


@exercise(
    wrong={
        "the last level above the target": "return max(l for l, a in zip(levels, accuracy) if a > target)",
        "the first level below the target": "return min(l for l, a in zip(levels, accuracy) if a <= target)",
        "interpolates on falling values": "return np.interp(target, accuracy, levels)",
        "the middle of the two levels": (
            "i = next(i for i, a in enumerate(accuracy) if a <= target)\nreturn (levels[i - 1] + levels[i]) / 2"
        ),
    }
)
def level_at(function):
    """The threshold of five falling curves, interpolated linearly between the measured levels."""
    rng = np.random.default_rng(4)
    for target in (0.5, 0.5, 0.3, 0.7, 0.6):
        levels = np.cumsum(rng.uniform(0.05, 0.4, 8))
        accuracy = np.sort(rng.uniform(0.05, 0.95, 8))[::-1]
        accuracy[0], accuracy[-1] = 0.97, 0.03
        got, truth = (
            float(function(levels.copy(), accuracy.copy(), target)),
            threshold(pd.Series(accuracy, levels), target=target),
        )
        if np.isclose(got, truth):
            continue
        below = np.flatnonzero(accuracy <= target)[0]
        if got in (levels[0], levels[-1]) and below not in (0, len(levels) - 1):
            return wrong("That is the end of the scale. np.interp wants its second argument to rise; this one falls.")
        if got in (levels[below - 1], levels[below]):
            return wrong("That is the nearest measured level. The curve crosses the target between two of them.")
        if np.isclose(got, (levels[below - 1] + levels[below]) / 2):
            return wrong("Halfway between the levels is right only if the target is halfway between the accuracies.")
        return wrong("Find the two neighboring levels between which accuracy passes the target, and go between them.")
    return right("A straight line between the two measured levels around the target.")


@exercise(
    wrong={
        "a ratio of accuracies": "return transferred / matched",
        "the plain gain": "return transferred - plain",
        "upside down": "return (matched - plain) / (transferred - plain)",
        "how much is lost": "return (matched - transferred) / (matched - plain)",
    }
)
def transfer_share(function):
    """The transferred gain as a share of the matched gain."""
    cases = [(0.2, 0.6, 0.3), (0.4, 0.9, 0.9), (0.4, 0.9, 0.4), (0.5, 0.8, 0.44), (0.1, 0.9, 0.95)]
    for plain, matched, transferred in cases:
        got = float(function(plain, matched, transferred))
        if np.isclose(got, (transferred - plain) / (matched - plain)):
            continue
        case = f"plain {plain}, matched {matched}, transferred {transferred}"
        if np.isclose(got, transferred / matched):
            return wrong(f"{case}: a model that learned nothing from its copies must get 0, not {plain / matched:.2f}.")
        if np.isclose(got, transferred - plain):
            return wrong(f"{case}: a gain alone does not say how much there was to gain.")
        return wrong(f"{case}: full transfer must give 1 and none 0; this gives {got:.2f}.")
    return right("0: nothing carried over. 1: as good as the right copies. Below 0: it did harm.")


LABEL_KEPT = {
    ("turn by 180°", 6): False, ("turn by 180°", 0): True, ("turn by 180°", 4): False, ("turn by 10°", 6): True,
    ("mirror left and right", 2): False, ("mirror left and right", 8): True, ("move by 2 pixels", 7): True,
    ("keep the lower half", 7): False, ("keep the lower half", 1): True, ("swap ink and paper", 3): True,
}  # fmt: skip


@exercise(
    wrong={
        "the label is whatever it was": "kept = dict.fromkeys(kept, True)",
        "no flips at all": "kept = {case: case[0] in ('turn by 10°', 'move by 2 pixels') for case in kept}",
        "a mirror keeps digits": (
            "lossy = ('turn by 180°', 'keep the lower half')\n"
            "kept = {case: case[0] not in lossy or case[1] in (0, 1) for case in kept}"
        ),
    }
)
def kept(answer):
    """For each transform and digit: would every reader still write down the same digit?"""
    if not isinstance(answer, Mapping) or set(answer) != set(LABEL_KEPT):
        return wrong("Give True or False for every pair of transform and digit in the cell.")
    if not all(isinstance(value, (bool, np.bool_)) for value in answer.values()):
        return wrong("Each answer is True or False.")
    for (transform, digit), truth in LABEL_KEPT.items():
        if answer[transform, digit] == truth:
            continue
        if truth:
            return wrong(f"{transform}, a {digit}: draw it. Which other digit would anybody take it for?")
        return wrong(f"{transform}, a {digit}: draw it. Would a clerk who sees only the result still write {digit}?")
    return right("The label belongs to what a reader sees, so it depends on the digit as much as on the transform.")


FORMAT_ONLY = {"B", "E"}


@exercise(
    wrong={
        "every pair with two formats": "clean = {'A', 'B', 'C', 'D', 'E'}",
        "overlooks the branch": "clean = {'B', 'C', 'E'}",
        "overlooks the model": "clean = {'A', 'B', 'E'}",
        "only the one from the text": "clean = {'B'}",
    }
)
def clean(answer):
    """The comparisons whose two runs differ in the format alone."""
    if isinstance(answer, str) or not hasattr(answer, "__iter__"):
        return wrong("Give a set of letters, such as {'A', 'F'}.")
    given = {str(letter).strip().upper() for letter in answer}
    if "F" in given:
        return wrong("F compares two runs in the same format: whatever it shows is not the format.")
    if extra := sorted(given - FORMAT_ONLY):
        return wrong(f"{extra[0]}: something besides the format differs between its two rows.")
    if given != FORMAT_ONLY:
        return wrong("Another pair of rows differs in the format alone.")
    return right("Same images, same contrast, same model: then a difference is the format's.")


REMEDIES = {
    "faint": "normalize", "grainy": "augment", "tilted": "augment",
    "crossed": "collect", "stamped": "leave out", "off-center": "normalize",
}  # fmt: skip


@exercise(
    wrong={
        "augment everything": "remedy = dict.fromkeys(remedy, 'augment')",
        "augments what can be undone": (
            "remedy = {'faint': 'augment', 'grainy': 'augment', 'tilted': 'augment', 'crossed': 'collect',\n"
            "          'stamped': 'leave out', 'off-center': 'augment'}"
        ),
        "augments what has lost its label": (
            "remedy = {'faint': 'normalize', 'grainy': 'augment', 'tilted': 'augment', 'crossed': 'collect',\n"
            "          'stamped': 'augment', 'off-center': 'normalize'}"
        ),
        "collects what can be made": (
            "remedy = {'faint': 'normalize', 'grainy': 'collect', 'tilted': 'collect', 'crossed': 'collect',\n"
            "          'stamped': 'leave out', 'off-center': 'normalize'}"
        ),
    }
)
def remedy(answer):
    """The cheapest remedy that works, for six complaints."""
    if not isinstance(answer, Mapping) or set(answer) != set(REMEDIES):
        return wrong("Give one remedy for each of the six complaints.")
    given = {name: str(value).strip().lower() for name, value in answer.items()}
    if unknown := sorted(set(given.values()) - set(REMEDIES.values())):
        return wrong(f"{unknown[0]!r} is not one of the four remedies.")
    for name in sorted(REMEDIES, key=lambda name: REMEDIES[name] != "leave out"):
        if given[name] == REMEDIES[name]:
            continue
        hints = {
            "leave out": "would a clerk still recognize the digit? Then what is the label of such a copy?",
            "normalize": "it varies in one known way. Can a line of code take it out of every image, seen or unseen?",
            "augment": "it differs at random from photo to photo, and a line of code can make it. Why wait for photos?",
            "collect": "which line of code would draw that? Some variety has to be seen.",
        }
        return wrong(f"{name}: {hints[REMEDIES[name]]}")
    return right("Undo what can be undone, imitate what is random, collect what cannot be imitated, drop what is lost.")
