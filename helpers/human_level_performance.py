"""Human-level performance: what it measures, how a model can beat it for a bad reason, and how to raise it."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

from helpers.datasets import load_mnist, load_published

LETTERS = {0: "O", 1: "I", 2: "Z", 5: "S"}  # written alike: which one it is, is a convention
FIELDS = ("all", "ambiguous", "unambiguous")
OBSERVERS = {"human": "human_mean", "AlexNet": "alexnet", "GoogLeNet": "googlenet", "VGG-16": "vgg"}
_MARKS = {"human": "o", "AlexNet": "s", "GoogLeNet": "^", "VGG-16": "D"}


def label_characters(y, share, *, rng, slip=0.02):
    """What labelers type for handwritten characters, each character by another labeler.

    Parameters
    ----------
    y : array of int, shape (n,)
        The digit shapes, 0 to 9.
    share : float
        Share of labelers, 0 to 1, who read the shapes 0, 1, 2 and 5 as the letters O, I, Z and S.
    rng : numpy.random.Generator
        Source of the draws.
    slip : float, default 0.02
        Probability that a labeler types any digit at random, 0 to 1.

    Returns
    -------
    array of str, shape (n,)

    Examples
    --------
    >>> label_characters([5, 7], 1.0, rng=np.random.default_rng(0), slip=0).tolist()
    ['S', '7']
    """
    for name, value in {"share": share, "slip": slip}.items():
        if not 0 <= value <= 1:
            raise ValueError(f"'{name}' must be from 0 to 1 (got {value})")
    y = np.asarray(y)
    letters = np.array([LETTERS.get(digit, str(digit)) for digit in range(10)])[y]
    typed = np.where(rng.random(len(y)) < share, letters, y.astype(str))
    return np.where(rng.random(len(y)) < slip, rng.integers(0, 10, len(y)).astype(str), typed)


def answers_of(share, *, n_train, rng, slip=0.02):
    """Train a model on labels of many labelers; let it and another labeler answer 1,000 other characters.

    Parameters
    ----------
    share, slip : float
        See :func:`label_characters`.
    n_train : int
        Training characters, 200 to 3000.
    rng : numpy.random.Generator
        Source of the split and of the labels.

    Returns
    -------
    DataFrame
        One row per test character: ``shape`` (digit), ``is_ambiguous``, ``label`` (by one random labeler, taken for
        the truth), ``human`` (another random labeler) and ``model`` (a support vector machine with an RBF kernel on 30
        principal components).
    """
    if not 200 <= n_train <= 3000:
        raise ValueError(f"'n_train' must be from 200 to 3000 (got {n_train})")
    train, test = _split(n_train, rng)
    return _answers(share, train, test, *_kernels(train, test), rng=rng, slip=slip)


@cache
def _characters():
    """30 principal components of every character, found without any label, and the digit shapes."""
    X, y = load_mnist()
    return PCA(30, random_state=0).fit_transform(X), y


def _split(n_train, rng):
    order = rng.permutation(len(_characters()[1]))
    return order[:n_train], order[-1000:]


def _kernels(train, test):
    parts, _ = _characters()
    return rbf_kernel(parts[train], gamma=0.03), rbf_kernel(parts[test], parts[train], gamma=0.03)


def _answers(share, train, test, among_train, test_to_train, *, rng, slip):
    _, y = _characters()
    model = SVC(C=1, kernel="precomputed").fit(among_train, label_characters(y[train], share, rng=rng, slip=slip))
    return pd.DataFrame(
        {
            "shape": y[test],
            "is_ambiguous": np.isin(y[test], list(LETTERS)),
            "label": label_characters(y[test], share, rng=rng, slip=slip),
            "human": label_characters(y[test], share, rng=rng, slip=slip),
            "model": model.predict(test_to_train),
        }
    )


def scores(answers):
    """Agreement of human and model with the label, on all, ambiguous and unambiguous characters.

    Parameters
    ----------
    answers : DataFrame
        As :func:`answers_of` returns.

    Returns
    -------
    DataFrame
        One row per group of :data:`FIELDS`: ``fields``, ``human`` and ``model``, 0 to 1 (higher is better).
    """
    groups = {"all": answers, "ambiguous": answers[answers["is_ambiguous"]]}
    groups["unambiguous"] = answers[~answers["is_ambiguous"]]
    rows = [
        (name, (part["human"] == part["label"]).mean(), (part["model"] == part["label"]).mean())
        for name, part in groups.items()
    ]
    return pd.DataFrame(rows, columns=["fields", "human", "model"])


def compare(shares, *, n_train, n_runs, seed, slip=0.02):
    """:func:`scores` for several shares of the letter convention, over several runs.

    Parameters
    ----------
    shares : sequence of float
        Shares of labelers who type letters, 0 to 1; a run splits the characters alike for all of them.
    n_train, n_runs, seed : int
        Training characters, repetitions, and the seed of their draws.
    slip : float, default 0.02
        See :func:`label_characters`.

    Returns
    -------
    DataFrame
        Columns ``share``, ``run``, ``fields``, ``human`` and ``model``.
    """
    tables = []
    for run in range(n_runs):
        train, test = _split(n_train, np.random.default_rng([seed, run]))
        kernels = _kernels(train, test)
        for share in shares:
            rng = np.random.default_rng([seed, run, 1])
            answers = _answers(share, train, test, *kernels, rng=rng, slip=slip)
            tables.append(scores(answers).assign(share=share, run=run))
    return pd.concat(tables, ignore_index=True)[["share", "run", "fields", "human", "model"]]


def lead(table):
    """By how much the model leads the human, per share and group of fields.

    Parameters
    ----------
    table : DataFrame
        As :func:`compare` returns.

    Returns
    -------
    DataFrame
        ``share``, ``fields``, ``human`` and ``model`` (means over runs), ``lead`` (model minus human), ``two_se``
        (twice its standard error over the runs) and ``wins`` (share of runs with a lead above 0).
    """
    paired = table.assign(lead=table["model"] - table["human"])
    groups = paired.groupby(["share", "fields"], sort=False)
    means = groups[["human", "model", "lead"]].mean()
    return means.assign(
        two_se=2 * groups["lead"].sem(), wins=groups["lead"].agg(lambda x: (x > 0).mean())
    ).reset_index()


def plot_lead(table, *, ax=None):
    """Model minus human by group of fields, two standard errors, zero line dashed; returns the Axes."""
    ax = ax or plt.subplots(figsize=(8, 2.6))[1]
    rows = np.arange(len(table))
    ax.errorbar(table["lead"], rows, xerr=table["two_se"], fmt="o", capsize=4)
    ax.axvline(0, color="black", linestyle="--", linewidth=1)
    ax.set_yticks(rows, table["fields"])
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set(xlabel="agreement with the label: model minus human")
    return ax


def plot_shares(table, fields, *, ax=None):
    """Human (dashed) and model (solid) against the majority's share, with two standard errors; returns the Axes."""
    ax = ax or plt.subplots()[1]
    groups = table[table["fields"] == fields].groupby("share")
    for name, style in (("model", "o-"), ("human", "s--")):
        ax.errorbar(
            groups[name].mean().index, groups[name].mean(), 2 * groups[name].sem(), fmt=style, capsize=3, label=name
        )
    ax.set(xlabel="share of the majority convention", ylabel="agreement with the label", title=f"{fields} fields")
    return ax


