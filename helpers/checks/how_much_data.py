"""Checks of the exercises in "How much data should we buy, and when?"."""

import math

import numpy as np

from helpers import how_much_data
from helpers.course.exercises import by_key, drawn, exercise, guess, pick, refuse, right, wrong


@guess(0, 90, unit=" %")
def guess_error(answer):
    """A guess of the error with 3,200 labels."""


def _number(answer):
    if np.ndim(answer):
        refuse("Return one number, not a list or an array.")
    return float(answer)


def line_on_log_axes(sizes, errors, n):
    """The error at `n` by the least-squares line through the logarithms."""
    slope, level = np.polyfit(np.log(sizes), np.log(errors), 1)
    return np.exp(level + slope * np.log(n))


CURVES = [
    ([25, 50, 100, 200, 400], [0.51, 0.34, 0.24, 0.16, 0.11]),
    ([100, 200, 400, 800], [0.2, 0.19, 0.1, 0.08]),
    ([10, 40, 90], [0.6, 0.3, 0.2]),
]


@exercise(
    wrong={
        "a straight line on plain axes": "slope, level = np.polyfit(sizes, errors, 1)\nreturn level + slope * n",
        "only the sizes are logarithms": (
            "slope, level = np.polyfit(np.log(sizes), errors, 1)\nreturn level + slope * np.log(n)"
        ),
        "forgets to come back": (
            "slope, level = np.polyfit(np.log(sizes), np.log(errors), 1)\nreturn level + slope * np.log(n)"
        ),
        "two bases": (
            "slope, level = np.polyfit(np.log(sizes), np.log10(errors), 1)\nreturn np.exp(level + slope * np.log(n))"
        ),
        "the last two points": (
            "slope = np.log(errors[-1] / errors[-2]) / np.log(sizes[-1] / sizes[-2])\n"
            "return errors[-1] * (n / sizes[-1]) ** slope"
        ),
        "the first and the last": (
            "slope = np.log(errors[-1] / errors[0]) / np.log(sizes[-1] / sizes[0])\n"
            "return errors[-1] * (n / sizes[-1]) ** slope"
        ),
        "size for error": (
            "slope, level = np.polyfit(np.log(errors), np.log(sizes), 1)\nreturn np.exp((np.log(n) - level) / slope)"
        ),
        "the mean of the steps": (
            "slope = np.mean(np.diff(np.log(errors)) / np.diff(np.log(sizes)))\n"
            "return errors[-1] * (n / sizes[-1]) ** slope"
        ),
        "an array": (
            "slope, level = np.polyfit(np.log(sizes), np.log(errors), 1)\nreturn np.exp(level + slope * np.log([n]))"
        ),
        "rounds": (
            "slope, level = np.polyfit(np.log(sizes), np.log(errors), 1)\n"
            "return round(float(np.exp(level + slope * np.log(n))), 3)"
        ),
        "a curve in the logarithms": (
            "return np.exp(np.polyval(np.polyfit(np.log(sizes), np.log(errors), 2), np.log(n)))"
        ),
    },
    right_too={
        "base ten": (
            "slope, level = np.polyfit(np.log10(sizes), np.log10(errors), 1)\n"
            "return 10 ** (level + slope * np.log10(n))"
        ),
        "by its formula": (
            "x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(errors, float))\n"
            "c = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()\n"
            "return np.exp(y.mean()) * (n / np.exp(x.mean())) ** c"
        ),
        "scipy": (
            "from scipy.stats import linregress\nfit = linregress(np.log(sizes), np.log(errors))\n"
            "return float(np.exp(fit.intercept + fit.slope * np.log(n)))"
        ),
    },
)
def forecast(function):
    """The function draws a line through the logarithms, and comes back to an error."""
    for sizes, errors in CURVES:
        for n in (2 * sizes[-1], 8 * sizes[-1], sizes[-1]):
            said = _number(function(np.array(sizes), np.array(errors), n))
            if math.isclose(said, line_on_log_axes(sizes, errors, n), rel_tol=1e-6):
                continue
            if said in [round(float(line_on_log_axes(sizes, errors, n)), digits) for digits in range(2, 7)]:
                return wrong("Right, but for what rounding took away. Return the error as it is.")
            plain = [(sizes, n), (np.log(sizes), np.log(n))]
            if any(math.isclose(said, np.polyval(np.polyfit(x, errors, 1), at), rel_tol=1e-6) for x, at in plain):
                return wrong(f"At {n:,} labels this says {said:.2f}: the errors went into the fit without logarithms.")
            if said < 0:
                return wrong(f"At {n:,} labels this says {said:.2f}. An error, or the logarithm of one?")
            if math.isclose(said, how_much_data.power_law(n, how_much_data.fit_last_two(sizes, errors)), rel_tol=1e-6):
                return wrong("That is the line through the last two points. Least squares uses all of them.")
            return wrong(
                f"Not yet right: from {sizes} labels with the errors {errors}, forecast for {n:,}. "
                "Take the logarithms of sizes and errors, fit, and come back."
            )
    return right("A straight line on log axes is a power law without a floor: two unknowns, all points.")


