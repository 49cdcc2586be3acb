"""The first steps of a modeling project: an honest split, a tiny set first, three milestones, a budget."""

import pickle
import time
import tracemalloc

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke

FAULTS = {
    "no fault": "the program as it should be",
    "shuffle leaves the labels behind": "every step draws the images in a new order, the labels stay",
    "step 10,000 times too small": "a typing error in the step size",
    "prediction reads columns first": "training reads an image row by row, prediction column by column",
    "labels shuffled once": "the label file was put in a random order, the images were not",
}


def tiny_set(y, *, n_per_class=2):
    """Rows of the first `n_per_class` examples of every class, so that a tiny set is no single class.

    Examples
    --------
    >>> tiny_set(np.array([0, 0, 0, 1, 1]), n_per_class=2).tolist()
    [0, 1, 3, 4]
    """
    y = np.asarray(y)
    counts = np.unique(y, return_counts=True)[1]
    if not 1 <= n_per_class <= counts.min():
        raise ValueError(f"'n_per_class' must be from 1 to {counts.min()}, the rarest class (got {n_per_class!r})")
    return np.sort(np.concatenate([np.flatnonzero(y == k)[:n_per_class] for k in np.unique(y)]))


def train_softmax(X, y, *, n_steps=300, step=0.2, shuffle_images=False, rng=None):
    """Fit softmax regression by plain gradient descent on all rows at once.

    Parameters
    ----------
    X : array of shape (n, d)
    y : array of int, shape (n,)
        Classes 0 to 9.
    n_steps : int
    step : float
        Step size along the mean gradient.
    shuffle_images : bool, default False
        Plant a fault: draw the rows of `X` in a new order at each step and leave `y` as it is.
    rng : numpy Generator, needed for the fault

    Returns
    -------
    weights : array of shape (d + 1, 10)
        The last row is the intercept.
    losses : array of shape (n_steps,)
        Mean cross-entropy in nats before each step; ln 10 at the start, lower is better.
    """
    X = np.column_stack([X, np.ones(len(X))])
    target = np.eye(10)[y]
    weights, losses = np.zeros((X.shape[1], 10)), np.empty(n_steps)
    for i in range(n_steps):
        rows = X[rng.permutation(len(X))] if shuffle_images else X
        prob = _softmax(rows @ weights)
        losses[i] = -np.log(prob[target == 1]).mean()
        weights += step * rows.T @ (target - prob) / len(X)
    return weights, losses


def _softmax(scores):
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def predict_softmax(weights, X):
    """The most probable class of each row of `X`, shape (n,)."""
    return (X @ weights[:-1] + weights[-1]).argmax(axis=1)


def run_fault(fault, X, y, X_dev, y_dev, *, n_steps=300, rng=None):
    """Train with one of :data:`FAULTS` planted, then read the training rows and the dev rows back.

    Parameters
    ----------
    fault : str
        A key of :data:`FAULTS`.
    X, X_dev : arrays of shape (n, 64) and (n_dev, 64)
        8 × 8 images, ink from 0 to 1.
    y, y_dev : arrays of int

    Returns
    -------
    dict
        loss (array per step, lower is better), y and read (labels trained on, and what the prediction path makes of
        the same rows), train and dev (accuracy, 0 to 1, higher is better).
    """
    if fault not in FAULTS:
        raise ValueError(f"'fault' must be one of {', '.join(FAULTS)} (got {fault!r})")
    rng = np.random.default_rng(0) if rng is None else rng
    by_columns = fault == "prediction reads columns first"
    show = (lambda Z: Z.reshape(-1, 8, 8).transpose(0, 2, 1).reshape(-1, 64)) if by_columns else (lambda Z: Z)
    y_fit = rng.permutation(y) if fault == "labels shuffled once" else y
    step = 0.2 / 10_000 if fault.startswith("step") else 0.2
    weights, loss = train_softmax(
        X, y_fit, n_steps=n_steps, step=step, shuffle_images=fault.startswith("shuffle"), rng=rng
    )
    read = predict_softmax(weights, show(X))
    dev = (predict_softmax(weights, show(X_dev)) == y_dev).mean()
    return {"loss": loss, "y": y_fit, "read": read, "train": (read == y_fit).mean(), "dev": dev}


