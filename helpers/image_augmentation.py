"""Made-up images of digits: noise, contrast, blur and moves, and what training on one does for the others.

Images are rows of 784 pixels, ink from 0 (paper) to 1. An augmentation is called with such rows and a random
generator and returns new rows.
"""

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import ndimage
from sklearn.decomposition import PCA
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline

from helpers import plotting
from helpers.images import warp

SIDE = 28


def add_uniform_noise(X, rng, *, width=0.8):
    """Add to each pixel a number drawn evenly from -`width` to `width`; clip to 0 and 1."""
    return np.clip(X + rng.uniform(-width, width, X.shape), 0, 1)


def add_salt_and_pepper(X, rng, *, share=0.4):
    """Set a `share` of the pixels, drawn afresh for each image, to paper or to full ink, half of them each."""
    drawn = rng.random(X.shape)
    return np.where(drawn < share / 2, 0.0, np.where(drawn > 1 - share / 2, 1.0, X))


def lower_contrast(X, rng=None, *, contrast=0.1):
    """Shrink all differences to a `contrast` (0 to 1) around middle gray."""
    return 0.5 + contrast * (X - 0.5)


def blur(X, rng=None, *, sigma=2.0):
    """Keep the low frequencies only: a Gaussian blur of `sigma` pixels."""
    return ndimage.gaussian_filter(X.reshape(-1, SIDE, SIDE), (0, sigma, sigma)).reshape(X.shape)


def rotate(X, rng, *, max_deg=60):
    """Turn each image by an angle drawn evenly up to `max_deg` either way."""
    return warp(X, angle_deg=rng.uniform(-max_deg, max_deg, len(X)))


def shift(X, rng, *, max_px=4):
    """Move each image by whole pixels, up to `max_px` in each direction."""
    right, down = rng.integers(-max_px, max_px + 1, (2, len(X)))
    return warp(X, right=right, down=down)


def distort_elastically(X, rng, *, strength=34, smoothness=4):
    """Pull the paper about like a sheet of rubber: each pixel moves, its neighbors about as far.

    Parameters
    ----------
    X : array of shape (n, 784)
    rng : numpy.random.Generator
    strength : float, default 34
        Factor on the smoothed random moves; the default moves most pixels by one to three.
    smoothness : float, default 4
        Pixels over which the moves are averaged; more of them make wider waves.

    References
    ----------
    Simard, Steinkraus and Platt 2003, Best practices for convolutional neural networks applied to visual document
    analysis, section 2.
    """
    images = X.reshape(-1, SIDE, SIDE)
    moves = rng.uniform(-1, 1, (2, *images.shape))
    moves = strength * ndimage.gaussian_filter(moves, (0, 0, smoothness, smoothness), mode="constant")
    image, row, column = np.indices(images.shape, sparse=True)
    source = np.broadcast_arrays(image, row + moves[0], column + moves[1])
    return ndimage.map_coordinates(images, source, order=1).reshape(X.shape)


