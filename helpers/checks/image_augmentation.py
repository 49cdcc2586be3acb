"""Checks of the exercises in week2/05_image_augmentation."""

import numpy as np
import pandas as pd

from helpers.course.exercises import as_list, by_key, exercise, judge_sorting, pick, right, wrong
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
        "moves up instead of down": (
            "padded = np.pad(image, 10)\n"
            "h, w = image.shape\n"
            "return padded[10 + down : 10 + down + h, 10 - right : 10 - right + w]"
        ),
        "keeps the padding": ("padded = np.pad(image, 10)\nreturn np.roll(padded, (down, right), axis=(0, 1))"),
        "cuts off what leaves": "return image[max(-down, 0):, max(-right, 0):]",
        "only to the right": "return np.pad(image, 10)[10:10 + len(image), 10 - right:10 - right + image.shape[1]]",
        "for 28 pixels only": "return np.pad(image, 10)[10 - down:38 - down, 10 - right:38 - right]",
    },
    right_too={
        "rolls the padded image": (
            "padded = np.roll(np.pad(image, 10), (down, right), axis=(0, 1))\nreturn padded[10:-10, 10:-10]"
        ),
        "SciPy": "from scipy import ndimage\nreturn ndimage.shift(image, (down, right), order=0)",
        "pixel by pixel, as lists": (
            "h, w = image.shape\n"
            "return [[image[r - down, c - right] if 0 <= r - down < h and 0 <= c - right < w else 0\n"
            "         for c in range(w)] for r in range(h)]"
        ),
    },
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
        "asks for the accuracy at a level": "return np.interp(target, levels, accuracy)",
        "the nearest measured level": "return levels[np.argmin(np.abs(np.array(accuracy) - target))]",
        "always half": "return np.interp(0.5, accuracy[::-1], levels[::-1])",
        "turns only one of the two": "return np.interp(target, accuracy[::-1], levels)",
        "a straight line through everything": (
            "slope, start = np.polyfit(levels, accuracy, 1)\nreturn (target - start) / slope"
        ),
    },
    right_too={
        "by hand": (
            "for i in range(len(levels) - 1):\n    if accuracy[i] >= target > accuracy[i + 1]:\n"
            "        part = (accuracy[i] - target) / (accuracy[i] - accuracy[i + 1])\n"
            "        return levels[i] + part * (levels[i + 1] - levels[i])"
        ),
        "minus signs": "return np.interp(-target, -np.asarray(accuracy), levels)",
        "an array of one": "return np.interp([target], np.flip(accuracy), np.flip(levels))",
        "the helper": "return aug.threshold(pd.Series(accuracy, levels), target=target)",
    },
)
def level_at(function):
    """The threshold of five falling curves, interpolated linearly between the measured levels."""
    rng = np.random.default_rng(4)
    for target in (0.5, 0.5, 0.3, 0.7, 0.6):
        levels = np.cumsum(rng.uniform(0.05, 0.4, 8))
        accuracy = np.sort(rng.uniform(0.05, 0.95, 8))[::-1]
        accuracy[0], accuracy[-1] = 0.97, 0.03
        got = np.asarray(function(levels.copy(), accuracy.copy(), target), dtype=float)
        if got.size != 1:
            return wrong("Return one number, the level.")
        got, truth = got.item(), threshold(pd.Series(accuracy, levels), target=target)
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
        "harm counts as nothing": "return max(0, (transferred - plain) / (matched - plain))",
        "no more than the right copies": "return min(1, (transferred - plain) / (matched - plain))",
        "the size of the change": "return abs(transferred - plain) / abs(matched - plain)",
        "a share of the matched accuracy": "return (transferred - plain) / matched",
        "in percent": "return 100 * (transferred - plain) / (matched - plain)",
    },
    right_too={
        "one minus what is missing": "return 1 - (matched - transferred) / (matched - plain)",
        "NumPy": "return np.divide(np.subtract(transferred, plain), np.subtract(matched, plain))",
    },
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
        "another digit is still a digit": "kept = check.LABEL_KEPT | {('turn by 180°', 6): True}",
        "a turned 4 is a 4": "kept = check.LABEL_KEPT | {('turn by 180°', 4): True}",
        "white on black is another sign": "kept = check.LABEL_KEPT | {('swap ink and paper', 3): False}",
        "half a digit is none": "kept = check.LABEL_KEPT | {('keep the lower half', 1): False}",
        "in words": "kept = dict.fromkeys(kept, 'perhaps')",
    },
    right_too={
        "as numbers, in another order": "kept = {case: int(said) for case, said in reversed(check.LABEL_KEPT.items())}",
        "NumPy": "kept = {case: np.bool_(said) for case, said in check.LABEL_KEPT.items()}",
        "as words": "kept = {case: 'yes' if said else 'No' for case, said in check.LABEL_KEPT.items()}",
    },
)
def kept(answer):
    """For each transform and digit: would every reader still write down the same digit?"""
    said = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    given = {case: said.get(str(value).strip().lower()) for case, value in by_key(answer, LABEL_KEPT).items()}
    if None in given.values():
        return wrong("Each answer is True or False.")
    for (transform, digit), truth in LABEL_KEPT.items():
        if given[transform, digit] == truth:
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
        "another office is no difference": "clean = {'A', 'B', 'E', 'F'}",
        "whatever differs in one column": "clean = {'B', 'E', 'F'}",
        "whatever differs at all": "clean = set('ABCDEF')",
        "a text": "clean = 'B and E'",
    },
    right_too={
        "a list": "clean = ['E', 'B']",
        "small letters": "clean = ('b', 'e')",
        "a dict": "clean = {'B': 'format', 'E': 'format'}.keys()",
        "from the table": (
            "differs = runs.groupby(level=0).nunique() > 1\n"
            "clean = differs.index[differs['format'] & (differs.sum(axis=1) == 1)]"
        ),
        "an array": "clean = np.array(['B', 'E'])",
    },
)
def clean(answer):
    """The comparisons whose two runs differ in the format alone."""
    given = {str(letter).strip().upper() for letter in as_list(answer)}
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
        "noise can be undone": "remedy = check.REMEDIES | {'grainy': 'normalize'}",
        "a bar is a line of code": "remedy = check.REMEDIES | {'crossed': 'augment'}",
        "collects what has no label": "remedy = check.REMEDIES | {'stamped': 'collect'}",
        "a pale digit has lost its label": "remedy = check.REMEDIES | {'faint': 'leave out'}",
    },
    right_too={
        "tilt can be undone": "remedy = check.REMEDIES | {'tilted': 'normalize'}",
        "British": "remedy = {case: said.replace('normalize', 'Normalise') for case, said in check.REMEDIES.items()}",
        "another order, hyphens": (
            "remedy = {case: said.replace(' ', '-') for case, said in reversed(check.REMEDIES.items())}"
        ),
        "a Series": "remedy = pd.Series(check.REMEDIES)",
    },
)
def remedy(answer):
    """The cheapest remedy that works, for six complaints."""
    truth = dict(REMEDIES)
    if pick(by_key(answer, REMEDIES)["tilted"], REMEDIES.values()) == "normalize":
        truth["tilted"] = "normalize"  # the spread of the ink tells the slant, so this can be undone as well
    return judge_sorting(
        answer,
        truth,
        hints={
            "leave out": "Would a clerk still recognize the digit? Then what is the label of such a copy?",
            "normalize": "It varies in one known way. Can a line of code take it out of every image, seen or unseen?",
            "augment": "It differs at random from photo to photo, and a line of code can make it. Why wait for photos?",
            "collect": "Which line of code would draw that? Some variety has to be seen.",
        },
        praise=(
            "Undo what can be undone, imitate what is random, collect what cannot be imitated, drop what is lost. "
            "(A tilt can be imitated, or undone where the ink tells the angle well enough.)"
        ),
    )
