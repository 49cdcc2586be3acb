"""Error analysis: tag the errors, find where they live, and put a number on what fixing them would bring."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter
from scipy import ndimage
from scipy.stats import binomtest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from helpers import datasets

TAGS = ("faint", "rotated", "thick pen")
AMBIGUOUS = (1701, 3895, 4593, 2171, 3972, 1764, 4844)  # positions in load_mnist(), judged by eye
READABLE = (3043, 2764, 1383, 4636)  # a model finds them hard, a person does not


def distort(X, tag, *, seed):
    """Plant one condition in scanned digits. Simulated, on real digits.

    Parameters
    ----------
    X : array of shape (n, 784)
        Ink from 0 to 1.
    tag : {"faint", "rotated", "thick pen"}
        A third of the ink on grainy paper; turned by 45 to 60 degrees; strokes a pixel wider on each side.
    seed : int or sequence of int
        Seed of grain and angles.

    Returns
    -------
    array of shape (n, 784)

    Examples
    --------
    >>> round(float(distort(np.ones((1, 784)), "faint", seed=0).max()), 1)
    0.6
    """
    rng, images = np.random.default_rng(seed), np.reshape(X, (-1, 28, 28))
    if tag == "faint":
        images = 0.35 * images + 0.25 * rng.random(images.shape)
    elif tag == "rotated":
        angles = rng.uniform(45, 60, len(images))
        turned = [ndimage.rotate(i, a, reshape=False, order=1) for i, a in zip(images, angles, strict=True)]
        images = np.reshape(turned, images.shape)
    elif tag == "thick pen":
        images = ndimage.grey_dilation(images, size=(1, 3, 3))
    else:
        raise ValueError(f"'tag' must be one of {', '.join(TAGS)} (got {tag!r})")
    return images.reshape(np.shape(X))


def simulate_traffic(X, *, seed):
    """Scans as they arrive, with what is known of each field and the conditions planted in it.

    The thick pen is real: the 70 % of the digits with most ink. Fields of the old form are sometimes rotated, and the
    lamp of Lyon's scanner fades from 15 h on; both are planted.

    Parameters
    ----------
    X : array of shape (n, 784)
    seed : int or sequence of int

    Returns
    -------
    scans : array of shape (n, 784)
    fields : DataFrame
        ``site``, ``hour`` (8 to 19), ``form`` and ``weekday`` (1 to 5) of each field.
    tags : DataFrame of bool
        One column per tag of :data:`TAGS`; a field can have several.
    """
    rng, n = np.random.default_rng(seed), len(X)
    fields = pd.DataFrame(
        {
            "site": rng.choice(["Graz", "Lyon", "Porto"], n),
            "hour": rng.integers(8, 20, n),
            "form": rng.choice(["new", "old"], n, p=[0.85, 0.15]),
            "weekday": rng.integers(1, 6, n),
        }
    )
    faint = (fields["site"] == "Lyon") & (fields["hour"] >= 15)
    rotated = (fields["form"] == "old") & (rng.random(n) < 0.18)
    ink = np.mean(X, axis=1)
    thick = ink > np.quantile(ink, 0.3)
    tags = pd.DataFrame({"faint": faint, "rotated": rotated, "thick pen": thick})
    scans = np.array(X)
    for number, tag in enumerate(("rotated", "faint")):  # the paper slips, then the lamp fades
        hit = tags[tag].to_numpy()
        scans[hit] = distort(scans[hit], tag, seed=[number, *np.atleast_1d(seed)])
    return scans, fields, tags


def tagging_sheet():
    """Eight fields to tag by eye, always the same; two each are faint, rotated, thick and ambiguous.

    Returns
    -------
    array of shape (8, 784)
    """
    X, _ = datasets.load_mnist()
    sheet = [(3820, "rotated"), (1210, "faint"), (4290, "thick pen"), (3972, None)]
    sheet += [(2330, "faint"), (1701, None), (1830, "rotated"), (4720, "thick pen")]
    return np.concatenate([distort(X[[i]], tag, seed=i) if tag else X[[i]] for i, tag in sheet])


def make_reader():
    """The digit reader: 30 principal components and a support vector machine.

    Returns
    -------
    Pipeline
        Fits 2,000 images in less than half a second.
    """
    project = PCA(30, svd_solver="covariance_eigh")
    return make_pipeline(project, SVC(C=5, gamma=0.02))


def tag_table(tags, is_error):
    """How often each tag occurs, and how often the model fails there.

    Parameters
    ----------
    tags : DataFrame of bool, shape (n, n_tags)
        A field can have several tags or none.
    is_error : array of bool, shape (n,)

    Returns
    -------
    DataFrame
        One row per tag, then ``(no tag)``: ``n``, ``share`` of the fields, ``errors``, ``share_of_errors`` (these
        overlap and can exceed 1 in sum), ``error_rate`` and its 95 % Wilson interval ``low``, ``high``.

    Examples
    --------
    >>> tags = pd.DataFrame({"faint": [True, True, False, False]})
    >>> tag_table(tags, [True, False, False, False])["error_rate"].to_dict()
    {'faint': 0.5, '(no tag)': 0.0}
    """
    is_error = np.asarray(is_error, bool)
    if len(is_error) != len(tags):
        raise ValueError(f"'is_error' must have one value per field, {len(tags)} (got {len(is_error)})")
    rows = {}
    for tag, hit in {**tags, "(no tag)": ~tags.any(axis=1)}.items():
        n, errors = int(hit.sum()), int(is_error[hit.to_numpy()].sum())
        low, high = binomtest(errors, n).proportion_ci(method="wilson") if n else (0, 1)
        rows[tag] = [n, n / len(tags), errors, errors / max(is_error.sum(), 1), errors / max(n, 1), low, high]
    columns = ["n", "share", "errors", "share_of_errors", "error_rate", "low", "high"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def room(tags, is_error):
    """Room of each tag: its error rate less that of fields without it which carry the same other tags.

    Fields whose other tags occur only together with the tag have nothing to be compared with and are left out.

    Returns
    -------
    Series
        One value per tag, from -1 to 1; 0 means that the tag explains no error, higher is more to gain.

    Examples
    --------
    A thick pen that shares its fields with faintness explains nothing by itself:

    >>> tags = pd.DataFrame({"faint": [True] * 4 + [False] * 4, "thick": [True, True, True, False] + [False, True] * 2})
    >>> room(tags, [True] * 4 + [False] * 4).to_dict()
    {'faint': 1.0, 'thick': 0.0}
    """
    found = {}
    for tag in tags:
        others = [name for name in tags if name != tag]
        table = pd.DataFrame({**tags, "error": np.asarray(is_error, float)})
        groups = [*others, tag] if others else [tag]
        rates = table.groupby(groups)["error"].agg(["mean", "size"]).unstack(tag)
        rates = (rates if others else rates.to_frame().T).reindex(
            columns=pd.MultiIndex.from_product([["mean", "size"], [False, True]])
        )
        rates = rates.dropna()
        weight = rates["size", True]
        gap = rates["mean", True] - rates["mean", False]
        found[tag] = float((gap * weight).sum() / weight.sum()) if len(rates) else 0.0
    return pd.Series(found, name="room")


def gain_table(tags, is_error, *, n_boot=100, seed=0):
    """What could be gained per tag: its share of the fields times its :func:`room`.

    Parameters
    ----------
    tags : DataFrame of bool, shape (n, n_tags)
    is_error : array of bool, shape (n,)
    n_boot : int, default 100
        Times the fields are drawn again, with replacement, for the interval.
    seed : int

    Returns
    -------
    DataFrame
        One row per tag: ``share``, ``room``, ``points`` (percentage points of overall error, higher is more to gain)
        and the 95 % bootstrap interval of the points, ``low`` and ``high``.
    """
    rng, is_error = np.random.default_rng(seed), np.asarray(is_error, bool)
    table = pd.DataFrame({"share": tags.mean(), "room": room(tags, is_error)})
    table["points"] = 100 * table["share"] * table["room"]
    drawn = []
    for rows in rng.integers(0, len(tags), (n_boot, len(tags))):
        again = tags.iloc[rows].reset_index(drop=True)
        drawn.append(100 * again.mean() * room(again, is_error[rows]))
    table["low"], table["high"] = pd.DataFrame(drawn).quantile([0.025, 0.975]).to_numpy()
    return table


def node_table(tree, features, is_error):
    """The leaves of a tree fitted on errors, measured on any fields.

    Parameters
    ----------
    tree : fitted DecisionTreeClassifier
    features : DataFrame of shape (n, n_features)
        The columns the tree was fitted on; columns named ``site_Lyon`` hold 0 or 1.
    is_error : array of bool, shape (n,)

    Returns
    -------
    DataFrame
        One row per leaf, worst first: ``rule``, ``n``, ``share`` of the fields, ``errors``, ``error_rate`` and
        ``coverage`` (share of all errors).

    References
    ----------
    Nushi, Kamar, Horvitz 2018, "Towards accountable AI: hybrid human-machine analyzes for characterizing system
    failure", HCOMP.
    """
    is_error = np.asarray(is_error, bool)
    grouped = pd.Series(is_error).groupby(tree.apply(features.to_numpy(dtype=np.float32)))
    table = pd.DataFrame({"n": grouped.size(), "share": grouped.size() / len(is_error), "errors": grouped.sum()})
    table["error_rate"] = table["errors"] / table["n"]
    table["coverage"] = table["errors"] / max(is_error.sum(), 1)
    rules = _rules(tree.tree_, list(features.columns))
    table.insert(0, "rule", [rules[leaf] for leaf in table.index])
    return table.rename_axis("leaf").sort_values("error_rate", ascending=False, kind="stable")


def _rules(tree, names, node=0, path=()):
    """The path to each leaf in words."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        return {node: _words(path) or "every field"}
    name, cut = names[tree.feature[node]], float(np.ceil(tree.threshold[node]))
    below, above = (*path, (name, cut, False)), (*path, (name, cut, True))
    return {**_rules(tree, names, left, below), **_rules(tree, names, right, above)}


