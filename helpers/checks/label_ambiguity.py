"""Checks of the exercises on label ambiguity."""

import math

import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from helpers.course.exercises import as_list, exercise, judge_sorting, pick, right, wrong

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
        "a changed answer is a slip": "kinds = check.KINDS | {'4 or 9': 'slip'}",
        "two answers mean two rules": "kinds = check.KINDS | {'late on Friday': 'convention'}",
        "what is struck out cannot be read": "kinds = check.KINDS | {'struck-out digits': 'unreadable'}",
        "who looks twice has no rule": "kinds = check.KINDS | {'on second sight': 'unreadable'}",
    },
    right_too={
        "a Series in another order": "kinds = pd.Series(check.KINDS).iloc[::-1]",
        "plurals and capitals": "kinds = {name: f'A {kind.title()}' for name, kind in check.KINDS.items()}",
    },
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
    ([1, 1, 7, 7, 4, 9], [1, 7, 7, 7, 1, 1]),
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
        "looks at the first labeler only": "p, e = np.mean(a == b), sum(np.mean(a == k) ** 2 for k in np.unique(a)); "
        "return (p - e) / (1 - e)",
        "divides by chance": "p, e = np.mean(a == b), sum(np.mean(a == k) * np.mean(b == k) for k in np.unique(a)); "
        "return (p - e) / e",
        "leaves out a class that one of them never used": "both = np.intersect1d(a, b); "
        "keep = np.isin(a, both) & np.isin(b, both); a, b = a[keep], b[keep]; p = np.mean(a == b); "
        "e = sum(np.mean(a == k) * np.mean(b == k) for k in both); return (p - e) / (1 - e)",
        "rounds": "p, e = np.mean(a == b), sum(np.mean(a == k) * np.mean(b == k) for k in np.unique(a)); "
        "return round((p - e) / (1 - e), 2)",
        "in per cent": "p, e = np.mean(a == b), sum(np.mean(a == k) * np.mean(b == k) for k in np.unique(a)); "
        "return 100 * (p - e) / (1 - e)",
    },
    right_too={
        "the library": "from sklearn.metrics import cohen_kappa_score\nreturn cohen_kappa_score(a, b)",
        "a cross table": "table = pd.crosstab(a, b, normalize=True)\nk = table.index.union(table.columns)\n"
        "table = table.reindex(index=k, columns=k, fill_value=0).to_numpy()\n"
        "e = table.sum(0) @ table.sum(1)\nreturn (np.trace(table) - e) / (1 - e)",
        "plain Python": "n = len(a)\np = sum(x == z for x, z in zip(a, b)) / n\n"
        "e = sum(list(a).count(k) * list(b).count(k) for k in set(a)) / n**2\nreturn (p - e) / (1 - e)",
        "one minus": "p, e = np.mean(a == b), sum(np.mean(a == k) * np.mean(b == k) for k in np.unique(a))\n"
        "return np.array([1 - (1 - p) / (1 - e)])",
    },
)
def kappa(function):
    """Cohen's kappa of two lists of labels, against scikit-learn on five pairs."""
    for a, b in _PAIRS:
        truth = cohen_kappa_score(a, b)
        got = np.asarray(function(np.array(a), np.array(b)), dtype=float).item()
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


def posterior_of_nine(accuracies, votes):
    """Probability of a 9, given independent votes for 4 or 9 by labelers of known accuracy."""
    nine = math.prod(a if v == 9 else 1 - a for a, v in zip(accuracies, votes, strict=True))
    four = math.prod(a if v == 4 else 1 - a for a, v in zip(accuracies, votes, strict=True))
    return nine / (nine + four)