RIVALS = ["law", "last two", "no change"]


def _said(sizes, errors):
    """What each of the rivals says about the last size, and the error that was measured there."""
    (*known, n), (*before, last) = list(sizes), list(errors)
    last_two = how_much_data.power_law(n, how_much_data.fit_last_two(known, before))
    return np.array([line_on_log_axes(known, before, n), last_two, before[-1]]), last


def nearest_rival(sizes, errors):
    """Which of the rivals, without the last size, came nearest to the error measured there."""
    said, last = _said(sizes, errors)
    return RIVALS[int(np.abs(said - last).argmin())]


def _judges_agree(sizes, errors):
    """Whether the nearest rival is also the one whose ratio to the error is nearest to 1."""
    said, last = _said(sizes, errors)
    return np.abs(np.log(said / last)).argmin() == np.abs(said - last).argmin()


_RIVAL = (
    "s, e = sizes[:-1], errors[:-1]\n"
    "c = np.log(e[-1] / e[-2]) / np.log(s[-1] / s[-2])\n"
    "said = {'law': law_at(s, e, sizes[-1]), 'last two': e[-1] * (sizes[-1] / s[-1]) ** c, 'no change': e[-1]}\n"
)


@exercise(
    wrong={
        "sees what it forecasts": (
            _RIVAL + "said['law'] = law_at(sizes, errors, sizes[-1])\n"
            "return min(said, key=lambda name: abs(said[name] - errors[-1]))"
        ),
        "the lowest forecast": _RIVAL + "return min(said, key=said.get)",
        "always the law": "return 'law'",
        "the furthest": _RIVAL + "return max(said, key=lambda name: abs(said[name] - errors[-1]))",
        "who promises too little does not count": (
            _RIVAL + "return min(said, key=lambda name: (said[name] < errors[-1], abs(said[name] - errors[-1])))"
        ),
        "no change from the mean": (
            _RIVAL + "said['no change'] = np.mean(e)\nreturn min(said, key=lambda name: abs(said[name] - errors[-1]))"
        ),
        "the last two on plain axes": (
            _RIVAL + "said['last two'] = e[-1] + (e[-1] - e[-2]) / (s[-1] - s[-2]) * (sizes[-1] - s[-1])\n"
            "return min(said, key=lambda name: abs(said[name] - errors[-1]))"
        ),
        "no change from the hidden one": (
            _RIVAL + "said['no change'] = errors[-1]\nreturn min(said, key=lambda name: abs(said[name] - errors[-1]))"
        ),
        "nothing stays as it is": (
            _RIVAL + "del said['no change']\nreturn min(said, key=lambda name: abs(said[name] - errors[-1]))"
        ),
        "how far, not which": _RIVAL + "return min(abs(value - errors[-1]) for value in said.values())",
        "the last two of all": (
            _RIVAL + "c = np.log(errors[-1] / errors[-2]) / np.log(sizes[-1] / sizes[-2])\n"
            "said['last two'] = errors[-2] * (sizes[-1] / sizes[-2]) ** c\n"
            "return min(said, key=lambda name: abs(said[name] - errors[-1]))"
        ),
    },
    right_too={
        "a list": (
            _RIVAL + "names = list(said)\n"
            "return names[int(np.argmin([abs(said[name] - errors[-1]) for name in names]))].title()"
        ),
        "a Series": _RIVAL + "return (pd.Series(said) - errors[-1]).abs().idxmin()",
        "as a share of the true error": _RIVAL + "return min(said, key=lambda name: abs(said[name] / errors[-1] - 1))",
        "by the ratio": _RIVAL + "return min(said, key=lambda name: abs(np.log(said[name] / errors[-1])))",
        "a line through two points is a law of two": (
            _RIVAL + "said['last two'] = law_at(s[-2:], e[-2:], sizes[-1])\n"
            "return min(said, key=lambda name: abs(said[name] - errors[-1]))"
        ),
    },
)
def rival(function):
    """The function hides the last size, and names the forecast that came nearest to it."""
    sizes = np.array([25, 50, 100, 200, 400])
    rng = drawn(4)
    curves = [3 * sizes**-0.55 * np.exp(0.15 * rng.normal(size=5)) for _ in range(40)]
    curves += [np.array([0.5, 0.35, 0.25, 0.24, level]) for level in (0.235, 0.21, 0.26, 0.16)]
    curves = [errors for errors in curves if _judges_agree(sizes, errors)]
    said = [function(sizes.copy(), errors.copy()) for errors in curves]
    if not all(isinstance(name, str) for name in said):
        return wrong("Return the rival's name: 'law', 'last two' or 'no change'.")
    named, truth = [pick(name, RIVALS) for name in said], [nearest_rival(sizes, errors) for errors in curves]
    if len(set(named)) == 1:
        always = f"Whatever the curve, this says {named[0]!r}. Each rival is ahead on some."
        return wrong(f"{always} Does a forecast see the hidden size?")
    for name, true, errors in zip(named, truth, curves, strict=True):
        if name != true:
            told = ", ".join(f"{error:.3f}" for error in errors)
            return wrong(
                f"On the errors {told}, {true!r} came nearer to the last. A forecast sees the sizes before it "
                "only, and the nearest one counts, above or below."
            )
    return right("Scored on a size that it has not seen, a method shows what it is worth on this curve.")


