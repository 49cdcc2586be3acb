"""Checks of the exercises in "What does your own table say about your product?"."""

import math

from helpers.course.exercises import as_list, drawn, exercise, guess, refuse, right, wrong


@guess(0, 50, unit=" points")
def guess_gap(answer):
    """A guess of how many points of AUC the honest split takes away."""


def to_drop(alone, late, limit):
    """Columns that tell too much alone, or that are filled in after the answer."""
    return [column for column, skill in alone.items() if skill >= limit or column in late]


@exercise(
    wrong={
        "only what tells much": "return [column for column, skill in alone.items() if skill >= limit]",
        "only what comes late": "return [column for column in alone if column in late]",
        "both must hold": "return [column for column, skill in alone.items() if skill >= limit and column in late]",
        "what may stay": "return [column for column, skill in alone.items() if skill < limit and column not in late]",
        "the strongest only": "return [max(alone, key=alone.get)]",
        "the limit itself may stay": (
            "return [column for column, skill in alone.items() if skill > limit or column in late]"
        ),
    },
    right_too={
        "a set": "return {column for column in alone if column in late or alone[column] >= limit}",
        "a loop": (
            "found = []\nfor column in alone:\n    if column in late:\n        found.append(column)\n"
            "    elif alone[column] >= limit:\n        found.append(column)\nreturn tuple(found)"
        ),
        "pandas": "told = pd.Series(alone)\nreturn told.index[(told >= limit) | told.index.isin(list(late))]",
    },
)
def drop(function):
    """The function names the columns to drop before training."""
    rng = drawn(81)
    for _ in range(6):
        alone = {name: round(float(rng.random()), 2) for name in ("age", "amount", "reminders", "status", "visits")}
        alone |= {"fee": 0.9, "refund": 0.05, "closed": 0.96}
        late = ["refund", "closed", str(rng.choice(["age", "visits"]))]
        said, truth = _names(function(dict(alone), list(late), 0.9)), set(to_drop(alone, late, 0.9))
        if said == truth:
            continue
        if "refund" not in said:
            return wrong("The refund is made after the answer is known, and tells little. May a model have it?")
        if "fee" not in said:
            return wrong("The fee tells exactly as much as the limit. What does the exercise say of the limit itself?")
        if said - truth:
            return wrong(f"You drop {sorted(said - truth)[0]!r}, which comes in time and tells less than the limit.")
        return wrong(f"{sorted(truth - said)[0]!r} is missing. There are two reasons to drop a column.")
    return right("Strength raises the suspicion, and the time of filling in decides: a weak late column leaks, too.")


def _names(answer):
    if isinstance(answer, (set, frozenset)):
        answer = sorted(answer)
    return set(as_list(answer))


def share_met(train, test):
    """Share of the test rows whose customer is in the training rows."""
    known = set(train)
    return sum(customer in known for customer in test) / len(test)


@exercise(
    wrong={
        "customers instead of rows": "return len(set(train) & set(test)) / len(set(test))",
        "of the training rows": "known = set(test)\nreturn sum(customer in known for customer in train) / len(train)",
        "of all rows": "known = set(train)\nreturn sum(c in known for c in test) / (len(train) + len(test))",
        "who is new": "known = set(train)\nreturn sum(customer not in known for customer in test) / len(test)",
        "a count": "known = set(train)\nreturn sum(customer in known for customer in test)",
    },
    right_too={
        "NumPy": "return np.isin(list(test), list(train)).mean()",
        "pandas": "return pd.Series(list(test)).isin(list(train)).mean()",
        "a loop": (
            "met = 0\nfor customer in test:\n    if customer in list(train):\n        met += 1\nreturn met / len(test)"
        ),
    },
)
def met(function):
    """The function measures how many test rows a model has met in training, by customer."""
    rng = drawn(82)
    for n in (7, 12, 30):
        train = [f"C{i}" for i in rng.integers(0, 12, 2 * n)]
        test = ["C0", "C0", "C0", "new", *(f"C{i}" for i in rng.integers(6, 20, n))]
        train.append("C0")
        said, truth = float(function(list(train), list(test))), share_met(train, test)
        if math.isclose(said, truth, abs_tol=1e-9):
            continue
        if math.isclose(said, len(set(train) & set(test)) / len(set(test)), abs_tol=1e-9):
            return wrong("That is a share of customers. One with many rows counts with each of them.")
        if said > 1:
            return wrong("A share is from 0 to 1.")
        if math.isclose(said, 1 - truth, abs_tol=1e-9):
            return wrong("That is the share of rows whose customer is new.")
        return wrong("Look at the test rows only, one by one: is this row's customer among those of training?")
    return right("Where this share is high, a test asks about customers that the model has met.")


