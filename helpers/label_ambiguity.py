"""What inconsistent labels cost, how to find them, and what repairing them is worth."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from helpers.datasets import load_mnist
from helpers.images import block_means
from helpers.label_agreement import kappa_interval

AMBIGUOUS = (1701, 3895, 4593, 2171, 3972, 1764, 4844)  # looked at by people: truly unclear
READABLE = (3043, 2764, 1383, 4636)  # hard for a model, easy for people
# What a labeling session shows: both of these, and nine more of the model's hardest, mixed.
SESSION = (1030, 3895, 4636, 142, 1701, 952, 4844, 3043, 1440, 2171, 531, 1764, 1383, 765, 3972, 1087, 908, 4593, 2764)
SESSION += (1045,)
CONFUSED_WITH = np.array([6, 7, 3, 5, 9, 3, 0, 1, 3, 4])  # a wrong label that a hurried person would give
SIZES = (25, 50, 100, 200, 400, 800, 1600)
MODELS = {
    "logistic regression": lambda: LogisticRegression(C=0.1, max_iter=300),
    "RBF-SVM": lambda: SVC(C=5, gamma=0.02),
    "1-NN": lambda: KNeighborsClassifier(1),
}
_LINES = {"marker": "o", "capsize": 3}


def grade_ink(ink, thresholds, *, noise, rng):
    """A labeler's grades: how many of the thresholds the ink seems to reach, seen with some noise.

    Parameters
    ----------
    ink : array of shape (n,)
        Mean ink of a field, 0 to 1.
    thresholds : sequence of float
        Ascending; with one threshold the grades are 0 (faint) and 1 (fine).
    noise : float
        Standard deviation of what the eye misjudges, in units of ink; 0 or more.
    rng : numpy.random.Generator
        Source of the misjudgment.

    Returns
    -------
    array of int, shape (n,)
        0 to ``len(thresholds)``.

    Examples
    --------
    >>> grade_ink([0.05, 0.1, 0.2], [0.08, 0.15], noise=0, rng=np.random.default_rng(0)).tolist()
    [0, 1, 2]
    """
    if noise < 0:
        raise ValueError(f"'noise' must be 0 or more (got {noise})")
    seen = np.asarray(ink) + noise * rng.standard_normal(len(ink))
    return np.digitize(seen, np.asarray(thresholds, dtype=float))


def compare_guidelines(ink, guidelines, *, noise, rng):
    """Two labelers grade the same fields under each guideline.

    Parameters
    ----------
    ink : array of shape (n,)
        Mean ink of the fields, 0 to 1.
    guidelines : dict of str to (sequence, sequence, sequence)
        Name to the thresholds of the first labeler, those of the second, and the decision that follows from each
        grade: 0, 1, or NaN for *send to an expert*.
    noise : float
        See :func:`grade_ink`.
    rng : numpy.random.Generator
        Source of the misjudgment.

    Returns
    -------
    DataFrame
        One row per guideline: ``agree`` (share of equal grades), ``kappa`` with the ends ``low`` and ``high`` of its
        95 % interval over the fields, ``clash`` (share of fields with opposite decisions; lower is better) and
        ``sent_on`` (share that at least one of the two sends to an expert).
    """
    rows = {}
    for name, (first, second, decisions) in guidelines.items():
        grades = [grade_ink(ink, thresholds, noise=noise, rng=rng) for thresholds in (first, second)]
        a, b = (np.asarray(decisions, dtype=float)[grade] for grade in grades)
        rows[name] = {
            "agree": np.mean(grades[0] == grades[1]),
            "kappa": cohen_kappa_score(*grades),
            **dict(zip(("low", "high"), kappa_interval(*grades, rng=rng), strict=True)),
            "clash": np.mean(np.abs(a - b) == 1),
            "sent_on": np.mean(np.isnan(a) | np.isnan(b)),
        }
    return pd.DataFrame(rows).T


def convention_costs(conventions, *, agreed, n_runs, seed, noise=0.008):
    """Accuracy of a small model under the agreed rule, by the conventions its training labels follow.

    A training set whose labels are all alike teaches to say always that.

    Parameters
    ----------
    conventions : dict of str to tuple of float
        Name to the thresholds in use; each training label follows one of them, drawn at random.
    agreed : float
        The threshold of the agreed rule, by which the test labels are made.
    n_runs, seed : int
        Repetitions, and the seed of their draws.
    noise : float, default 0.008
        See :func:`grade_ink`.

    Returns
    -------
    DataFrame
        Columns ``labels`` (name), ``n``, ``run`` and ``accuracy`` on held-out fields (higher is better).
    """
    X, _ = load_mnist()
    ink = X.mean(axis=1)
    coarse = block_means(X, 7)
    coarse = (coarse - coarse.mean(axis=0)) / (coarse.std(axis=0) + 1e-9)
    rows = []
    for run in range(n_runs):
        rng = np.random.default_rng([seed, run])
        order = rng.permutation(len(X))
        train, test = order[: SIZES[-1]], order[-2000:]
        for name, thresholds in conventions.items():
            seen = ink[train] + noise * rng.standard_normal(len(train))
            given = seen >= rng.choice(thresholds, len(train))
            for n in SIZES:
                learner = LogisticRegression() if given[:n].any() and not given[:n].all() else DummyClassifier()
                model = learner.fit(coarse[train[:n]], given[:n])
                rows.append((name, n, run, np.mean(model.predict(coarse[test]) == (ink[test] >= agreed))))
    return pd.DataFrame(rows, columns=["labels", "n", "run", "accuracy"])


def out_of_fold_probabilities(X, y, *, seed):
    """Class probabilities for each item from a model that never saw it: 10 nearest neighbors on 40 components.

    Parameters
    ----------
    X : array of shape (n, n_features)
        Images.
    y : array of int, shape (n,)
        The labels as given, right or wrong.
    seed : int
        Seed of the five folds.

    Returns
    -------
    array of shape (n, n_classes)
        Rows sum to 1.
    """
    parts = PCA(40, random_state=0).fit_transform(X)
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    model = KNeighborsClassifier(10, weights="distance")
    return cross_val_predict(model, parts, y, cv=folds, method="predict_proba")


def flip_labels(y, share, *, rng, confusable=True):
    """A copy of `y` in which a share of the labels is wrong, and which ones.

    Parameters
    ----------
    y : array of int, shape (n,)
        Digits 0 to 9.
    share : float
        Probability that a label is replaced, 0 to 1.
    rng : numpy.random.Generator
        Source of the draws.
    confusable : bool, default True
        Replace by the digit it is easily taken for; otherwise by any wrong digit alike.

    Returns
    -------
    DataFrame
        Columns ``label`` (as given) and ``is_wrong``.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"'share' must be from 0 to 1 (got {share})")
    y = np.asarray(y)
    is_wrong = rng.random(len(y)) < share
    other = CONFUSED_WITH[y] if confusable else (y + rng.integers(1, 10, len(y))) % 10
    return pd.DataFrame({"label": np.where(is_wrong, other, y), "is_wrong": is_wrong})


