"""Checks of the exercises on label ambiguity."""

import math

import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from helpers.course.exercises import exercise, judge_sorting, right, wrong

KINDS = {
    "sevens without a bar": "convention",
    "late on Friday": "slip",
    "a blot on the field": "unreadable",
    "struck-out digits": "convention",
    "4 or 9": "unreadable",
    "on second sight": "slip",
}


@exercise(
    wrong={
        "calls every disagreement a slip": "kinds = dict.fromkeys(kinds, 'slip')",
        "takes a shared rule for carelessness": "kinds = {'sevens without a bar': 'slip', 'late on Friday': 'slip', "
        "'a blot on the field': 'unreadable', 'struck-out digits': 'slip', '4 or 9': 'unreadable', "
        "'on second sight': 'slip'}",
        "thinks a rule can make a blot readable": "kinds = {'sevens without a bar': 'convention', "
        "'late on Friday': 'slip', 'a blot on the field': 'convention', 'struck-out digits': 'convention', "
        "'4 or 9': 'convention', 'on second sight': 'slip'}",
    }
)
def disagreements(kinds):
    """Each of six disagreements is sorted by its cause."""
    return judge_sorting(
        kinds,
        KINDS,
        hints={
            "convention": "Here each labeler is perfectly consistent. Would a second look change either answer?",
            "slip": "Here one person would correct the answer at once. No rule is missing, and the picture is clear.",
            "unreadable": "Here the picture does not hold the answer. Which rule could tell anyone what was written?",
        },
        praise=(
            "A convention needs a written rule, a slip a second vote, an unreadable item a class of its own "
            "or a better picture."
        ),
    )


_PAIRS = (
    ([0, 0, 1, 1, 1, 0], [0, 1, 1, 1, 0, 0]),
    ([1] * 18 + [0, 0], [1] * 18 + [1, 0]),
    ([4, 9, 7, 1, 1, 4, 9, 9], [4, 9, 1, 1, 7, 4, 4, 9]),
    (["fine"] * 9 + ["faint"], ["fine"] * 8 + ["faint", "fine"]),
)


def _chance(a, b, *, uniform=False):
    classes = set(a) | set(b)
    if uniform:
        return 1 / len(classes)
    return sum(np.mean([v == k for v in a]) * np.mean([v == k for v in b]) for k in classes)


@exercise(
    wrong={
        "reports plain agreement": "return np.mean(np.asarray(a) == np.asarray(b))",
        "thinks chance is one over the number of classes": "p = np.mean(np.asarray(a) == np.asarray(b)); "
        "e = 1 / len(set(a) | set(b)); return (p - e) / (1 - e)",
        "pools the two labelers, as Scott's pi does": "both = np.concatenate([a, b]); p = np.mean(a == b); "
        "e = sum(np.mean(both == k) ** 2 for k in np.unique(both)); return (p - e) / (1 - e)",
        "does not rescale": "a, b = np.asarray(a), np.asarray(b); "
        "return np.mean(a == b) - sum(np.mean(a == k) * np.mean(b == k) for k in set(a) | set(b))",
    }
)
def kappa(function):
    """Cohen's kappa of two lists of labels, against scikit-learn on four pairs."""
    for a, b in _PAIRS:
        truth = cohen_kappa_score(a, b)
        got = float(function(np.array(a), np.array(b)))
        same = np.mean([u == v for u, v in zip(a, b, strict=True)])
        if math.isclose(got, truth, abs_tol=1e-6):
            continue
        if math.isclose(got, same, abs_tol=1e-6):
            return wrong("This is plain agreement: two people who both say 'fine' every time would get full marks.")
        flat = _chance(a, b, uniform=True)
        if math.isclose(got, (same - flat) / (1 - flat), abs_tol=1e-6):
            return wrong(
                "This gives every class the same chance. Someone who says 'fine' nine times in ten guesses unevenly."
            )
        if math.isclose(got, same - _chance(a, b), abs_tol=1e-6):
            return wrong(
                "Chance is subtracted, but full agreement does not give 1 yet. What is the most one could gain?"
            )
        pooled = _chance(a + b, a + b)
        if math.isclose(got, (same - pooled) / (1 - pooled), abs_tol=1e-6):
            return wrong(
                "This gives both labelers one common habit (Scott's pi). In Cohen's chance each has their own."
            )
        return wrong(f"For {a} and {b} kappa is not {got:.3f}. Compute agreement first, then what chance would give.")
    return right(
        "Observed agreement minus chance, as a share of what there was to gain: 1 is full, 0 is what guessing gives."
    )


def _posterior(accuracies, votes):
    nine = math.prod(a if v == 9 else 1 - a for a, v in zip(accuracies, votes, strict=True))
    four = math.prod(a if v == 4 else 1 - a for a, v in zip(accuracies, votes, strict=True))
    return nine / (nine + four)


