"""Checks of the exercises in week2/04_error_analysis."""

import numpy as np
import pandas as pd

from helpers import error_analysis as topic
from helpers.course.exercises import as_list, by_key, drawn, exercise, guess, pick, right, wrong


def confusion_shares(y_true, y_pred, *, n_classes=10):
    """Which answers a reader confuses: the confusion matrix by share of each row, its diagonal set to 0.

    Parameters
    ----------
    y_true, y_pred : arrays of int, shape (n,)
        Classes from 0; each class occurs in `y_true`.
    n_classes : int, default 10

    Returns
    -------
    array of shape (n_classes, n_classes)
        Row i, column j: the share of the examples of class i that are read as j, from 0 to 1; lower is better.

    Examples
    --------
    >>> confusion_shares([0, 0, 1, 1], [0, 1, 1, 1], n_classes=2).tolist()
    [[0.0, 0.5], [0.0, 0.0]]
    """
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (np.asarray(y_true), np.asarray(y_pred)), 1)
    if not counts.sum(axis=1).all():
        raise ValueError(f"'y_true' must hold each of the {n_classes} classes (got {np.unique(y_true).tolist()})")
    shares = counts / counts.sum(axis=1, keepdims=True)
    np.fill_diagonal(shares, 0)
    return shares


_SHARES = (
    "from sklearn.metrics import confusion_matrix\n"
    "table = confusion_matrix(y_true, y_pred, normalize='true')\nnp.fill_diagonal(table, 0)\n"
)