def blank_squares(X, rng, cut, *, side=10):
    """A copy of each image with one square blanked by ``cut(image, row, column, side)``, anywhere on the image.

    References
    ----------
    DeVries and Taylor 2017, Improved regularization of convolutional neural networks with cutout.
    """
    corners = rng.integers(1 - side // 2, SIDE - side // 2, (len(X), 2))
    cuts = [cut(image.reshape(SIDE, SIDE).copy(), *at, side) for image, at in zip(X, corners.tolist(), strict=True)]
    return np.asarray(cuts, float).reshape(X.shape)


def distort_one(image, move, *, angle, right, noise, rng):
    """One image in every combination of a turn, a move to the right and noise.

    Parameters
    ----------
    image : array of shape (784,)
    move : callable
        Called with a square image, pixels to the right and pixels down.
    angle, right, noise : sequences of float, int and float
        Degrees counter-clockwise, pixels to the right, and widths of the noise.
    rng : numpy.random.Generator
        Draws one grain, which each width makes stronger or weaker.

    Returns
    -------
    dict of (angle, right, noise) to array of shape (784,)
    """
    grain, distorted = rng.uniform(-1, 1, image.shape), {}
    for degrees, step in product(angle, right):
        turned = warp(image[None], angle_deg=degrees).reshape(SIDE, SIDE)
        moved = np.asarray(move(turned, step, 0), float).ravel()
        distorted |= {(degrees, step, width): np.clip(moved + width * grain, 0, 1) for width in noise}
    return distorted


def first_failures(readings):
    """How far each distortion alone may go before the answer is wrong.

    Parameters
    ----------
    readings : DataFrame
        One column of answers per reader. Index: the true digit, and the strength of each distortion, 0 or higher.

    Returns
    -------
    DataFrame
        One row per digit and reader; per distortion the lowest strength at which the answer is wrong, or "never".
    """
    digit, *knobs = readings.index.names
    strengths, rows = readings.index.to_frame(index=False), {}
    for name, answers in readings.items():
        failed = strengths[answers.to_numpy() != strengths[digit]]
        for one in strengths[digit].unique():
            alone = {
                k: failed[(failed[digit] == one) & (failed[knobs].drop(columns=k) == 0).all(axis=1)] for k in knobs
            }
            rows[one, name] = {k: part[k].min() if len(part) else "never" for k, part in alone.items()}
    return (
        pd.DataFrame.from_dict(rows, orient="index").sort_index(level=0, sort_remaining=False).rename_axis([digit, ""])
    )


def stretch_contrast(X):
    """Stretch each image so that its lightest pixel is 0 and its darkest 1; an even image becomes all paper."""
    low, high = X.min(axis=1, keepdims=True), X.max(axis=1, keepdims=True)
    return (X - low) / np.where(high > low, high - low, 1)


def fit_features(X):
    """What the reader of this notebook makes of an image: 40 principal components, 600 random Fourier features.

    Parameters
    ----------
    X : array of shape (n, 784)
        Scans without any change; the components are theirs, whatever copies are trained on later.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted; its `transform` gives an array of shape (n, 600).

    References
    ----------
    Rahimi and Recht 2007, Random features for large-scale kernel machines.
    """
    random_features = RBFSampler(gamma=0.02, n_components=600, random_state=0)
    return make_pipeline(PCA(40, svd_solver="covariance_eigh"), random_features).fit(X)


def fit_classifier(features, y):
    """The last step of the reader, a ridge regression on the features; `y` is repeated for each copy of the images."""
    return RidgeClassifier(alpha=1, solver="cholesky").fit(features, np.tile(y, len(features) // len(y)))


def fit_reader(X, y, augmentations=(), rng=None):
    """A reader trained on the images and, for each augmentation, on one changed copy of them."""
    features = fit_features(X)
    copies = [X, *(change(X, rng) for change in augmentations)]
    return make_pipeline(features, fit_classifier(features.transform(np.concatenate(copies)), y))


def threshold(curve, target):
    """The first level at which a falling curve reaches a target, on the line between the two levels around it.

    Parameters
    ----------
    curve : Series of float
        Accuracy by level; the levels rise, and the curve begins above the target.
    target : float
        The accuracy to reach.

    Examples
    --------
    >>> threshold(pd.Series({0: 0.9, 1: 0.7, 2: 0.3}), 0.5)
    1.5
    """
    reached = np.flatnonzero(curve <= target)
    if not len(reached) or reached[0] == 0:
        raise ValueError(
            f"'curve' must fall from above {target:g} to below it (got {curve.iloc[0]:g} to {curve.min():g})"
        )
    first = reached[0]
    (left, right), (high, low) = curve.index[first - 1 : first + 1], curve.iloc[first - 1 : first + 1]
    return float(left + (high - target) / (high - low) * (right - left))


def distortion_grid(recipes, conditions, *, X, y, n_train=1000, n_test=600, n_splits=2, seed=0):
    """Train with each recipe and test in each condition, on disjoint images.

    Within a split the recipes share their copies, the test images and the features, which are those of the scans.

    Parameters
    ----------
    recipes : dict of str to sequence of callables
        The augmentations of each recipe; an empty one trains on the images as they are.
    conditions : dict of str to callable
        How the test images are changed.
    X, y : arrays of shape (n, 784) and (n,)
    n_train, n_test, n_splits, seed
        Sizes of the two parts, number of random splits, and their seed.

    Returns
    -------
    DataFrame
        One row per split, recipe ("trained on") and condition ("tested on"), with accuracy (0 to 1, higher is better),
        its gain over the first recipe on the same test images, and that gain's standard error.
    """
    rows = []
    splits = StratifiedShuffleSplit(n_splits, train_size=n_train, test_size=n_test, random_state=seed).split(X, y)
    for split, (train, test) in enumerate(splits):
        rng, features = np.random.default_rng([seed, split]), fit_features(X[train])
        tests = {name: features.transform(change(X[test], rng)) for name, change in conditions.items()}
        scans, first = features.transform(X[train]), {}  # by condition: which images the first recipe reads
        wanted = dict.fromkeys(change for augmentations in recipes.values() for change in augmentations)
        copies = {change: features.transform(change(X[train], rng)) for change in wanted}
        for recipe, augmentations in recipes.items():
            trained = fit_classifier(np.concatenate([scans, *(copies[change] for change in augmentations)]), y[train])
            for name, seen in tests.items():
                right = trained.predict(seen) == y[test]
                gained = right.astype(float) - first.setdefault(name, right)
                rows.append((split, recipe, name, right.mean(), gained.mean(), gained.std() / len(test) ** 0.5))
    return pd.DataFrame(rows, columns=["split", "trained on", "tested on", "accuracy", "gain", "standard error"])


def plot_grid(means, *, ax=None):
    """Draw mean accuracy, one row per recipe and one column per condition; brighter is better.

    A frame marks a cell whose row and column have the same name.
    """
    ax = plotting.plot_shares(means, "accuracy", low=0.1, ax=ax)
    for (row, column), value in np.ndenumerate(means.to_numpy()):
        if means.index[row] == means.columns[column]:
            frame = {"fill": False, "edgecolor": "black" if value > 0.55 else "white", "linewidth": 2}
            ax.add_patch(plt.Rectangle((column - 0.46, row - 0.43), 0.92, 0.86, **frame))
    ax.set_xticks(range(means.shape[1]), [name.replace(" ", "\n", 1) for name in means.columns])
    ax.set(xlabel="tested on", ylabel="copies made with")
    return ax


def plot_curves(curves, *, chance, band=None, ax=None):
    """Draw accuracy against the strength of a distortion, one line per column.

    Parameters
    ----------
    curves : DataFrame
        Index: strength; columns: who recognizes; values: accuracy (0 to 1).
    chance : float
        Accuracy of guessing, drawn as a dotted line; a dashed one marks accuracy 0.5.
    band : DataFrame, optional
        Lowest and highest accuracy (two columns) around the first line, on the same index.
    """
    ax = ax or plt.gca()
    for marker, (name, values) in zip("osD^v", curves.items(), strict=False):
        ax.plot(curves.index, values, marker=marker, label=name)
    if band is not None:
        ax.fill_between(band.index, band.iloc[:, 0], band.iloc[:, 1], alpha=0.2, linewidth=0)
    beside = {"transform": ax.get_yaxis_transform(), "fontsize": 9}  # x in parts of the axis, y in accuracy
    ax.axhline(chance, color="0.3", linewidth=1, linestyle=":")
    ax.text(0.01, chance, "guessing", va="top", **beside)
    ax.axhline(0.5, color="0.3", linewidth=1, linestyle="--")
    ax.text(0.99, 0.5, "half are right", ha="right", va="bottom", **beside)
    ax.set(xlabel="width of the noise (gray values run from 0 to 1)", ylabel="accuracy", ylim=(0, 1.02))
    ax.legend()
    return ax


def plot_reading(image, scores, *, digit):
    """Draw one image, and beside it the score that each reader gives to each digit; the highest is its answer.

    Parameters
    ----------
    image : array of shape (784,)
    scores : dict of str to array of shape (10,)
        By reader.
    digit : int
        What it was written as.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(7.5, 2.9), width_ratios=[1, 1.7], layout="none")
    fig.subplots_adjust(left=0.02, right=0.98, bottom=0.2, top=0.8)  # a layout engine would take half of the time
    left.imshow(image.reshape(SIDE, SIDE), cmap="gray_r", vmin=0, vmax=1)
    left.set_axis_off()
    left.set_title(f"written as a {digit}")
    for marker, (name, values) in zip("osD^v", scores.items(), strict=False):
        right.plot(values, marker=marker, linestyle="none", label=f"{name}: {int(np.argmax(values))}")
    right.set(xlabel="digit", ylabel="score", ylim=(-2, 1.4), xticks=range(10), yticks=(-1, 0, 1))
    right.set_title("what the readers make of it", pad=22)
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=8)
    return fig
