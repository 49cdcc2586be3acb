"""What several topics do to images, on dots and squares that can be followed by hand."""

import numpy as np
import pytest

from helpers.datasets import load_mnist
from helpers.images import block_means, center_ink, warp

X = load_mnist()[0][::250]  # two of each digit


def test_block_means_by_hand():
    X = np.zeros((2, 28, 28))
    X[0, :7, 7:14] = 1
    X[1, 27, 27] = 49
    small = block_means(X.reshape(2, -1), side=4)
    assert small[0].tolist() == [0, 1] + [0] * 14
    assert small[1].tolist() == [0] * 15 + [1]
    np.testing.assert_allclose(block_means(X.reshape(2, -1), side=28), X.reshape(2, -1))
    for side in (0, 5, 56):
        with pytest.raises(ValueError, match=rf"'side' must be a divisor of 28 \(got {side}\)"):
            block_means(X, side)


def test_block_means_keep_the_ink_and_take_square_images():
    assert np.allclose(block_means(X, 7).mean(axis=1), X.mean(axis=1))
    assert (block_means(X.reshape(-1, 28, 28), 14) == block_means(X, 14)).all()
    assert block_means(X[:0], 7).shape == (0, 49)


def dot(row, column):
    image = np.zeros((28, 28))
    image[row, column] = 1
    return image.reshape(1, -1)


def place(X):
    return tuple(int(v) for v in np.divmod(X[0].argmax(), 28))


def test_warp_moves_by_hand():
    assert place(warp(dot(10, 5), right=3, down=-2)) == (8, 8)
    assert warp(dot(10, 25), right=3).max() == 0  # what leaves does not come back
    assert (warp(X) == X).all()


def test_warp_turns_counter_clockwise():
    assert place(warp(dot(13, 25), angle_deg=90)) == (2, 13)
    assert np.allclose(warp(X, angle_deg=90), np.rot90(X.reshape(-1, 28, 28), axes=(1, 2)).reshape(X.shape))
    assert np.allclose(warp(X, angle_deg=180), X[:, ::-1])


def test_warp_agrees_with_scikit_image():
    from skimage.transform import rotate

    ours = warp(X[:3], angle_deg=25)
    for image, turned in zip(X, ours, strict=False):
        assert np.allclose(rotate(image.reshape(28, 28), 25, order=1).ravel(), turned, atol=0.02)


def test_warp_takes_one_value_per_image():
    both = warp(np.concatenate([dot(10, 10), dot(10, 10)]), right=[1, -1])
    assert [place(row[None]) for row in both] == [(10, 11), (10, 9)]


def test_scale_above_one_is_larger():
    square = np.zeros((28, 28))
    square[10:18, 10:18] = 1
    assert warp(square.reshape(1, -1), scale=1.5).sum() == pytest.approx(64 * 1.5**2, rel=0.05)


def test_warp_leaves_its_input_alone_and_keeps_its_shape():
    before = X.copy()
    assert warp(X.reshape(-1, 28, 28), angle_deg=np.linspace(0, 30, len(X))).shape == (len(X), 28, 28)
    assert (before == X).all() and warp(X[:0]).shape == (0, 784)


def test_a_displaced_digit_is_brought_back():
    X = load_mnist()[0][:50]
    whole = center_ink(X)
    moved = [np.roll(image.reshape(28, 28), (3, -2), (0, 1)) for image in X]
    assert np.array_equal(center_ink(np.reshape(moved, (-1, 784))), whole)
    assert center_ink(dot(3, 20)).reshape(28, 28)[14, 14] == 1
    assert not center_ink(np.zeros((1, 784))).any()
