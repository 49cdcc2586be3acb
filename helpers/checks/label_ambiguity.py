"""Checks of the exercises on label ambiguity."""

import math

import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score

from helpers.course.exercises import as_list, drawn, exercise, guess, right, wrong


@guess(1, 100, unit=" times as many")
def guess_mixed(answer):
    """A guess of how many times as many labels of two mixed rules it takes."""


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
        "in percent": "p, e = np.mean(a == b), sum(np.mean(a == k) * np.mean(b == k) for k in np.unique(a)); "
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
    """Cohen's kappa of two lists of labels, against scikit-learn on six pairs."""
    one, other = drawn(90).integers(0, 3, (2, 14))
    for a, b in (*_PAIRS, ([0, 1, *one.tolist()], [0, 1, *other.tolist()])):
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


def class_bars(prob, given):
    """The bar of each class: the mean probability that it has on the items labeled so; array of shape (n_classes,)."""
    return np.array([prob[given == k, k].mean() for k in range(prob.shape[1])])


def _probabilities(seed, n=40, k=4):
    """Random probabilities, labels that mostly follow them, and the bars."""
    rng = drawn(seed)
    prob = rng.dirichlet(np.full(k, 0.5), n)
    given = np.where(rng.random(n) < 0.8, prob.argmax(axis=1), rng.integers(k, size=n))
    given[:k] = np.arange(k)
    return prob, given, class_bars(prob, given)


# Probabilities, labels and bars: no class reaches its bar; two reach it; the less probable one alone; one is at it.
_SHARP = [
    ([[0.55, 0.45], [0.45, 0.55], [0.95, 0.05], [0.1, 0.9]], [0, 1, 0, 1], [0.75, 0.725]),
    ([[0.4, 0.6], [0.6, 0.4], [0.55, 0.45], [0.8, 0.2], [0.3, 0.7]], [0, 0, 0, 0, 1], [0.1, 0.45]),
    ([[0.6, 0.4], [0.9, 0.1], [0.2, 0.8]], [0, 0, 1], [0.7, 0.3]),
    ([[0.8, 0.2], [0.3, 0.7]], [0, 1], [0.8, 0.7]),
]


@exercise(
    wrong={
        "over all items": "return prob.mean(axis=0)",
        "the best of each class": "return [prob[given == k, k].max() for k in range(prob.shape[1])]",
        "the median": "return [np.median(prob[given == k, k]) for k in range(prob.shape[1])]",
        "one bar for all": ("own = prob[np.arange(len(given)), given]\nreturn np.full(prob.shape[1], own.mean())"),
        "where the model says so": "return [prob[prob.argmax(1) == k, k].mean() for k in range(prob.shape[1])]",
        "every class's mean on these items": "return [prob[given == k].mean() for k in range(prob.shape[1])]",
        "one half": "return np.full(prob.shape[1], 0.5)",
    },
    right_too={
        "pandas": ("own = pd.Series(prob[np.arange(len(given)), given])\nreturn own.groupby(np.asarray(given)).mean()"),
        "a loop": (
            "bars = []\nfor k in range(prob.shape[1]):\n    rows = [p[k] for p, g in zip(prob, given) if g == k]\n"
            "    bars.append(sum(rows) / len(rows))\nreturn bars"
        ),
    },
)
def thresholds(function):
    """The bar of each class, on made-up probabilities."""
    for seed in range(4):
        prob, given, bars = _probabilities(seed)
        said = np.array(as_list(function(prob.copy(), given.copy()), 4), dtype=float)
        if np.allclose(said, bars, atol=1e-9):
            continue
        if np.allclose(said, prob.mean(axis=0)):
            return wrong("This is the mean over all items. Which items count for the bar of a class?")
        if np.ptp(said) < 1e-12:
            return wrong("Every class has the same bar. A class of which the model is less sure gets a lower one.")
        return wrong("Bar k is a mean: of the probability of k, over the items that are labeled k.")
    return right("A class of which the model is seldom sure gets a low bar, and its items are not all suspects.")


def joint_of(prob, given, bars):
    """Items by given class (row) and by the best class that reaches its bar (column); others are left out."""
    reached = np.where(prob >= np.asarray(bars), prob, -1)
    counts = np.zeros((prob.shape[1], prob.shape[1]), dtype=int)
    some = reached.max(axis=1) >= 0
    np.add.at(counts, (np.asarray(given)[some], reached.argmax(axis=1)[some]), 1)
    return counts


_COUNT = (
    "counts = np.zeros((prob.shape[1], prob.shape[1]))\nfor p, g in zip(prob, given):\n"
    "    reach = [k for k in range(len(p)) if p[k] >= bars[k]]\n"
)


