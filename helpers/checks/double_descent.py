"""Checks of the notebook on double descent."""

import math

import numpy as np
import pandas as pd

from helpers.course.exercises import drawn, exercise, guess, misfiled, right, wrong


@guess(0, 100, unit=" %")
def guess_wide(answer):
    """The test error of the widest model, guessed before it is measured."""


def by_pseudo_inverse(phi, targets):
    """Weights of the minimum-norm least-squares fit."""
    return np.linalg.pinv(phi) @ targets


@exercise(
    wrong={
        "only for fewer features than images": "return np.linalg.solve(phi.T @ phi, phi.T @ targets)",
        "only for more features than images": "return phi.T @ np.linalg.solve(phi @ phi.T, targets)",
        "a ridge": "return np.linalg.solve(phi.T @ phi + np.eye(phi.shape[1]), phi.T @ targets)",
        "a tiny ridge": "return np.linalg.solve(phi.T @ phi + 0.01 * np.eye(phi.shape[1]), phi.T @ targets)",
        "the first features do": (
            "few = min(phi.shape)\nweights = np.zeros((phi.shape[1], targets.shape[1]))\n"
            "weights[:few] = np.linalg.lstsq(phi[:, :few], targets, rcond=None)[0]\nreturn weights"
        ),
        "the predictions": "return phi @ np.linalg.pinv(phi) @ targets",
        "one row per target": "return (np.linalg.pinv(phi) @ targets).T",
        "all that lstsq returns": "return list(np.linalg.lstsq(phi, targets, rcond=None))",
        "the projections on the targets": "return phi.T @ targets",
    },
    right_too={
        "lstsq": "return np.linalg.lstsq(phi, targets, rcond=None)[0]",
        "singular values": (
            "U, S, Vt = np.linalg.svd(phi, full_matrices=False)\nreturn (Vt.T @ ((U.T @ targets).T / S).T).tolist()"
        ),
        "scikit-learn": (
            "from sklearn.linear_model import LinearRegression\n"
            "return LinearRegression(fit_intercept=False).fit(phi, targets).coef_.T"
        ),
        "a formula for either side": (
            "n, p = phi.shape\nif p > n:\n    return phi.T @ np.linalg.solve(phi @ phi.T, targets)\n"
            "return np.linalg.solve(phi.T @ phi, phi.T @ targets)"
        ),
    },
)
def minimum_norm(function):
    """The weights of the shortest least-squares fit, with fewer and with more features than examples."""
    rng = drawn(8)
    for n, p, k in [(20, 8, 1), (15, 40, 3), (12, 30, 2)]:
        phi, targets = rng.standard_normal((n, p)), rng.standard_normal((n, k))
        case, best = f"With {n} images and {p} features", by_pseudo_inverse(phi, targets)
        got = function(phi.copy(), targets.copy())
        if isinstance(got, tuple | list) and len(got) != p:
            return wrong(f"{case}: return the weights alone, an array of {p} rows.")
        got = np.asarray(got, dtype=float)
        if got.shape != (p, k):
            return wrong(
                f"{case}: the weights have the shape ({p}, {k}), one row per feature and one column per target, "
                f"not {got.shape}."
            )
        missed, least = (((phi @ w - targets) ** 2).sum() for w in (got, best))
        if missed > least + 1e-6:
            return wrong(f"{case}: other weights fit the targets more closely than yours.")
        if not np.allclose(got, best, rtol=1e-4, atol=1e-6):
            if (got**2).sum() <= (best**2).sum():
                return wrong(f"{case}: nearly. Others fit a little more closely: is there a penalty in yours?")
            return wrong(f"{case}: yours fit as closely as can be, but shorter weights do so too. Which are shortest?")
    return right("Where many weights fit, the pseudo-inverse takes those whose squares have the smallest sum.")


def units_that_just_fit(n_images, n_inputs, n_outputs):
    """Hidden units at which a network has one weight, biases included, for each training target."""
    return (n_images * n_outputs - n_outputs) / (n_inputs + 1 + n_outputs)


