"""A figure's description says what is drawn: it changes with the numbers, and not with a last bit."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns

from helpers.datasets import load_mnist
from helpers.descriptions import accessible_table, describe, number
from helpers.plotting import plot_bands, plot_images, plot_shares


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.12345, "0.12"),
        (1234, "1,200"),
        (0, "0"),
        (-0.5, "-0.5"),
        (2.5e-7, "2.5e-07"),
        (1e9, "1e+09"),
        (np.nan, "none"),
    ],
)
def test_numbers_have_two_digits(value, words):
    assert number(value) == words
    assert number(value * (1 + 1e-12)) == words


def test_a_line_is_told_by_its_ends_and_its_peak():
    _, ax = plt.subplots()
    ax.plot([1, 2, 3], [0.2, 0.9, 0.4], label="median")
    ax.axhline(0.1, label="chance")
    ax.axvline(2)
    ax.set(xlabel="width", ylabel="error", title="It peaks")
    assert describe(ax.figure) == (
        "Figure. It peaks. x: width, 1 to 3; y: error, 0.1 to 0.9. "
        'Line "median": from 0.2 to 0.4, highest 0.9 at 2. Horizontal line "chance" at 0.1. Vertical line at 2.'
    )


def test_where_a_line_is_highest_does_not_hang_on_a_last_bit():
    words = []
    for nudge in (1e-13, -1e-13):
        _, ax = plt.subplots()
        ax.plot([1, 2, 3, 4], [0.0, 1.0, 1.0 + nudge, 0.5])
        words.append(describe(ax.figure))
    assert words[0] == words[1]
    assert "highest 1 at 2" in words[0]


def test_bars_error_bars_and_categories_are_told_with_their_values():
    _, (left, right) = plt.subplots(1, 2)
    left.bar(["plain", "weights"], [0.24, 0.63], label="recall")
    right.errorbar([0.1, 0.3], ["all", "some"], xerr=0.05, fmt="o", label="lead")
    words = describe(left.figure)
    assert words.startswith("Figure with 2 panels.")
    assert 'x: categories plain, weights; y: 0 to 0.63. 2 bars "recall": 0.24, 0.63.' in words
    assert 'y: categories all, some. Points with error bars "lead": 0.1, 0.3.' in words


def test_many_bars_are_told_by_their_range():
    _, ax = plt.subplots()
    for place in range(20):
        ax.bar(place, place + 1)
    assert "20 bars: 1 to 20." in describe(ax.figure)


def test_points_are_told_by_where_they_lie():
    _, ax = plt.subplots()
    ax.scatter([1, 2], [3, 5], label="models")
    assert '2 points "models": x 1 to 2, y 3 to 5.' in describe(ax.figure)


def test_a_heat_map_is_told_row_by_row_without_its_color_bar():
    table = pd.DataFrame([[0.1, 0.2], [0.3, 0.4]], index=["a", "b"], columns=["c", "d"])
    plot_shares(table, "share")
    words = describe(plt.gcf())
    assert words == "Figure. x: categories c, d; y: categories a, b. Map, row by row: 0.1, 0.2; 0.3, 0.4."


def test_a_map_with_its_numbers_written_in_is_told_row_by_row():
    fig, axes = plt.subplots(1, 2, sharey=True)
    for ax in axes:
        sns.heatmap(pd.DataFrame([[1, -8], [10, 2]], ["Bonn", "Celle"], [7, 8]), annot=True, ax=ax)
    told = "x: categories 7, 8; y: categories Bonn, Celle. Map, row by row: 1, -8; 10, 2."
    assert describe(fig).count(told) == 2


def test_years_and_sizes_are_told_in_full():
    fig, ax = plt.subplots()
    ax.plot([1970, 1981, 1982], [2, 7, 3])
    ax.axvline(1975)
    assert "x: 1970 to 1982" in describe(fig) and "highest 7 at 1981" in describe(fig)
    assert "Vertical line at 1975" in describe(fig)


def test_error_bars_lie_whichever_panel_shows_the_categories_and_their_caps_are_no_points():
    fig, axes = plt.subplots(1, 2, sharey=True)
    for ax in axes:
        ax.errorbar([1, 2], ["dry", "wet"], xerr=[0.1, 0.2], fmt="o", capsize=3)
    assert describe(fig).count("y: categories dry, wet. Points with error bars: 1, 2.") == 2
    assert describe(fig).count("Points") == 2


def test_pictures_are_told_with_their_ink_and_where_it_lies():
    half, corner = np.zeros((4, 4)), np.zeros((4, 4))
    half[:, :2] = 1
    corner[3, 3] = 1
    words = describe(plot_images(np.array([half, corner, np.zeros((4, 4))]), ["a", "b", ""], suptitle="Three"))
    assert words == (
        "Figure. Three. 3 pictures, with the share of ink in percent, and how far its middle lies from the left and "
        'from the top: "a" 50 (25, 50); "b" 6.2 (88, 88); 0.'
    )


@pytest.mark.parametrize(
    "change", [np.fliplr, np.flipud, lambda image: 0.7 * image, lambda image: np.roll(image, 2, 0)]
)
def test_another_picture_has_another_description_and_a_last_bit_has_not(change):
    image = load_mnist()[0][1234].reshape(28, 28)
    words = describe(plot_images(image[None]))
    assert describe(plot_images(change(image)[None])) != words
    assert describe(plot_images(image[None] * (1 - 1e-15))) == words


def test_a_mean_on_the_edge_of_two_roundings_does_not_hang_on_a_last_bit():
    words = []
    for nudge in (0, 1e-14):
        _, ax = plt.subplots()
        ax.imshow(np.full((4, 4), 12.5 + nudge))
        words.append(describe(ax.figure).partition("; means")[2])
    assert words[0] == words[1]
    assert "along x: 12, 12, 12, 12" in words[0]


def test_pictures_with_a_frame_are_pictures_and_one_with_scales_is_told_too():
    figure, axes = plt.subplots(1, 2)
    for ax in axes:
        ax.imshow(np.ones((2, 2)))
        ax.set(xticks=[], yticks=[])
    assert "2 pictures" in describe(figure)
    _, ax = plt.subplots()
    ax.imshow(np.zeros((2, 2, 3)))
    assert "A picture, in percent of ink: 100 (50, 50)." in describe(ax.figure)


@pytest.mark.parametrize("draw", ["origin lower", "origin upper", "y turned", "mesh"])
def test_a_map_is_told_by_the_means_of_its_parts_along_both_axes(draw):
    """Whichever way it is drawn: from the low end of an axis to its high end."""
    _, ax = plt.subplots()
    values, edges = np.arange(8.0).reshape(2, 4), (0, 4, 0, 2)
    if draw == "mesh":
        ax.pcolormesh(values)
    elif draw == "origin lower":
        ax.imshow(values, origin="lower", extent=edges)
    elif draw == "origin upper":
        ax.imshow(values[::-1], origin="upper", extent=edges)
    else:
        ax.imshow(values)
    assert describe(ax.figure).endswith(
        "Map of 2 by 4 values, 0 to 7; means along x: 2, 3, 4, 5; means along y: 1.5, 5.5."
    )


def test_a_log_axis_is_told_in_powers():
    _, ax = plt.subplots()
    ax.semilogy([1, 2], [1234, 0.0151])
    assert "y: 0.02 to 1,000 (log scale)" in describe(ax.figure)


def test_bands_are_drawn_from_quantile_to_quantile():
    table = pd.DataFrame({"x": np.repeat([1, 2], 5), "y": [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]})
    ax = plot_bands(table, "x", "y", quantiles=(0.25, 0.75))
    (line,) = ax.lines
    assert line.get_ydata().tolist() == [2, 12]
    edges = ax.collections[0].get_paths()[0].vertices
    assert edges[edges[:, 0] == 1][:, 1].min() == 1
    assert edges[edges[:, 0] == 1][:, 1].max() == 3
    assert "1 shaded band." in describe(ax.figure)


def test_a_table_says_what_its_headers_head():
    table = pd.DataFrame({"error": [0.1]}, index=["model"])
    page = accessible_table(table._repr_html_(), "Errors & more")
    assert page.count('scope="col"') == 1
    assert page.count('scope="row"') == 1
    assert "<td></td>" in page
    assert "Errors &amp; more</caption>" in page


def test_a_header_above_columns_and_one_beside_rows_head_a_group_each():
    rows = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["model", "run"])
    table = pd.DataFrame({("error", "mean"): 0.1, ("error", "sd"): 0.2, ("cost", "mean"): 3}, index=rows)
    page = accessible_table(table._repr_html_(), "Errors")
    groups = re.findall(r'<colgroup span="(\d)"></colgroup>', page)
    assert groups == ["1", "1", "2", "1"]
    assert page.index("</caption>") < page.index("<colgroup") < page.index("<thead>")
    assert page.count('<th scope="colgroup" colspan="2"') == 1
    assert [body.count("<tr>") for body in page.split("<tbody>")[1:]] == [2, 1]
    assert page.count("</tbody>") == 2
    assert page.count('<th scope="rowgroup" rowspan="2" valign="top">a</th>') == 1
    assert page.count('scope="row">') == 4
    assert page.count("<th ") == page.count("scope=")


def test_a_header_of_the_middle_level_heads_its_rows_within_the_group():
    rows = pd.MultiIndex.from_product([["a"], ["x", "y"], [1, 2]])
    page = accessible_table(pd.DataFrame({"error": 0.1}, index=rows)._repr_html_(), "Errors")
    assert page.count("<tbody>") == 1
    assert page.count('<th scope="rowgroup" rowspan="4"') == 1
    assert page.count('<th scope="row" rowspan="2"') == 2


def test_a_table_without_rows_is_still_one():
    page = accessible_table(pd.DataFrame({"error": []})._repr_html_(), "Nothing")
    assert page.count("<tbody>") == page.count("</tbody>") == 1