def draw_forms(sheet, *, n_forms=300, n_digits=4, rng):
    """Draw forms of one hand each: `n_forms` from every sheet, `n_digits` different rows of it a form.

    Parameters
    ----------
    sheet : array of int, shape (n,)
        The sheet of each row.

    Returns
    -------
    array of int, shape (number of sheets * n_forms, n_digits)
        Rows, sheet by sheet.
    """
    rows = [np.flatnonzero(sheet == one) for one in np.unique(sheet)]
    return np.array([rng.choice(own, n_digits, replace=False) for own in rows for _ in range(n_forms)])


def form_cost(right, confidence, threshold, *, clerk_eur=0.5, wrong_eur=10.0):
    """Mean cost of a form when forms below a confidence go to a clerk.

    Parameters
    ----------
    right : array of bool, shape (n,)
        Whether every digit of the form was read right.
    confidence : array of float, shape (n,)
        The form's lowest digit confidence, 0 to 1.
    threshold : float
        A clerk types the forms with a lower confidence.
    clerk_eur, wrong_eur : float
        Cost of typing a form, and of a wrong form that nobody looked at.

    Returns
    -------
    float
        Euros per form, lower is better.

    Examples
    --------
    >>> form_cost(np.array([True, False, False]), np.array([0.9, 0.8, 0.3]), 0.5)
    3.5
    """
    typed = confidence < threshold
    return float(np.mean(np.where(typed, clerk_eur, np.where(right, 0.0, wrong_eur))))


def cheapest_threshold(right, confidence, **costs):
    """The threshold, 0 to 1.01 in steps of 0.01, with the lowest :func:`form_cost` (1.01: a clerk types every form)."""
    grid = np.arange(102) / 100
    return float(grid[np.argmin([form_cost(right, confidence, t, **costs) for t in grid])])


def price_by_sheet(right, confidence, sheet, **costs):
    """What a form of each sheet costs, with the threshold that is cheapest on the forms of all other sheets.

    Parameters
    ----------
    right, confidence : arrays of shape (n_forms,)
        As for :func:`form_cost`.
    sheet : array of int, shape (n_forms,)
        The sheet of each form.
    **costs
        As for :func:`form_cost`.

    Returns
    -------
    DataFrame
        One row per sheet: threshold, typed (share of its forms that a clerk types, 0 to 1) and eur (euros per form,
        lower is better).
    """
    rows = {}
    for one in np.unique(sheet):
        own = sheet == one
        threshold = cheapest_threshold(right[~own], confidence[~own], **costs)
        eur = form_cost(right[own], confidence[own], threshold, **costs)
        rows[one] = {"threshold": threshold, "typed": (confidence[own] < threshold).mean(), "eur": eur}
    return pd.DataFrame(rows).T.rename_axis("sheet")