@exercise(
    wrong={
        "one number per image, whatever the outputs": ("return (n_images - n_outputs) / (n_inputs + 1 + n_outputs)"),
        "as many units as images": "return n_images",
        "weights instead of units": "return n_images * n_outputs",
        "forgets the weights to the outputs": "return n_images * n_outputs / (n_inputs + 1)",
        "forgets the biases": "return n_images * n_outputs / (n_inputs + n_outputs)",
        "a unit for each output": "return n_images * n_outputs / ((n_inputs + 1) * n_outputs)",
        "inputs times outputs": "return n_images / (n_inputs * n_outputs)",
        "forgets the biases of the outputs": "return n_images * n_outputs / (n_inputs + 1 + n_outputs)",
        "a unit too many": "return int(n_outputs * (n_images - 1) / (n_inputs + n_outputs + 1)) + 2",
    },
    right_too={
        "rounded up": "return np.ceil(n_outputs * (n_images - 1) / (n_inputs + n_outputs + 1))",
        "counting": (
            "units = 1\nwhile (n_inputs + 1) * units + (units + 1) * n_outputs < n_images * n_outputs:\n"
            "    units += 1\nreturn units"
        ),
        "rounded down": "return n_outputs * (n_images - 1) // (n_inputs + n_outputs + 1)",
        "a whole number": "return int(round(n_outputs * (n_images - 1) / (n_inputs + n_outputs + 1)))",
    },
)
def hidden_units(function):
    """The hidden units with which a network has as many weights as it has targets to reproduce."""
    rng = drawn(9)
    cases = [(200, 20, 10), (1000, 30, 10), *(rng.integers((400, 5, 3), (3000, 40, 12)).tolist() for _ in range(4))]
    cases.append((5, 3, 10))  # so small that the biases of the outputs count
    for images, inputs, outputs in cases:
        got, truth = float(function(images, inputs, outputs)), units_that_just_fit(images, inputs, outputs)
        case = f"For {images} images, {inputs} inputs and {outputs} outputs"
        if math.floor(truth) - 1e-6 <= got <= math.ceil(truth) + 1e-6:
            continue
        if np.isclose(got, images * outputs):
            return wrong(f"{case}: so many weights are needed. How many does one hidden unit bring?")
        if abs(got - (images - outputs) / (inputs + 1 + outputs)) <= 1:
            return wrong(f"{case}: an image asks for more than one number. How many must come out right?")
        if abs(got - images * outputs / (inputs + outputs)) <= 1:
            return wrong(f"{case}: nearly. A bias is a weight that can be adjusted, too.")
        if abs(got - truth) <= 2:
            return wrong(f"{case}: nearly. Count again, the bias of each output, too; then round as you like.")
        if abs(got - images * outputs / (inputs + 1)) <= 1:
            return wrong(f"{case}: what lies between a hidden unit and the outputs?")
        return wrong(f"{case}: count the targets, then the weights that one more hidden unit adds.")
    return right("One weight per target: about there the network begins to fit them all.")


def chosen_by_validation(table):
    """Test error in the row of lowest validation loss."""
    return table.loc[table.validation_loss.idxmin(), "test_error"]


