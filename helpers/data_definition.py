"""What one example is, what its label is, and what changes when either is redefined."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.signal import spectrogram
from scipy.spatial import KDTree
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from helpers.datasets import load_mnist, load_shuttle, load_spoken_digits
from helpers.images import block_means, center_ink

EMPTY = 10  # the label of a field without a valid digit
ACTIONS = ("check 100 labels", "collect 100 more", "label all twice", "fix the labeling rule", "augment")


def displace(images, reach, *, rng):
    """Cut the same digits off-center, each by up to `reach` pixels in both directions.

    Parameters
    ----------
    images : array of shape (n, 784)
        Ink from 0 to 1.
    reach : int
        Largest displacement in pixels, 0 to 6.
    rng : numpy.random.Generator
        Source of the displacements.

    Returns
    -------
    array of shape (n, 784)
        What leaves the cut on one side is lost; paper comes in on the other.

    Examples
    --------
    >>> displace(np.ones((1, 784)), 0, rng=np.random.default_rng(0)).min()
    np.float64(1.0)
    """
    if not 0 <= reach <= 6:
        raise ValueError(f"'reach' must be from 0 to 6 (got {reach})")
    padded = np.pad(images.reshape(-1, 28, 28), ((0, 0), (reach, reach), (reach, reach)))
    rows, columns = rng.integers(0, 2 * reach + 1, (2, len(images)))
    cuts = [image[r : r + 28, c : c + 28] for image, r, c in zip(padded, rows, columns, strict=True)]
    return np.reshape(cuts, (-1, 784))


def strike_out(images, share, *, rng):
    """Draw a slanted line through some of the digits.

    Parameters
    ----------
    images : array of shape (n, 784)
        Ink from 0 to 1.
    share : float
        Probability that a digit is struck out, 0 to 1.
    rng : numpy.random.Generator
        Source of the choice and of the slants.

    Returns
    -------
    images : array of shape (n, 784)
        A copy with the lines.
    is_struck : array of bool, shape (n,)
    """
    is_struck = rng.random(len(images)) < share
    drawn = images.reshape(-1, 28, 28).copy()
    columns = np.arange(2, 26)
    for i in np.flatnonzero(is_struck):
        rows = np.rint(np.linspace(*rng.uniform(9, 19, 2), len(columns))).astype(int)
        drawn[i, rows, columns] = drawn[i, rows + 1, columns] = 1
    return drawn.reshape(-1, 784), is_struck


def _split(n, n_train, n_test, seed, run):
    rng = np.random.default_rng([seed, run])
    order = rng.permutation(n)
    return order[:n_train], order[-n_test:], rng


def compare_cuts(*, n_runs, seed, reach=4):
    """Accuracy where training and test fields are cut by the same or by another definition, and after a repair.

    Parameters
    ----------
    n_runs, seed : int
        Repetitions, and the seed of their draws.
    reach : int, default 4
        See :func:`displace`.

    Returns
    -------
    DataFrame
        ``trained`` (``"centered on the ink"`` or ``"at a fixed place"``), ``graded`` (these, or ``"fixed, then
        centered"`` by :func:`helpers.images.center_ink`), ``run`` and ``accuracy``.
    """
    X, y = load_mnist()
    rows = []
    for run in range(n_runs):
        train, test, rng = _split(len(X), 2000, 1000, seed, run)
        fixed = [displace(X[part], reach, rng=rng) for part in (train, test)]
        cuts = {"centered on the ink": [X[train], X[test]], "at a fixed place": fixed}
        tests = {name: both[1] for name, both in cuts.items()} | {"fixed, then centered": center_ink(fixed[1])}
        tests = {graded: block_means(images, 7) for graded, images in tests.items()}
        for trained, (images, _) in cuts.items():
            model = KNeighborsClassifier(5).fit(block_means(images, 7), y[train])
            rows += [(trained, graded, run, model.score(B, y[test])) for graded, B in tests.items()]
    return pd.DataFrame(rows, columns=["trained", "graded", "run", "accuracy"])


def compare_labels(*, n_runs, seed, share=0.1):
    """Accuracy where struck-out digits count by one definition in training and by the same or another one in grading.

    Parameters
    ----------
    n_runs, seed : int
        Repetitions, and the seed of their draws.
    share : float, default 0.1
        Share of struck-out digits.

    Returns
    -------
    DataFrame
        ``trained`` and ``graded`` (``"digit under the line"`` or ``"empty field"``), ``run`` and ``accuracy``.
    """
    X, y = load_mnist()
    rows = []
    for run in range(n_runs):
        train, test, rng = _split(len(X), 2000, 1000, seed, run)
        drawn, struck = strike_out(X, share, rng=rng)
        features = block_means(drawn, 7)
        labels = {"digit under the line": y, "empty field": np.where(struck, EMPTY, y)}
        for trained, given in labels.items():
            predicted = KNeighborsClassifier(5).fit(features[train], given[train]).predict(features[test])
            rows += [(trained, graded, run, np.mean(predicted == truth[test])) for graded, truth in labels.items()]
    return pd.DataFrame(rows, columns=["trained", "graded", "run", "accuracy"])


def draw_fields(n, *, seed):
    """Describe `n` fields as two readers note them; one in ten is struck out, one in fifty blank.

    Parameters
    ----------
    n, seed : int
        How many fields, and the seed of their draw.

    Returns
    -------
    list of dict
        ``ink`` (mean, 0 to 1), ``struck_out`` (bool), ``replaced_by`` (a digit as a string, or None) and ``readings``
        (two digits as strings, which differ in one field of 25).
    """
    rng = np.random.default_rng(seed)
    X, y = load_mnist()
    rows = rng.choice(len(y), n)
    struck, blank, differ, replaced = rng.random((4, n)) < np.array([[0.1], [0.02], [0.04], [0.5]])
    others = rng.integers(0, 10, (2, n))
    return [
        {
            "ink": 0.0 if blank[i] else float(X[row].mean()),
            "struck_out": bool(struck[i]),
            "replaced_by": str(others[0, i]) if struck[i] and replaced[i] else None,
            "readings": (str(y[row]), str(others[1, i] if differ[i] else y[row])),
        }
        for i, row in enumerate(rows)
    ]


LABELERS = {"front desk": 0.25, "engineer A": 0.03, "engineer B": 0.03, "engineer C": 0.04}  # share of wrong labels


def draw_records(n, *, seed, n_checked=600, wrong_by=None):
    """Describe `n` labels of a table by their metadata; a few of them have been checked.

    Parameters
    ----------
    n, seed : int
        How many labels, and the seed of their draw.
    n_checked : int, default 600
        How many were looked at again.
    wrong_by : dict of str to float, optional
        The share of wrong labels of each labeler; by default :data:`LABELERS`, of whom one is not qualified.

    Returns
    -------
    DataFrame
        ``labeler``, ``shift`` (day or night), ``device`` (one of which is rare), ``checked`` and ``is_wrong``.
    """
    rng, wrong_by = np.random.default_rng(seed), wrong_by or LABELERS
    labeler = rng.choice(list(wrong_by), n)
    return pd.DataFrame(
        {
            "labeler": labeler,
            "shift": rng.choice(["day", "night"], n, p=[0.6, 0.4]),
            "device": rng.choice(["tablet", "desk", "old terminal"], n, p=[0.55, 0.44, 0.01]),
            "checked": rng.permutation(n) < n_checked,
            "is_wrong": rng.random(n) < pd.Series(labeler).map(wrong_by).to_numpy(),
        }
    )


def clip_features(clips, *, n_times=10, n_bands=16):
    """Log energy of each clip in `n_times` equal stretches and `n_bands` equal bands.

    Parameters
    ----------
    clips : sequence of arrays
        Sound pressure, 8,000 samples a second.
    n_times, n_bands : int
        Size of the grid.

    Returns
    -------
    array of shape (n_clips, n_times * n_bands)
    """
    rows = []
    for clip in clips:
        power = spectrogram(clip, fs=8000, nperseg=200, noverlap=120)[2]
        by_band = np.stack([band.mean(axis=0) for band in np.array_split(power, n_bands)])
        grid = [part.mean(axis=1) for part in np.array_split(by_band, n_times, axis=1)]
        rows.append(np.log(np.ravel(grid) + 1e-10))
    return np.array(rows)


def compare_splits(*, n_runs, seed, by=None):
    """How often each clip is misheard where a test example is another clip, and where it is another voice.

    The clips, or the voices, are dealt into four parts; each part is the test of a model trained on the other three.

    Parameters
    ----------
    n_runs, seed : int
        How often they are dealt again, and the seed of that.
    by : array of shape (720,), optional
        What is kept together in place of the voice.

    Returns
    -------
    DataFrame
        One row per clip: ``clip`` (its number), ``voice`` and ``word``; ``clips`` and ``voices``, the share of the
        runs, 0 to 1, in which it was misheard, by what was dealt.
    """
    clips, y, voice = load_spoken_digits()
    X, groups = clip_features(clips), {"clips": np.arange(len(y)), "voices": voice if by is None else by}
    misheard = {"clip": np.arange(len(y)), "voice": voice, "word": y}
    for name, group in groups.items():
        runs = [_misheard(X, y, group, np.random.default_rng([seed, run])) for run in range(n_runs)]
        misheard[name] = np.mean(runs, axis=0)
    return pd.DataFrame(misheard)


def _misheard(X, y, group, rng):
    names, place = np.unique(group, return_inverse=True)
    part = (rng.permutation(len(names)) % 4)[place]
    is_wrong = np.zeros(len(y), dtype=bool)
    for k in range(4):
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1).fit(X[part != k], y[part != k])
        is_wrong[part == k] = model.predict(X[part == k]) != y[part == k]
    return is_wrong


def mislabel(y, *, rng, is_image):
    """Labels with two kinds of error: a wrong rule of the night shift, and slips.

    Parameters
    ----------
    y : array of int, shape (n,)
        True labels: digits, or 1 for a fault.
    rng : numpy.random.Generator
        Source of the errors.
    is_image : bool
        Whether the labels are digits. The night shift, 40 % of the labels, calls 7s 1 and 9s 4; in a table it
        reports no fault.

    Returns
    -------
    DataFrame
        ``given`` (rule and slips), ``without_rule`` (the same slips only) and ``without_slips`` (the same wrong rule
        only).
    """
    y = np.asarray(y)
    night, slips = rng.random(len(y)) < 0.4, rng.random(len(y)) < 0.08
    wrong_rule = {7: 1, 9: 4} if is_image else {1: 0}
    by_rule = y.copy()
    for true, said in wrong_rule.items():
        by_rule[night & (y == true)] = said
    slipped = rng.integers(0, 10, len(y)) if is_image else 1 - y
    return pd.DataFrame(
        {
            "given": np.where(slips, slipped, by_rule),
            "without_rule": np.where(slips, slipped, y),
            "without_slips": by_rule,
        }
    )


def _table():
    X, y = load_shuttle()
    spread = X.quantile(0.95) - X.quantile(0.05)
    return ((X - X.median()) / (spread + 1)).clip(-3, 3).to_numpy(), y.to_numpy()


def _shifted(X):
    """The images moved by a pixel up, down, left and right, each seen as means of 7 × 7 blocks."""
    images = X.reshape(-1, 28, 28)
    return [block_means(np.roll(images, step, axis), 7) for axis in (1, 2) for step in (-1, 1)]


def _jittered(X, rng):
    return [X + 0.1 * X.std(axis=0) * rng.standard_normal(X.shape) for _ in range(4)]


def _neighbors(X, X_test):
    if X.shape[1] > 15:  # a tree is no help among many columns
        return NearestNeighbors(n_neighbors=5, algorithm="brute").fit(X).kneighbors(X_test, return_distance=False)
    return KDTree(X, leafsize=32).query(X_test, k=5)[1]


def _recall(labels, neighbors, y_test):
    """Mean recall over the classes where the neighbors vote; of equally many votes the lowest class wins."""
    votes = labels[neighbors]
    counts = np.stack([(votes == k).sum(axis=1) for k in range(10)], axis=1)
    predicted = counts.argmax(axis=1)
    return float(np.mean([(predicted[y_test == k] == k).mean() for k in np.unique(y_test)]))


def quadrant_gains(*, n_runs, seed, n_small=200, n_big=2000):
    """What each action gains in each quadrant: the same model and the same kinds of label error everywhere.

    Parameters
    ----------
    n_runs, seed : int
        Repetitions, and the seed of their draws.
    n_small, n_big : int
        Training examples in the small and in the big quadrants.

    Returns
    -------
    DataFrame
        ``quadrant``, ``action`` (one of :data:`ACTIONS`), ``run``, ``start`` (mean recall over the classes, labels as
        they are) and ``gain`` (change of it; higher is better). Small quadrants are run four times as often.
    """
    images, digits = load_mnist()
    sources = {"images": (block_means(images, 7), digits, _shifted(images)), "table": (*_table(), None)}
    rows = []
    for kind, source in sources.items():
        for size, n, times in (("small", n_small, 4), ("big", n_big, 1)):
            for run in range(times * n_runs):
                start, gains = _one_run(*source, n, np.random.default_rng([seed, run, n]))
                rows += [(f"{size} {kind}", action, run, start, gain) for action, gain in gains.items()]
    return pd.DataFrame(rows, columns=["quadrant", "action", "run", "start", "gain"])


def _one_run(X, y, shifted, n, rng):
    """Mean recall at the start and what each action gains; `shifted` holds the copies of images, None for a table."""
    is_image = shifted is not None
    order = rng.permutation(len(y))
    train, more, test = order[:n], order[n : n + 100], order[-1000 if is_image else -3000 :]
    labels = mislabel(y[train], rng=rng, is_image=is_image)
    given = labels["given"].to_numpy()
    checked = np.concatenate([y[train[:100]], given[100:]])
    extra = mislabel(y[more], rng=rng, is_image=is_image)["given"].to_numpy()
    copies = [copy[train] for copy in shifted] if is_image else _jittered(X[train], rng)
    old, longer, copied = (
        _neighbors(part, X[test]) for part in (X[train], X[[*train, *more]], np.vstack([X[train], *copies]))
    )
    plans = {
        "check 100 labels": (checked, old),
        "collect 100 more": (np.concatenate([given, extra]), longer),
        "label all twice": (labels["without_slips"].to_numpy(), old),
        "fix the labeling rule": (labels["without_rule"].to_numpy(), old),
        "augment": (np.tile(given, 5), copied),
    }
    start = _recall(given, old, y[test])
    return start, {name: _recall(*plan, y[test]) - start for name, plan in plans.items()}


def summarize_gains(table):
    """Mean gain and twice its standard error over the runs, one row per quadrant and action."""
    groups = table.groupby(["quadrant", "action"], sort=False)["gain"]
    return pd.DataFrame({"gain": groups.mean(), "two_se": 2 * groups.sem()}).reset_index()


def plot_definitions(table, *, ax=None):
    """Mean accuracy by the definition in training (rows) and in grading (columns), written in; returns the Axes."""
    ax = ax or plt.subplots(figsize=(7, 3))[1]
    groups = table.groupby(["trained", "graded"], sort=False)["accuracy"]
    mean, two_se = groups.mean().unstack(sort=False), (2 * groups.sem()).unstack(sort=False)
    ax.imshow(mean, vmin=0.4, vmax=1, cmap="cividis", aspect="auto")
    for i in range(len(mean)):
        for j in range(mean.shape[1]):
            text = f"{mean.iloc[i, j]:.3f} ± {two_se.iloc[i, j]:.3f}"
            ax.text(j, i, text, ha="center", va="center", color="black" if mean.iloc[i, j] > 0.6 else "white")
    ax.set_xticks(range(mean.shape[1]), mean.columns)
    ax.set_yticks(range(len(mean)), mean.index)
    ax.set(xlabel="graded by", ylabel="trained on")
    ax.grid(False)
    return ax


def plot_gains(table, quadrant, *, ax=None):
    """Gain of each action in one quadrant, two standard errors, zero line dashed; returns the Axes."""
    ax = ax or plt.subplots()[1]
    part = summarize_gains(table[table["quadrant"] == quadrant])
    rows = np.arange(len(part))
    ax.errorbar(part["gain"], rows, xerr=part["two_se"], fmt="o", capsize=4)
    ax.axvline(0, color="black", linestyle="--", linewidth=1)
    ax.set_yticks(rows, part["action"])
    ax.set_ylim(len(part) - 0.5, -0.5)
    ax.locator_params(axis="x", nbins=6)
    ax.set_title(quadrant)
    return ax
