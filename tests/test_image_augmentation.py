import numpy as np
import pandas as pd
import pytest
from test_images import dot, place

from helpers import datasets
from helpers import image_augmentation as aug
from helpers.checks import image_augmentation as check

X = datasets.load_mnist()[0][::250]  # two of each digit


@pytest.mark.parametrize(
    "change", [aug.add_uniform_noise, aug.add_salt_and_pepper, aug.rotate, aug.shift, aug.lower_contrast]
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


def test_thresholds_equal_the_published_ones():
    table = datasets.load_published("geirhos2017_noise-experiment_by_condition").set_index("level")
    known = datasets.load_published("geirhos2017_thresholds_50pct").set_index(["experiment", "observer"])
    for observer in ("human_mean", "vgg", "googlenet", "alexnet"):
        expected = known.loc[("noise-experiment", observer), "level_at_50pct"]
        assert aug.threshold(table[observer], 0.5) == pytest.approx(expected, abs=2e-4)  # accuracies are rounded


def test_a_threshold_lies_on_the_line_between_two_levels():
    assert aug.threshold(pd.Series([0.9, 0.7, 0.3], [0, 1, 2]), 0.5) == pytest.approx(1.5)
    assert aug.threshold(pd.Series([0.9, 0.5, 0.5], [0, 1, 2]), 0.5) == 1
    for never in ([0.9, 0.7], [0.4, 0.3]):
        with pytest.raises(ValueError, match=r"'curve' must fall from above 0.5 to below it \(got 0"):
            aug.threshold(pd.Series(never), 0.5)


def test_elastic_moves_are_smooth_and_keep_most_of_the_ink():
    wavy = aug.distort_elastically(X, np.random.default_rng(0))
    assert wavy.shape == X.shape and wavy.min() >= 0 and wavy.max() <= 1 + 1e-12
    assert wavy.sum() == pytest.approx(X.sum(), rel=0.1)
    assert np.allclose(aug.distort_elastically(X, np.random.default_rng(0), strength=0), X)
    row, column = np.indices((28, 28)).reshape(2, -1)[:, None] / 27.0  # of each pixel, as gray
    moved = 27 * np.hypot(*(aug.distort_elastically(at, np.random.default_rng(1)) - at for at in (row, column)))
    inside = moved.reshape(28, 28)[6:22, 6:22]
    assert 0.5 < np.median(inside) < 3.5
    assert np.abs(np.diff(inside, axis=1)).max() < 1.5


def test_a_square_is_blanked_anywhere_and_by_the_function_given():
    full = np.ones((400, 784))
    cut = aug.blank_squares(full, np.random.default_rng(0), check.erased, side=10).reshape(-1, 28, 28)
    area = (cut == 0).sum(axis=(1, 2))
    assert area.max() == 100 and 25 <= area.min() < 50
    assert ((cut == 0).any(axis=0)).all() and full.min() == 1
    assert (aug.blank_squares(full, np.random.default_rng(0), lambda image, *_: image.tolist()) == full).all()


def test_one_image_in_every_combination():
    asked = []

    def move(image, right, down):
        asked.append((image.shape, right, down))
        return check.moved(image, right, down).tolist()

    ways = {"angle": [0, 90], "right": [0, 3], "noise": [0.0, 0.5, 1.0]}
    made = aug.distort_one(dot(13, 13)[0], move, **ways, rng=np.random.default_rng(0))
    assert len(made) == 12 and set(asked) == {((28, 28), 0, 0), ((28, 28), 3, 0)}
    assert place(made[0, 0, 0.0][None]) == (13, 13) and place(made[0, 3, 0.0][None]) == (13, 16)
    assert place(made[90, 3, 0.0][None]) == (14, 16)
    grain = made[0, 0, 0.5] > 0.4, made[0, 0, 1.0] > 0.8
    assert (grain[0][grain[1]]).all()


def test_first_failures_count_one_distortion_at_a_time():
    index = pd.MultiIndex.from_product([[6, 8], [0, 30, 60], [0.0, 0.5]], names=["digit", "angle", "noise"])
    answers = [6, 9, 6, 6, 9, 6, 8, 8, 8, 3, 8, 3]
    failures = aug.first_failures(pd.DataFrame({"old": answers, "new": index.get_level_values(0)}, index))
    assert failures.loc[(6, "old")].tolist() == [60, 0.5]
    assert failures.loc[(8, "old")].tolist() == failures.loc[(6, "new")].tolist() == ["never", "never"]


def test_the_grid_learns_what_it_is_shown():
    images, y = datasets.load_mnist()
    conditions = {"as scanned": lambda X, rng: X, "low contrast": aug.lower_contrast}
    recipes = {"nothing": [], "low contrast": [aug.lower_contrast]}
    table = aug.distortion_grid(recipes, conditions, X=images, y=y, n_train=300, n_test=100, n_splits=1)
    accuracy = table.set_index(["trained on", "tested on"])["accuracy"]
    assert len(table) == 4 and accuracy["nothing", "as scanned"] > 0.75
    assert accuracy["low contrast", "low contrast"] > accuracy["nothing", "low contrast"] + 0.3
    gained = table.set_index(["trained on", "tested on"])["gain"]
    assert np.allclose(gained, accuracy - accuracy["nothing"].reindex(accuracy.index, level=1))
    assert table["standard error"].between(0, 0.06).all() and (table["standard error"][:2] == 0).all()


def test_plots_show_the_values():
    axes = aug.plot_grid(pd.DataFrame([[0.25, 0.75]], ["nothing"], ["a", "b"]))
    assert [text.get_text() for text in axes.texts] == ["0.25", "0.75"]
    assert not axes.patches
    aug.plt.figure()
    framed = aug.plot_grid(pd.DataFrame([[0.9, 0.3], [0.2, 0.8]], ["blur", "other"], ["shift", "blur"])).patches
    assert [(round(patch.get_x() + 0.46), round(patch.get_y() + 0.43)) for patch in framed] == [(1, 0)]
    aug.plt.figure()
    curves = pd.DataFrame({"people": [0.9, 0.4]}, index=[0, 1])
    fig = aug.plot_reading(X[0], {"old": np.eye(10)[3], "new": np.eye(10)[8]}, digit=3)
    assert fig.axes[0].get_title() == "written as a 3"
    assert [text.get_text() for text in fig.axes[1].get_legend().get_texts()] == ["old: 3", "new: 8"]
    aug.plt.figure()
    axes = aug.plot_curves(curves, chance=0.1, band=curves.assign(high=1.0))
    assert axes.lines[0].get_ydata().tolist() == [0.9, 0.4]
    aug.plt.close("all")
