"""A two-layer network small enough to be trained at many widths in seconds, in plain numpy."""

import numpy as np
import pandas as pd

from helpers.datasets import load_mnist

N_CLASSES = 10
N_TEST = 1000


def count_parameters(hidden, *, d, n_outputs=N_CLASSES):
    """Number of weights and biases of a network with `d` inputs, one hidden layer and `n_outputs` outputs.

    Examples
    --------
    >>> count_parameters(1, d=2, n_outputs=3)
    9
    """
    return (d + 1) * hidden + (hidden + 1) * n_outputs


def train_network(X, targets, hidden, *, n_steps=1000, learning_rate=5e-3, seed=0):
    """Weights of a two-layer ReLU network after full-batch Adam on the squared loss.

    Parameters
    ----------
    X : array of shape (n, d)
        Inputs.
    targets : array of shape (n, k)
        What to predict.
    hidden : int
        Hidden units, at least 1.
    n_steps : int, default 1000
        Gradient steps; the learning rate falls to zero along a cosine.
    learning_rate : float, default 5e-3
        First learning rate.
    seed : int, default 0
        Random seed of the first weights.

    Returns
    -------
    tuple of arrays of shape (d + 1, hidden) and (hidden + 1, k)
        The last row of each holds the biases.

    References
    ----------
    Kingma and Ba 2015, Adam: a method for stochastic optimization.

    Examples
    --------
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> weights = train_network(X, np.abs(X), 8, n_steps=300, learning_rate=0.05)
    >>> bool(np.abs(predict(X, weights) - np.abs(X)).mean() < 0.1)
    True
    """
    if hidden < 1:
        raise ValueError(f"'hidden' must be at least 1 (got {hidden})")
    rng = np.random.default_rng(seed)
    d, k = X.shape[1], targets.shape[1]
    weights = (
        rng.standard_normal((d + 1, hidden)) / np.sqrt(d),
        rng.standard_normal((hidden + 1, k)) / (10 * np.sqrt(hidden)),
    )
    first, second = ([np.zeros_like(w) for w in weights] for _ in range(2))
    for step in range(1, n_steps + 1):
        rate = learning_rate * (1 + np.cos(np.pi * step / n_steps)) / 2
        rate *= np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        for w, m, v, g in zip(weights, first, second, _gradients(X, targets, weights), strict=True):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            w -= rate * m / (np.sqrt(v) + 1e-8)
    return weights


def predict(X, weights):
    """Outputs of a network, shape (n, k)."""
    inner, outer = weights
    return np.maximum(X @ inner[:-1] + inner[-1], 0) @ outer[:-1] + outer[-1]


def _gradients(X, targets, weights):
    inner, outer = weights
    active = np.maximum(X @ inner[:-1] + inner[-1], 0)
    error = (active @ outer[:-1] + outer[-1] - targets) * (2 / len(X))
    back = (error @ outer[:-1].T) * (active > 0)
    return np.vstack([X.T @ back, back.sum(axis=0)]), np.vstack([active.T @ error, error.sum(axis=0)])


def simulate_network(hidden, *, n_train, noise_share=0.2, d=20, n_steps=1000, n_runs=1, seed=0):
    """Losses and errors of two-layer networks on real digits, by the number of hidden units.

    Parameters
    ----------
    hidden : sequence of int
        Hidden units of each network.
    n_train : int
        Training images, 10 to 4000; 1000 others are the test.
    noise_share : float, default 0.2
        Share of training labels replaced by a wrong digit.
    d : int, default 20
        Principal components of the images that enter the network.
    n_steps, n_runs, seed : int
        Training steps, repetitions, random seed.

    Returns
    -------
    DataFrame
        Columns run, hidden, ratio (parameters per training target, n_train * 10 of them), train_loss and test_loss
        (squared error summed over the ten outputs) and test_error (share of wrong digits). Lower is better.
    """
    X, y = load_mnist()
    if not 10 <= n_train <= len(y) - N_TEST:
        raise ValueError(f"'n_train' must be from 10 to {len(y) - N_TEST} (got {n_train})")
    rows = []
    for run in range(n_runs):
        rng = np.random.default_rng([seed, run])
        order = rng.permutation(len(y))[: n_train + N_TEST]
        X_train, X_test = _principal_components(X[order[:n_train]], X[order[n_train:]], d)
        y_train, y_test = y[order[:n_train]], y[order[n_train:]]
        flipped = rng.random(n_train) < noise_share
        targets = np.eye(N_CLASSES)[(y_train + flipped * rng.integers(1, N_CLASSES, n_train)) % N_CLASSES]
        for units in hidden:
            weights = train_network(X_train, targets, units, n_steps=n_steps, seed=[seed, run, 1])
            ratio = count_parameters(units, d=d) / targets.size
            scores = _losses(weights, X_train, targets), _losses(weights, X_test, np.eye(N_CLASSES)[y_test])
            error = (predict(X_test, weights).argmax(axis=1) != y_test).mean()
            rows.append((run, units, ratio, *scores, error))
    return pd.DataFrame(rows, columns=["run", "hidden", "ratio", "train_loss", "test_loss", "test_error"])


def _losses(weights, X, targets):
    return ((predict(X, weights) - targets) ** 2).sum(axis=1).mean()


def _principal_components(X, X_test, d):
    """Both sets on the first d principal components of `X`, scaled to an overall standard deviation of 1 there."""
    centre = X.mean(axis=0)
    axes = np.linalg.svd(X - centre, full_matrices=False)[2][:d]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    axes = axes * np.sign(largest)  # the sign of an axis is arbitrary, and another library's would give other networks
    Z, Z_test = (X - centre) @ axes.T, (X_test - centre) @ axes.T
    return Z / Z.std(), Z_test / Z.std()
