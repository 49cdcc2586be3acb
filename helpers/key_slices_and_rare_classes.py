"""Key slices and rare classes: what average accuracy leaves out, and what each repair really buys.

A *slice* is a named part of the traffic (a kind of form field). A *rare class* is the digit 5 at a small share.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from matplotlib.ticker import MaxNLocator, PercentFormatter
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, precision_recall_curve
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

TREATMENTS = (
    "as it is",
    "threshold tuned",
    "class weights",
    "oversampling",
    "SMOTE",
    "undersampling",
    "more real fives",
)


def make_detector(*, class_weight=None, solver="lbfgs"):
    """A quadratic logistic regression: the columns, their products, then a linear classifier.

    Returns
    -------
    Pipeline
        Meant for 25 principal components: 350 columns, fitted in a few hundredths of a second for two classes.
    """
    linear = LogisticRegression(C=0.1, max_iter=1000, class_weight=class_weight, solver=solver)
    return make_pipeline(PolynomialFeatures(2, include_bias=False), linear)


def make_reader(*, n_components=10):
    """The digit reader: principal components of the pixels, then :func:`make_detector` for ten classes.

    Returns
    -------
    Pipeline
        Fits 2,000 images in about half a second.
    """
    components = PCA(n_components, svd_solver="arpack", random_state=0)
    # ten classes converge slowly under lbfgs, and would stop at a place that depends on the processor
    return make_pipeline(components, make_detector(solver="newton-cholesky"))


def wilson_interval(errors, n, *, confidence=0.95):
    """Wilson's score interval for a rate.

    Parameters
    ----------
    errors, n : int or array of int
        Counted errors among `n` examples, ``0 <= errors <= n`` and ``n >= 1``.
    confidence : float, default 0.95
        Share of such intervals that contain the true rate, in (0, 1).

    Returns
    -------
    low, high : float or array
        Bounds of the error rate, in [0, 1].

    Raises
    ------
    ValueError
        For counts that are not possible.

    References
    ----------
    Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22.

    Examples
    --------
    >>> low, high = wilson_interval(0, 10)
    >>> round(float(low), 3), round(float(high), 3)
    (0.0, 0.278)
    """
    errors, n = np.asarray(errors), np.asarray(n)
    if np.any(n < 1) or np.any(errors < 0) or np.any(errors > n):
        raise ValueError(f"'errors' must be from 0 to 'n', and 'n' at least 1 (got {errors} and {n})")
    z = stats.norm.ppf((1 + confidence) / 2)
    rate = errors / n
    center = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return np.maximum(center - half, 0), np.minimum(center + half, 1)


def slice_table(wrong, slices):
    """Error rate of each slice with its 95 % Wilson interval.

    Parameters
    ----------
    wrong : array of bool, shape (n,)
        Whether the model was wrong.
    slices : array of shape (n,)
        Name of each example's slice.

    Returns
    -------
    DataFrame
        One row per slice, worst first: ``n``, ``errors``, ``error_rate``, ``low``, ``high`` (lower is better).

    Examples
    --------
    >>> slice_table([True, False, False, False], ["a", "a", "b", "b"])["error_rate"].to_dict()
    {'a': 0.5, 'b': 0.0}
    """
    grouped = pd.Series(np.asarray(wrong, bool)).groupby(pd.Series(np.asarray(slices), name="slice"))
    table = pd.DataFrame({"n": grouped.size(), "errors": grouped.sum().astype(int)})
    table["error_rate"] = table["errors"] / table["n"]
    table["low"], table["high"] = wilson_interval(table["errors"], table["n"])
    return table.sort_values("error_rate", ascending=False, kind="stable")


def share_weights(y_true, share):
    """Weights that make the positives count as `share` of the data; they sum to 1.

    Examples
    --------
    >>> share_weights([1, 0, 0, 1], 0.1).round(2).tolist()
    [0.05, 0.45, 0.45, 0.05]
    """
    y_true = np.asarray(y_true)
    if not 0 < share < 1:
        raise ValueError(f"'share' must be in (0, 1) (got {share!r})")
    return np.where(y_true == 1, share / np.sum(y_true == 1), (1 - share) / np.sum(y_true != 1))


def rare_split(y, *, n_rare, n_extra, seed, digit=5):
    """Split the digits into training with a rare `digit`, extra real examples of it, and a test set.

    Parameters
    ----------
    y : array of shape (n,)
        The digits.
    n_rare, n_extra : int
        Examples of the rare digit in training, and held back as extra training examples.
    seed : int or sequence of int
        Seed of the split.
    digit : int, default 5

    Returns
    -------
    train, extra, test : arrays of int
        Positions in `y`. Half of the other digits are in training, the other half in test.
    """
    rng = np.random.default_rng(seed)
    others, rare = rng.permutation(np.flatnonzero(y != digit)), rng.permutation(np.flatnonzero(y == digit))
    if n_rare < 2 or n_rare + n_extra >= len(rare):
        raise ValueError(f"'n_rare' must be from 2 to {len(rare) - n_extra - 1} (got {n_rare!r})")
    half = len(others) // 2
    test = np.concatenate([others[half:], rare[n_rare + n_extra :]])
    return np.concatenate([others[:half], rare[:n_rare]]), rare[n_rare : n_rare + n_extra], test


def tune_threshold(model, X, y_true, *, seed=0):
    """The threshold of largest F1 on out-of-fold probabilities (5 folds).

    Returns
    -------
    float
        Predict the rare class at or above it.
    """
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    y_prob = cross_val_predict(model, X, y_true, cv=folds, method="predict_proba")[:, 1]
    precision, recall, thresholds = precision_recall_curve(y_true, y_prob)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(thresholds[np.argmax(f1[:-1])])


def detector_scores(y_true, y_prob, *, threshold=0.5, share=0.01):
    """Accuracy, recall, precision, F1 and average precision, with the rare class weighted to `share` of the traffic.

    Returns
    -------
    dict of str to float
        All from 0 to 1, higher is better. Precision is 0 where nothing is flagged.

    Examples
    --------
    >>> scores = detector_scores(np.array([1, 1, 0, 0]), np.array([0.9, 0.2, 0.6, 0.1]), share=0.5)
    >>> scores["recall"], scores["precision"]
    (0.5, 0.5)
    """
    weight, flagged = share_weights(y_true, share), np.asarray(y_prob) >= threshold
    hit = weight[flagged & (y_true == 1)].sum()
    recall, precision = hit / share, hit / max(weight[flagged].sum(), 1e-12)
    return {
        "accuracy": float(weight[flagged == (y_true == 1)].sum()),
        "recall": float(recall),
        "precision": float(precision),
        "F1": float(2 * recall * precision / max(recall + precision, 1e-12)),
        "average precision": float(average_precision_score(y_true, y_prob, sample_weight=weight)),
    }


def fit_treatment(treatment, X, y_true, *, X_extra, seed):
    """Fit the detector under one of :data:`TREATMENTS`.

    Returns
    -------
    model : fitted Pipeline
    threshold : float
    """
    if treatment not in TREATMENTS:
        raise ValueError(f"'treatment' must be one of {', '.join(TREATMENTS)} (got {treatment!r})")
    samplers = {"oversampling": RandomOverSampler, "SMOTE": SMOTE, "undersampling": RandomUnderSampler}
    model = make_detector(class_weight="balanced" if treatment == "class weights" else None)
    threshold = tune_threshold(model, X, y_true, seed=seed) if treatment == "threshold tuned" else 0.5
    if treatment in samplers:
        X, y_true = samplers[treatment](random_state=seed).fit_resample(X, y_true)
    if treatment == "more real fives":
        X, y_true = np.concatenate([X, X_extra]), np.concatenate([y_true, np.ones(len(X_extra), int)])
    return model.fit(X, y_true), threshold


def compare_treatments(X, y, *, seed, n_runs, n_rare=23, n_extra=200, share=0.01):
    """Scores of every treatment on `n_runs` splits; within a run all treatments see the same split.

    Returns
    -------
    DataFrame
        One row per run and treatment: ``run``, ``treatment`` and the columns of :func:`detector_scores`.
    """
    rows = []
    for run in range(n_runs):
        train, extra, test = rare_split(y, n_rare=n_rare, n_extra=n_extra, seed=[seed, run])
        y_train, y_test = (y[train] == 5).astype(int), (y[test] == 5).astype(int)
        project = PCA(25, svd_solver="arpack", random_state=0).fit(X[train]).transform
        Z, Z_extra, Z_test = project(X[train]), project(X[extra]), project(X[test])
        for treatment in TREATMENTS:
            model, threshold = fit_treatment(treatment, Z, y_train, X_extra=Z_extra, seed=seed + run)
            scores = detector_scores(y_test, model.predict_proba(Z_test)[:, 1], threshold=threshold, share=share)
            rows.append({"run": run, "treatment": treatment, **scores})
    return pd.DataFrame(rows)


def group_rates(y_true, y_prob, cuts):
    """Recall and false-alarm rate of each group of writers, each with its 95 % Wilson interval.

    Parameters
    ----------
    y_true : array of shape (n,)
        1 for the rare class.
    y_prob : dict of str to array of shape (n,)
        For each group, the probabilities of the same fields as this group writes them.
    cuts : dict of str to float
        For each row of the result, named "group" or "group, remark", its threshold.

    Returns
    -------
    DataFrame
        Two rows per threshold: ``row``, ``measure`` ("recall", higher is better, or "false-alarm rate", lower is
        better), ``n``, ``rate``, ``low`` and ``high``.

    Examples
    --------
    >>> table = group_rates(np.array([1, 1, 0, 0]), {"a": np.array([0.9, 0.4, 0.6, 0.1])}, {"a": 0.5, "a, low": 0.3})
    >>> table["rate"].tolist()
    [0.5, 0.5, 1.0, 0.5]
    """
    rows = []
    for row, cut in cuts.items():
        flagged = np.asarray(y_prob[row.split(",")[0]]) >= cut
        for measure, part in (("recall", y_true == 1), ("false-alarm rate", y_true != 1)):
            low, high = wilson_interval(flagged[part].sum(), part.sum())
            rows.append((row, measure, part.sum(), flagged[part].mean(), low, high))
    return pd.DataFrame(rows, columns=["row", "measure", "n", "rate", "low", "high"])


def count_mistakes(y_true, y_prob, thresholds, *, share=0.01, fields=10_000):
    """Missed fives and false alarms at each threshold, where fives are `share` of the traffic.

    Returns
    -------
    DataFrame
        Indexed by threshold: ``missed`` and ``false alarms`` among `fields`.

    Examples
    --------
    >>> table = count_mistakes(np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.6, 0.1]), [0.5], share=0.01)
    >>> table.loc[0.5].tolist()
    [50.0, 4950.0]
    """
    weight = fields * share_weights(y_true, share)
    flagged = np.asarray(y_prob) >= np.asarray(thresholds)[:, None]
    five = np.asarray(y_true) == 1
    counts = {"missed": ~flagged[:, five] @ weight[five], "false alarms": flagged[:, ~five] @ weight[~five]}
    return pd.DataFrame(counts, index=pd.Index(thresholds, name="threshold"))


def plot_bill(mistakes, threshold, *, miss_eur, alarm_eur, ax=None):
    """Draw what the misses, the false alarms and both cost at each threshold; a dotted line at the one chosen.

    `mistakes` is a :func:`count_mistakes` in which `threshold` is one row.
    """
    ax = ax or plt.subplots(figsize=(7, 3.6))[1]
    misses, alarms = miss_eur * mistakes["missed"], alarm_eur * mistakes["false alarms"]
    ax.plot(mistakes.index, misses + alarms, color="black", linestyle="-", linewidth=1, label="both")
    ax.plot(mistakes.index, misses, linestyle="--", label="missed fives")
    ax.plot(mistakes.index, alarms, linestyle="-.", label="false alarms")
    ax.axvline(threshold, color="0.3", linestyle=":", label="threshold")
    missed, false = mistakes.loc[threshold]
    total = misses[threshold] + alarms[threshold]
    ax.set_title(f"At {threshold:g}: {missed:.0f} missed, {false:.0f} false alarms, €{total:,.0f}")
    ax.set(xscale="log", xlabel="threshold", ylabel="€ per 10,000 fields", ylim=(0, None))
    ax.minorticks_off()  # which take a fifth of the time that a moved slider may take
    ax.xaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def plot_groups(table, measure, *, ax=None):
    """Draw one `measure` of :func:`group_rates`: a rate with its 95 % interval for each row, first on top."""
    ax = ax or plt.subplots(figsize=(6, 2.2))[1]
    part = table[table["measure"] == measure].iloc[::-1]
    reach = [part["rate"] - part["low"], part["high"] - part["rate"]]
    ax.errorbar(part["rate"], range(len(part)), xerr=np.maximum(reach, 0), fmt="o", capsize=4)
    ax.set_yticks(range(len(part)), part["row"])
    ax.set_ylim(-0.6, len(part) - 0.4)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(lambda rate, _: f"{100 * rate:g}%")
    ax.set(xlabel=f"{measure}, with 95 % interval", xlim=(0, None))
    return ax


def plot_slices(table, *, ax=None, target=None):
    """Draw a :func:`slice_table`: error rate with its 95 % interval, worst on top; a dashed line at `target`."""
    ax = ax or plt.subplots(figsize=(8, 0.5 * len(table) + 1.4))[1]
    table = table.iloc[::-1]
    reach = [table["error_rate"] - table["low"], table["high"] - table["error_rate"]]
    ax.errorbar(table["error_rate"], range(len(table)), xerr=np.maximum(reach, 0), fmt="o", capsize=4, color="C0")
    if target is not None:
        ax.axvline(target, color="0.3", linestyle="--")
    ax.set_yticks(range(len(table)), [f"{name} (n = {n:,})" for name, n in zip(table.index, table["n"], strict=True)])
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(xlabel="error rate, with 95 % interval", xlim=(0, None))
    return ax


def plot_treatments(table, *, metric="F1", ax=None):
    """Draw one `metric` of :func:`compare_treatments`: a dot per run, a bar at the mean of each treatment."""
    ax = ax or plt.subplots(figsize=(8, 3.6))[1]
    wide = table.pivot(index="run", columns="treatment", values=metric)[list(TREATMENTS)[::-1]]
    for row, name in enumerate(wide):
        ax.plot(wide[name], row + np.linspace(-0.22, 0.22, len(wide)), "o", color="C0", alpha=0.45, markersize=4)
        ax.plot([wide[name].mean()] * 2, [row - 0.38, row + 0.38], color="black", linestyle="-")
    ax.set_yticks(range(wide.shape[1]), wide.columns)
    ax.set(xlabel=metric, xlim=(0, 1))
    return ax