@exercise(
    wrong={
        "picks the ridge on the test images": "return table.test_error.min()",
        "reports the validation loss": "return table.validation_loss.min()",
        "averages over the ridges": "return table.test_error.mean()",
        "takes the strongest ridge": "return table.sort_values('ridge').test_error.iloc[-1]",
        "the row with the lowest sum": (
            "return table.test_error.loc[(table.test_error + table.validation_loss).idxmin()]"
        ),
        "the mean of the two": (
            "best = table.loc[table.validation_loss.idxmin()]\nreturn (best.test_error + best.validation_loss) / 2"
        ),
        "the worse of the two": (
            "best = table.loc[table.validation_loss.idxmin()]\nreturn max(best.test_error, best.validation_loss)"
        ),
        "the highest validation loss": "return table.loc[table.validation_loss.idxmax(), 'test_error']",
        "whatever stands first": "return table.test_error.iloc[0]",
        "the ridge instead of the error": "return table.loc[table.validation_loss.idxmin(), 'ridge']",
        "a position for a label": "return table.test_error.iloc[table.validation_loss.idxmin() % 4]",
    },
    right_too={
        "sorting": "return table.sort_values('validation_loss', kind='stable').test_error.iloc[0]",
        "NumPy": "return table['test_error'].to_numpy()[np.argmin(table['validation_loss'])]",
        "a Series of one": "return table.nsmallest(1, 'validation_loss')['test_error']",
        "a mask": "return table.test_error[table.validation_loss == table.validation_loss.min()].item()",
    },
)
def error_to_report(function):
    """The test error at the ridge that is best on validation data, on random tables."""
    rng, pairs = drawn(2), []
    for _ in range(60):  # in one of five, the test error is the smaller one
        table = pd.DataFrame({"ridge": [0.0, 1.0, 10.0, 100.0]}, index=rng.permutation(100)[:4])
        table["validation_loss"], table["test_error"] = rng.permutation(8).reshape(2, 4) / 10 + 0.1
        table = table.sample(frac=1, random_state=0)
        got = np.asarray(function(table.copy()), dtype=float)
        if got.size != 1:
            return wrong("Return one number: the error that will be promised.")
        pairs.append((table, got.item()))

    def always(rule):
        return np.allclose([got for _, got in pairs], [rule(table) for table, _ in pairs])

    if always(chosen_by_validation):
        return right(
            "Validation images choose, test images judge: the reported error is one that nobody picked for being low."
        )
    if always(lambda table: table.test_error.min()):
        return wrong("The test images chose the ridge here. Then nothing is left that has not been looked at.")
    if always(lambda table: table.validation_loss.min()):
        return wrong("This number chose the ridge, so it looks better than it is. Which images took no part?")
    if always(lambda table: table.loc[table.validation_loss.idxmax(), "test_error"]):
        return wrong("This is the row with the highest validation loss. A loss should be low.")
    return wrong("One ridge goes into production. Pick its row first, by one column; read the other column after.")


def first_better(sizes, errors, n):
    """The smallest size above n whose error is lower than at n; infinite where there is none."""
    errors = dict(zip(sizes, errors, strict=True))
    return min((size for size in errors if size > n and errors[size] < errors[n]), default=float("inf"))


_NOW = "now = errors[list(sizes).index(n)]\n"
CURVES = [
    ([100, 200, 300, 400, 500], [0.5, 0.4, 0.9, 0.4, 0.2], (100, 200, 300, 500)),
    ([1, 2, 3, 4, 5, 6, 7, 8], [0.9, 0.6, 0.3, 0.5, 0.8, 0.4, 0.3, 0.1], (1, 2, 3, 4, 6, 8)),
    ([1, 2, 3, 4, 5, 6, 7, 8], [0.2, 0.6, 0.5, 0.4, 0.9, 0.7, 0.35, 0.3], (1, 2, 4, 5, 7)),
]