@exercise(
    wrong={
        "counts heads": "return sum(v == 9 for v in votes) / len(votes)",
        "adds accuracies up": "return sum(a for a, v in zip(accuracies, votes) if v == 9) / sum(accuracies)",
        "looks only at those who said 9": "p = np.prod([a for a, v in zip(accuracies, votes) if v == 9]); "
        "q = np.prod([1 - a for a, v in zip(accuracies, votes) if v == 9]); return p / (p + q)",
    }
)
def posterior_nine(function):
    """Probability of a 9 from a few votes of labelers of known accuracy, against the product rule."""
    cases = (
        ((0.95, 0.6, 0.6), (9, 4, 4)),
        ((0.9, 0.9), (9, 9)),
        ((0.8, 0.7, 0.6, 0.55), (4, 9, 9, 4)),
        ((0.5, 0.5, 0.9), (9, 9, 4)),
    )
    for accuracies, votes in cases:
        got, truth = float(function(accuracies, votes)), _posterior(accuracies, votes)
        if math.isclose(got, truth, abs_tol=1e-6):
            continue
        said = [a for a, v in zip(accuracies, votes, strict=True) if v == 9]
        if math.isclose(got, len(said) / len(votes), abs_tol=1e-6):
            return wrong("This counts heads. Should a coin-tosser's vote weigh as much as an expert's?")
        if math.isclose(got, sum(said) / sum(accuracies), abs_tol=1e-6):
            return wrong(
                "Adding accuracies still lets many coin-tossers outvote an expert. Independent evidence multiplies."
            )
        if math.isclose(got, _posterior(said, (9,) * len(said)), abs_tol=1e-6):
            return wrong("Those who said 4 are evidence too: how probable is their vote if it is a 9?")
        return wrong(f"For accuracies {accuracies} and votes {votes}, {got:.3f} is not the probability of a 9.")
    return right(
        "Multiply what each vote says under 9 and under 4, then normalize: one good reader can outweigh two poor ones."
    )


@exercise(
    wrong={
        "flags what the model would label otherwise": "suspects = [1, 2, 5]",
        "flags all that is below its own threshold": "suspects = [1, 2, 3, 4, 5]",
        "flags only where both signs agree": "suspects = [1, 5]",
    }
)
def suspect_rows(suspects, prob, given, threshold):
    """The suspects among six rows, by the rule of confident learning."""
    answer = {int(row) for row in suspects}
    reached = prob.where(prob.ge(threshold, axis=1), -1.0)
    other = (reached.max(axis=1) >= 0) & (reached.idxmax(axis=1) != given)
    truth = set(prob.index[other])
    own = pd.Series({row: prob.loc[row, given[row]] < threshold[given[row]] for row in prob.index})
    if answer == truth:
        return right(
            "A row is suspect where another class reaches its own bar, and the given one does not lead among those."
        )
    if answer == set(prob.index[prob.idxmax(axis=1) != given]):
        return wrong("The most probable class need not be probable enough: compare it with that class's bar.")
    if answer == set(prob.index[own]):
        return wrong("A low probability of its own label is not enough: some other class must reach its bar.")
    if answer < truth:
        return wrong("A row is missing. A class whose bar is low can reach it without being the most probable of all.")
    return wrong("For each row, write down the classes that reach their bar; compare the best of those with the label.")


@exercise(
    wrong={
        "pays for all the data again": "return 'clean' if n * check_eur < n * times * new_eur else 'collect'",
        "compares prices per label only": "return 'clean' if check_eur < new_eur else 'collect'",
        "always cleans": "return 'clean'",
    }
)
def clean_or_collect(function):
    """The cheaper way to one accuracy, for several projects."""
    plans = (
        (500, 2.0, 0.4, 1.0),
        (500, 1.4, 3.0, 0.5),
        (1000, 8.0, 2.0, 0.4),
        (500, 1.5, 0.8, 1.0),
        (200, 3.0, 1.0, 0.6),
    )
    for n, times, check_eur, new_eur in plans:
        got = str(function(n, times, check_eur, new_eur)).strip().lower()
        if got not in ("clean", "collect"):
            return wrong(f"Return 'clean' or 'collect' (got {got!r}).")
        if got != ("clean" if n * check_eur < n * (times - 1) * new_eur else "collect"):
            facts = f"{n} labels, {times} times the data, {check_eur} € a check, {new_eur} € a new label"
            if got == ("clean" if n * check_eur < n * times * new_eur else "collect"):
                return wrong(f"Not for {facts}. You own the first {n} already: how many are new?")
            return wrong(
                f"Not for {facts}. Write down both bills: every old label checked, or every missing one bought."
            )
    return right(
        "Checking costs once per label you have, collecting once per label you lack; the multiplier is the model's."
    )


@exercise(
    wrong={
        "takes the highest kappa": "return table['kappa'].idxmax()",
        "takes the fewest clashes": "return table['clash'].idxmin()",
        "forgets that an expert costs": "return (table['clash'] * clash_eur).idxmin()",
    }
)
def cheapest_guideline(function, measured):
    """The guideline with the lowest cost per field, on the notebook's table and others."""
    made = pd.DataFrame(
        {"kappa": [0.4, 0.8, 0.7], "clash": [0.3, 0.08, 0.0], "sent_on": [0.0, 0.0, 0.3]}, index=["old", "rule", "band"]
    )
    for table in (made, measured):
        for clash_eur, expert_eur in ((1.0, 1.0), (10.0, 0.1), (4.0, 1.0), (0.0, 1.0)):
            cost = table["clash"] * clash_eur + table["sent_on"] * expert_eur
            got = function(table.copy(), clash_eur, expert_eur)
            if got not in table.index:
                return wrong(f"Return the name of one row of the table (got {got!r}).")
            if math.isclose(cost[got], cost.min(), abs_tol=1e-12):
                continue
            prices = f"at {clash_eur} € per clash and {expert_eur} € per expert"
            if got == table["kappa"].idxmax():
                return wrong(f"Not {prices}. High agreement on the grades is not what the company pays for.")
            return wrong(f"Not {prices}. Each field that is sent on costs too; add both bills.")
    return right("Kappa tells where the guideline is unclear; the bill tells which guideline to take.")