@exercise(
    wrong={
        "the most probable class": (
            "counts = np.zeros((prob.shape[1], prob.shape[1]))\n"
            "np.add.at(counts, (given, prob.argmax(axis=1)), 1)\nreturn counts"
        ),
        "counts those that reach no bar": (
            _COUNT + "    best = max(reach, key=lambda k: p[k]) if reach else int(np.argmax(p))\n"
            "    counts[g, best] += 1\nreturn counts"
        ),
        "the first that reaches": _COUNT + "    if reach:\n        counts[g, reach[0]] += 1\nreturn counts",
        "all that reach": _COUNT + "    for k in reach:\n        counts[g, k] += 1\nreturn counts",
        "columns for rows": (
            _COUNT + "    if reach:\n        counts[max(reach, key=lambda k: p[k]), g] += 1\nreturn counts"
        ),
        "the furthest above its bar": (
            _COUNT + "    if reach:\n        counts[g, max(reach, key=lambda k: p[k] - bars[k])] += 1\nreturn counts"
        ),
        "above the bar, not at it": (
            _COUNT.replace(">=", ">") + "    if reach:\n        counts[g, max(reach, key=lambda k: p[k])] += 1\n"
            "return counts"
        ),
        "shares": (
            _COUNT + "    if reach:\n        counts[g, max(reach, key=lambda k: p[k])] += 1\n"
            "return counts / counts.sum()"
        ),
        "a repeated place counts once": (
            "reached = np.where(prob >= bars, prob, -1)\nsome = reached.max(axis=1) >= 0\n"
            "counts = np.zeros((prob.shape[1], prob.shape[1]), dtype=int)\n"
            "counts[given[some], reached.argmax(axis=1)[some]] += 1\nreturn counts"
        ),
        "an empty diagonal": (
            _COUNT + "    if reach:\n        counts[g, max(reach, key=lambda k: p[k])] += 1\n"
            "np.fill_diagonal(counts, 0)\nreturn counts"
        ),
    },
    right_too={
        "NumPy": (
            "reached = np.where(prob >= np.array(bars), prob, -1)\nlikely = reached.argmax(axis=1)\n"
            "some = reached.max(axis=1) >= 0\nk = prob.shape[1]\n"
            "return np.bincount(given[some] * k + likely[some], minlength=k * k).reshape(k, k)"
        ),
        "a table": (
            "reached = pd.DataFrame(prob).where(prob >= np.array(bars))\n"
            "some = reached.notna().any(axis=1)\nlikely = reached[some].idxmax(axis=1)\n"
            "classes = range(prob.shape[1])\n"
            "table = pd.crosstab(pd.Series(given)[some], likely)\n"
            "return table.reindex(index=classes, columns=classes, fill_value=0)"
        ),
        "lists": (
            _COUNT + "    if reach:\n        counts[g, max(reach, key=lambda k: p[k])] += 1\n"
            "return [[int(c) for c in row] for row in counts]"
        ),
    },
)
def joint(function):
    """The confident joint, on made-up probabilities."""
    sharp = [tuple(map(np.array, case)) for case in _SHARP]
    pairs = []
    for prob, given, bars in (*sharp, *(_probabilities(seed) for seed in range(4))):
        said = np.asarray(function(prob.copy(), given.copy(), bars.copy()), dtype=float)
        truth = joint_of(prob, given, bars)
        if said.shape != truth.shape:
            return wrong(f"The table has a row and a column for each of the {len(truth)} classes.")
        pairs.append((said, truth, given))
    if all(np.array_equal(said, truth - np.diag(np.diag(truth))) for said, truth, _ in pairs):
        return wrong("The diagonal counts too: there label and model agree.")
    if all(np.array_equal(said, truth > 0) for said, truth, _ in pairs):
        return wrong("No count is above 1: `+=` with arrays of positions counts a repeated one once; `np.add.at` each.")
    for said, truth, given in pairs:
        if np.array_equal(said, truth):
            continue
        if np.array_equal(said, truth.T):
            return wrong("Rows are the given labels, columns the likely ones.")
        if said.sum() == len(given) != truth.sum():
            return wrong("An item of which no class reaches its bar is not counted.")
        if 0 < said.sum() < 1.5 < truth.sum():
            return wrong("These are shares. Count the items.")
        if said.sum() > truth.sum():
            return wrong(
                "Each item counts once at most: with the most probable among the classes that reach their bar."
            )
        return wrong("Per item: which classes reach their bar (at it counts), and which of those is most probable?")
    return right("What lies off the diagonal is what the labels and the model disagree on, each by its own bar.")


def most_suspicious_first(prob, given, suspect):
    """The numbers of the suspects, those first whose given label has the least probability."""
    rows = np.flatnonzero(suspect)
    return rows[np.argsort(prob[rows, np.asarray(given)[rows]], kind="stable")]


