"""One project once round: the modeling loop, the deployment loop, what each consumes, and where a course feels it."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from helpers.images import block_means, warp

CHANGES = ("none", "paler", "shifted")


def candidate_models():
    """Ideas for a digit reader in the order in which a team would try them, all of them exact and quick to fit.

    Returns
    -------
    dict of str to estimator
        Unfitted; each takes images of shape (n, 784) with ink from 0 to 1.
    """
    small = FunctionTransformer(block_means, kw_args={"side": 14})
    return {
        "always the same digit": DummyClassifier(),
        "straight lines (LDA)": make_pipeline(small, LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)),
        "look up neighbors (3-NN)": make_pipeline(small, KNeighborsClassifier(3)),
        "curved borders (PCA, QDA)": make_pipeline(
            small, PCA(30, svd_solver="covariance_eigh"), QuadraticDiscriminantAnalysis(reg_param=0.01)
        ),
    }


def modeling_loop(models, train, dev, *, target_error):
    """Try one idea after the other on fixed data until one is good enough.

    Parameters
    ----------
    models : dict of str to estimator
        Ideas in the order to try.
    train, dev : (X, y)
        Images of shape (n, 784) and digits, to fit and to judge.
    target_error : float
        Stop at the first idea whose error on `dev` is at most this, from 0 to 1.

    Returns
    -------
    table : DataFrame
        Per idea tried: ``idea``, ``error`` (share of `dev` misread, lower is better), ``worst`` (the most frequent
        mistake), ``good_enough``.
    model : estimator
        The last idea, fitted.
    """
    if not 0 < target_error < 1:
        raise ValueError(f"'target_error' must be between 0 and 1 (got {target_error!r})")
    rows, model = [], None
    for idea, unfitted in models.items():
        model = clone(unfitted).fit(*train)
        read = model.predict(dev[0])
        error = float(np.mean(read != dev[1]))
        rows.append({"idea": idea, "error": error, "worst": worst_mistake(dev[1], read),
                     "good_enough": error <= target_error})  # fmt: skip
        if error <= target_error:
            break
    return pd.DataFrame(rows), model


def worst_mistake(y_true, y_pred):
    """The most frequent confusion in words; the smallest true digit wins a tie.

    Examples
    --------
    >>> worst_mistake([4, 4, 4, 7], [9, 9, 4, 7])
    '4 read as 9 (2 times)'
    >>> worst_mistake([1], [1])
    'none'
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    wrong = y_true != y_pred
    if not wrong.any():
        return "none"
    pairs, counts = np.unique(np.c_[y_true, y_pred][wrong], axis=0, return_counts=True)
    (true, read), times = pairs[counts.argmax()], counts.max()  # the first of the sorted pairs wins a tie
    return f"{true} read as {read} ({times} times)"


def scan(X, change="none"):
    """What a changed scanner makes of the same paper.

    Parameters
    ----------
    X : array of shape (n, 784)
        Ink from 0 to 1.
    change : {"none", "paler", "shifted"}
        As before; a weaker lamp that leaves 40 % of the ink; a tray that sits two pixels off in both directions.

    Returns
    -------
    array of shape (n, 784)
    """
    if change not in CHANGES:
        raise ValueError(f"'change' must be one of {', '.join(CHANGES)} (got {change!r})")
    if change == "paler":
        return 0.4 * X
    if change == "shifted":
        return warp(X, right=2, down=2)
    return np.array(X)


def even_ink(X):
    """Scale each image so that its darkest pixel is full ink; undoes a paler scan. Shape (n, 784) in and out."""
    return X / np.maximum(X.max(axis=1, keepdims=True), 1e-9)


