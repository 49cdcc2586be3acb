"""Least squares at many widths or training sizes at once, exactly.

Neighboring fits share almost all of their arithmetic, so one factorization serves many of them.
"""

import numpy as np
from scipy.linalg import blas, cholesky, qr_multiply, solve_triangular


def sweep_widths(phi, targets, phi_test, *, widths, ridge=0.0):
    """Test predictions of least squares on the first p features, exactly, for every width p.

    Without a ridge the fit is the one of minimum norm. Up to n features, one QR factorization gives all widths as a
    running sum. From n to 2n, one Cholesky factorization does, from which features are removed in reverse order.
    Beyond, each width updates the Gram matrix of the one before.

    Parameters
    ----------
    phi : array of shape (n, n_features)
        Training features.
    targets : array of shape (n, k)
        What to predict; any number of columns costs little more than one.
    phi_test : array of shape (m, n_features)
        Test features.
    widths : increasing sequence of int
        Numbers of leading features to use, 1 to `n_features`.
    ridge : float, default 0.0
        Penalty on the sum of squared weights, at least 0.

    Returns
    -------
    array of shape (len(widths), m, k)

    Raises
    ------
    ValueError
        For widths that do not increase within 1 to `n_features`, or a negative ridge.

    References
    ----------
    Belkin et al. 2019, arXiv 1812.11118, for the experiment.

    Examples
    --------
    >>> phi = np.eye(2)
    >>> sweep_widths(phi, np.array([[3.0], [5.0]]), phi, widths=[1, 2])[:, :, 0].round(6).tolist()
    [[3.0, 0.0], [3.0, 5.0]]
    """
    n = len(phi)
    widths = _check_sizes("widths", widths, phi.shape[1], ridge)
    narrow, middle = widths[widths <= n], widths[(widths > n) & (widths <= 2 * n)]
    parts = []
    if len(narrow):
        parts.append(_running_sum(*_factor_narrow(phi, targets, phi_test, narrow[-1], ridge), narrow))
    if len(narrow) < len(widths):
        base = min(2 * n, phi.shape[1])
        gram = blas.dsyrk(1.0, phi[:, :base], lower=1)
        if len(middle):
            parts.append(_remove_features(phi, targets, phi_test, middle, _add_ridge(gram, ridge)))
        wide = widths[widths > base]
        parts.append(_add_features(phi, targets, phi_test, wide, base, gram, ridge))
    return np.concatenate(parts)


def sweep_sizes(phi, targets, phi_test, *, sizes, ridge=0.0):
    """Test predictions of least squares on the first n examples, exactly, for every training size n.

    The mirror image of :func:`sweep_widths`: up to as many examples as features, all sizes come from one factorization.

    Parameters
    ----------
    phi : array of shape (n_examples, p)
        Training features.
    targets : array of shape (n_examples, k)
        What to predict.
    phi_test : array of shape (m, p)
        Test features.
    sizes : increasing sequence of int
        Numbers of leading examples to use, 1 to `n_examples`.
    ridge : float, default 0.0
        Penalty on the sum of squared weights, at least 0.

    Returns
    -------
    array of shape (len(sizes), m, k)

    Examples
    --------
    >>> phi = np.array([[1.0], [1.0], [1.0]])
    >>> sweep_sizes(phi, np.array([[2.0], [4.0], [9.0]]), phi[:1], sizes=[1, 2, 3]).round(6).ravel().tolist()
    [2.0, 3.0, 5.0]
    """
    sizes = _check_sizes("sizes", sizes, len(phi), ridge)
    p = phi.shape[1]
    few, many = sizes[sizes <= p], sizes[sizes > p]
    parts = []
    if len(few):
        parts.append(_running_sum(*_factor_few(phi[: few[-1]], targets[: few[-1]], phi_test, ridge), few))
    for n in many:
        A = phi[:n]
        factor = cholesky(_add_ridge(A.T @ A, ridge), overwrite_a=True, check_finite=False)
        parts.append((phi_test @ _solve(factor, A.T @ targets[:n]))[None])
    return np.concatenate(parts)