@exercise(
    wrong={
        "counts heads": "return sum(v == 9 for v in votes) / len(votes)",
        "adds accuracies up": "return sum(a for a, v in zip(accuracies, votes) if v == 9) / sum(accuracies)",
        "looks only at those who said 9": "p = np.prod([a for a, v in zip(accuracies, votes) if v == 9]); "
        "q = np.prod([1 - a for a, v in zip(accuracies, votes) if v == 9]); return p / (p + q)",
        "forgets to normalize": "return np.prod([a if v == 9 else 1 - a for a, v in zip(accuracies, votes)])",
        "gives the 4": "p = [a if v == 4 else 1 - a for a, v in zip(accuracies, votes)]; "
        "q = [1 - one for one in p]; return np.prod(p) / (np.prod(p) + np.prod(q))",
        "takes the best labeler's word": "best = int(np.argmax(accuracies)); "
        "return accuracies[best] if votes[best] == 9 else 1 - accuracies[best]",
        "averages": "return np.mean([a if v == 9 else 1 - a for a, v in zip(accuracies, votes)])",
        "at least one is right": "return 1 - np.prod([1 - a for a, v in zip(accuracies, votes) if v == 9])",
        "rounds": "p = [a if v == 9 else 1 - a for a, v in zip(accuracies, votes)]; "
        "q = [1 - one for one in p]; return round(np.prod(p) / (np.prod(p) + np.prod(q)), 2)",
    },
    right_too={
        "odds": "odds = 1\nfor a, v in zip(accuracies, votes):\n"
        "    odds *= a / (1 - a) if v == 9 else (1 - a) / a\nreturn odds / (1 + odds)",
        "logs": "a, v = np.array(accuracies), np.array(votes)\n"
        "score = np.where(v == 9, 1, -1) @ np.log(a / (1 - a))\nreturn 1 / (1 + np.exp(-score))",
        "vote by vote": "p = 0.5\nfor a, v in zip(accuracies, votes):\n    like = a if v == 9 else 1 - a\n"
        "    p = p * like / (p * like + (1 - p) * (1 - like))\nreturn p",
    },
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
        got, truth = float(function(accuracies, votes)), posterior_of_nine(accuracies, votes)
        if math.isclose(got, truth, abs_tol=1e-6):
            continue
        said = [a for a, v in zip(accuracies, votes, strict=True) if v == 9]
        if math.isclose(got, len(said) / len(votes), abs_tol=1e-6):
            return wrong("This counts heads. Should a coin-tosser's vote weigh as much as an expert's?")
        if math.isclose(got, sum(said) / sum(accuracies), abs_tol=1e-6):
            return wrong(
                "Adding accuracies still lets many coin-tossers outvote an expert. Independent evidence multiplies."
            )
        if math.isclose(got, posterior_of_nine(said, (9,) * len(said)), abs_tol=1e-6):
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
        "forgets that a bar must be reached": "suspects = [1, 2, 3, 5, 4]",
        "takes the first class that reaches its bar": "suspects = [1, 3]",
        "counts from one": "suspects = [2, 4, 6]",
        "flags every row": "suspects = [0, 1, 2, 3, 4, 5]",
        "says for each row whether": "suspects = [False, True, False, True, False, True]",
        "names the labels": "suspects = [7, 7, 9]",
        "none": "suspects = []",
    },
    right_too={
        "a tuple in another order": "suspects = (5, 1, 3)",
        "a set": "suspects = {1, 3, 5}",
        "the rule as code": "reached = small.where(small >= small_bar, -1)\n"
        "suspects = small.index[(reached.max(axis=1) > 0) & (reached.idxmax(axis=1) != small_given)]",
        "an array": "suspects = np.array([1, 3, 5])",
    },
)
def suspect_rows(suspects, prob, given, threshold):
    """The suspects among six rows, by the rule of confident learning."""
    rows = as_list(suspects)
    if any(isinstance(row, bool) for row in rows):
        return wrong("Give the numbers of the suspect rows, not a yes or no for each row.")
    answer = {int(row) for row in rows}
    if not answer <= set(prob.index):
        return wrong(f"Rows are numbered from 0 to {len(prob) - 1}, as at the left edge of the table.")
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


def cheaper_way(n, times, check_eur, new_eur):
    """``"clean"`` where checking `n` labels is strictly cheaper than buying the missing ones, else ``"collect"``."""
    return "clean" if n * check_eur < n * (times - 1) * new_eur else "collect"


