"""A reader of digits in several versions, the account of its releases, and the degrees of automation.

Servers and router are in ``helpers/deployment_serving.py``, the stopping rules in ``helpers/deployment_sequential.py``.
"""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator
from scipy.stats import binomtest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from helpers.images import block_means

SIDE = 28


@dataclass(frozen=True)
class Reader:
    """A linear reader of 28 × 28 digits at half resolution: one weight vector and one intercept per digit."""

    weights: np.ndarray
    intercept: np.ndarray

    def read(self, X):
        """Read digits with confidence.

        Parameters
        ----------
        X : array of shape (n, 784) or (784,)
            Ink from 0 to 1.

        Returns
        -------
        digit : array of shape (n,)
            The most probable digit.
        confidence : array of shape (n,)
            Its probability as the model believes it, from 0.1 to 1.
        """
        score = block_means(np.atleast_2d(X), SIDE // 2) @ self.weights.T + self.intercept
        odds = np.exp(score - score.max(axis=1, keepdims=True))
        return odds.argmax(axis=1), 1 / odds.sum(axis=1)

    def answer(self, image):
        """Digit and confidence for one image, as a model server needs them."""
        digit, confidence = self.read(image)
        return digit[0], confidence[0]


def train_reader(X, y):
    """Fit a linear discriminant reader; exact, without iterations.

    Parameters
    ----------
    X : array of shape (n, 784)
        Ink from 0 to 1.
    y : array of shape (n,)
        Digits 0 to 9, each of them present.

    Returns
    -------
    Reader
    """
    if len(np.unique(y)) != 10:
        raise ValueError(f"'y' must hold all ten digits (got {len(np.unique(y))})")
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1).fit(block_means(X, SIDE // 2), y)
    return Reader(model.coef_, model.intercept_)


def straighten(X):
    """Take the slant out of handwriting: shear each image until its ink stands upright.

    Parameters
    ----------
    X : array of shape (n, 784) or (784,)
        Ink from 0 to 1, some ink in each image.

    Returns
    -------
    array of shape (n, 784)

    References
    ----------
    LeCun et al. 1998, Gradient-based learning applied to document recognition, section III (deslanted inputs).

    Examples
    --------
    >>> upright = np.zeros((28, 28)); upright[5:20, 14] = 1
    >>> bool(np.allclose(straighten(upright.ravel()), upright.ravel()))
    True
    """
    ink = np.reshape(X, (-1, SIDE, SIDE))
    mass, grid = ink.sum(axis=(1, 2)), np.arange(SIDE)
    y = grid - (ink.sum(axis=2) @ grid / mass)[:, None]
    x = grid - (ink.sum(axis=1) @ grid / mass)[:, None]
    slant = np.einsum("nyx,ny,nx->n", ink, y, x) / np.einsum("nyx,ny->n", ink, y**2)
    shift = slant[:, None] * y  # columns to the right from which each row of an image takes its ink
    whole = np.floor(shift)
    part, left = (shift - whole)[:, :, None], np.clip(whole[:, :, None] + grid, -1, SIDE - 1).astype(int)
    padded = np.pad(ink, ((0, 0), (0, 0), (1, 2)))
    blend = padded[:, :, :-1] * (1 - part) + padded[:, :, 1:] * part  # each pixel with its right neighbor
    return np.take_along_axis(blend, left + 1, axis=2).reshape(len(ink), -1)


def summarize_release(journal):
    """What one release did to users.

    Parameters
    ----------
    journal : DataFrame
        One row per form with ``served_by``, ``served``, ``new``, ``label``, ``decision`` (-1: failed, NaN: not asked).

    Returns
    -------
    dict
        ``decision``; ``decided_after`` (forms; all of them if it is still "wait"); ``exposed`` (forms the new version
        served until then); ``wrong`` answers served in the whole journal (failed ones count); ``calls`` (model calls
        until the decision, per form).
    """
    open_ = journal["decision"].eq("wait").to_numpy()
    decided_after = int(open_.cumprod().sum())
    before = journal.iloc[:decided_after]
    calls = len(before) + (before["served_by"].eq("old") & before["new"].notna()).sum()
    return {
        "decision": journal["decision"].iloc[-1],
        "decided_after": decided_after,
        "exposed": int(before["served_by"].eq("new").sum()),
        "wrong": int(journal["served"].ne(journal["label"]).sum()),
        "calls": float(calls / max(len(before), 1)),
    }


def compare_pairs(old_wrong, new_wrong):
    """Two versions judged on the same forms.

    Parameters
    ----------
    old_wrong, new_wrong : arrays of bool, shape (n,)
        Whether each version misreads each form.

    Returns
    -------
    dict
        ``only_old`` and ``only_new`` (forms that just this version misreads); ``difference`` of the error rates, new
        minus old, with its standard error ``paired_se`` and ``separate_se``, what it would be on two separate groups of
        n forms each; ``p_value`` of the exact McNemar test that both err equally often (two-sided).

    References
    ----------
    McNemar 1947, Note on the sampling error of the difference between correlated proportions, Psychometrika 12.

    Examples
    --------
    >>> compare_pairs([True, True, False, False], [False, True, False, False])["only_old"]
    1
    """
    old, new = np.asarray(old_wrong, dtype=float), np.asarray(new_wrong, dtype=float)
    only_old, only_new = int((old > new).sum()), int((new > old).sum())
    return {
        "only_old": only_old,
        "only_new": only_new,
        "difference": (new - old).mean(),
        "paired_se": (new - old).std() / np.sqrt(len(new)),
        "separate_se": np.sqrt((new.var() + old.var()) / len(new)),
        "p_value": binomtest(only_new, only_old + only_new).pvalue if only_old + only_new else 1.0,
    }


def plot_extra_errors(journals, old_wrong, *, ax=None):
    """Draw how many more wrong answers users got than from the old version alone.

    Parameters
    ----------
    journals : dict of str to DataFrame
        One journal per pattern (see :func:`summarize_release`), on the same forms.
    old_wrong : array of shape (n,)
        Whether the old version misreads each form.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        One step line per pattern with a dot where the release is decided; the zero line is the old version.
    """
    ax = plt.subplots()[1] if ax is None else ax
    ax.axhline(0, color="0.5", linewidth=1)
    for name, journal in journals.items():
        extra = journal["served"].ne(journal["label"]).to_numpy().astype(int) - np.asarray(old_wrong)
        last = summarize_release(journal)["decided_after"] - 1
        dot = [last] if last + 1 < len(extra) else []
        ax.step(np.arange(1, len(extra) + 1), extra.cumsum(), where="post", label=name, marker="o", markevery=dot)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="forms since the release began", ylabel="wrong answers above the old version")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def automation_costs(confidence, correct, thresholds, *, person_eur=0.04, error_eur=1.0, person_error=0.01):
    """What it costs to let the model answer where it is sure and people elsewhere.

    Parameters
    ----------
    confidence : array of shape (n,)
        The model's confidence in each answer, from 0 to 1.
    correct : array of bool, shape (n,)
        Whether the answer is right.
    thresholds : array of shape (k,)
        The model answers where its confidence is at least the threshold.
    person_eur, error_eur : float
        Cost of one form read by a person and of one wrong answer, in euros.
    person_error : float
        Share of forms a person misreads, from 0 to 1.

    Returns
    -------
    DataFrame
        Per threshold: ``automated`` (share of forms), ``errors`` and ``cost_eur`` per 1,000 forms (lower is better).

    Examples
    --------
    >>> automation_costs([0.9, 0.6], [True, False], [0.0, 0.8, 1.1], person_error=0)["cost_eur"].tolist()
    [500.0, 20.0, 40.0]
    """
    thresholds = np.asarray(thresholds, dtype=float)
    by_model = np.asarray(confidence) >= thresholds[:, None]
    automated = by_model.mean(axis=1)
    errors = (by_model & ~np.asarray(correct, dtype=bool)).mean(axis=1) + (1 - automated) * person_error
    cost = (1 - automated) * person_eur + errors * error_eur
    return pd.DataFrame(
        {"threshold": thresholds, "automated": automated, "errors": 1000 * errors, "cost_eur": 1000 * cost}
    )


def degrees_of_automation(confidence, correct, threshold, *, assisted_eur=0.025, trusts_error=0.4, **costs):
    """The five degrees of automation, from people alone to the model alone, on the same forms.

    Parameters
    ----------
    confidence, correct
        As in :func:`automation_costs`.
    threshold : float
        Confidence from which the model answers alone under partial automation.
    assisted_eur : float
        Cost of one form read by a person who sees the model's suggestion, in euros.
    trusts_error : float
        Share of the model's wrong suggestions that the person accepts, from 0 to 1.
    **costs
        ``person_eur``, ``error_eur`` and ``person_error`` of :func:`automation_costs`.

    Returns
    -------
    DataFrame
        Per degree: ``automated`` (share of forms no person sees), ``errors`` and ``cost_eur`` per 1,000 forms.
    """
    settings = {"person_eur": 0.04, "error_eur": 1.0, "person_error": 0.01} | costs
    table = automation_costs(confidence, correct, [np.inf, threshold, 0], **settings)
    human, partial, full = table[["automated", "errors", "cost_eur"]].to_dict("records")
    share_right = np.mean(correct)
    errors = 1000 * (trusts_error * (1 - share_right) + settings["person_error"] * share_right)
    assisted = {"automated": 0.0, "errors": errors, "cost_eur": 1000 * assisted_eur + errors * settings["error_eur"]}
    rows = {
        "human only": human,
        "shadow": human,  # people answer; the model's answers are written down and used for nothing
        "AI assistance": assisted,
        "partial automation": partial,
        "full automation": full,
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("degree")


def plot_automation(table, chosen, *, ax=None):
    """Draw the cost of 1,000 forms against the share that no person sees.

    Parameters
    ----------
    table : DataFrame
        Result of :func:`automation_costs`.
    chosen : float
        Threshold to mark.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    ax.plot(100 * table["automated"], table["cost_eur"])
    for row, name, mark in ((table.iloc[-1], "people only", "s"), (table.iloc[0], "full automation", "o")):
        ax.plot(100 * row["automated"], row["cost_eur"], mark, color="black", label=name)
    row = table.iloc[(table["threshold"] - chosen).abs().argmin()]
    ax.plot(100 * row["automated"], row["cost_eur"], "D", color="C1", markersize=8, label="chosen threshold")
    ax.set(xlabel="forms that no person sees (%)", ylabel="cost of 1,000 forms (€)")
    ax.set_ylim(0, 1.15 * table["cost_eur"].max())
    ax.legend(loc="upper center")
    return ax