@exercise(
    wrong={
        "leaves the diagonal in": (
            "from sklearn.metrics import confusion_matrix\nreturn confusion_matrix(y_true, y_pred, normalize='true')"
        ),
        "counts": (
            "from sklearn.metrics import confusion_matrix\ntable = confusion_matrix(y_true, y_pred)\n"
            "np.fill_diagonal(table, 0)\nreturn table"
        ),
        "shares of a column": (
            "from sklearn.metrics import confusion_matrix\ntable = confusion_matrix(y_true, y_pred, normalize='pred')\n"
            "np.fill_diagonal(table, 0)\nreturn table"
        ),
        "shares of all fields": (
            "from sklearn.metrics import confusion_matrix\ntable = confusion_matrix(y_true, y_pred, normalize='all')\n"
            "np.fill_diagonal(table, 0)\nreturn table"
        ),
        "shares of the errors": (
            "from sklearn.metrics import confusion_matrix\ntable = 1.0 * confusion_matrix(y_true, y_pred)\n"
            "np.fill_diagonal(table, 0)\nreturn table / np.maximum(table.sum(axis=1, keepdims=True), 1)"
        ),
        "rows and columns swapped": _SHARES + "return table.T",
        "rounds": _SHARES + "return table.round(1)",
        "rounds less": _SHARES + "return table.round(2)",
        "in percent": _SHARES + "return 100 * table",
        "divides each column by its row's number": (
            "from sklearn.metrics import confusion_matrix\ntable = confusion_matrix(y_true, y_pred)\n"
            "n = table.sum(axis=1)\nnp.fill_diagonal(table, 0)\nreturn table / n"
        ),
        "errors only": (
            "table = pd.crosstab(y_true[y_true != y_pred], y_pred[y_true != y_pred], normalize='index')\n"
            "return table.reindex(index=range(10), columns=range(10), fill_value=0)"
        ),
        "one digit": "return np.mean(y_true != y_pred)",
    },
    right_too={
        "scikit-learn": (
            "from sklearn.metrics import confusion_matrix\n"
            "table = confusion_matrix(y_true, y_pred, labels=range(10), normalize='true')\n"
            "np.fill_diagonal(table, 0)\nreturn table"
        ),
        "pandas": (
            "table = pd.crosstab(y_true, y_pred, normalize='index')\n"
            "table = table.reindex(index=range(10), columns=range(10), fill_value=0)\n"
            "return table * (1 - np.eye(10))"
        ),
        "a loop": (
            "return [[np.mean(y_pred[y_true == i] == j) if i != j else 0 for j in range(10)] for i in range(10)]"
        ),
    },
)
def error_shares(function):
    """The confusion matrix by share of each row, without its diagonal, on drawn answers."""
    rng = np.random.default_rng(0)
    for n in (60, 400):
        y_true = np.concatenate([np.arange(10), rng.integers(0, 10, n) ** 2 // 10])
        y_pred = np.where(rng.random(len(y_true)) < 0.3, rng.integers(0, 10, len(y_true)), y_true)
        truth = confusion_shares(y_true, y_pred)
        got = np.asarray(function(y_true.copy(), y_pred.copy()), dtype=float)
        if got.shape != (10, 10):
            return wrong(f"Return ten rows and ten columns, one for each digit (got the shape {got.shape}).")
        if np.allclose(got, truth):
            continue
        if np.isnan(got).any():
            return wrong(
                "Some rows are no numbers. Divide by *all* fields of the digit first, then take the diagonal out."
            )
        if np.diagonal(got).any():
            return wrong("The diagonal still holds the fields that were read right. Set it to 0.")
        if np.allclose(got, truth.T):
            return wrong("Rows and columns are swapped: the row is the digit, the column is what it was read as.")
        if np.allclose(got, 100 * truth):
            return wrong("These are percent. A share lies between 0 and 1.")
        if _is_rounded(got, truth):
            return wrong("Right, but for what rounding took away. Return the shares as they are.")
        if got.max() > 1:
            return wrong("These are numbers of fields. Divide each row by the number of fields of its digit.")
        rows = got.sum(axis=1)
        if np.allclose(rows[rows > 0], 1):
            return wrong("Divide by all fields of the digit, those read right included, not by its errors.")
        return wrong("In row i and column j belongs: of all fields with the digit i, the share that was read as j.")
    return right("Divided by row, digits can be compared; without the diagonal, the errors can be seen.")


def _is_rounded(got, truth):
    """Whether these are the true values but for what rounding took away."""
    return any(np.allclose(got, np.round(truth, digits)) for digits in range(1, 6))


def worst_first(scores, y_true, n):
    """Positions of the `n` examples of largest loss, the largest first.

    Parameters
    ----------
    scores : array of shape (n_examples, n_classes)
        The highest score is the reader's answer.
    y_true : array of int, shape (n_examples,)
    n : int

    Returns
    -------
    array of int, shape (n,)
        The loss is the highest score less that of the right class: 0 where the answer is right.

    Examples
    --------
    >>> worst_first(np.array([[3, 1], [5, 0], [0, 9]]), np.array([1, 1, 1]), 2).tolist()
    [1, 0]
    """
    return np.argsort(-_losses(np.asarray(scores), y_true), kind="stable")[:n]


def _losses(scores, y_true):
    return scores.max(axis=1) - scores[np.arange(len(scores)), y_true]


@exercise(
    wrong={
        "smallest loss first": (
            "loss = scores.max(axis=1) - scores[np.arange(len(y_true)), y_true]\nreturn np.argsort(loss)[:n]"
        ),
        "the smallest of the largest first": (
            "loss = scores.max(axis=1) - scores[np.arange(len(y_true)), y_true]\nreturn np.argsort(loss)[-n:]"
        ),
        "where the reader is least sure": "return np.argsort(scores.max(axis=1))[:n]",
        "where the reader is most sure": "return np.argsort(-scores.max(axis=1))[:n]",
        "the lowest score of the right digit": "return np.argsort(scores[np.arange(len(y_true)), y_true])[:n]",
        "the gap to the second-best": (
            "two = np.sort(scores, axis=1)[:, -2:]\nreturn np.argsort(two[:, 0] - two[:, 1])[:n]"
        ),
        "the losses themselves": (
            "loss = scores.max(axis=1) - scores[np.arange(len(y_true)), y_true]\nreturn np.sort(loss)[::-1][:n]"
        ),
        "how sure, not how wrong": (
            "prob = np.exp(scores)\nprob = prob / prob.sum(axis=1, keepdims=True)\n"
            "return np.argsort(prob[np.arange(len(y_true)), y_true])[:n]"
        ),
        "counts among the errors": (
            "loss = scores.max(axis=1) - scores[np.arange(len(y_true)), y_true]\nreturn np.argsort(-loss[loss > 0])[:n]"
        ),
        "all columns for each row": "loss = scores.max(axis=1) - scores[:, y_true]\nreturn np.argsort(-loss)[:n]",
        "all of them": ("loss = scores.max(axis=1) - scores[np.arange(len(y_true)), y_true]\nreturn np.argsort(-loss)"),
        "the largest in any order": (
            "loss = scores.max(axis=1) - scores[np.arange(len(y_true)), y_true]\nreturn np.argpartition(-loss, n)[:n]"
        ),
    },
    right_too={
        "a sorted list": (
            "loss = [max(row) - row[digit] for row, digit in zip(scores, y_true)]\n"
            "return sorted(range(len(loss)), key=lambda i: -loss[i])[:n]"
        ),
        "pandas": (
            "right = np.take_along_axis(scores, y_true[:, None], axis=1)[:, 0]\n"
            "return pd.Series(scores.max(axis=1) - right).nlargest(n).index"
        ),
        "the errors alone": (
            "loss = scores.max(axis=1) - scores[np.arange(len(y_true)), y_true]\n"
            "errors = np.flatnonzero(loss > 0)\nreturn errors[np.argsort(-loss[errors])][:n]"
        ),
        "turned around": (
            "loss = scores.max(axis=1) - scores[np.arange(len(y_true)), y_true]\nreturn np.argsort(loss)[::-1][:n]"
        ),
    },
)
def worst(function):
    """The positions of the largest losses, largest first, on drawn scores."""
    rng = drawn(0)
    for n, n_fields in ((3, 50), (8, 50), (400, 800)):  # the last: what sorts a few by the way does not sort so many
        scores, y_true = rng.normal(size=(n_fields, 10)), rng.integers(0, 10, n_fields)
        truth = worst_first(scores, y_true, n).tolist()
        got = as_list(function(scores.copy(), y_true.copy(), n))
        if len(got) != n:
            return wrong(f"{n} positions are asked for, and {len(got)} came back.")
        if any(isinstance(position, list) for position in got):
            return wrong("A table came back, not row numbers. `scores[:, y_true]` takes many columns from each row.")
        if any(position != int(position) for position in got):
            return wrong("Return where the fields stand (their positions), not how large their losses are.")
        if got == truth:
            continue
        if sorted(got) == sorted(truth):
            return wrong("The right fields. Put the largest loss first.")
        if _losses(scores, y_true)[[int(position) for position in got]].max() == 0:
            return wrong("These fields were all read right: their loss is 0.")
        return wrong("The loss compares two scores of the same field: the best one, and that of the right digit.")
    return right("Sure and wrong comes first.")


SEEN = ("faint", "rotated", "other")


def seen(tags):
    """By number, from 1: what an attentive person sees on each field."""
    return dict(enumerate(topic.visible_tag(tags).tolist(), start=1))


@exercise(
    wrong={
        "everything is rotated": "my_tags = dict.fromkeys(range(1, 25), 'rotated')",
        "whatever is not faint is rotated": (
            "my_tags = {k: t.replace('other', 'rotated') for k, t in check.seen(tags_dev.iloc[rows]).items()}"
        ),
        "handwriting is askew anyway": (
            "my_tags = {k: t.replace('rotated', 'other') for k, t in check.seen(tags_dev.iloc[rows]).items()}"
        ),
        "one picture late": (
            "seen = list(check.seen(tags_dev.iloc[rows]).values())\n"
            "my_tags = dict(enumerate(['faint', *seen[:-1]], start=1))"
        ),
        "counts from 0": "my_tags = dict(enumerate(check.seen(tags_dev.iloc[rows]).values()))",
        "what the reader said": "my_tags = dict(enumerate(read[rows].tolist(), start=1))",
        "a list": "my_tags = list(check.seen(tags_dev.iloc[rows]).values())",
    },
    right_too={
        "a Series with capitals": "my_tags = pd.Series(check.seen(tags_dev.iloc[rows])).str.upper()",
        "another order": "my_tags = dict(reversed(check.seen(tags_dev.iloc[rows]).items()))",
        "numbers as texts": "my_tags = {str(k): tag for k, tag in check.seen(tags_dev.iloc[rows]).items()}",
        "two other opinions": (
            "my_tags = check.seen(tags_dev.iloc[rows])\n"
            "my_tags |= dict.fromkeys([k for k, tag in my_tags.items() if tag == 'rotated'][:2], 'other')"
        ),
        "askew before faint": (
            "both = (tags_dev['faint'] & tags_dev['rotated']).to_numpy()[rows]\n"
            "my_tags = {k: 'rotated' if two else tag\n"
            "           for two, (k, tag) in zip(both, check.seen(tags_dev.iloc[rows]).items())}"
        ),
    },
)
def my_tags(answer, tags):
    """Own tags agree with the planted ones on most pictures; where a field is faint and rotated, both are right."""
    truth = seen(tags)
    if hasattr(answer, "items"):
        answer = {int(n) if str(n).strip().isdecimal() else n: tag for n, tag in answer.items()}
        if missing := [n for n in truth if n not in answer]:
            return wrong(f"Picture {missing[0]} has no tag. Their numbers go from 1 to {len(truth)}.")
    given = {number: pick(tag, SEEN) for number, tag in by_key(answer, truth).items()}
    rotated = dict(zip(truth, tags["rotated"], strict=True))
    agree = {n: given[n] == truth[n] or (given[n] == "rotated" and rotated[n]) for n in truth}
    share = np.mean(list(agree.values()))
    late, early = (np.mean([given.get(n + shift) in (None, truth[n]) for n in truth]) for shift in (1, -1))
    if max(late, early) >= 0.7 > share:
        return wrong("Your tags would fit if each moved by one picture. Count from 1, row by row.")
    hints = {
        "faint": "Some pictures have a grainy gray paper. Those are faint, whatever else is wrong.",
        "rotated": "Tilt your head to the left: some pictures become an ordinary digit. Those are rotated.",
        "other": "Some pictures are clean and stand upright, as slanted as handwriting is. Those are other.",
    }
    for tag, hint in hints.items():
        found = [agree[n] for n in truth if truth[n] == tag]
        if found and np.mean(found) < 0.5:
            return wrong(f"Your tags differ in many pictures. {hint}")
    if share < 0.7:
        mixed = [(given[n], truth[n]) for n in truth if not agree[n]]
        tag, other = max(mixed, key=mixed.count)
        numbers = ", ".join(str(n) for n in truth if (given[n], truth[n]) == (tag, other) and not agree[n])
        return wrong(f"Look again at the pictures {numbers}, which you call {tag}. {hints[other]}")
    return right(
        f"{share:.0%} of your tags agree with what was planted. Two people never tag quite alike: let them tag the "
        "same fields, and compare."
    )


def numbers_of_a_leaf(in_leaf, is_error):
    """Error rate, coverage and share of a leaf."""
    both = np.sum(np.logical_and(in_leaf, is_error))
    return both / np.sum(in_leaf), both / np.sum(is_error), np.mean(in_leaf)


@exercise(
    wrong={
        "divides by all fields": "both = np.sum(in_leaf & is_error)\n"
        "return both / len(is_error), both / np.sum(is_error), np.mean(in_leaf)",
        "swaps rate and coverage": "both = np.sum(in_leaf & is_error)\n"
        "return both / np.sum(is_error), both / np.sum(in_leaf), np.mean(in_leaf)",
        "takes the share among the errors": "both = np.sum(in_leaf & is_error)\n"
        "return both / np.sum(in_leaf), both / np.sum(is_error), both / np.sum(is_error)",
        "in percent": "both = np.sum(in_leaf & is_error)\n"
        "return 100 * both / np.sum(in_leaf), 100 * both / np.sum(is_error), 100 * np.mean(in_leaf)",
        "rounds": "both = np.sum(in_leaf & is_error)\n"
        "return round(both / np.sum(in_leaf), 1), round(both / np.sum(is_error), 1), round(np.mean(in_leaf), 1)",
        "rounds less": "both = np.sum(in_leaf & is_error)\n"
        "return round(both / np.sum(in_leaf), 3), round(both / np.sum(is_error), 3), round(np.mean(in_leaf), 3)",
        "counts either": "both = np.sum(in_leaf | is_error)\n"
        "return both / np.sum(in_leaf), both / np.sum(is_error), np.mean(in_leaf)",
    },
    right_too={
        "means of parts": "return [is_error[in_leaf].mean(), in_leaf[is_error].mean(), in_leaf.mean()]",
        "an array": "both = (in_leaf * is_error).sum()\n"
        "return np.array([both / in_leaf.sum(), both / is_error.sum(), in_leaf.sum() / len(in_leaf)])",
    },
)
def leaf_numbers(function):
    """Error rate, coverage and share on random leaves."""
    known, secret = np.random.default_rng(0), drawn(1)
    leaves = [(known, 0.3, 0.1), (known, 0.05, 0.6), (known, 0.9, 0.02), (known, 0.5, 0.5), (secret, 0.4, 0.3)]
    for rng, rate, size in leaves:
        in_leaf, is_error = rng.random(400) < size, rng.random(400) < 0.1
        in_leaf[:2], is_error[:1] = True, True
        is_error = is_error | (in_leaf & (rng.random(400) < rate))
        got = [float(number) for number in as_list(function(in_leaf.copy(), is_error.copy()))]
        truth = list(numbers_of_a_leaf(in_leaf, is_error))
        if len(got) != 3:
            return wrong("Return three numbers: error rate, coverage, share.")
        if np.allclose(got, truth):
            continue
        if _is_rounded(got, truth):
            return wrong("Right, but for what rounding took away. Return the fractions as they are.")
        if np.allclose(got, 100 * np.array(truth)):
            return wrong("These are percent. A fraction lies between 0 and 1.")
        if np.allclose(sorted(got), sorted(truth)):
            return wrong("The right numbers in another order: error rate (of the fields in the leaf), coverage, share.")
        if np.allclose(got[:2], truth[:2]):
            return wrong("The share is about all fields, read wrong or not.")
        if np.allclose(got[1:], truth[1:]):
            return wrong("An error rate asks: of the fields in this leaf, how many are wrong?")
        return wrong("Count three things first: fields in the leaf, errors, and errors in the leaf.")
    return right("A high rate with a low coverage is a curiosity; with a high coverage it is a plan.")


@guess(0, 100, unit=" of 100")
def guess_faint(answer):
    """A guess of how many faint fields are misread once the reader has learned from rotated copies."""


def priority_table(calls):
    """What each repair saves per 10,000 calls and per day of work, the best first."""
    saving = 10_000 * calls["share"] * (calls["error_rate"] - calls["human_error_rate"]) * calls["price_eur"]
    table = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})
    return table.sort_values("per_day", ascending=False, kind="stable")


