"""What several topics do to images: rows of pixels, read line by line, with ink from 0 (paper) to 1."""

from math import isqrt

import numpy as np
from scipy import ndimage


def block_means(X, side):
    """Shrink square images to `side` × `side`: the mean ink of each square block of pixels.

    Parameters
    ----------
    X : array of shape (n, p) or (n, s, s)
        Square images.
    side : int
        Pixels per edge of the result; a divisor of the images' edge.

    Returns
    -------
    array of shape (n, side * side)

    Raises
    ------
    ValueError
        When `side` does not divide the images' edge.

    Examples
    --------
    >>> block_means(np.arange(16).reshape(1, 16), side=2).tolist()
    [[2.5, 4.5, 10.5, 12.5]]
    """
    ink = _squares(X)
    edge = ink.shape[1]
    if side < 1 or edge % side:
        raise ValueError(f"'side' must be a divisor of {edge} (got {side})")
    block = edge // side
    total = sum(ink[:, i::block, j::block] for i in range(block) for j in range(block))  # faster than a mean over axes
    return total.reshape(len(ink), side**2) / block**2


def warp(X, *, angle_deg=0, scale=1, right=0, down=0):
    """Turn, scale and move images, with paper around them.

    Parameters
    ----------
    X : array of shape (n, p) or (n, s, s)
        Square images.
    angle_deg : float or array of shape (n,)
        Counter-clockwise, about the center.
    scale : float or array of shape (n,)
        Above 1 is larger.
    right, down : float or array of shape (n,)
        Pixels to move by; negative is left and up.

    Returns
    -------
    array of the shape of X
        Interpolated between the four neighboring pixels.

    Examples
    --------
    >>> X = np.zeros((1, 784)); X[0, 28 * 10 + 5] = 1
    >>> np.divmod(warp(X, right=3, down=1)[0].argmax(), 28)
    (np.int64(11), np.int64(8))
    """
    ink = _squares(X)
    n, middle = len(ink), (ink.shape[1] - 1) / 2
    angle, scale, right, down = (np.broadcast_to(v, n) for v in (np.deg2rad(angle_deg), scale, right, down))
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    turns = np.stack([cos, sin, -sin, cos], axis=1).reshape(n, 2, 2)  # from a pixel of the result to where it was
    center = np.stack([middle + down, middle + right], axis=1)
    starts = middle - np.einsum("ijk,ik->ij", turns, center)
    parts = zip(ink, turns, starts, strict=True)
    return np.reshape([ndimage.affine_transform(*part, order=1) for part in parts], np.shape(X))


def center_ink(X):
    """Move each image by whole pixels until its ink's center of mass is in the middle, as MNIST does.

    Parameters
    ----------
    X : array of shape (n, p) or (n, s, s)
        Square images.

    Returns
    -------
    array of the shape of X
        What leaves on one side comes in on the other.

    Examples
    --------
    >>> center_ink(np.eye(16)[:1]).argmax()
    np.int64(10)
    """
    ink = _squares(X)
    edge = ink.shape[1]
    mass, grid = np.maximum(ink.sum(axis=(1, 2)), 1e-9), np.arange(edge)
    down, right = (np.rint(edge / 2 - ink.sum(axis=axis) @ grid / mass).astype(int)[:, None] for axis in (2, 1))
    rows, columns = (grid - down) % edge, (grid - right) % edge
    return ink[np.arange(len(ink))[:, None, None], rows[:, :, None], columns[:, None, :]].reshape(np.shape(X))


def _squares(X):
    edge = np.shape(X)[1] if np.ndim(X) == 3 else isqrt(np.shape(X)[1])
    return np.reshape(X, (len(X), edge, edge))