def size_of(law, target):
    """Number of examples at which the law (a, b, c) reaches an error; inf at its floor and below.

    Examples
    --------
    >>> size_of((0.02, 2.0, 0.5), 0.12), size_of((0.02, 2.0, 0.5), 0.02)
    (400.0, inf)
    """
    a, b, c = law
    return round((b / (target - a)) ** (1 / c), 6) if target > a else float("inf")


@exercise(
    wrong={
        "forgets the floor": "a, b, c = law\nreturn (b / target) ** (1 / c)",
        "the exponent upside down": "a, b, c = law\nreturn float('inf') if target <= a else (b / (target - a)) ** c",
        "any target can be bought": "a, b, c = law\nreturn (b / abs(target - a)) ** (1 / c)",
        "divides instead of inverting": "a, b, c = law\nreturn float('inf') if target <= a else b / (target - a)",
        "the floor itself can be bought": (
            "a, b, c = law\nreturn float('inf') if target < a else (b / max(target - a, 1e-9)) ** (1 / c)"
        ),
        "the error at the target": "a, b, c = law\nreturn float('inf') if target <= a else a + b * target**-c",
        "a number that cannot be": (
            "a, b, c = law\nreturn float('nan') if target <= a else (b / (target - a)) ** (1 / c)"
        ),
        "zero where none will do": "a, b, c = law\nreturn 0 if target <= a else (b / (target - a)) ** (1 / c)",
        "adds the floor": "a, b, c = law\nreturn float('inf') if target <= a else (b / (target + a)) ** (1 / c)",
    },
    right_too={
        "rounds up": (
            "a, b, c = law\nif target <= a:\n    return np.inf\nreturn int(np.ceil((b / (target - a)) ** (1 / c)))"
        ),
        "logarithms": (
            "a, b, c = law\nleft = target - a\nif left <= 0:\n    return np.float64('inf')\n"
            "return np.exp((np.log(b) - np.log(left)) / c)"
        ),
        "the share that is left": (
            "a, b, c = law\nreturn ((target - a) / b) ** (-1 / c) if target - a > 0 else float('inf')"
        ),
        "searches": (
            "a, b, c = law\nif target <= a:\n    return float('inf')\nlow, high = 1e-9, 1e12\n"
            "for _ in range(200):\n    mid = (low + high) / 2\n"
            "    low, high = (mid, high) if a + b * mid**-c > target else (low, mid)\nreturn high"
        ),
        "steps of a thousandth": (
            "a, b, c = law\nif target <= a:\n    return float('inf')\nn = 1.0\n"
            "while a + b * n**-c > target:\n    n *= 1.001\nreturn n"
        ),
    },
)
def size_needed(function):
    """The function inverts the law, and calls a target below its floor out of reach."""
    if not math.isinf(function((0.02, 3.0, 0.5), 0.01)) or not math.isinf(function((0.02, 3.0, 0.5), 0.02)):
        if math.isclose(function((0.0, 3.0, 0.5), 0.1), 900, abs_tol=1):
            return wrong("With a floor at 0.02, what does an error of 0.01 cost? Try your answer in the law.")
        return wrong("Try a target below the floor: can any number of labels reach it?")
    for law in [(0.0, 3.0, 0.5), (0.02, 3.0, 0.5), (0.03, 4.0, 0.65), (0.0, 2.0, 0.25)]:
        for target in (0.05, 0.1, 0.3):
            n = _number(function(law, target))
            true = size_of(law, target)
            if not math.isclose(n, true, rel_tol=0.01, abs_tol=1.01):
                shown = f"{n:,.0f}" if abs(n) >= 10 else f"{n:.2g}"
                return wrong(
                    f"Put your answer back: the law {law} at n = {shown} is not {target}. "
                    "Take the floor off, divide, and then undo the power."
                )
    return right("What is above the floor can be bought, at a price that explodes near it. What is below cannot.")