@exercise(
    wrong={
        "forgets the baseline": 'saving = 10_000 * calls["share"] * calls["error_rate"] * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities.index[0]',
        "forgets the frequency": 'saving = 10_000 * (calls["error_rate"] - calls["human_error_rate"]) '
        '* calls["price_eur"]\npriorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities.index[0]',
        "chooses the largest saving": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("saving_eur", ascending=False)\nfirst = priorities.index[0]',
        "starts with the worst error rate": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = calls["error_rate"].idxmax()',
        "worst first": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day")\nfirst = priorities.index[-1]',
        "whole euros": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = (10_000 * calls["share"] * room * calls["price_eur"]).round()\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities.index[0]',
        "multiplies by the days": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving * calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities.index[0]',
        "the price of one call": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities.index[0]',
    },
    right_too={
        "more columns": "priorities = calls.assign(saving_eur=1e4 * calls.share * calls.price_eur * (calls.error_rate "
        '- calls.human_error_rate))\npriorities["per_day"] = priorities.saving_eur / priorities.days\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities["per_day"].idxmax()',
        "row by row, rounded to cents": "rows = {}\nfor tag, row in calls.iterrows():\n"
        '    eur = row["share"] * 10_000 * (row["error_rate"] - row["human_error_rate"]) * row["price_eur"]\n'
        '    rows[tag] = {"per_day": round(eur / row["days"], 2), "saving_eur": round(eur, 2)}\n'
        'priorities = pd.DataFrame(rows).T.sort_values("per_day", ascending=False)\nfirst = list(priorities.index)[0]',
    },
)
def priorities(table, first, calls):
    """Score the priority table: both columns, the order, and the choice."""
    if not isinstance(table, pd.DataFrame) or not {"saving_eur", "per_day"} <= set(table.columns):
        return wrong("'priorities' must be a DataFrame with the columns saving_eur and per_day.")
    if sorted(table.index) != sorted(calls.index):
        return wrong(f"Keep one row for each of {', '.join(calls.index)}.")
    fields, price = 10_000 * calls["share"], calls["price_eur"]
    saving, per_day = (priority_table(calls)[name].reindex(calls.index) for name in ("saving_eur", "per_day"))
    got = table.reindex(calls.index).astype(float)
    if not np.allclose(got["saving_eur"], saving, atol=0.05):
        if np.allclose(got["saving_eur"], fields * calls["error_rate"] * price, atol=0.05):
            return wrong("You let every error vanish. People err here too: nobody gets below the baseline.")
        if np.allclose(got["saving_eur"] * calls["share"], saving, atol=0.05):
            return wrong("Not all of the 10,000 calls have the tag.")
        if np.allclose(got["saving_eur"], saving, atol=1):
            return wrong("Right, but for what rounding took away. Keep the cents.")
        return wrong("saving_eur: how many calls have the tag, which part of them could be repaired, at what price?")
    if not np.allclose(got["per_day"], per_day, atol=0.05):
        return wrong("The savings are right. per_day divides each by the days its repair takes.")
    best = per_day.idxmax()
    if not per_day.loc[table.index].is_monotonic_decreasing:
        return wrong("Both columns are right. Sort by the gain per day: which item has the largest, and comes first?")
    if not isinstance(first, str):
        return wrong("`first` must be one name, such as `priorities.index[0]`.")
    if pick(first, calls.index) != best:
        return wrong(f"Your own table does not put {first} on top. Which factor made you choose it?")
    return right(
        "Each rival lost to one factor: accent and broken line lack room, child is rare, hands-free takes too long. "
        "Say it like this in the meeting."
    )