def chance_of_any(tries, level):
    """Chance that at least one of so many healthy slices looks bad."""
    return 1 - (1 - level) ** tries


@exercise(
    wrong={
        "adds the chances": "return tries * level",
        "all of them": "return level**tries",
        "percent": "return 100 * (1 - (1 - level) ** tries)",
        "one slice too few": "return 1 - (1 - level) ** (tries - 1)",
        "chances that add up to one at most": "return min(1, tries * level)",
        "none of them": "return (1 - level) ** tries",
        "one try": "return level",
        "shares the level": "return level / tries",
    },
    right_too={
        "logarithms": "return -np.expm1(tries * np.log1p(-level))",
        "a loop": "none = 1.0\nfor _ in range(tries):\n    none *= 1 - level\nreturn 1 - none",
    },
)
def any_alarm(function):
    """The function gives the chance of at least one false alarm among independent tests."""
    rng = drawn(83)
    for tries, level in [
        (1, 0.05),
        (20, 0.05),
        *((int(rng.integers(2, 60)), float(rng.uniform(0.01, 0.2))) for _ in range(4)),
    ]:
        said, truth = float(function(tries, level)), chance_of_any(tries, level)
        if math.isclose(said, truth, rel_tol=1e-6):
            continue
        if math.isclose(said, 1 - truth, rel_tol=1e-6):
            return wrong("That is the chance that no slice looks bad.")
        if math.isclose(said, tries * level, rel_tol=1e-6):
            return wrong("Chances do not add up: 20 slices at 5 % would be certain to show one that looks bad.")
        if math.isclose(said, 100 * truth, rel_tol=1e-6):
            return wrong("A chance is from 0 to 1.")
        return wrong(f"Slices: {tries}, at {level:.0%} each. First, how likely is it that none of them looks bad?")
    return right("Whoever looks at many slices finds a bad one. An interval has to know how many were tried.")


def crossed(p_values, rate):
    """Columns whose p value is below their part of the rate of false alarms."""
    return [column for column, p in p_values.items() if p < rate / len(p_values)]


@exercise(
    wrong={
        "each column gets the whole rate": "return [column for column, p in p_values.items() if p < rate]",
        "multiplies the rate": "return [column for column, p in p_values.items() if p < rate * len(p_values)]",
        "what is usual": "return [column for column, p in p_values.items() if p >= rate / len(p_values)]",
        "the smallest only": "return [min(p_values, key=p_values.get)]",
        "the usual 5 %": "return [column for column, p in p_values.items() if p < 0.05]",
    },
    right_too={
        "multiplies the p": "return [column for column in p_values if p_values[column] * len(p_values) < rate]",
        "a set": "return {column for column, p in p_values.items() if p < rate / len(p_values)}",
        "pandas": "p = pd.Series(p_values)\nreturn p.index[p < rate / len(p)]",
    },
)
def crossing(function):
    """The function names the columns that cross their limit, at one stated rate for the whole delivery."""
    rng = drawn(84)
    for n, rate in ((4, 0.04), (10, 0.02), (25, 0.05)):
        shares = [0.0001, 0.4, 0.9, 1.5, 5, *rng.uniform(0.2, 30, n)]
        names = [f"column {place}" for place in rng.permutation(len(shares))]
        p_values = {name: float(share * rate / len(shares)) for name, share in zip(names, shares, strict=True)}
        said, truth = _names(function(dict(p_values), rate)), set(crossed(p_values, rate))
        if not said <= set(p_values):
            refuse("Return names of columns.")
        if said == truth:
            continue
        if said == set(p_values) - truth:
            return wrong("These are the columns that are as usual. Is a small p usual?")
        if said > truth:
            return wrong(
                f"With {len(p_values)} healthy columns this raises more false alarms than {rate:.0%} of deliveries. "
                "What part of the rate is one column's?"
            )
        return wrong("A column that crosses its limit is missing. Look at each column, not only at the smallest p.")
    return right("The rate belongs to the delivery, and the columns share it. So a person can plan with it.")
