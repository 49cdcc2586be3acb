"""Checks of the notebook on double descent."""

import numpy as np
import pandas as pd

from helpers.course.exercises import by_key, exercise, judge_sorting, refuse, right, wrong
from helpers.double_descent_linear import linear_risk


def _number(value):
    """A number, also one written as text with a comma or a space in it."""
    try:
        return float(str(value).replace(",", "").replace(" ", ""))
    except ValueError:
        refuse(f"Give a number for each of the four, not {value!r}.")


@exercise(
    wrong={
        "label noise moves the threshold": 'peaks = {"A": 4000, "B": 200, "C": 440, "D": 2000}',
        "counts frequencies, not columns": 'peaks = {"A": 4000, "B": 400, "C": 400, "D": 2000}',
        "one number per image, whatever the outputs": 'peaks = {"A": 4000, "B": 200, "C": 400, "D": 200}',
        "the ten outputs count in least squares too": 'peaks = {"A": 40000, "B": 2000, "C": 4000, "D": 2000}',
        "only the right labels have to be fitted": 'peaks = {"A": 4000, "B": 200, "C": 360, "D": 2000}',
        "two columns each, so twice as many": 'peaks = {"A": 4000, "B": 800, "C": 400, "D": 2000}',
        "the size of our own experiment": 'peaks = {"A": n_train, "B": 200, "C": 400, "D": 2000}',
        "words": 'peaks = {"A": "as many as images", "B": 200, "C": 400, "D": 2000}',
        "a list": "peaks = [4000, 200, 400, 2000]",
    },
    right_too={
        "another order, floats": 'peaks = {"D": 2000.0, "C": 400.0, "B": 200.0, "A": 4e3}',
        "as texts": 'peaks = {"A": "4,000", "B": "200", "C": "400", "D": "2 000"}',
        "a Series": 'peaks = pd.Series({"A": 4000, "B": 200, "C": 400, "D": 2000})',
        "the biases apart": 'peaks = {"A": 4000, "B": 200, "C": 400, "D": 1990}',
    },
)
def peaks(answer):
    """The size at which four models can just fit their training targets."""
    truth = {"A": 4000, "B": 400 // 2, "C": 400, "D": 200 * 10}
    answer = {name: _number(value) for name, value in by_key(answer, truth).items()}
    if answer["C"] != truth["C"]:
        return wrong(
            "C: a flipped label is still one label. Noise changes how high the peak is, not how many there are."
        )
    if answer["B"] != truth["B"]:
        return wrong("B: count the columns that least squares gets, then the frequencies that make them.")
    if not 0.9 <= answer["D"] / truth["D"] <= 1.1:  # "about": some count the biases apart
        return wrong("D: how many numbers must the network reproduce? An image asks for ten outputs.")
    if answer["A"] != truth["A"]:
        return wrong("A: where did the dotted line stand in the figure above, for our own number of images?")
    return right("The peak sits where the model can just fit every training target, right or wrong.")


@exercise(
    wrong={
        "picks the ridge on the test images": "return table.test_error.min()",
        "reports the validation error": "return table.validation_error.min()",
        "averages over the ridges": "return table.test_error.mean()",
        "takes the strongest ridge": "return table.sort_values('ridge').test_error.iloc[-1]",
        "the row with the lowest sum": (
            "return table.test_error.loc[(table.test_error + table.validation_error).idxmin()]"
        ),
        "the mean of the two": (
            "best = table.loc[table.validation_error.idxmin()]\nreturn (best.test_error + best.validation_error) / 2"
        ),
        "the worse of the two": (
            "best = table.loc[table.validation_error.idxmin()]\nreturn max(best.test_error, best.validation_error)"
        ),
        "the ridge instead of the error": "return table.loc[table.validation_error.idxmin(), 'ridge']",
        "a position for a label": "return table.test_error.iloc[table.validation_error.idxmin() % 4]",
    },
    right_too={
        "sorting": "return table.sort_values('validation_error', kind='stable').test_error.iloc[0]",
        "NumPy": "return table['test_error'].to_numpy()[np.argmin(table['validation_error'])]",
        "a Series of one": "return table.nsmallest(1, 'validation_error')['test_error']",
        "a mask": "return table.test_error[table.validation_error == table.validation_error.min()].item()",
    },
)
def error_to_report(function):
    """The test error at the ridge that is best on validation data, on random tables."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        table = pd.DataFrame({"ridge": [0.0, 1.0, 10.0, 100.0]}, index=rng.permutation(100)[:4])
        table["validation_error"], table["test_error"] = rng.permutation(8).reshape(2, 4) / 10 + 0.1
        table = table.sample(frac=1, random_state=0)
        got = np.asarray(function(table.copy()), dtype=float)
        truth = table.loc[table.validation_error.idxmin(), "test_error"]
        if got.size != 1:
            return wrong("Return one number: the error that will be promised.")
        if np.isclose(got, truth):
            continue
        if np.isclose(got, table.test_error.min()):
            return wrong("The test images chose the ridge here. Then nothing is left that has not been looked at.")
        if np.isclose(got, table.validation_error.min()):
            return wrong("This number chose the ridge, so it looks better than it is. Which images took no part?")
        return wrong("One ridge goes into production. Pick its row first, by one column; read the other column after.")
    return right(
        "Validation images choose, test images judge: the reported error is one that nobody picked for being low."
    )


@exercise(
    wrong={
        "more data never hurts": 'take = {"A": True, "B": True, "C": True, "D": True}',
        "never touch a running model": 'take = {"A": False, "B": False, "C": False, "D": False}',
        "a ridge does not help against the peak": 'take = {"A": False, "B": False, "C": True, "D": False}',
        "only the peak itself is bad": 'take = {"A": True, "B": False, "C": True, "D": True}',
        "the other side is no better": 'take = {"A": False, "B": False, "C": False, "D": True}',
        "in words": 'take = {"A": "maybe", "B": "no", "C": "yes", "D": "yes"}',
    },
    right_too={
        "as numbers, in another order": 'take = {"D": 1, "C": 1, "B": 0, "A": 0}',
        "NumPy": 'take = dict(zip("ABCD", np.array([0.5, 1, 3, 1]) > [9, 9, 2, 0], strict=True))',
        "as words": 'take = {"A": "refuse", "B": "no", "C": "take", "D": "True"}',
    },
)
def take(answer):
    """Which offers of data lower the test error."""
    truth = {"A": False, "B": False, "C": True, "D": True}
    said = {
        "true": True,
        "1": True,
        "yes": True,
        "take": True,
        "false": False,
        "0": False,
        "no": False,
        "refuse": False,
    }
    answer = {offer: said.get(str(value).strip().lower()) for offer, value in by_key(answer, truth).items()}
    if None in answer.values():
        return wrong(f"Give True or False for each of {', '.join(truth)}.")
    if answer["B"] and not answer["D"]:
        return wrong("You take the peak without a ridge and refuse it with one. Compare the two lines there.")
    if answer["B"]:
        return wrong("B: with no ridge, as many images as features is the worst place on the solid line.")
    if answer["A"]:
        return wrong(
            "A: the curve does not jump at the peak, it climbs to it. Read the solid line left of the dotted one."
        )
    if not answer["C"]:
        return wrong("C: follow the solid line to its right end, and compare with where you stand now.")
    if not answer["D"]:
        return wrong("D: this offer changes the fit as well. Read the dashed line, which has a ridge, there.")
    return right(
        "Without a ridge, take enough to get well past the peak or take none. With one, take what you can get."
    )


@exercise(
    wrong={
        "one more example is always better": "return n + 1",
        "jumps behind the peak and stops there": "return max(n + 1, d + 2)",
        "looks for the best size before the peak": (
            "sizes = np.arange(1, d - 1)\nreturn int(sizes[linear.linear_risk(sizes, d=d, sigma=sigma).argmin()])"
        ),
        "how many more": (
            "later = np.arange(n + 1, n + 20 * d)\nnow = linear.linear_risk(n, d=d, sigma=sigma)\n"
            "return int(later[linear.linear_risk(later, d=d, sigma=sigma) < now][0]) - n"
        ),
        "as far behind the peak as before it": "return n + 1 if n >= d else 2 * d - n",
        "no worse is enough": (
            "later = np.arange(n + 1, n + 20 * d)\nnow = linear.linear_risk(n, d=d, sigma=sigma)\n"
            "return int(later[linear.linear_risk(later, d=d, sigma=sigma) <= now][0])"
        ),
        "always beyond the peak": (
            "later = np.arange(max(n, d) + 1, n + 20 * d)\nnow = linear.linear_risk(n, d=d, sigma=sigma)\n"
            "return int(later[linear.linear_risk(later, d=d, sigma=sigma) < now][0])"
        ),
        "the best size of all": (
            "later = np.arange(n + 1, n + 20 * d)\n"
            "return int(later[linear.linear_risk(later, d=d, sigma=sigma).argmin()])"
        ),
    },
    right_too={
        "a loop": (
            "later = n + 1\nnow = linear.linear_risk(n, d=d, sigma=sigma)\n"
            "while linear.linear_risk(later, d=d, sigma=sigma) >= now:\n    later += 1\nreturn later"
        ),
        "argmax": (
            "risk = linear.linear_risk(np.arange(n, n + 10 * d), d=d, sigma=sigma)\n"
            "return n + np.argmax(risk < risk[0])"
        ),
    },
)
def images_to_win(function):
    """The smallest larger training set with a lower theoretical risk, for several regressions."""
    for n, d, sigma in [
        (899, 1000, 0.1),
        (950, 1000, 0.1),
        (95, 100, 0.5),
        (100, 100, 0.5),
        (500, 1000, 0.1),
        (120, 100, 1),
    ]:
        got, now = function(n, d, sigma), float(linear_risk(n, d=d, sigma=sigma))
        case = f"n = {n}, d = {d}, sigma = {sigma}"
        later = np.arange(n + 1, n + 20 * d)
        truth = later[linear_risk(later, d=d, sigma=sigma) < now][0]
        if got != int(got) or got <= n:
            return wrong(f"For {case}: the answer is a number of examples above n.")
        if linear_risk(got, d=d, sigma=sigma) >= now:
            return wrong(f"For {case}: at your answer the risk is not below the risk at n. What stands in between?")
        if got > truth:
            return wrong(f"For {case}: a smaller set than yours wins already.")
    return right(
        "The distance to the next win is the price of a fit without a ridge: nobody would plan it from the left side."
    )


@exercise(
    wrong={
        "keeps the last weights instead of the best": (
            "best = 0\nfor i, value in enumerate(risk):\n    if value < risk[best]:\n        best = i\n"
            "    elif i - best >= patience:\n        return i\nreturn len(risk) - 1"
        ),
        "looks at the whole curve": "return int(np.argmin(risk))",
        "stops at the first rise, whatever the patience": (
            "for i in range(1, len(risk)):\n    if risk[i] >= risk[i - 1]:\n        return i - 1\nreturn len(risk) - 1"
        ),
        "any fall resets the patience": (
            "best = bad = 0\nfor i in range(1, len(risk)):\n    bad = 0 if risk[i] < risk[i - 1] else bad + 1\n"
            "    if risk[i] < risk[best]:\n        best = i\n    if bad >= patience:\n        break\nreturn best"
        ),
        "the patience is for the whole training": (
            "best = bad = 0\nfor i in range(1, len(risk)):\n    if risk[i] < risk[best]:\n        best = i\n"
            "    else:\n        bad += 1\n    if bad >= patience:\n        break\nreturn best"
        ),
        "an equal value is a new minimum": (
            "best = 0\nfor i, value in enumerate(risk):\n    if value <= risk[best]:\n        best = i\n"
            "    elif i - best >= patience:\n        break\nreturn best"
        ),
        "one check too patient": (
            "best = 0\nfor i, value in enumerate(risk):\n    if value < risk[best]:\n        best = i\n"
            "    elif i - best > patience:\n        break\nreturn best"
        ),
        "the value instead of its index": (
            "best = 0\nfor i, value in enumerate(risk):\n    if value < risk[best]:\n        best = i\n"
            "    elif i - best >= patience:\n        break\nreturn risk[best]"
        ),
    },
    right_too={
        "a counter": (
            "best = bad = 0\nfor i in range(1, len(risk)):\n    bad += 1\n    if risk[i] < risk[best]:\n"
            "        best, bad = i, 0\n    if bad == patience:\n        return best\nreturn best"
        ),
        "recursion": (
            "best = 0\nwhile True:\n    ahead = [i for i in range(best + 1, min(best + patience + 1, len(risk))) "
            "if risk[i] < risk[best]]\n    if not ahead:\n        return np.int64(best)\n    best = ahead[0]"
        ),
    },
)
def kept_check(function):
    """Early stopping with patience, against a plain loop on curves with one and two descents."""
    curves = [
        [5, 4, 3, 4, 5, 2, 1],
        [5, 4, 3, 4, 5, 6, 7],
        [3, 2, 1],
        [4, 3, 3.5, 2.5, 3, 3.2, 3.4, 1],
        [1, 2, 3, 0.5],
        [5, 3, 4, 3.5, 4, 3.8, 1],
        [3, 2, 2, 4, 1],
        [5, 6, 4, 4.5, 3, 3.5, 2],
    ]
    for risk in curves:
        for patience in (1, 2, 3, 5):
            best, stop = 0, len(risk) - 1
            for i, value in enumerate(risk):
                if value < risk[best]:
                    best = i
                elif i - best >= patience:
                    stop = i
                    break
            got = function(list(risk), patience)
            if got != int(got):
                return wrong("Return an index, not a value of the curve.")
            got = int(got)
            if got == best:
                continue
            case = f"For the curve {risk} and a patience of {patience}"
            ties = [i for i, value in enumerate(risk[:got]) if value == risk[got]] if 0 <= got < len(risk) else []
            if ties:
                return wrong(
                    f"{case}: check {got} is only as good as check {ties[0]}. An equal value is no new minimum."
                )
            if got == stop:
                return wrong(f"{case}: this is where training stops. Which check's weights does one keep?")
            if got > stop:
                return wrong(f"{case}: training has stopped before check {got}, so nobody has seen it.")
            return wrong(
                f"{case}: a rise is forgiven until as many checks as the patience have brought no new minimum."
            )
    return right(
        "Small patience keeps the first minimum; only one longer than the hump can find out whether a second comes."
    )


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
    },
    right_too={
        "capitals, no hyphens": "kinds = {k: v.title().replace('-', ' ') for k, v in reversed(check._KINDS.items())}",
        "a Series": "kinds = pd.Series(check._KINDS)",
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
    return judge_sorting(answer, _KINDS, hints=hints, praise=praise)