@exercise(
    wrong={
        "more is always better": "return min([size for size in sizes if size > n], default=np.inf)",
        "the best size of all": "return sizes[np.argmin(errors)]",
        "as good is enough": (
            _NOW + "return min([s for s, e in zip(sizes, errors) if s > n and e <= now], default=np.inf)"
        ),
        "smaller sets count too": _NOW + "return min([s for s, e in zip(sizes, errors) if e < now], default=np.inf)",
        "always beyond the peak": (
            _NOW + "peak = sizes[np.argmax(errors)]\n"
            "return min([s for s, e in zip(sizes, errors) if s > max(n, peak) and e < now], default=np.inf)"
        ),
        "the first fall": (
            "pairs = zip(sizes[1:], errors[1:], errors[:-1])\n"
            "return min([s for s, e, before in pairs if s > n and e < before], default=np.inf)"
        ),
        "how many more": (
            _NOW + "return min([s for s, e in zip(sizes, errors) if s > n and e < now], default=np.inf) - n"
        ),
        "the best of the larger ones": (
            "later = [(e, s) for s, e in zip(sizes, errors) if s > n]\nreturn min(later)[1] if later else np.inf"
        ),
        "the error there": (_NOW + "return next((e for s, e in zip(sizes, errors) if s > n and e < now), np.inf)"),
        "an array of one": (
            "wins = sizes[(sizes > n) & (errors < errors[sizes == n])]\nreturn wins[:1] if len(wins) else np.inf"
        ),
        "n where there is none": (
            _NOW + "return min([s for s, e in zip(sizes, errors) if s > n and e < now], default=n)"
        ),
    },
    right_too={
        "a loop": (
            _NOW + "for size, error in zip(sizes, errors):\n    if size > n and error < now:\n        return size\n"
            "return float('inf')"
        ),
        "NumPy": (
            "sizes, errors = np.asarray(sizes), np.asarray(errors)\n"
            "wins = sizes[(sizes > n) & (errors < errors[sizes == n])]\nreturn wins[0] if len(wins) else np.inf"
        ),
        "pandas": (
            "curve = pd.Series(errors, index=sizes)\nlater = curve[curve.index > n]\n"
            "wins = later[later < curve[n]]\nreturn wins.index.min() if len(wins) else np.inf"
        ),
    },
)
def next_win(function):
    """The next larger training set with a lower error, on curves with and without a peak."""
    rng = drawn(4)
    own = [(list(range(1, 11)), rng.permutation(10) / 10, (1, 4, 7)) for _ in range(3)]
    for sizes, errors, starts in [*CURVES, *own]:
        sizes, errors = np.array(sizes), np.array(errors, dtype=float)
        for n in starts:
            got, truth = function(sizes.copy(), errors.copy(), n), float(first_better(sizes, errors, n))
            if np.ndim(got):
                return wrong("Return one number, a size or infinite: not a list or an array, even one that holds it.")
            got = float(got)
            if got == truth:
                continue
            case = f"Sizes {sizes.tolist()}, errors {errors.tolist()}, n = {n}"
            if truth == np.inf:
                return wrong(f"{case}: no larger size has a lower error, so the answer is infinite.")
            if got not in sizes:
                return wrong(f"{case}: the answer is one of the sizes, or infinite.")
            if got <= n:
                return wrong(f"{case}: only sizes above n are on offer.")
            if got > truth:
                return wrong(f"{case}: a smaller size than your answer wins already.")
            if errors[sizes.tolist().index(got)] == errors[sizes.tolist().index(n)]:
                return wrong(f"{case}: at your answer the error is as high as at n. Nobody pays for that.")
            return wrong(f"{case}: at your answer the error is above the one at n. Compare with n, not with neighbors.")
    return right("Without a penalty the next win can be far away: that is the price.")


_KINDS = {
    "A": "sample-wise",
    "B": "not double descent",
    "C": "model-wise",
    "D": "epoch-wise",
    "E": "not double descent",
    "F": "sample-wise",
}


def _kinds(**changed):
    return f"kinds = {_KINDS | changed}"


@exercise(
    wrong={
        "every harm from more data is double descent": _kinds(B="sample-wise"),
        "every sudden error is double descent": _kinds(E="model-wise"),
        "the weekly regression grew, so it is the model": _kinds(F="model-wise"),
        "mixes up width and training time": _kinds(C="epoch-wise", D="model-wise"),
        "useless means too big": _kinds(A="model-wise"),
        "more data never hurts": _kinds(A="not double descent", F="not double descent"),
        "a larger network is no surprise": _kinds(C="not double descent"),
        "patience is no surprise": _kinds(D="not double descent"),
    },
    right_too={
        "capitals, no hyphens": f"kinds = { {k: v.title().replace('-', ' ') for k, v in reversed(_KINDS.items())} }",
        "a Series": f"kinds = pd.Series({_KINDS})",
    },
)
def kinds(answer):
    """Six observations sorted by what grew."""
    which = "Which of the three did the team change: {}, images, or training time?"
    hints = {
        "A": which.format("features"),
        "B": "The fit never passes an interpolation threshold here. What did the new images change about the classes?",
        "C": which.format("units"),
        "D": which.format("units"),
        "E": "Nothing grew: not the model, not the data, not the training time.",
        "F": "The columns stay as they are. What grows from Monday to Monday?",
    }
    praise = "Ask what grew, and whether the model passed the point where it can just fit its targets."
    for case, given in misfiled(answer, _KINDS).items():
        passed = "Something grew here. On the way, did the fit pass the point where it can just fit its targets?"
        return wrong(f"Look again at {case!r}. {passed if given == 'not double descent' else hints[case]}")
    return right(praise)