@cache
def _characters():
    """20 principal components of every digit, found without any label, and the labels."""
    X, y = load_mnist()
    return PCA(20, random_state=0).fit_transform(X), y


def cleaning_against_collecting(*, n_clean, share, n_runs, seed):
    """Accuracy after cleaning `n_clean` labels, and after collecting more labels that are as noisy as before.

    Parameters
    ----------
    n_clean : int
        Training labels at the start, 50 to 500.
    share : float
        Share of wrong labels, any wrong digit alike.
    n_runs, seed : int
        Repetitions, and the seed of their draws.

    Returns
    -------
    DataFrame
        Columns ``model``, ``labels`` (``"cleaned"`` or ``"as they come"``), ``n``, ``run`` and ``accuracy`` on 1,000
        other digits with right labels (higher is better).
    """
    if not 50 <= n_clean <= 500:
        raise ValueError(f"'n_clean' must be from 50 to 500 (got {n_clean})")
    parts, y = _characters()
    rows = []
    for run in range(n_runs):
        rng = np.random.default_rng([seed, run])
        order = rng.permutation(len(y))
        given = flip_labels(y, share, rng=rng, confusable=False)["label"].to_numpy()
        test = order[-1000:]
        plan = [("cleaned", n_clean, y)] + [("as they come", n_clean * k, given) for k in (1, 2, 4, 8)]
        for model, make in MODELS.items():
            for labels, n, target in plan:
                fitted = make().fit(parts[order[:n]], target[order[:n]])
                rows.append((model, labels, n, run, fitted.score(parts[test], y[test])))
    return pd.DataFrame(rows, columns=["model", "labels", "n", "run", "accuracy"])


def retrain_after_checks(given, y, rows, order, *, counts, seed):
    """Accuracy of a nearest neighbor after a person has checked, and corrected, some of its training labels.

    Parameters
    ----------
    given : array of int, shape (n,)
        Labels of the training digits, some of them wrong.
    y : array of int, shape (n,)
        Their true labels, which the person sees.
    rows : array of int, shape (n,)
        Where they stand in :func:`helpers.datasets.load_mnist`; all other digits are the test.
    order : sequence of int
        Which to check first, numbers from 0 to n - 1.
    counts : sequence of int
        How many are checked.
    seed : int
        Of the other order, which is drawn.

    Returns
    -------
    DataFrame
        Per number of ``checks``: accuracy in the given ``order`` and in one drawn ``at random``, 0 to 1.
    """
    parts, truth = _characters()
    rest = np.setdiff1d(np.arange(len(truth)), rows)
    orders = {"order": np.asarray(order), "at random": np.random.default_rng(seed).permutation(len(given))}
    table = pd.DataFrame(index=pd.Index(counts, name="checks"), columns=list(orders), dtype=float)
    for name, places in orders.items():
        for count in counts:
            labels = given.copy()
            labels[places[:count]] = y[places[:count]]
            table.loc[count, name] = KNeighborsClassifier(1).fit(parts[rows], labels).score(parts[rest], truth[rest])
    return table


