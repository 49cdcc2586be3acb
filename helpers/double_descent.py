"""Double descent on real digits: random features fitted by least squares, at every width and every training size."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from helpers.datasets import load_mnist
from helpers.double_descent_sweeps import sweep_sizes, sweep_widths

N_CLASSES = 10
N_VALIDATION, N_TEST = 500, 1000


def flip_labels(y, share, *, seed):
    """Labels in which a share was replaced, once, by a wrong digit drawn uniformly.

    Parameters
    ----------
    y : array of int, shape (n,)
        True digits, 0 to 9.
    share : float
        Probability that a label is replaced, 0 to 1. With the same seed, a larger share flips the same ones and more.
    seed : int or Generator
        Random seed.

    Returns
    -------
    array of int, shape (n,)

    References
    ----------
    Nakkiran et al. 2019, arXiv 1912.02292, section 4: noise is drawn once, not again in each epoch.

    Examples
    --------
    >>> y = np.arange(10)
    >>> bool((flip_labels(y, 1.0, seed=0) == y).any())
    False
    """
    if not 0 <= share <= 1:
        raise ValueError(f"'share' must be from 0 to 1 (got {share})")
    rng = np.random.default_rng(seed)
    flipped = rng.random(len(y)) < share
    shift = rng.integers(1, N_CLASSES, len(y))
    return np.where(flipped, (y + shift) % N_CLASSES, y)


def random_features(X, n_features, *, seed, bandwidth=5.0):
    """Random Fourier features cos(w·x + b); the first p columns are the same for every `n_features` of at least p.

    Parameters
    ----------
    X : array of shape (n, d)
        Inputs.
    n_features : int
        Number of features, at least 1.
    seed : int
        Random seed of the weights.
    bandwidth : float, default 5.0
        Length scale of the Gaussian kernel that the features approximate, in the units of `X`.

    Returns
    -------
    array of shape (n, n_features)
        Values from -1 to 1, each column contiguous in memory.

    References
    ----------
    Rahimi and Recht 2007, Random features for large-scale kernel machines.

    Examples
    --------
    >>> X = np.eye(3)
    >>> bool(np.allclose(random_features(X, 2, seed=0), random_features(X, 5, seed=0)[:, :2]))
    True
    """
    if n_features < 1:
        raise ValueError(f"'n_features' must be at least 1 (got {n_features})")
    weights, phases = (np.random.default_rng([seed, part]) for part in (0, 1))
    W = weights.standard_normal((n_features, X.shape[1])) / bandwidth
    phi = W @ X.T
    phi += phases.uniform(0, 2 * np.pi, (n_features, 1))
    return np.cos(phi, out=phi).T


def simulate_widths(widths, *, n_train, noise_shares=(0.0,), ridges=(0.0,), n_runs=5, seed=0):
    """Errors on real digits for every width, label-noise share and ridge; each run draws its own images and features.

    Parameters
    ----------
    widths : increasing sequence of int
        Numbers of random features.
    n_train : int
        Training images, 10 to 3500; 500 more are for validation and 1000 for the test, both with true labels.
    noise_shares : sequence of float
        Shares of flipped training labels; the runs share images and features over them.
    ridges : sequence of float
        Penalties; 0 is the minimum-norm fit.
    n_runs : int, default 5
        Independent repetitions.
    seed : int, default 0
        Random seed.

    Returns
    -------
    DataFrame
        Columns run, noise, ridge, width; validation_error and test_error, the share of wrong digits (0 to 1); and
        validation_loss and test_loss, the squared error summed over the ten outputs (at least 0). Lower is better.

    Examples
    --------
    >>> table = simulate_widths([10, 40, 160], n_train=40, n_runs=1)
    >>> int(table.width[table.test_loss.idxmax()])
    40
    """
    parts = []
    for run in range(n_runs):
        phi, targets, y_held_out = draw_run(n_train, widths[-1], noise_shares, [seed, run])
        for ridge in ridges:
            predicted = sweep_widths(phi[:n_train], targets, phi[n_train:], widths=widths, ridge=ridge)
            parts.append(_score(predicted, y_held_out, noise_shares, width=widths).assign(ridge=ridge, run=run))
    return _tidy(parts, "width")


def simulate_sizes(sizes, *, n_features, noise_shares=(0.0,), ridges=(0.0,), n_runs=5, seed=0):
    """As :func:`simulate_widths` with a fixed number of features and a growing training set; column size for width.

    Examples
    --------
    >>> table = simulate_sizes([10, 40, 160], n_features=40, n_runs=1)
    >>> int(table["size"][table.test_loss.idxmax()])
    40
    """
    parts = []
    for run in range(n_runs):
        phi, targets, y_held_out = draw_run(sizes[-1], n_features, noise_shares, [seed, run])
        for ridge in ridges:
            predicted = sweep_sizes(phi[: sizes[-1]], targets, phi[sizes[-1] :], sizes=sizes, ridge=ridge)
            parts.append(_score(predicted, y_held_out, noise_shares, size=sizes).assign(ridge=ridge, run=run))
    return _tidy(parts, "size")


def simulate_plane(sizes, widths, *, noise_share=0.0, seed=0):
    """Test error of the minimum-norm fit for each training size (row) and width (column), one run.

    Examples
    --------
    >>> simulate_plane([20, 40], [20, 40, 80]).idxmax(axis="columns").tolist()
    [20, 40]
    """
    phi, targets, y = draw_run(sizes[-1], widths[-1], [noise_share], [seed, 0])
    rows = {}
    for n in sizes:
        predicted = sweep_widths(phi[:n], targets[:n], phi[sizes[-1] :], widths=widths)
        rows[n] = _score(predicted, y, [noise_share], width=widths).set_index("width").test_error
    return pd.DataFrame(rows).T.rename_axis("size")


def draw_run(n_train, n_features, noise_shares, seed):
    """Draw one run: its images as random features, its training targets, and the digits to be found.

    Parameters
    ----------
    n_train : int
        Training images, 10 to 3500; 500 for validation and 1000 for the test follow them.
    n_features : int
        Random features.
    noise_shares : sequence of float
        Shares of flipped training labels.
    seed : int or list of int
        Random seed; ``[seed, run]`` draws what the simulations of this module draw in that run.

    Returns
    -------
    phi : array of shape (n_train + 1500, n_features)
        Features of all images, those of the training images first.
    targets : array of shape (n_train, 10 * len(noise_shares))
        One column per digit, 1 for the images that are labeled so; side by side for the shares.
    y_held_out : array of shape (1500,)
        True digits of the others.

    Examples
    --------
    >>> phi, targets, y_held_out = draw_run(20, 5, [0.0, 0.2], seed=0)
    >>> phi.shape, targets.shape, y_held_out.shape
    ((1520, 5), (20, 20), (1500,))
    """
    X, y = load_mnist()
    if not 10 <= n_train <= len(y) - N_VALIDATION - N_TEST:
        raise ValueError(f"the training size must be from 10 to {len(y) - N_VALIDATION - N_TEST} (got {n_train})")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))[: n_train + N_VALIDATION + N_TEST]
    noise_seed, feature_seed = rng.integers(2**32, size=2)
    y, y_held_out = y[order[:n_train]], y[order[n_train:]]
    labels = [flip_labels(y, share, seed=noise_seed) for share in noise_shares]
    targets = np.hstack([np.eye(N_CLASSES)[noisy] for noisy in labels])
    return random_features(X[order], n_features, seed=feature_seed), targets, y_held_out


def _score(predicted, y, noise_shares, **sizes):
    """Errors and losses of predictions of shape (n_sizes, n_images, n_shares * 10)."""
    ((name, values),) = sizes.items()
    predicted = predicted.reshape(*predicted.shape[:2], len(noise_shares), N_CLASSES)
    missed = predicted.argmax(axis=3) != y[:, None]
    loss = ((predicted - np.eye(N_CLASSES)[y][:, None]) ** 2).sum(axis=3)
    index = pd.MultiIndex.from_product([values, noise_shares], names=[name, "noise"])
    held_out = {"validation": slice(None, N_VALIDATION), "test": slice(N_VALIDATION, None)}
    columns = {
        f"{part}_{measure}": scores[:, rows].mean(axis=1).ravel()
        for part, rows in held_out.items()
        for measure, scores in (("error", missed), ("loss", loss))
    }
    return pd.DataFrame(columns, index=index).reset_index()


def _tidy(parts, name):
    table = pd.concat(parts, ignore_index=True)
    first = ["run", "noise", "ridge", name]
    return table[first + [column for column in table if column not in first]]


def plot_plane(plane, *, ax=None):
    """Draw the table of :func:`simulate_plane` as a map, with a line where width and training size are equal."""
    ax = ax or plt.gca()
    image = ax.pcolormesh(plane.columns, plane.index, plane, shading="nearest", vmin=0, vmax=1)
    ax.figure.colorbar(image, ax=ax, label="test error (share wrong)")
    ends = max(plane.index[0], plane.columns[0]), min(plane.index[-1], plane.columns[-1])
    ax.plot(ends, ends, color="white", linestyle="--", linewidth=1)
    ax.grid(False)
    ax.set(xscale="log", yscale="log", xlabel="random features p", ylabel="training images n")
    ax.set_xticks(plane.columns[::2], plane.columns[::2])
    ax.set_yticks(plane.index[::2], plane.index[::2])
    ax.minorticks_off()
    return ax


def plot_choice(curves, *, width, ridge, noise):
    """Draw the test error by width for one ridge and one share of wrong labels, and mark one width.

    Parameters
    ----------
    curves : Series
        Test errors with the index levels ridge, noise and width; ridge 0 is drawn for comparison.
    width : int
        Random features of the marked model.
    ridge, noise : float
        Penalty and share of flipped labels, both in the index.

    Returns
    -------
    matplotlib.figure.Figure
    """
    chosen, plain = curves[ridge, noise], curves[0.0, noise]
    fig, ax = plt.subplots(figsize=(7, 4), layout="none")  # this and few ticks: a third of the time of a redraw
    ax.plot(plain.index, plain, color="gray", linestyle=":", label="no ridge")
    ax.plot(chosen.index, chosen, label=f"ridge {ridge:g}")
    ax.plot([width], [chosen[width]], "o", markersize=9, label="this model")
    ax.set(xscale="log", ylim=(0, 1), xlabel="random features p", ylabel="test error (share wrong)")
    ticks = [tick for tick in (3, 10, 30, 100, 300, 1000, 3000) if plain.index[0] <= tick <= plain.index[-1]]
    ax.set_xticks(ticks, ticks)
    ax.minorticks_off()
    ax.set_title(f"{width} features, ridge {ridge:g}, {noise:.0%} wrong labels: error {chosen[width]:.2f}")
    ax.legend(loc="lower left")
    return fig
