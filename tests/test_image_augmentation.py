import numpy as np
import pandas as pd
import pytest

from helpers import datasets
from helpers import image_augmentation as aug

X = datasets.load_mnist()[0][::250]  # two of each digit


def dot(row, column):
    image = np.zeros((28, 28))
    image[row, column] = 1
    return image.reshape(1, -1)


def place(X):
    return tuple(int(v) for v in np.divmod(X[0].argmax(), 28))


def test_warp_moves_by_hand():
    assert place(aug.warp(dot(10, 5), right=3, down=-2)) == (8, 8)
    assert aug.warp(dot(10, 25), right=3).max() == 0  # what leaves does not come back
    assert (aug.warp(X) == X).all()


def test_warp_turns_counter_clockwise():
    assert place(aug.warp(dot(13, 25), angle_deg=90)) == (2, 13)
    assert np.allclose(aug.warp(X, angle_deg=90), np.rot90(X.reshape(-1, 28, 28), axes=(1, 2)).reshape(X.shape))
    assert np.allclose(aug.warp(X, angle_deg=180), X[:, ::-1])


def test_warp_agrees_with_scikit_image():
    from skimage.transform import rotate

    ours = aug.warp(X[:3], angle_deg=25)
    for image, turned in zip(X, ours, strict=False):
        assert np.allclose(rotate(image.reshape(28, 28), 25, order=1).ravel(), turned, atol=0.02)


def test_warp_takes_one_value_per_image():
    both = aug.warp(np.concatenate([dot(10, 10), dot(10, 10)]), right=[1, -1])
    assert [place(row[None]) for row in both] == [(10, 11), (10, 9)]


def test_scale_above_one_is_larger():
    square = np.zeros((28, 28))
    square[10:18, 10:18] = 1
    assert aug.warp(square.reshape(1, -1), scale=1.5).sum() == pytest.approx(64 * 1.5**2, rel=0.05)


@pytest.mark.parametrize(
    "change", [aug.add_uniform_noise, aug.add_salt_and_pepper, aug.rotate, aug.shift, aug.rescale, aug.lower_contrast]
)
def test_a_change_keeps_range_input_and_seed(change):
    before = X.copy()
    once, again = (change(X, np.random.default_rng(1)) for _ in range(2))
    assert once.shape == X.shape and np.array_equal(X, before) and (once == again).all()
    assert once.min() >= 0 and once.max() <= 1 + 1e-12 and not np.allclose(once, X)


def test_salt_and_pepper_replaces_the_share_asked_for():
    gray = np.full((50, 784), 0.5)
    noisy = aug.add_salt_and_pepper(gray, np.random.default_rng(0), share=0.3)
    assert [(noisy == v).mean() for v in (0, 1)] == pytest.approx([0.15, 0.15], abs=0.01)


def test_contrast_is_undone_exactly():
    assert np.allclose(aug.stretch_contrast(aug.lower_contrast(X, contrast=0.05)), aug.stretch_contrast(X))
    assert (aug.stretch_contrast(np.full((1, 784), 0.3)) == 0).all()


def test_blur_keeps_the_ink():
    assert aug.blur(dot(14, 14)).sum() == pytest.approx(1, abs=1e-3)


def test_png_keeps_every_gray_level_and_jpeg_does_not():
    levels = np.rint(X * 255) / 255
    assert np.allclose(aug.through_file(levels, "PNG"), levels)
    assert 0.001 < np.abs(aug.through_file(levels, "JPEG") - levels).mean() < 0.05
    with pytest.raises(ValueError, match=r"'file_format' must be 'PNG' or 'JPEG' \(got 'GIF'\)"):
        aug.through_file(levels, "GIF")


def test_thresholds_equal_the_published_ones():
    table = datasets.load_published("geirhos2017_noise-experiment_by_condition").set_index("level")
    known = datasets.load_published("geirhos2017_thresholds_50pct").set_index(["experiment", "observer"])
    for observer in ("human_mean", "vgg", "googlenet", "alexnet"):
        expected = known.loc[("noise-experiment", observer), "level_at_50pct"]
        assert aug.threshold(table[observer]) == pytest.approx(expected, abs=2e-4)  # accuracies are rounded


@pytest.mark.parametrize("values", [[0.9, 0.6], [0.4, 0.2]])
def test_a_curve_that_never_crosses_is_an_error(values):
    with pytest.raises(ValueError, match="'curve' must fall from above 0.5 to below it"):
        aug.threshold(pd.Series(values))


def test_the_grid_learns_what_it_is_shown():
    images, y = datasets.load_mnist()
    conditions = {"as scanned": lambda X, rng: X, "low contrast": aug.lower_contrast}
    recipes = {"nothing": [], "low contrast": [aug.lower_contrast]}
    table = aug.distortion_grid(recipes, conditions, X=images, y=y, n_train=300, n_test=100, n_splits=1)
    accuracy = table.set_index(["trained on", "tested on"])["accuracy"]
    assert len(table) == 4 and accuracy["nothing", "as scanned"] > 0.75
    assert accuracy["low contrast", "low contrast"] > accuracy["nothing", "low contrast"] + 0.3


def test_plots_show_the_values():
    axes = aug.plot_grid(pd.DataFrame([[0.25, 0.75]], ["nothing"], ["a", "b"]))
    assert [text.get_text() for text in axes.texts] == ["0.25", "0.75"]
    assert not axes.patches
    aug.plt.figure()
    framed = aug.plot_grid(pd.DataFrame([[0.9, 0.3], [0.2, 0.8]], ["blur", "other"], ["shift", "blur"])).patches
    assert [(round(patch.get_x() + 0.46), round(patch.get_y() + 0.43)) for patch in framed] == [(1, 0)]
    aug.plt.figure()
    curves = pd.DataFrame({"people": [0.9, 0.4]}, index=[0, 1])
    axes = aug.plot_curves(curves, chance=0.1, band=curves.assign(high=1.0))
    assert axes.lines[0].get_ydata().tolist() == [0.9, 0.4]
    aug.plt.close("all")
