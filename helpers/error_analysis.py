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

from helpers.images import warp

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
        images = warp(images, angle_deg=rng.uniform(45, 60, len(images)))
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


def make_reader():
    """The digit reader: 30 principal components and a support vector machine.

    Returns
    -------
    Pipeline
        Fits 2,000 images in less than half a second.
    """
    project = PCA(30, svd_solver="covariance_eigh")
    return make_pipeline(project, SVC(C=5, gamma=0.02))


def visible_tag(tags):
    """What an attentive person sees on each field: ``faint``, ``rotated`` or ``other``; faint, where it is both.

    Parameters
    ----------
    tags : DataFrame of bool
        With the columns ``faint`` and ``rotated``, as from :func:`simulate_traffic`.

    Returns
    -------
    array of str, shape (n,)
    """
    return np.where(tags["faint"], "faint", np.where(tags["rotated"], "rotated", "other"))


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
    return pd.Series(_rooms(*_counts(tags, is_error)), index=list(tags), name="room")


def _counts(tags, is_error, rows=slice(None)):
    """Fields and errors by pattern of tags: two arrays whose last axis has one place for each of 2**n_tags patterns.

    With `rows` of shape (n_boot, n), those of each row of it.
    """
    pattern = tags.to_numpy(dtype=int) @ (1 << np.arange(tags.shape[1]))
    places, error = 1 << tags.shape[1], np.asarray(is_error, dtype=float)
    drawn, missed = np.atleast_2d(pattern[rows]), np.atleast_2d(error[rows])
    n = [np.bincount(row, minlength=places) for row in drawn]
    wrong = [np.bincount(row, weights=each, minlength=places) for row, each in zip(drawn, missed, strict=True)]
    return np.squeeze(n), np.squeeze(wrong)


def _rooms(n, wrong):
    """The room of each tag from counts by pattern, along the last axis."""
    rate, found = wrong / np.maximum(n, 1), []
    for bit in 1 << np.arange(int(np.log2(n.shape[-1]))):
        hit = np.flatnonzero(np.arange(n.shape[-1]) & bit)
        weight = n[..., hit] * (n[..., hit - bit] > 0)
        gap = rate[..., hit] - rate[..., hit - bit]
        found.append((gap * weight).sum(axis=-1) / np.maximum(weight.sum(axis=-1), 1))
    return np.stack(found, axis=-1)


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
    rows = rng.integers(0, len(tags), (n_boot, len(tags)))
    points = 100 * tags.to_numpy(dtype=float)[rows].mean(axis=1) * _rooms(*_counts(tags, is_error, rows))
    table["low"], table["high"] = np.quantile(points, [0.025, 0.975], axis=0)
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
    Nushi, Kamar, Horvitz 2018, "Towards accountable AI: hybrid human-machine analyses for characterizing system
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


def plot_confusion(shares, *, ax=None):
    """Draw a confusion matrix without its diagonal as a heat map, the five largest shares with their number."""
    ax = ax or plt.subplots(figsize=(5.6, 4.6))[1]
    shares = np.asarray(shares)
    image = ax.imshow(shares, cmap="cividis", vmin=0)
    for place in np.argsort(-shares, axis=None, kind="stable")[:5]:
        row, column = np.unravel_index(place, shares.shape)
        ink = "black" if shares[row, column] > shares.max() / 2 else "white"
        ax.text(column, row, f"{shares[row, column]:.2f}", ha="center", va="center", color=ink, fontsize=8)
    ax.set(xticks=range(len(shares)), yticks=range(len(shares)), xlabel="read as", ylabel="is")
    ax.grid(False)
    ax.figure.colorbar(image, ax=ax, label="share of a digit's fields")
    return ax


def plot_rankings(table, columns, *, axes=None):
    """Draw one panel per column of a tag table, each sorted by itself; `columns` maps a column to its axis label.

    Where the table has ``low`` and ``high``, they are drawn as the interval of its ``error_rate``.
    """
    if axes is None:
        axes = plt.subplots(1, len(columns), figsize=(11, 2.6))[1]
    for ax, (column, label) in zip(np.atleast_1d(axes), columns.items(), strict=True):
        values = table[column].sort_values(kind="stable")
        top = np.arange(len(values)) == len(values) - 1
        ax.barh(values.index, values, color=np.where(top, "C1", "0.7"), hatch=["" if not t else "//" for t in top])
        if column == "error_rate" and {"low", "high"} <= set(table):
            ax.hlines(values.index, *table.loc[values.index, ["low", "high"]].to_numpy().T, color="black", linewidth=2)
        ax.axvline(0, color="0.3", linewidth=1)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        ax.set(xlabel=label)
        ax.grid(axis="y", visible=False)
    return axes