def _words(path):
    """Splits on a path, as one short condition per column."""
    kept = {}
    for name, cut, above in path:
        column, _, value = name.partition("_")
        steps = kept.setdefault(column, {True: [], False: []})
        steps[above].append(value or f"{cut:g}")
    words = []
    for column, steps in kept.items():
        if any(name.startswith(f"{column}_") for name, *_ in path):
            excluded = ("neither " if len(steps[False]) > 1 else "not ") + " nor ".join(steps[False])
            words.append(f"{column} is {steps[True][0] if steps[True] else excluded}")
        elif steps[True] and steps[False]:  # the deepest cut on either side is the tightest
            words.append(f"{steps[True][-1]} ≤ {column} < {steps[False][-1]}")
        else:
            words.append(f"{column} ≥ {steps[True][-1]}" if steps[True] else f"{column} < {steps[False][-1]}")
    return ", ".join(words)


def plot_rankings(table, columns, *, axes=None):
    """Draw one panel per column of a tag table, each sorted by itself; `columns` maps a column to its axis label.

    Where the table has ``low`` and ``high``, they are drawn as the interval of its ``error_rate`` or ``points``.
    """
    if axes is None:
        axes = plt.subplots(1, len(columns), figsize=(11, 2.6))[1]
    for ax, (column, label) in zip(np.atleast_1d(axes), columns.items(), strict=True):
        values = table[column].sort_values(kind="stable")
        top = np.arange(len(values)) == len(values) - 1
        ax.barh(values.index, values, color=np.where(top, "C1", "0.7"), hatch=["" if not t else "//" for t in top])
        if column in {"error_rate", "points"} and {"low", "high"} <= set(table):
            ax.hlines(values.index, *table.loc[values.index, ["low", "high"]].to_numpy().T, color="black", linewidth=2)
        ax.axvline(0, color="0.3", linewidth=1)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        ax.set(xlabel=label)
        ax.grid(axis="y", visible=False)
    return axes


def plot_nodes(nodes, *, overall, ax=None):
    """Draw a :func:`node_table`: coverage against error rate, the dot as large as its leaf; dashed: `overall` error."""
    ax = ax or plt.subplots(figsize=(8, 4))[1]
    ax.scatter(nodes["coverage"], nodes["error_rate"], s=40 + 2500 * nodes["share"], alpha=0.5, color="C0")
    worst = nodes.iloc[0]
    words, point = f"{worst['rule']}\n{worst['n']} fields", (worst["coverage"], worst["error_rate"])
    ax.annotate(words, point, (24, 0), textcoords="offset points", va="center")
    ax.axhline(overall, color="0.3", linestyle="--", linewidth=1)
    ax.text(0.99, overall, "all fields", ha="right", va="bottom")
    ax.text(0.99, 0.03 * nodes["error_rate"].max(), "dot area: number of fields", ha="right", va="bottom")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(xlabel="error coverage: share of all errors in this leaf", ylabel="error rate in this leaf")
    ax.set(xlim=(0, 1), ylim=(0, 1.25 * nodes["error_rate"].max()))
    return ax