SOURCES = [
    {"setup_days": 3, "per_day": 40, "eur_each": 0.5, "available": 4000},
    {"setup_days": 30, "per_day": 1000, "eur_each": 0.1, "available": 2200},
    {"setup_days": 5, "per_day": 300, "eur_each": 0.04, "available": 10000},
]


def count_labels(source, days, euros):
    """Labels that a source has delivered by a day: bounded by time, by money and by what there is.

    Parameters
    ----------
    source : mapping
        setup_days (before the first label), per_day, eur_each and available.
    days, euros : float
        Days from the order on, and the budget.

    Returns
    -------
    int

    Examples
    --------
    >>> clerks = {"setup_days": 3, "per_day": 40, "eur_each": 0.5, "available": 4000}
    >>> count_labels(clerks, 7, 300), count_labels(clerks, 60, 300), count_labels(clerks, 2, 300)
    (160, 600, 0)
    """
    in_time = max(days - source["setup_days"], 0) * source["per_day"]
    affordable = euros / source["eur_each"] if source["eur_each"] else float("inf")
    return int(min(in_time, affordable, source["available"]) + 1e-9)


@exercise(
    wrong={
        "rounds up over the budget": (
            "return min(max(days - source['setup_days'], 0) * source['per_day'], round(euros / source['eur_each']), "
            "source['available'])"
        ),
        "labels come from the first day": (
            "return min(source['per_day'] * days, euros // source['eur_each'], source['available'])"
        ),
        "money is no object": (
            "return min(max(days - source['setup_days'], 0) * source['per_day'], source['available'])"
        ),
        "time owes us labels": (
            "return min((days - source['setup_days']) * source['per_day'], euros // source['eur_each'], "
            "source['available'])"
        ),
        "the supply never ends": (
            "return min(max(days - source['setup_days'], 0) * source['per_day'], euros // source['eur_each'])"
        ),
        "a price is a number of labels": (
            "return min(max(days - source['setup_days'], 0) * source['per_day'], euros * source['eur_each'], "
            "source['available'])"
        ),
        "the loosest bound": (
            "return max(max(days - source['setup_days'], 0) * source['per_day'], euros // source['eur_each'], "
            "source['available'])"
        ),
        "the last day of the set-up counts": (
            "return min(max(days - source['setup_days'] + 1, 0) * source['per_day'], euros // source['eur_each'], "
            "source['available'])"
        ),
        "the set-up is paid for": (
            "working = max(days - source['setup_days'], 0)\n"
            "return min(working * source['per_day'], working and euros / source['eur_each'] - source['setup_days'], "
            "source['available'])"
        ),
    },
    right_too={
        "a fraction": (
            "return min(max(days - source['setup_days'], 0) * source['per_day'], euros / source['eur_each'], "
            "source['available'])"
        ),
        "NumPy": (
            "bounds = [np.clip(days - source['setup_days'], 0, None) * source['per_day'], "
            "euros / source['eur_each'], source['available']]\nreturn np.floor(np.min(bounds))"
        ),
        "day by day": (
            "have, paid = 0, 0.0\nfor day in range(days):\n    if day >= source['setup_days']:\n"
            "        more = min(source['per_day'], source['available'] - have, "
            "int((euros - paid) / source['eur_each'] + 1e-9))\n"
            "        have, paid = have + more, paid + more * source['eur_each']\nreturn have"
        ),
    },
)
def labels_by(function):
    """The function counts labels bounded by days, budget and supply."""

    def said(source, days, euros):
        return _number(function(dict(source), days, euros))

    clerks, vendor, crowd = SOURCES
    if said(clerks, 2, 300) < 0:
        return wrong(
            "Two days after the order, before the set-up is done, your source owes labels: how many are there?"
        )
    if said(clerks, 5, 300) > 160 or said(vendor, 20, 300) > 0:
        return wrong("In the set-up days no label arrives. How many working days are left?")
    if said(clerks, 60, 300) > 600:
        return wrong("This costs more than the budget. What is the largest order that it pays for?")
    if said(vendor, 60, 1000) > 2200:
        return wrong("No source delivers more than it has.")
    for source in (*SOURCES, SOURCES[0] | {"eur_each": 0.7}):
        for days in (0, 3, 4, 12, 31, 60, 200):
            for euros in (10, 90, 300, 5000):
                labels = said(source, days, euros)
                if labels * source["eur_each"] > euros + 1e-6:
                    return wrong(f"For {source}, {euros} euros do not pay for so many labels.")
                if abs(labels - count_labels(source, days, euros)) > 1:
                    return wrong(f"Not yet right for {source}, {days} days and {euros} euros: which bound is tightest?")
    return right("Three bounds, and the tightest counts. More money does not help where the days are short.")