def deployment_loop(model, train, live, *, changes, fixes=None, forms_per_week=120, checked_per_week=60, alarm_at=0.15):
    """Run a fitted model week by week; clerks check a sample, and an alarm sends everything back to training.

    Parameters
    ----------
    model : estimator
        Fitted on `train`; it serves from week 1 on.
    train, live : (X, y)
        The data it was fitted on, and the forms that arrive, in order.
    changes : dict of int to str
        The scanner's state from that week on (see :func:`scan`).
    fixes : dict of str to callable, optional
        By state of the scanner: the preparation step that the team puts in front of the model when it looks for the
        cause of an alarm. Where there is none, or it is there already, an alarm only leads to fitting again on all data
        with labels.
    forms_per_week, checked_per_week : int
        Forms that arrive, and forms among them whose true digit the clerks find out.
    alarm_at : float
        Error among the checked forms from which an alarm is raised, from 0 to 1. The new version serves from the next
        week on.

    Returns
    -------
    DataFrame
        Per week: ``scanner``, ``version`` that served, ``error`` of all forms (known to us alone), ``checked_error``
        (known to the company), ``alarm``, ``labels`` (checked so far).
    """
    if not 0 < checked_per_week <= forms_per_week:
        raise ValueError(f"'checked_per_week' must be from 1 to {forms_per_week} (got {checked_per_week!r})")
    rows, version, scanner, (X, y), fixes = [], 1, "none", train, dict(fixes or {})
    for week in range(1, len(live[1]) // forms_per_week + 1):
        scanner = changes.get(week, scanner)
        forms = slice((week - 1) * forms_per_week, week * forms_per_week)
        images, digits = scan(live[0][forms], scanner), live[1][forms]
        wrong = model.predict(images) != digits
        X, y = np.r_[X, images[:checked_per_week]], np.r_[y, digits[:checked_per_week]]
        checked_error = wrong[:checked_per_week].mean()
        alarm = bool(checked_error >= alarm_at)
        rows.append({"week": week, "scanner": scanner, "version": version, "error": wrong.mean(),
                     "checked_error": checked_error, "alarm": alarm, "labels": week * checked_per_week})  # fmt: skip
        if alarm:
            model, version = _next_version(model, fixes.pop(scanner, None)).fit(X, y), version + 1
    return pd.DataFrame(rows).set_index("week")


def _next_version(model, fix):
    return make_pipeline(FunctionTransformer(fix), clone(model)) if fix else clone(model)


def plot_lifecycle(*, ax=None):
    """Draw the components as boxes, what each hands to the next as arrows, and the ways back as dashed ones below.

    Returns
    -------
    matplotlib Axes
    """
    ax = plt.subplots(figsize=(10, 2.9))[1] if ax is None else ax
    handed_on = {"scoping": "a target", "data": "labeled\nexamples", "modeling": "a model", "deployment": None}
    sent_back = ("not worth it,\nor the wrong target", "forms nobody\nhad foreseen", "mistakes to\nlearn from")
    arrow = {"arrowstyle": "-|>", "color": "0.3", "shrinkA": 0, "shrinkB": 0}
    for i, (name, what) in enumerate(handed_on.items()):
        box = {"boxstyle": "round,pad=0.6", "facecolor": "0.93", "edgecolor": "0.3"}
        ax.text(3 * i, 0, name, ha="center", va="center", fontweight="bold", bbox=box)
        if what:
            ax.annotate("", (3 * i + 2.1, 0), (3 * i + 0.9, 0), arrowprops=arrow)
            ax.text(3 * i + 1.5, 0.12, what, ha="center", va="bottom", fontsize=10)
    for i, why in enumerate(sent_back):
        ax.annotate("", (3 * i, -0.3), (3 * i, -1.0), arrowprops=arrow | {"linestyle": "--"})
        ax.text(3 * i + 0.1, -0.7, why, ha="left", va="center", fontsize=10)
    for end in ((0, -1.0), (9, -0.3)):
        ax.annotate("", end, (9, -1.0), arrowprops=arrow | {"linestyle": "--", "arrowstyle": "-"})
    ax.set(xlim=(-1, 10), ylim=(-1.2, 0.7))
    ax.set_axis_off()
    return ax


def plot_modeling_loop(table, target_error, *, ax=None):
    """Draw the error of each idea as a bar, first idea on top, and the target as a dashed line. Returns the Axes."""
    ax = plt.subplots()[1] if ax is None else ax
    bars = ax.barh(table["idea"][::-1], 100 * table["error"][::-1], color="0.7")
    ax.bar_label(bars, fmt="%.0f", padding=14)
    ax.axvline(100 * target_error, color="black", linestyle="--", linewidth=1)
    ax.set(xlabel="development error (%), dashed: target", xlim=(0, 105))
    return ax


def plot_deployment_loop(tables, alarm_at, *, ax=None):
    """Draw the weekly live error of one or more teams with alarms (crosses), limit (dashed) and scanner changes.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Results of :func:`deployment_loop` on the same forms.
    alarm_at : float
        The alarm limit, from 0 to 1.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    for name, table in tables.items():
        (line,) = ax.plot(table.index, 100 * table["error"], label=name)
        alarms = table[table["alarm"]]
        ax.plot(alarms.index, 100 * alarms["error"], "x", color=line.get_color(), markersize=8, markeredgewidth=2)
    ax.axhline(100 * alarm_at, color="black", linestyle="--", linewidth=1)
    ax.annotate("alarm limit", (1, 100 * alarm_at), (0, 3), textcoords="offset points", fontsize=10)
    states = next(iter(tables.values()))["scanner"]
    ax.set(
        xlabel="week", ylabel="live error (%)", ylim=(0, 1.15 * 100 * max(t["error"].max() for t in tables.values()))
    )
    for week in states.index[states != states.shift(fill_value="none")]:
        ax.axvline(week - 0.5, color="0.5", linestyle=":", linewidth=1.5)
        ax.annotate(states[week], (week - 0.4, ax.get_ylim()[1]), (0, -12), textcoords="offset points", fontsize=10)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), title="answer to an alarm (×)")
    return ax


def link_considerations(table):
    """The survey's considerations as a Markdown table, one row per step, each linked to the notebook where it is felt.

    Parameters
    ----------
    table : DataFrame
        Columns ``stage``, ``step``, ``consideration`` and ``notebook`` (such as "week2/02_baselines", or missing).

    Returns
    -------
    str
        Links are relative to a notebook in a week's folder.

    Examples
    --------
    >>> row = {"stage": "a", "step": "b", "consideration": "c", "notebook": "week1/04_monitoring"}
    >>> link_considerations(pd.DataFrame([row])).splitlines()[-1]
    '| a | b | [c](../week1/04_monitoring.ipynb) |'
    """
    named = table["consideration"].where(
        table["notebook"].isna(), "[" + table["consideration"] + "](../" + table["notebook"].fillna("") + ".ipynb)"
    )
    steps = named.groupby([table["stage"], table["step"]], sort=False).agg(" · ".join)
    rows = [f"| {stage} | {step} | {text} |" for (stage, step), text in steps.items()]
    return "\n".join(["| stage | step | what practitioners report |", "| --- | --- | --- |", *rows])
