import matplotlib.pyplot as plt
import pandas as pd
import pytest

from helpers import plotting


def test_shares_are_written_so_that_they_can_be_read():
    table = pd.DataFrame({"left": [0.54, 1.0], "right": [0.1, 0.56]}, index=["top", "bottom"])
    ax = plotting.plot_shares(table, "accuracy", low=0.1, fontsize=7, ax=plt.subplots()[1])
    assert [(text.get_text(), text.get_color()) for text in ax.texts] == [
        ("0.54", "white"), ("0.10", "white"), ("1.00", "black"), ("0.56", "black"),
    ]  # fmt: skip
    assert {text.get_fontsize() for text in ax.texts} == {7}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["left", "right"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["top", "bottom"]
    assert ax.images[0].get_clim() == (0.1, 1)
    assert ax.images[0].colorbar.ax.get_ylabel() == "accuracy"
    plt.close("all")


def test_a_band_runs_between_its_quantiles_around_the_median():
    runs = pd.DataFrame({"n": [1] * 5 + [2] * 5, "error": [0, 1, 2, 3, 4, 10, 20, 30, 40, 100]})
    ax = plotting.plot_bands(runs, "n", "error", quantiles=(0.25, 0.75), label="tree", ax=plt.subplots()[1])
    (line,), (band,) = ax.lines, ax.collections
    assert line.get_xydata().tolist() == [[1, 2], [2, 30]]
    assert line.get_label() == "tree"
    edges = {tuple(point) for point in band.get_paths()[0].vertices.tolist()}
    assert edges == {(1, 1), (1, 3), (2, 20), (2, 40)}


def test_bands_are_from_a_tenth_to_nine_tenths_and_one_per_group():
    shares = [step / 10 for step in range(11)]
    runs = pd.DataFrame({"n": 1, "error": shares + [10 + share for share in shares], "team": ["a"] * 11 + ["b"] * 11})
    ax = plotting.plot_bands(runs, "n", "error", by="team", label="team {}", ax=plt.subplots()[1])
    assert [line.get_label() for line in ax.lines] == ["team a", "team b"]
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.5], [10.5]]
    heights = [band.get_paths()[0].vertices[:, 1] for band in ax.collections]
    assert [(low.min(), low.max()) for low in heights] == [pytest.approx((0.1, 0.9)), pytest.approx((10.1, 10.9))]
    colors = [line.get_color() for line in ax.lines]
    assert colors[0] != colors[1]


def test_the_caption_of_a_table_names_columns_of_two_levels():
    table = pd.DataFrame({("error", "mean"): [0.1], ("error", "sd"): [0.2]})
    assert "1 rows and the columns error: mean, error: sd</caption>" in plotting._described_table(table)
