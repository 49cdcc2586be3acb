"""Checks of the exercises in "How much data should we buy, and when?"."""

import math

from helpers import how_much_data
from helpers.course.exercises import by_key, exercise, judge_sorting, right, wrong


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
            n = float(function(law, target))
            true = (law[1] / (target - law[0])) ** (1 / law[2])
            if not math.isclose(n, true, rel_tol=1e-6, abs_tol=1.01):
                return wrong(
                    f"Put your answer back: the law {law} at n = {n:,.0f} is not {target}. "
                    "Take the floor off, divide, and then undo the power."
                )
    return right("What is above the floor can be bought, at a price that explodes near it. What is below cannot.")


SOURCES = [
    {"setup_days": 3, "per_day": 40, "eur_each": 0.5, "available": 4000},
    {"setup_days": 30, "per_day": 1000, "eur_each": 0.1, "available": 2200},
    {"setup_days": 5, "per_day": 300, "eur_each": 0.04, "available": 10000},
]


@exercise(
    wrong={
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
        return float(function(dict(source), days, euros))

    clerks, vendor, crowd = SOURCES
    if said(clerks, 2, 300) < 0:
        return wrong(
            "Two days after the order, before the set-up is done, your source owes labels: how many are there?"
        )
    if said(clerks, 5, 300) > 160 or said(vendor, 20, 300) > 0:
        return wrong("In the set-up days no label arrives. How many working days are left?")
    if said(clerks, 60, 300) > 600:
        return wrong("This costs more than the budget. What is the dearest order that it pays for?")
    if said(vendor, 60, 1000) > 2200:
        return wrong("No source delivers more than it has.")
    for source in SOURCES:
        for days in (0, 3, 4, 12, 31, 60, 200):
            for euros in (10, 90, 300, 5000):
                if abs(said(source, days, euros) - how_much_data.count_labels(source, days, euros)) > 1:
                    return wrong(f"Not yet right for {source}, {days} days and {euros} euros: which bound is tightest?")
    return right("Three bounds, and the tightest counts. More money does not help where the days are short.")


KINDS = [
    ({"usual": 70, "tilted": 30}, {"usual": 5, "tilted": 15}, 200),
    ({"usual": 90, "tilted": 10}, {"usual": 9, "tilted": 6}, 150),
    ({"a": 50, "b": 25, "c": 25}, {"a": 6, "b": 0, "c": 2}, 80),
]


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
    for looked, missed, batch in KINDS:
        shares = by_key(function(dict(looked), dict(missed), batch), looked)
        given = {kind: float(n) for kind, n in shares.items()}
        if abs(sum(given.values()) - batch) > len(looked):
            return wrong("The parts must add up to the batch: labels, not shares.")
        total = sum(missed.values())
        if all(abs(given[kind] - batch * missed[kind] / total) <= 1 for kind in looked):
            continue
        if all(abs(given[kind] - batch * looked[kind] / sum(looked.values())) <= 1 for kind in looked):
            return wrong("This repeats the traffic, as if nobody had looked at the errors.")
        if max(given.values()) > batch - 1:
            return wrong("Everything goes to one kind. Do the other kinds' errors not count?")
        return wrong("A rare kind with a high rate is still rare. Count the errors that live users meet, kind by kind.")
    return right("Errors met are traffic times error rate, so a small bad kind and a large fair one are weighed alike.")


PLANS = {
    "120 labels, and no model yet: collect for six months first, to be safe": "train first",
    "three doublings followed the law, the next one costs €400 and saves €900": "order",
    "300 labels and one good fit: order 60,000 at once": "smaller step",
    "400 labels, error 11 %, target 2 %, fitted floor 3 %; the next doubling costs €200 and saves €600": "order",
    "of 50 errors 40 are tilted photos, of which we have none: double the usual forms": "other data",
    "the vendor offers a discount on a full year of labels; nothing has been trained": "train first",
    "900 labels: the next doubling costs €450 and saves €80": "no more of these",
}
WHY = {
    "train first": "Nobody has a learning curve or an error to look at yet.",
    "order": "Compare what the next step costs with what it saves.",
    "smaller step": "How many times more data is that than the fit has seen?",
    "no more of these": "What is the most that more labels of this kind can still bring, and at which price?",
    "other data": "Where are the errors, and does this order reach them?",
}


@exercise(
    wrong={
        "more is always better": "plans = dict.fromkeys(plans, 'order')",
        "always carefully": "plans = {plan: {'order': 'smaller step'}.get(v, v) for plan, v in check.PLANS.items()}",
        "the law covers it": "plans = {plan: {'smaller step': 'order'}.get(v, v) for plan, v in check.PLANS.items()}",
        "errors are errors": "plans = {plan: {'other data': 'order'}.get(v, v) for plan, v in check.PLANS.items()}",
        "believes the fitted floor": (
            "plans = {plan: 'no more of these' if 'floor' in plan else v for plan, v in check.PLANS.items()}"
        ),
        "a discount pays": "plans = {plan: 'order' if 'discount' in plan else v for plan, v in check.PLANS.items()}",
        "cheap enough": "plans = {plan: 'order' if '900 labels' in plan else v for plan, v in check.PLANS.items()}",
        "small steps are safe": (
            "plans = {plan: 'smaller step' if '900 labels' in plan else v for plan, v in check.PLANS.items()}"
        ),
    },
    right_too={
        "another order, capitals, hyphens": (
            "plans = {plan: v.title().replace(' ', '-') for plan, v in reversed(check.PLANS.items())}"
        ),
        "a Series": "plans = pd.Series(check.PLANS)",
    },
)
def plans(answer):
    """Seven plans are answered with an order, a smaller step, a training run, other data, or nothing more."""
    praise = "Train early, look where the errors are, go in steps, and stop when a step no longer pays."
    return judge_sorting(answer, PLANS, hints=WHY, praise=praise)


def _next_size(n, law, price_eur, worth_eur):
    def profit(m):
        gain = how_much_data.power_law(n, law) - how_much_data.power_law(m, law)
        return worth_eur * gain - price_eur * (m - n)

    return max([n, 2 * n, 4 * n, 8 * n], key=profit)


_PROFIT = "a, b, c = law\ndef profit(m):\n    return worth_eur * b * (n**-c - m**-c) - price_eur * (m - n)\n"


@exercise(
    wrong={
        "labels are free": _PROFIT.replace("price_eur * (m - n)", "0") + "return max([n, 2*n, 4*n, 8*n], key=profit)",
        "as far as the law says": _PROFIT + "return max([n * 2**k for k in range(12)], key=profit)",
        "always one more step": _PROFIT + "return max([2*n, 4*n, 8*n], key=profit)",
        "any profit will do": _PROFIT + "return max(m for m in [n, 2*n, 4*n, 8*n] if profit(m) >= 0)",
        "pays again for what it has, unless it stays": (
            _PROFIT.replace("(m - n)", "m * (m > n)") + "return max([n, 2*n, 4*n, 8*n], key=profit)"
        ),
        "one doubling at most": _PROFIT + "return max([n, 2*n], key=profit)",
        "the profit, not the size": _PROFIT + "return max(profit(m) for m in [n, 2*n, 4*n, 8*n])",
        "how many to buy": _PROFIT + "return max([n, 2*n, 4*n, 8*n], key=profit) - n",
        "the most per euro": (
            _PROFIT + "return max([2*n, 4*n, 8*n], key=lambda m: profit(m) / (m - n)) if profit(2*n) > 0 else n"
        ),
        "stops at the first step that pays": (
            _PROFIT + "return next((m for m in [2*n, 4*n, 8*n] if profit(m) > 0), n)"
        ),
        "forgets what an error is worth": (
            _PROFIT.replace("worth_eur * b", "b") + "return max([n, 2*n, 4*n, 8*n], key=profit)"
        ),
    },
    right_too={
        "what it has is paid for, in all four": (
            _PROFIT.replace("(m - n)", "m") + "return max([n, 2*n, 4*n, 8*n], key=profit)"
        ),
        "the lowest total cost": (
            "a, b, c = law\nsizes = n * 2 ** np.arange(4)\n"
            "cost = worth_eur * (a + b * sizes ** -float(c)) + price_eur * sizes\nreturn sizes[cost.argmin()]"
        ),
        "step by step, as long as it pays": (
            _PROFIT + "best = n\nfor k in (1, 2, 3):\n"
            "    if profit(n * 2**k) > profit(best):\n        best = n * 2**k\nreturn float(best)"
        ),
    },
)
def next_size(function):
    """The function picks the most profitable size within three doublings, or stays."""
    cases = [
        (n, law, price, worth)
        for n in (50, 400, 1600)
        for law in [(0.0, 3.0, 0.55), (0.03, 4.0, 0.7)]
        for price, worth in [(0.5, 20_000), (0.01, 20_000), (2.0, 20_000), (0.5, 200_000), (0.15, 20_000)]
    ]
    said = [(float(function(*case)), float(_next_size(*case)), case) for case in cases]
    if any(got > 8 * case[0] for got, _, case in said):
        return wrong("That is more than ten times what the law has seen. How far may one step go?")
    if all(got == 8 * case[0] for got, _, case in said):
        return wrong("Your rule always takes the largest step. What do the labels cost?")
    if any(got > case[0] == want for got, want, case in said) and all(
        got == want for got, want, case in said if want > case[0]
    ):
        return wrong("At 1,600 labels for 2 euros each no step pays. What does your rule say there?")
    if any(got == case[0] < want and case[2] == 0.15 for got, want, case in said):
        return wrong("At 0.15 euros a label a step pays, and your rule stays. Does it pay for labels that you own?")
    for got, want, case in said:
        if got > want:
            return wrong(f"For {case}: this step pays, but a smaller one pays more. Look for the largest profit.")
        if got < want:
            return wrong(f"For {case}: a larger step would earn more. Compare gain minus price of all four sizes.")
    return right("Gain minus price, over a short list of steps. Staying is on the list, and so it is a rule to stop.")