def _check_sizes(name, sizes, largest, ridge):
    sizes = np.asarray(sizes, dtype=int)
    if sizes.ndim != 1 or not len(sizes) or sizes[0] < 1 or sizes[-1] > largest or (np.diff(sizes) <= 0).any():
        raise ValueError(f"{name!r} must increase within 1 to {largest} (got {sizes.tolist()})")
    if ridge < 0:
        raise ValueError(f"'ridge' must be at least 0 (got {ridge})")
    return sizes


def _running_sum(T, Z, sizes):
    """T[:, :s] @ Z[:s] for each size s, reusing the sum so far."""
    out = np.empty((len(sizes), len(T), Z.shape[1]))
    total, done = 0.0, 0
    for i, size in enumerate(sizes):
        total = total + T[:, done:size] @ Z[done:size]
        out[i], done = total, size
    return out


def _factor_narrow(phi, targets, phi_test, width, ridge):
    """T and Z whose leading columns and rows multiply to the prediction of every smaller width."""
    A = phi[:, :width]
    if ridge:
        R = cholesky(_add_ridge(A.T @ A, ridge), overwrite_a=True, check_finite=False)
        Z = _solve_lower(R, A.T @ targets)
    else:
        projected, R = qr_multiply(A, targets.T, mode="right")
        Z = projected.T
    return _solve_lower(R, phi_test[:, :width].T).T, Z


def _factor_few(phi, targets, phi_test, ridge):
    """As `_factor_narrow`, for examples in place of features."""
    if ridge:
        R = cholesky(_add_ridge(phi @ phi.T, ridge), overwrite_a=True, check_finite=False)
        T = _solve_lower(R, phi @ phi_test.T).T
    else:
        T, R = qr_multiply(phi.T, phi_test, mode="right")
    return T, _solve_lower(R, targets)


def _remove_features(phi, targets, phi_test, widths, gram):
    """Widths in (n, 2n]: K_p = K - UU' with U the removed columns, by the Woodbury identity.

    With K = CC', the capacity matrix I - (C⁻¹U)'(C⁻¹U) has nested leading blocks, and so has its Cholesky factor.
    """
    base = min(2 * len(phi), phi.shape[1])
    C = cholesky(gram, lower=True, overwrite_a=True, check_finite=False)
    removed = phi[:, widths[0] : base][:, ::-1]
    solved = solve_triangular(C, np.hstack([removed, targets]), lower=True, check_finite=False, overwrite_b=True)
    U, Y = np.hsplit(solved, [removed.shape[1]])
    L = cholesky(np.eye(U.shape[1]) - U.T @ U, lower=True, overwrite_a=True, check_finite=False)
    H = solve_triangular(L, U.T @ Y, lower=True, check_finite=False)
    out = np.empty((len(widths), len(phi_test), targets.shape[1]))
    for i, p in enumerate(widths):
        k = base - p
        back = solve_triangular(L[:k, :k], H[:k], lower=True, trans="T", check_finite=False) if k else H[:0]
        dual = solve_triangular(C, Y + U[:, :k] @ back, lower=True, trans="T", check_finite=False)
        out[i] = _predict(phi[:, :p], phi_test[:, :p], dual)
    return out


def _add_features(phi, targets, phi_test, widths, base, gram, ridge):
    """Widths beyond 2n: add each block of features to the lower triangle of the Gram matrix, in place."""
    out = np.empty((len(widths), len(phi_test), targets.shape[1]))
    for i, p in enumerate(widths):
        gram = blas.dsyrk(1.0, phi[:, base:p], beta=1.0, c=gram, lower=1, overwrite_c=1)
        C = cholesky(_add_ridge(gram, ridge), lower=True, overwrite_a=True, check_finite=False)
        out[i], base = _predict(phi[:, :p], phi_test[:, :p], _solve(C.T, targets)), p
    return out


def _predict(A, A_test, dual):
    return ((dual.T @ A) @ A_test.T).T  # a thin matrix on the left is twice as fast as one on the right


def _add_ridge(gram, ridge):
    gram = gram.copy(order="F")
    gram[np.diag_indices_from(gram)] += ridge
    return gram


def _solve_lower(R, b):
    return solve_triangular(R, b, trans="T", check_finite=False)


def _solve(R, b):
    return solve_triangular(R, _solve_lower(R, b), check_finite=False, overwrite_b=True)