def measure(model, X, *, n_single=20):
    """What a fitted model needs at prediction time.

    Parameters
    ----------
    model : fitted estimator
    X : array of shape (n, d)
        Rows to predict, at least `n_single`.

    Returns
    -------
    dict
        size_kb (pickled), single_ms (median of one-row calls) and peak_kb (memory allocated while predicting all rows
        in one call). Lower is better in all three.
    """
    if len(X) < n_single:
        raise ValueError(f"'X' must have at least n_single={n_single} rows (got {len(X)})")
    single = [_elapsed_ms(model.predict, X[i : i + 1]) for i in range(n_single)]
    tracemalloc.start()
    try:
        model.predict(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = len(pickle.dumps(model))
    return {"size_kb": size / 1e3, "single_ms": float(np.median(single)), "peak_kb": peak / 1e3}


def _elapsed_ms(function, *args):
    start = time.perf_counter()
    function(*args)
    return 1e3 * (time.perf_counter() - start)


def pareto_front(table, *, maximize, minimize):
    """Mark the rows that no other row beats on all columns at once.

    Parameters
    ----------
    table : DataFrame
    maximize : str
        Column where more is better.
    minimize : str or list of str
        Column or columns where less is better.

    Returns
    -------
    Series of bool
        True on the front. A row is off it if one other row is at least as good on all columns and better on one.

    Examples
    --------
    >>> table = pd.DataFrame({"accuracy": [0.9, 0.8, 0.95], "ms": [1, 2, 5]})
    >>> pareto_front(table, maximize="accuracy", minimize="ms").tolist()
    [True, False, True]
    """
    costs = [minimize] if isinstance(minimize, str) else list(minimize)
    gains = np.column_stack([table[maximize], *(-table[cost] for cost in costs)])
    no_worse = (gains[:, None] >= gains).all(axis=2)
    better = (gains[:, None] > gains).any(axis=2)
    return pd.Series(~(no_worse & better).any(axis=0), index=table.index, name="on_front")


def plot_losses(losses, *, ax=None):
    """Draw the training loss per step of each fault; `losses` maps a name to an array of nats. Returns the Axes."""
    ax = ax or plt.subplots()[1]
    for i, (name, loss) in enumerate(losses.items()):
        ax.plot(loss, label=name, marker="osv^DP*"[i % 7], markevery=(10 * i, max(1, len(loss) // 5)))
    ax.axhline(np.log(10), color="0.4", linestyle=":", linewidth=1.2)
    ax.annotate("guessing: ln 10", (0, 2.5), va="bottom", color="0.3", fontsize=10)
    ax.set(xlabel="gradient step", ylabel="training loss", ylim=(0, 2.9))
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper")
    return ax


def plot_front(table, cost, *, label, ax=None):
    """Draw accuracy against a cost column on a log axis; the dashed step joins the Pareto front. Returns the Axes."""
    ax = ax or plt.subplots()[1]
    front = table[pareto_front(table, maximize="accuracy", minimize=cost)].sort_values(cost, kind="stable")
    ax.step(front[cost], front["accuracy"], where="post", color="0.4", linestyle="--", linewidth=1.2)
    ax.plot(table[cost], table["accuracy"], "o", color="C0", markerfacecolor="white")
    ax.plot(front[cost], front["accuracy"], "o", color="C0")
    ax.set(xscale="log", xlabel=label, ylabel="accuracy on new sheets")
    ax.margins(x=0.25, y=0.12)
    taken = []
    for name, row in table.sort_values("accuracy", kind="stable").iterrows():
        place, box = _free_place(name, (row[cost], row["accuracy"]), table[[cost, "accuracy"]], taken, ax)
        taken.append(box)
        text = ax.annotate(name, (row[cost], row["accuracy"]), textcoords="offset points", fontsize=10, **place)
        text.set_path_effects([withStroke(linewidth=3, foreground="white")])
    return ax


def _free_place(name, point, points, taken, ax):
    """Where a label covers the fewest other points and labels: right or left of its point, above or below; its box."""
    points = ax.transData.transform(points.to_numpy(dtype=float)) * 72 / ax.figure.dpi
    x, y = ax.transData.transform(point) * 72 / ax.figure.dpi
    width, height, best = 6.2 * len(name), 11, None
    for side in ("left", "right"):  # of the label, at the point
        for up in (6, -13):
            left = x + 5 if side == "left" else x - 5 - width
            box = left, y + up - 2, left + width, y + up + height - 2
            covered = sum(box[0] - 9 < a < box[2] + 9 and box[1] - 4 < b < box[3] + 4 for a, b in points)
            crossed = sum(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken)
            if best is None or covered + crossed < best[0]:
                best = covered + crossed, {"xytext": (5 if side == "left" else -5, up), "ha": side}, box
    return best[1:]
