"""How much faster the nested sweep over widths is than one least-squares fit per width, on real digits.

Run as ``python tests/benchmark_double_descent.py [n_train]``; it prints CPU seconds of one thread, the ratio and the
largest deviation between the two.
"""

import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

from helpers.datasets import load_mnist
from helpers.double_descent import flip_labels, random_features
from helpers.double_descent_sweeps import sweep_widths

BELOW = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98, 0.99, 1]
ABOVE = [1.01, 1.02, 1.04, 1.07, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.7, 2, 2.3, 2.6, 3, 3.5, 4, 4.5, 5]


def draw_problem(n_train):
    """Features and one-hot targets at three label-noise levels, as the notebook has them, and 1,000 test images."""
    X, y = load_mnist()
    order = np.random.default_rng(0).permutation(len(y))[: n_train + 1000]
    phi = random_features(X[order], 5 * n_train, seed=0)
    labels = [flip_labels(y[order[:n_train]], share, seed=1) for share in (0, 0.1, 0.2)]
    return phi[:n_train], np.hstack([np.eye(10)[noisy] for noisy in labels]), phi[n_train:]


def sweep_one_by_one(phi, targets, phi_test, *, widths):
    """The same predictions from numpy's least squares, one width after the other."""
    fits = (np.linalg.lstsq(phi[:, :p], targets, rcond=None)[0] for p in widths)
    return np.stack([phi_test[:, :p] @ weights for p, weights in zip(widths, fits, strict=True)])


def measure(function, *args, **options):
    """Result and CPU seconds."""
    start = time.process_time()
    return function(*args, **options), time.process_time() - start


def main(n_train):
    widths = np.unique(np.round(np.array(BELOW + ABOVE) * n_train).astype(int))
    with threadpool_limits(1):
        problem = draw_problem(n_train)
        sweep_widths(*problem, widths=widths[:1])  # loads what the first call would
        fast, fast_s = measure(sweep_widths, *problem, widths=widths)
        slow, slow_s = measure(sweep_one_by_one, *problem, widths=widths)
    deviation = (np.abs(fast - slow).max(axis=(1, 2)) / np.abs(slow).max(axis=(1, 2)))[widths != n_train].max()
    print(f"n = {n_train}, {len(widths)} widths up to {widths[-1]}, 3 label-noise levels, 1,000 test images")
    print(f"nested sweep      {fast_s:7.2f} s")
    print(f"lstsq per width   {slow_s:7.2f} s")
    print(f"ratio             {slow_s / fast_s:7.1f} ×")
    print(f"largest relative deviation away from p = n: {deviation:.1e}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