def by_errors(looked, missed, batch):
    """A batch shared in proportion to the errors that were seen."""
    return {kind: batch * missed[kind] / sum(missed.values()) for kind in looked}


KINDS = [
    ({"usual": 70, "tilted": 30}, {"usual": 5, "tilted": 15}, 200),
    ({"usual": 90, "tilted": 10}, {"usual": 9, "tilted": 6}, 150),
    ({"a": 50, "b": 25, "c": 25}, {"a": 6, "b": 0, "c": 2}, 80),
]


def _in_proportion(given, weights, batch):
    """Whether a batch is shared out by `weights`, up to one label a kind."""
    return all(abs(n - batch * weights[kind] / sum(weights.values())) <= 1 for kind, n in given.items())


@exercise(
    wrong={
        "by traffic": "return {kind: batch * looked[kind] / sum(looked.values()) for kind in looked}",
        "by error rate": (
            "rate = {kind: wrong[kind] / looked[kind] for kind in looked}\n"
            "return {kind: batch * rate[kind] / sum(rate.values()) for kind in looked}"
        ),
        "all to the worst": "return {kind: batch * (wrong[kind] == max(wrong.values())) for kind in looked}",
        "shares, not labels": "return {kind: wrong[kind] / sum(wrong.values()) for kind in looked}",
        "traffic counts twice": (
            "met = {kind: looked[kind] * wrong[kind] for kind in looked}\n"
            "return {kind: batch * met[kind] / sum(met.values()) for kind in looked}"
        ),
        "out of all that was looked at": (
            "return {kind: batch * wrong[kind] / sum(looked.values()) for kind in looked}"
        ),
        "what was read right": (
            "fine = {kind: looked[kind] - wrong[kind] for kind in looked}\n"
            "return {kind: batch * fine[kind] / sum(fine.values()) for kind in looked}"
        ),
        "evenly": "return dict.fromkeys(looked, batch / len(looked))",
        "a list": "return [batch * n / sum(wrong.values()) for n in wrong.values()]",
    },
    right_too={
        "whole labels": "return {kind: round(batch * n / sum(wrong.values())) for kind, n in reversed(wrong.items())}",
        "a Series": "errors = pd.Series(wrong)\nreturn batch * errors / errors.sum()",
        "traffic times rate": (
            "rate = {kind: wrong[kind] / looked[kind] for kind in looked}\n"
            "met = {kind: rate[kind] * looked[kind] / sum(looked.values()) for kind in looked}\n"
            "return {kind: np.float64(batch * met[kind] / sum(met.values())) for kind in looked}"
        ),
    },
)
def allot(function):
    """The function shares a batch in proportion to the errors that were seen."""
    rng = drawn(5)
    rare, met = int(rng.integers(10, 40)), int(rng.integers(3, 9))
    secret = ({"usual": 90, "tilted": rare}, {"usual": 10, "tilted": met}, int(rng.integers(200, 3000)))
    for looked, missed, batch in (*KINDS, secret):
        shares = by_key(function(dict(looked), dict(missed), batch), looked)
        given = {kind: float(n) for kind, n in shares.items()}
        if abs(sum(given.values()) - batch) > len(looked):
            unit = ": labels, not shares" if abs(sum(given.values()) - 1) < 0.01 else ""
            return wrong(f"The parts must add up to the batch{unit}.")
        if _in_proportion(given, missed, batch):
            continue
        if _in_proportion(given, looked, batch):
            return wrong("This repeats the traffic, as if nobody had looked at the errors.")
        if max(given.values()) > batch - 1:
            return wrong("Everything goes to one kind. Do the other kinds' errors not count?")
        if _in_proportion(given, {kind: looked[kind] * missed[kind] for kind in looked}, batch):
            return wrong("The live forms were drawn as they came: what was read wrong holds the traffic already.")
        if _in_proportion(given, {kind: missed[kind] / looked[kind] for kind in looked}, batch):
            return wrong("A rare kind with a high rate is still rare. Count the errors that live users meet.")
        return wrong("Not yet: a kind's part grows with the errors that were met on it, kind by kind.")
    return right("Errors met are traffic times error rate, so a small bad kind and a large fair one are weighed alike.")