def load_weak_signal(experiment):
    """Published recognition by people and networks under weakening signal, one row per observer and level.

    Parameters
    ----------
    experiment : {"noise", "contrast", "contrast-png", "color"}
        What was varied: width of uniform noise, contrast in percent (images stored as JPEG or as PNG), color or gray.

    Returns
    -------
    DataFrame
        ``observer``, ``condition``, ``level``, ``accuracy`` (chance is 1/16), ``lowest`` and ``highest`` (the worst and
        the best person; for networks the accuracy itself), ``entropy_bits`` of the answers (at most 4).

    References
    ----------
    Geirhos et al. 2017, arXiv 1706.06969, figures 3 and 4; per-condition means of the published trials.
    """
    known = ("noise", "contrast", "contrast-png", "color")
    if experiment not in known:
        raise ValueError(f"'experiment' must be one of {', '.join(known)} (got {experiment!r})")
    published = load_published(
        f"geirhos2017_{'colour' if experiment == 'color' else experiment}-experiment_by_condition"
    )
    tables = []
    for observer, column in OBSERVERS.items():
        is_human = observer == "human"
        table = published[["condition", "level"]].astype({"condition": str})
        table = table.assign(observer=observer, accuracy=published[column])
        table["lowest"] = published["human_min" if is_human else column]
        table["highest"] = published["human_max" if is_human else column]
        table["entropy_bits"] = published[f"{'human' if is_human else column}_resp_entropy_bits"].abs()
        tables.append(table)
    columns = ["observer", "condition", "level", "accuracy", "lowest", "highest", "entropy_bits"]
    return pd.concat(tables, ignore_index=True)[columns]


def duel(cases, *, network="VGG-16"):
    """One network beside the worst and the best person, in chosen conditions of the published experiments.

    Parameters
    ----------
    cases : dict of str to (str, str)
        Name to the experiment and its condition, such as ``("noise", "0.1")``.
    network : str, default "VGG-16"
        One of :data:`OBSERVERS`.

    Returns
    -------
    DataFrame
        One row per case: ``worst person``, ``best person`` and the network's name, each the share of answers right.
    """
    rows = {}
    for name, (experiment, condition) in cases.items():
        table = load_weak_signal(experiment)
        table = table[table["condition"] == condition].set_index("observer")
        if table.empty:
            raise ValueError(f"'cases' must name conditions of the experiment {experiment!r} (got {condition!r})")
        worst, best = table.loc["human", ["lowest", "highest"]]
        rows[name] = {"worst person": worst, "best person": best, network: table.loc[network, "accuracy"]}
    return pd.DataFrame(rows).T


def plot_weak_signal(table, *, column="accuracy", ax=None):
    """One line per observer against the level; the band spans the worst to the best person; returns the Axes."""
    ax = ax or plt.subplots()[1]
    for observer, part in table.groupby("observer", sort=False):
        ax.plot(part["level"], part[column], marker=_MARKS[observer], label=observer)
        if observer == "human" and column == "accuracy":
            ax.fill_between(part["level"], part["lowest"], part["highest"], alpha=0.2, linewidth=0)
    if column == "accuracy":
        ax.axhline(1 / 16, color="black", linestyle=":", linewidth=1, label="chance")
    return ax
