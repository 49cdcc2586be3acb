"""Hidden technical debt, measured: small experiments in which a change here breaks something over there.

Each function answers one question of Sculley et al. 2015, Hidden technical debt in machine learning systems, NeurIPS.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def classifier(C=1.0):
    """Logistic regression for few columns; solved exactly, so that weights can be compared."""
    return LogisticRegression(C=C, solver="newton-cholesky")


def scorer(C=1.0):
    """A :func:`classifier` on standardized columns."""
    return make_pipeline(StandardScaler(), classifier(C))


def weights_without(X, y, column):
    """Weights of a linear scorer before and after one column is taken away.

    Parameters
    ----------
    X : DataFrame
        Numeric columns.
    y : Series
        Classes 0 and 1.
    column : str
        The column to drop.

    Returns
    -------
    DataFrame
        Per remaining column: weight ``before`` and ``after``, per standard deviation of the column.
    """
    if column not in X:
        raise ValueError(f"'column' must be a column of X (got {column!r})")
    rest = X.drop(columns=column)
    before = pd.Series(scorer().fit(X.to_numpy(), y)[-1].coef_[0], index=X.columns)
    after = pd.Series(scorer().fit(rest.to_numpy(), y)[-1].coef_[0], index=rest.columns)
    return pd.DataFrame({"before": before[rest.columns], "after": after})


def add_noise(X, *, n=6, seed=0):
    """A copy of a DataFrame with `n` columns of pure noise, "noise 0", "noise 1", …, behind its own."""
    noise = np.random.default_rng(seed).normal(size=(len(X), n))
    return X.join(pd.DataFrame(noise, columns=[f"noise {i}" for i in range(n)], index=X.index))


def cost_of_dropping(X, y, groups, *, n_repeats=5, seed=0):
    """Cross-validated accuracy lost when columns are dropped.

    Parameters
    ----------
    X, y
        As in :func:`weights_without`.
    groups : mapping of str to list of str
        By name, the columns to drop together.
    n_repeats : int, default 5
        Times that five new folds are drawn; all groups are judged on the same folds.
    seed : int
        Draws the folds.

    Returns
    -------
    Series
        Per name: accuracy with all columns minus accuracy without the group (positive: it helps).
        ``attrs["accuracy"]`` is the accuracy with all columns.
    """
    columns = X.columns
    kept = {name: columns.get_indexer(columns.drop(out)) for name, out in {None: [], **groups}.items()}
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=n_repeats, random_state=seed)
    values, y, rows = X.to_numpy(), np.asarray(y), []
    for train, test in folds.split(values, y):
        scaled = StandardScaler().fit(values[train]).transform(values)  # each column by itself, so once for all groups
        models = {name: classifier().fit(scaled[np.ix_(train, of)], y[train]) for name, of in kept.items()}
        rows.append({name: model.score(scaled[np.ix_(test, kept[name])], y[test]) for name, model in models.items()})
    base, *without = pd.DataFrame(rows).mean()
    cost = pd.Series(base - np.array(without), index=list(groups))
    cost.attrs["accuracy"] = float(base)
    return cost


def threshold_after_retraining(X, y, *, threshold=0.7, regularization=(1.0, 0.01, 0.001), seed=0):
    """What a threshold fixed by hand does when the model is trained again with other settings.

    Returns
    -------
    DataFrame
        Per regularization strength C (smaller is stronger): ``auc`` on held-out cases (higher is better) and
        ``acted_on``, the share of cases whose score reaches the threshold.
    """
    scores, is_case = scores_after_retraining(X, y, regularization=regularization, seed=seed)
    rows = {
        C: {"auc": roc_auc_score(is_case, score), "acted_on": (score >= threshold).mean()}
        for C, score in scores.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("C")


def scores_after_retraining(X, y, *, regularization=(1.0, 0.01, 0.001), seed=0):
    """Scores of held-out cases from one training per regularization strength.

    Returns
    -------
    scores : DataFrame
        One column per strength C, one row per held-out case: the probability that it is a case to act on.
    is_case : bool array
        Whether it is one.
    """
    train_X, test_X, train_y, test_y = train_test_split(
        X.to_numpy(), y.to_numpy(), test_size=0.5, stratify=y, random_state=seed
    )
    scores = {C: scorer(C).fit(train_X, train_y).predict_proba(test_X)[:, 0] for C in regularization}
    return pd.DataFrame(scores), test_y == 0  # class 0 is the one to act on


def better_part_worse_whole(*, n=20_000, seed=0):
    """Replace one of three voters by a more accurate one whose errors resemble another's (simulated).

    Voter A errs where its own difficulty is high; B and C likewise, independently. The new C shares A's difficulty.

    Returns
    -------
    DataFrame
        Rows "before", "after"; error rates ``part`` (the replaced voter) and ``whole`` (majority of three).
    """
    rng = np.random.default_rng(seed)
    a, b, c = rng.normal(size=(3, n))
    new_c = 0.95 * a + np.sqrt(1 - 0.95**2) * rng.normal(size=n)
    limit = {"a": 0.95, "c": 0.85, "new": 0.95}  # standard deviations of difficulty from which a voter errs
    wrong_a, wrong_b = a > limit["a"], b > limit["a"]
    rows = {}
    for when, wrong in (("before", c > limit["c"]), ("after", new_c > limit["new"])):
        rows[when] = {"part": wrong.mean(), "whole": (wrong_a.astype(int) + wrong_b + wrong >= 2).mean()}
    return pd.DataFrame.from_dict(rows, orient="index")


def correction_cascade(*, n=2_000, seed=0):
    """Patch a model with a second one, then improve the first (simulated).

    The first model forgets a column that matters in one segment. A patch is fitted on top of it for that
    segment and frozen. Then the first model learns the column.

    Returns
    -------
    DataFrame
        Rows: "first model alone", "with patch", "first model improved", "improved, old patch", "improved, refitted
        patch"; column ``rmse`` in the segment (lower is better; the noise floor is 0.5).
    """
    rng = np.random.default_rng(seed)
    x, segment = rng.normal(size=(2 * n, 2)), rng.random(2 * n) < 0.3
    y = x[:, 0] + 1.5 * x[:, 1] * segment + rng.normal(scale=0.5, size=2 * n)
    train, test = np.arange(2 * n) < n, np.arange(2 * n) >= n
    poor, good = x[:, [0]], np.c_[x[:, 0], x[:, 1] * segment]
    upstream = {
        name: LinearRegression().fit(Z[train], y[train]).predict(Z) for name, Z in (("old", poor), ("new", good))
    }
    patch = {
        name: LinearRegression().fit(x[train & segment], (y - up)[train & segment]).predict(x)
        for name, up in upstream.items()
    }
    chains = {
        "first model alone": upstream["old"],
        "with patch": upstream["old"] + patch["old"],
        "first model improved": upstream["new"],
        "improved, old patch": upstream["new"] + patch["old"],
        "improved, refitted patch": upstream["new"] + patch["new"],
    }
    here = test & segment
    return pd.DataFrame({"rmse": {name: np.sqrt(np.mean((y - z)[here] ** 2)) for name, z in chains.items()}})


def broken_correlation(*, n=2_000, seed=0):
    """Lean on a column that only goes along with the cause, then let the two part (simulated).

    Returns
    -------
    DataFrame
        Rows "cause and companion", "cause only"; accuracy ``before`` and ``after`` the companion stops going along.
    """
    rng = np.random.default_rng(seed)

    def draw(coupling):
        cause = rng.normal(size=n)
        y = (cause + 0.5 * rng.normal(size=n) > 0).astype(int)
        measured = cause + 0.8 * rng.normal(size=n)
        companion = coupling * cause + np.sqrt(1 - coupling**2) * rng.normal(size=n)
        return np.c_[measured, companion], y

    (X, y), (X_same, y_same), (X_apart, y_apart) = draw(0.9), draw(0.9), draw(0.0)
    rows = {}
    for name, columns in (("cause and companion", [0, 1]), ("cause only", [0])):
        model = classifier().fit(X[:, columns], y)
        rows[name] = {
            "before": model.score(X_same[:, columns], y_same),
            "after": model.score(X_apart[:, columns], y_apart),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def feedback_loop(*, explore=0.0, n_runs=200, n_rounds=1_000, n_items=20, seed=0):
    """Recommend one of several items and learn only from what was recommended (simulated).

    Parameters
    ----------
    explore : float, default 0.0
        Share of rounds in which a random item is shown instead of the one that looks best.
    n_runs, n_rounds, n_items : int
        Independent products, recommendations in each, items to choose from. Click rates are uniform in (0.1, 0.5).
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        One row per run: ``found_best`` (whether the item that looks best in the end is the best), ``clicks`` (share of
        recommendations that were clicked; higher is better).
    """
    if not 0 <= explore <= 1:
        raise ValueError(f"'explore' must be from 0 to 1 (got {explore!r})")
    rng = np.random.default_rng(seed)
    rate = rng.uniform(0.1, 0.5, size=(n_runs, n_items))
    shown, clicked, run = np.ones((n_runs, n_items)), np.full((n_runs, n_items), 0.5), np.arange(n_runs)
    total = np.zeros(n_runs)
    for _ in range(n_rounds):
        best = (clicked / shown + 1e-9 * rng.random(shown.shape)).argmax(axis=1)
        item = np.where(rng.random(n_runs) < explore, rng.integers(n_items, size=n_runs), best)
        click = rng.random(n_runs) < rate[run, item]
        shown[run, item] += 1
        clicked[run, item] += click
        total += click
    found = (clicked / shown).argmax(axis=1) == rate.argmax(axis=1)
    return pd.DataFrame({"found_best": found, "clicks": total / n_rounds})


def plot_weights(table, *, top=10, ax=None):
    """Draw the weights before (open circles) and after (dots) for the columns that moved most. Returns the Axes."""
    ax = plt.subplots()[1] if ax is None else ax
    moved = table.loc[(table["after"] - table["before"]).abs().sort_values(kind="stable").index[-top:]]
    rows = np.arange(len(moved))
    ax.hlines(rows, moved["before"], moved["after"], color="0.6")
    ax.plot(moved["before"], rows, "o", markerfacecolor="white", color="black", label="before")
    ax.plot(moved["after"], rows, "o", color="black", label="after")
    ax.axvline(0, color="0.5", linewidth=1)
    ax.set_yticks(rows, moved.index)
    ax.set(xlabel="weight per standard deviation")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def plot_cascade(table, *, floor=0.5, ax=None):
    """Draw the error of each chain as a bar, with the noise floor as a dashed line. Returns the Axes."""
    ax = plt.subplots()[1] if ax is None else ax
    bars = ax.barh(table.index[::-1], table["rmse"][::-1], color="0.75")
    ax.bar_label(bars, fmt="%.2f", label_type="center")
    ax.axvline(floor, color="black", linestyle="--", linewidth=1)
    ax.set(xlabel="root mean squared error in the segment (dashed: noise alone)", xlim=(0, 1.15 * table["rmse"].max()))
    return ax