@exercise(
    wrong={
        "the surest label first": "return sorted(np.flatnonzero(suspect), key=lambda i: -prob[i, given[i]])",
        "all items": "return np.argsort(prob[np.arange(len(given)), given], kind='stable')",
        "as they come": "return np.flatnonzero(suspect)",
        "places among the suspects": (
            "rows = np.flatnonzero(suspect)\nreturn np.argsort(prob[rows, given[rows]], kind='stable')"
        ),
        "the model's least sure first": "return sorted(np.flatnonzero(suspect), key=lambda i: prob[i].max())",
        "the probabilities": "return sorted(prob[i, given[i]] for i in np.flatnonzero(suspect))",
        "the worst ten": "return sorted(np.flatnonzero(suspect), key=lambda i: prob[i, given[i]])[:10]",
    },
    right_too={
        "an array": (
            "own = prob[np.arange(len(given)), given]\norder = np.argsort(own, kind='stable')\n"
            "return order[suspect[order]]"
        ),
        "pandas": (
            "own = pd.Series(prob[np.arange(len(given)), given])\nreturn own[suspect].sort_values().index.tolist()"
        ),
    },
)
def ranking(function):
    """The suspects in the order of their label's probability; ties in any order."""
    for seed in range(4):
        prob, given, _ = _probabilities(seed)
        suspect = drawn(seed + 50).random(len(given)) < 0.5
        said = as_list(function(prob.copy(), given.copy(), suspect.copy()))
        if sorted(said) != np.flatnonzero(suspect).tolist():
            return wrong("Return the number of every suspect, once, and of no other item; the first item has number 0.")
        own = prob[said, given[said]]
        if (np.diff(own) < 0).any():
            if (np.diff(own) <= 0).all():
                return wrong("These are turned round. Whose label does the model believe least?")
            return wrong("The order is by the probability of the *given* label, the least first.")
    return right("The person who checks may stop at any time, and has seen the likeliest mistakes by then.")


def guideline_of_lowest_cost(table, clash_eur, expert_eur):
    """The row of ``table`` with the lowest cost per field; of equal ones the first."""
    return (table["clash"] * clash_eur + table["sent_on"] * expert_eur).idxmin()


# What a mistaken answer adds up, by what to tell its author.
_OTHER_BILLS = {
    "High agreement on the classes is not what the company pays for.": lambda t, clash, expert: t["kappa"].idxmax(),
    "Each field that is sent on costs too.": lambda t, clash, expert: t["clash"].idxmin(),
    "An opposite decision costs too.": lambda t, clash, expert: t["sent_on"].idxmin(),
    "The two prices are swapped.": lambda t, clash, expert: (t["clash"] * expert + t["sent_on"] * clash).idxmin(),
    "This is the most expensive one.": lambda t, clash, expert: (t["clash"] * clash + t["sent_on"] * expert).idxmax(),
    "The expert is paid for what *is* sent on.": lambda t, clash, expert: (
        t["clash"] * clash + (1 - t["sent_on"]) * expert
    ).idxmin(),
    "`clash` is a share of *all* fields: do not take off `sent_on` again.": lambda t, clash, expert: (
        t["clash"] * (1 - t["sent_on"]) * clash + t["sent_on"] * expert
    ).idxmin(),
}


@exercise(
    wrong={
        "takes the highest kappa": "return table['kappa'].idxmax()",
        "takes the fewest clashes": "return table['clash'].idxmin()",
        "forgets that an expert costs": "return (table['clash'] * clash_eur).idxmin()",
        "sends as little on as possible": "return table['sent_on'].idxmin()",
        "swaps the prices": "return (table['clash'] * expert_eur + table['sent_on'] * clash_eur).idxmin()",
        "pays the expert for what is not sent on": "return (table['clash'] * clash_eur + "
        "(1 - table['sent_on']) * expert_eur).idxmin()",
        "clashes among what is left": "left = 1 - table['sent_on']\n"
        "return (table['clash'] * left * clash_eur + table['sent_on'] * expert_eur).idxmin()",
        "adds the shares": "return (table['clash'] + table['sent_on']).idxmin()",
        "takes the most expensive": "return (table['clash'] * clash_eur + table['sent_on'] * expert_eur).idxmax()",
        "pays the expert only": "return (table['sent_on'] * expert_eur).idxmin()",
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
    tied = pd.DataFrame({"kappa": [0.6, 0.7], "clash": [0.2, 0.2], "sent_on": [0.0, 0.5]}, index=["rule", "band"])
    other = made.assign(clash=drawn(92).uniform(0.01, 0.3, 3), sent_on=drawn(93).uniform(0.01, 0.3, 3))
    priced, amiss = [], ""
    for table in (made, other, tied, measured):
        for clash_eur, expert_eur in ((1.0, 1.0), (10.0, 0.1), (4.0, 1.0), (0.0, 1.0)):
            got = function(table.copy(), clash_eur, expert_eur)
            if got not in table.index:
                return wrong(f"Return the name of one row of the table (got {got!r}).")
            cost = table["clash"] * clash_eur + table["sent_on"] * expert_eur
            if not math.isclose(cost[got], cost.min(), abs_tol=1e-12):
                amiss = amiss or f"Not at {clash_eur} € per clash and {expert_eur} € per expert."
            if clash_eur:  # without a price, other ways have ties
                priced.append((got, table, clash_eur, expert_eur))
    if amiss:
        meant = (hint for hint, way in _OTHER_BILLS.items() if all(got == way(*given) for got, *given in priced))
        return wrong(f"{amiss} {next(meant, 'Add both bills, each a share times its price.')}")
    return right("Kappa tells where the guideline is unclear; the bill tells which guideline to take.")