@exercise(
    wrong={
        "pays for all the data again": "return 'clean' if n * check_eur < n * times * new_eur else 'collect'",
        "compares prices per label only": "return 'clean' if check_eur < new_eur else 'collect'",
        "always cleans": "return 'clean'",
        "cleans where both cost the same": "return 'clean' if check_eur <= (times - 1) * new_eur else 'collect'",
        "checks the new labels, too": "return 'clean' if times * check_eur < (times - 1) * new_eur else 'collect'",
        "swaps the two": "return 'collect' if n * check_eur < n * (times - 1) * new_eur else 'clean'",
        "thinks that twice is a law": "return 'clean' if check_eur < new_eur * (2 - 1) else 'collect'",
        "collects the times, once": "return 'clean' if n * check_eur < (times - 1) * new_eur else 'collect'",
        "never for a model that needs too much": "return 'clean' if times < 8 and check_eur < (times - 1) * new_eur "
        "else 'collect'",
    },
    right_too={
        "per label": "return 'clean' if check_eur < (times - 1) * new_eur else 'collect'",
        "capitals": "bills = {'Collect': n * (times - 1) * new_eur, 'Clean': n * check_eur}\n"
        "return min(bills, key=bills.get)",
        "the difference": "saved = n * times * new_eur - n * new_eur - n * check_eur\n"
        "return np.where(saved > 0, 'clean', 'collect').item()",
    },
)
def clean_or_collect(function):
    """The cheaper way to one accuracy, for several projects."""
    plans = (
        (500, 2.0, 0.4, 1.0),
        (500, 1.4, 3.0, 0.5),
        (1000, 8.0, 2.0, 0.4),
        (500, 1.5, 0.8, 1.0),
        (200, 3.0, 1.0, 0.6),
        (400, 2.0, 0.5, 0.5),  # both cost the same
        (400, 9.0, 4.0, 1.0),
        (400, float("inf"), 50.0, 1.0),
    )
    for n, times, check_eur, new_eur in plans:
        got = pick(function(n, times, check_eur, new_eur), ("clean", "collect"))
        if got != cheaper_way(n, times, check_eur, new_eur):
            facts = f"{n} labels, {times} times the data, {check_eur} € a check, {new_eur} € a new label"
            if got == ("clean" if n * check_eur < n * times * new_eur else "collect"):
                return wrong(f"Not for {facts}. You own the first {n} already: how many are new?")
            if n * check_eur == n * (times - 1) * new_eur:
                return wrong(f"Not for {facts}. Cleaning must be strictly cheaper.")
            return wrong(
                f"Not for {facts}. Write down both bills: every old label checked, or every missing one bought."
            )
    return right(
        "Checking costs once per label you have, collecting once per label you lack; the multiplier is the model's."
    )


def guideline_of_lowest_cost(table, clash_eur, expert_eur):
    """The row of ``table`` with the lowest cost per field; of equal ones the first."""
    return (table["clash"] * clash_eur + table["sent_on"] * expert_eur).idxmin()


@exercise(
    wrong={
        "takes the highest kappa": "return table['kappa'].idxmax()",
        "takes the fewest clashes": "return table['clash'].idxmin()",
        "forgets that an expert costs": "return (table['clash'] * clash_eur).idxmin()",
        "sends as little on as possible": "return table['sent_on'].idxmin()",
        "swaps the prices": "return (table['clash'] * expert_eur + table['sent_on'] * clash_eur).idxmin()",
        "pays the expert for what is not sent on": "return (table['clash'] * clash_eur + "
        "(1 - table['sent_on']) * expert_eur).idxmin()",
        "adds the shares": "return (table['clash'] + table['sent_on']).idxmin()",
        "takes the dearest": "return (table['clash'] * clash_eur + table['sent_on'] * expert_eur).idxmax()",
        "the number of the row": "return (table['clash'] * clash_eur + table['sent_on'] * expert_eur).argmin()",
    },
    right_too={
        "a loop": "costs = {name: row['clash'] * clash_eur + row['sent_on'] * expert_eur "
        "for name, row in table.iterrows()}\nreturn min(costs, key=costs.get)",
        "a product of matrices": "cost = table[['clash', 'sent_on']].to_numpy() @ np.array([clash_eur, expert_eur])\n"
        "return table.index[cost.argmin()]",
        "sorted": "cost = 5000 * (table['clash'] * clash_eur + table['sent_on'] * expert_eur)\n"
        "return cost.sort_values(kind='stable').index[0]",
    },
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
