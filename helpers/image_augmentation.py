"""Made-up images of digits: noise, contrast, blur and moves, and what training on one does for the others.

Images are rows of 784 pixels, ink from 0 (paper) to 1. An augmentation is called with such rows and a random
generator and returns new rows.
"""

import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from PIL import Image
from scipy import ndimage
from sklearn.decomposition import PCA
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline

from helpers import plotting

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


def warp(X, *, angle_deg=0, scale=1, right=0, down=0):
    """Turn, scale and move images, with paper around them.

    Parameters
    ----------
    X : array of shape (n, 784)
    angle_deg : float or array of shape (n,)
        Counter-clockwise, about the center.
    scale : float or array of shape (n,)
        Above 1 is larger.
    right, down : float or array of shape (n,)
        Pixels to move by; negative is left and up.

    Returns
    -------
    array of shape (n, 784)
        Interpolated between the four neighboring pixels.

    Examples
    --------
    >>> X = np.zeros((1, 784)); X[0, 28 * 10 + 5] = 1
    >>> np.divmod(warp(X, right=3, down=1)[0].argmax(), 28)
    (np.int64(11), np.int64(8))
    """
    n, middle = len(X), (SIDE - 1) / 2
    angle, scale, right, down = (np.broadcast_to(v, n)[:, None] for v in (np.deg2rad(angle_deg), scale, right, down))
    row, column = np.indices((SIDE, SIDE)).reshape(2, -1) - middle
    x, y = column - right, row - down  # where each pixel of the result comes from
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    source = [
        np.broadcast_to(np.arange(n)[:, None], (n, SIDE**2)),
        sin * x + cos * y + middle,
        cos * x - sin * y + middle,
    ]
    return ndimage.map_coordinates(X.reshape(n, SIDE, SIDE), source, order=1)


def rotate(X, rng, *, max_deg=60):
    """Turn each image by an angle drawn evenly up to `max_deg` either way."""
    return warp(X, angle_deg=rng.uniform(-max_deg, max_deg, len(X)))


def shift(X, rng, *, max_px=4):
    """Move each image by whole pixels, up to `max_px` in each direction."""
    right, down = rng.integers(-max_px, max_px + 1, (2, len(X)))
    return warp(X, right=right, down=down)


def rescale(X, rng, *, factor=(0.6, 1.3)):
    """Make each image smaller or larger by a factor drawn evenly between two."""
    return warp(X, scale=rng.uniform(*factor, len(X)))


def stretch_contrast(X):
    """Stretch each image so that its lightest pixel is 0 and its darkest 1; an even image becomes all paper."""
    low, high = X.min(axis=1, keepdims=True), X.max(axis=1, keepdims=True)
    return (X - low) / np.where(high > low, high - low, 1)


def through_file(X, file_format, *, quality=75):
    """The images after one was saved and loaded again as an 8-bit gray file.

    Parameters
    ----------
    X : array of shape (n, 784)
    file_format : {"PNG", "JPEG"}
        PNG keeps every gray level that 8 bits have; JPEG drops what the eye is thought to miss.
    quality : int, default 75
        Of a JPEG, 1 to 95; Pillow's own default is 75.
    """
    if file_format not in ("PNG", "JPEG"):
        raise ValueError(f"'file_format' must be 'PNG' or 'JPEG' (got {file_format!r})")
    options = {"quality": quality} if file_format == "JPEG" else {}
    out = np.empty_like(X)
    for row, pixels in zip(out, np.rint(255 * (1 - X)).astype(np.uint8), strict=True):
        file = io.BytesIO()
        Image.fromarray(pixels.reshape(SIDE, SIDE)).save(file, file_format, **options)
        row[:] = 1 - np.asarray(Image.open(file)).ravel() / 255
    return out


def make_reader():
    """The digit reader of this notebook: 40 principal components, 1,000 random Fourier features, ridge regression.

    References
    ----------
    Rahimi and Recht 2007, Random features for large-scale kernel machines.
    """
    return make_pipeline(
        PCA(40, svd_solver="covariance_eigh"),
        RBFSampler(gamma=0.02, n_components=1000, random_state=0),
        RidgeClassifier(alpha=1, solver="cholesky"),
    )


def fit_reader(X, y, augmentations=(), rng=None):
    """A reader trained on the images and, for each augmentation, on one changed copy of them."""
    copies = [X, *(change(X, rng) for change in augmentations)]
    return make_reader().fit(np.concatenate(copies), np.tile(y, len(copies)))


def distortion_grid(recipes, conditions, *, X, y, n_train=1000, n_test=600, n_splits=2, seed=0):
    """Train with each recipe and test in each condition, on disjoint images.

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
        One row per split, recipe ("trained on") and condition ("tested on"), with accuracy (0 to 1, higher is better).
    """
    rows = []
    splits = StratifiedShuffleSplit(n_splits, train_size=n_train, test_size=n_test, random_state=seed).split(X, y)
    for split, (train, test) in enumerate(splits):
        rng = np.random.default_rng([seed, split])
        tests = {name: change(X[test], rng) for name, change in conditions.items()}
        for recipe, augmentations in recipes.items():
            reader = fit_reader(X[train], y[train], augmentations, rng)
            rows += [(split, recipe, name, reader.score(images, y[test])) for name, images in tests.items()]
    return pd.DataFrame(rows, columns=["split", "trained on", "tested on", "accuracy"])


def threshold(curve, *, target=0.5):
    """The level at which a falling curve reaches `target`, on the straight line between two measured levels.

    Parameters
    ----------
    curve : Series
        Accuracy (0 to 1), indexed by rising levels; it starts above `target`.
    target : float, default 0.5

    Returns
    -------
    float
        The first crossing.

    Raises
    ------
    ValueError
        If the curve never falls to `target`, or starts there.

    Examples
    --------
    >>> threshold(pd.Series([0.9, 0.7, 0.3], [0, 1, 2]))
    1.5
    """
    accuracy, levels = curve.to_numpy(), curve.index.to_numpy()
    below = np.flatnonzero(accuracy <= target)
    if not len(below) or below[0] == 0:
        raise ValueError(f"'curve' must fall from above {target} to below it (got {accuracy.tolist()})")
    i = below[0]
    part = (accuracy[i - 1] - target) / (accuracy[i - 1] - accuracy[i])
    return float(levels[i - 1] + part * (levels[i] - levels[i - 1]))


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