def equivalent_size(sizes, accuracy, *, target):
    """How many examples a learning curve needs to reach a target, between its points on a log scale.

    Parameters
    ----------
    sizes : sequence of int
        Ascending training sizes.
    accuracy : sequence of float
        Accuracy at each size; dips are read as plateaus.
    target : float
        The accuracy to reach.

    Returns
    -------
    float
        The size; ``inf`` if the curve never gets there, the first size if it starts above.

    Examples
    --------
    >>> equivalent_size([100, 400], [0.7, 0.9], target=0.8)
    200.0
    """
    rising = np.maximum.accumulate(np.asarray(accuracy, dtype=float))
    if target > rising[-1]:
        return float("inf")
    return float(round(np.exp(np.interp(target, rising, np.log(sizes))), 6))


def times_the_data(table):
    """How many times the data are as good as cleaning, model by model, and within which range.

    Run by run the accuracy with more data is compared with the accuracy after cleaning; the range is where the mean
    difference, plus or minus two of its standard errors, is zero.

    Parameters
    ----------
    table : DataFrame
        As :func:`cleaning_against_collecting` returns.

    Returns
    -------
    DataFrame
        One row per model: ``low``, ``times`` and ``high``; ``inf`` where no measured size gets there.
    """
    rows = {}
    for model, part in table.groupby("model", sort=False):
        wide = part.pivot(index="run", columns=["labels", "n"], values="accuracy")
        lead = wide["as they come"].sub(wide["cleaned"].iloc[:, 0], axis=0)
        mean, two_se = lead.mean(), 2 * lead.sem()
        curves = {"low": mean + two_se, "times": mean, "high": mean - two_se}
        start = wide["cleaned"].columns[0]
        rows[model] = {name: equivalent_size(lead.columns, c, target=0) / start for name, c in curves.items()}
    return pd.DataFrame(rows).T


def summarize(table, by):
    """Mean accuracy and twice its standard error over the runs, one row per combination of the columns `by`."""
    groups = table.groupby(by, sort=False)["accuracy"]
    return pd.DataFrame({"mean": groups.mean(), "two_se": 2 * groups.std() / np.sqrt(groups.size())}).reset_index()


def plot_curves(table, *, by, ax=None):
    """Learning curves with two standard errors, one line per value of the column `by`; returns the Axes."""
    ax = ax or plt.subplots()[1]
    for i, (name, part) in enumerate(summarize(table, [by, "n"]).groupby(by, sort=False)):
        aside = 1.05 ** (i - (table[by].nunique() - 1) / 2)  # so that intervals stand side by side
        ax.errorbar(part["n"] * aside, part["mean"], part["two_se"], label=name, **_LINES)
    ax.set_xscale("log")
    sizes = sorted(table["n"].unique())
    ax.set_xticks(sizes, sizes)
    ax.minorticks_off()
    ax.set(xlabel="training examples", ylabel="accuracy on held-out fields")
    return ax


def plot_cleaning(table, *, ax=None):
    """One model's curve of noisy labels; dashed, with a band, where cleaning the first labels gets; returns Axes."""
    ax = ax or plt.subplots()[1]
    curve, cleaned = (table[table["labels"] == name] for name in ("as they come", "cleaned"))
    part = summarize(curve, ["n"])
    ax.errorbar(part["n"], part["mean"], part["two_se"], label="more noisy labels", **_LINES)
    goal = summarize(cleaned, ["n"]).iloc[0]
    ax.axhspan(goal["mean"] - goal["two_se"], goal["mean"] + goal["two_se"], color="0.9", zorder=0)
    ax.axhline(goal["mean"], color="black", linestyle="--", label="first labels cleaned")
    ax.set_xscale("log")
    ax.set_xticks(part["n"], part["n"])
    ax.minorticks_off()
    return ax


def plot_votes(counts, *, ax=None):
    """Stacked bars of votes per item, one segment per label with the label written in it; returns the Axes."""
    ax = ax or plt.subplots(figsize=(10, 3.5))[1]
    shades = plt.get_cmap("cividis")(np.linspace(0.25, 1, counts.shape[1]))
    for i, (_, row) in enumerate(counts.iterrows()):
        base = 0
        for shade, (label, votes) in zip(shades, row.items(), strict=True):
            if votes:
                ax.bar(i, votes, bottom=base, color=shade, edgecolor="white")
                ink = "black" if shade[:3].mean() > 0.45 else "white"
                ax.text(i, base + votes / 2, label, ha="center", va="center", color=ink)
            base += votes
    ax.set_xticks(range(len(counts)), counts.index, rotation=90)
    ax.set(xlabel="item (row of the data set)", ylabel="votes")
    ax.grid(False)
    return ax
