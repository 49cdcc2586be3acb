"""Checks of the exercises in week2/05_image_augmentation."""

import numpy as np

from helpers.course.exercises import by_key, drawn, exercise, guess, misfiled, pick, right, wrong


def moved(image, right, down):
    """The image with every pixel `right` columns and `down` rows further on, and paper moving in."""
    padded = np.pad(image, 10)
    return padded[10 - down :, 10 - right :][: image.shape[0], : image.shape[1]]


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
    rng = drawn(3)
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


@guess(0, 100, unit=" %")
def guess_shifted(answer):
    """A guess of the accuracy in noise of the reader that was trained on shifted copies."""


def share_of_gain(plain, matched, transferred):
    """The transferred gain as a share of the matched gain."""
    return (transferred - plain) / (matched - plain)


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
        "from 0 to 1": "return min(1, max(0, (transferred - plain) / (matched - plain)))",
        "rounded": "return round((transferred - plain) / (matched - plain), 2)",
    },
    right_too={
        "one minus what is missing": "return 1 - (matched - transferred) / (matched - plain)",
        "NumPy": "return np.divide(np.subtract(transferred, plain), np.subtract(matched, plain))",
    },
)
def transfer_share(function):
    """The transferred gain as a share of the matched gain."""
    cases = [(0.2, 0.6, 0.3), (0.4, 0.9, 0.9), (0.4, 0.9, 0.4), (0.5, 0.8, 0.44), (0.1, 0.9, 0.95)]
    cases += (drawn(5).uniform(0, 0.3, (3, 3)) + [0.1, 0.6, 0.3]).round(3).tolist()
    for plain, matched, transferred in cases:
        got, share = float(function(plain, matched, transferred)), share_of_gain(plain, matched, transferred)
        if np.isclose(got, share):
            continue
        case = f"plain {plain}, matched {matched}, transferred {transferred}"
        if np.isclose(got, transferred / matched):
            return wrong(
                f"With plain {plain}, matched {matched}, transferred {plain}, nothing carried over: that must get 0, "
                f"not {plain / matched:.2f}."
            )
        if np.isclose(got, (transferred - plain) / plain):
            return wrong(
                f"With plain {plain}, matched {matched}, transferred {matched}, copies are as good as the right ones: "
                f"that must get 1, not {(matched - plain) / plain:.2f}."
            )
        if np.isclose(got, transferred - plain):
            return wrong(f"{case}: a gain alone does not say how much there was to gain.")
        if share < 0 and (got == 0 or np.isclose(got, -share)):
            return wrong(f"{case}: these copies do harm, so their share must be below 0, not {got:.2f}.")
        if share > 1 and got == 1:
            return wrong(f"{case}: these copies help more than the matched ones, so their share must be above 1.")
        if any(np.isclose(got, round(share, digits)) for digits in (1, 2, 3)):
            return wrong(f"{case}: nearly. Do not round.")
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
        case = f"{transform}, {'an' if digit == 8 else 'a'} {digit}"
        if truth:
            return wrong(f"{case}: draw it. Which other digit would anybody take it for?")
        return wrong(f"{case}: draw it. Would a clerk who sees only the result still write {digit}?")
    return right("The label belongs to what a reader sees, so it depends on the digit as much as on the transform.")


def erased(image, row, column, side):
    """The image with a square of paper, its top left corner at `row` and `column`, which may lie outside."""
    image = image.copy()
    image[max(row, 0) : max(row + side, 0), max(column, 0) : max(column + side, 0)] = 0
    return image


_INSIDE = "top, left = max(row, 0), max(column, 0)\nimage = np.array(image)\n"


@exercise(
    wrong={
        "a slice that may begin below 0": (
            "image = image.copy()\nimage[row : row + side, column : column + side] = 0\nreturn image"
        ),
        "the whole square is pushed inside": _INSIDE + "image[top : top + side, left : left + side] = 0\nreturn image",
        "blanks all but the square": (
            "blank = np.zeros_like(image)\n"
            "part = slice(max(row, 0), row + side), slice(max(column, 0), column + side)\n"
            "blank[part] = image[part]\nreturn blank"
        ),
        "ink for paper": _INSIDE + "image[top : row + side, left : column + side] = 1\nreturn image",
        "row and column swapped": (
            "image = np.array(image)\nimage[max(column, 0) : column + side, max(row, 0) : row + side] = 0\nreturn image"
        ),
        "row and column are the center": (
            "image, half = np.array(image), side // 2\n"
            "image[max(row - half, 0) : row + half, max(column - half, 0) : column + half] = 0\nreturn image"
        ),
        "one pixel too many": _INSIDE + "image[top : row + side + 1, left : column + side + 1] = 0\nreturn image",
        "cuts the square off": _INSIDE + "return image[top : row + side, left : column + side]",
        "whole rows": _INSIDE + "image[top : row + side] = 0\nreturn image",
    },
    right_too={
        "a mask": (
            "rows, columns = np.indices(image.shape)\n"
            "inside = (rows >= row) & (rows < row + side) & (columns >= column) & (columns < column + side)\n"
            "return np.where(inside, 0, image)"
        ),
        "pixel by pixel, as lists": (
            "return [[0 if 0 <= r - row < side and 0 <= c - column < side else pixel\n"
            "         for c, pixel in enumerate(line)] for r, line in enumerate(image)]"
        ),
        "on padded paper": (
            "padded = np.pad(image, side)\n"
            "padded[row + side : row + 2 * side, column + side : column + 2 * side] = 0\n"
            "return padded[side:-side, side:-side]"
        ),
        "in place": "image[max(row, 0) : row + side, max(column, 0) : column + side] = 0\nreturn image",
    },
)
def cut_out(function):
    """A square of paper lies where it should, also where it reaches over an edge, and nothing else has changed."""
    rng = drawn(6)
    for row, column, side in [(4, 2, 3), (2, 8, 5), (-2, 3, 4), (5, -3, 4), (9, 4, 6), (3, 10, 4), (-1, -2, 5)]:
        image = rng.uniform(0.1, 1, (12, 13))
        truth = erased(image, row, column, side)
        got = np.asarray(function(image.copy(), row, column, side), float)
        if got.shape == truth.shape and np.allclose(got, truth):
            continue
        case = f"A square of {side} pixels at row {row}, column {column} of an image of 12 rows and 13 columns"
        if got.shape != truth.shape:
            return wrong(f"{case}: the whole image was asked for, and an array of shape {got.shape} came back.")
        if np.allclose(got, image):
            return wrong(f"{case}: nothing was blanked. What does a slice select that begins below 0?")
        if np.allclose(got[truth == 0], 0):
            return wrong(f"{case}: the square is blank, and so is more than the square.")
        if min(row, column) < 0:
            return wrong(f"{case}: only a part of it lies on the image, and another part is blank.")
        return wrong(f"{case}: its top left corner lies elsewhere, or it is not paper (0).")
    return right("Only what lies on the image is blanked; a slice that begins below 0 would count from the other end.")


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
        "a grainy digit has lost its label": "remedy = check.REMEDIES | {'grainy': 'leave out'}",
        "a foreign 7 has no label": "remedy = check.REMEDIES | {'crossed': 'leave out'}",
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
    hints = {
        "leave out": "Would a clerk still recognize the digit? Then what is the label of such a copy?",
        "normalize": "It varies in one known way. Can a line of code take it out of every image, seen or unseen?",
        "augment": "It differs at random from photo to photo, and a line of code can make it. Why wait for photos?",
        "collect": "Which line of code would draw that? Some variety has to be seen.",
    }
    for case, given in misfiled(answer, truth).items():
        if given == "leave out":
            hint = "A clerk can still read that digit, so a copy would keep its label."
        elif truth[case] == "augment" and given == "normalize":
            hint = "It is another noise in each photo. How would a line of code know what to take out?"
        else:
            hint = hints[truth[case]]
        return wrong(f"Look again at {case!r}. {hint}")
    return right(
        "Undo what can be undone, imitate what is random, collect what cannot be imitated, drop what is lost. "
        "(A tilt can be imitated, or undone where the ink tells the angle well enough.)"
    )
