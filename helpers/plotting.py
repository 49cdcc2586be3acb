"""One look for every figure of the course."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

STYLE = Path(__file__).with_name("workbook.mplstyle")


def use_style():
    """Apply the course's style sheet to every figure of this notebook."""
    plt.style.use(STYLE)


def plot_images(images, titles=None, *, columns=10, suptitle=None):
    """Draw square grey images in a grid, dark ink on white.

    Parameters
    ----------
    images : array of shape (n, side * side) or (n, side, side)
        Ink from 0 (paper) to 1 (full ink).
    titles : sequence of str, optional
        One short title per image.
    columns : int, default 10
        Images per row.
    suptitle : str, optional
        Title of the whole grid.

    Returns
    -------
    matplotlib.figure.Figure
    """
    side = int(round(images[0].size ** 0.5))
    rows = -(-len(images) // columns)
    height = 0.85 + 0.2 * (titles is not None)
    fig, axes = plt.subplots(rows, columns, figsize=(0.9 * columns, height * rows + 0.4), squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for i, image in enumerate(images):
        axes.flat[i].imshow(image.reshape(side, side), cmap="gray_r", vmin=0, vmax=1)
        if titles is not None:
            axes.flat[i].set_title(titles[i], fontsize=9)
    fig.suptitle(suptitle)
    return fig


def plot_bands(table, x, y, *, by=None, label="{}", quantiles=(0.1, 0.9), ax=None):
    """Draw the median of `y` over runs against `x`, with a band between two quantiles; one line per value of `by`.

    Parameters
    ----------
    table : DataFrame
        One row per run and point.
    x, y : str
        Columns to draw.
    by : str, optional
        Column whose values get a line each.
    label : str, default "{}"
        Text of a line in the legend; ``{}`` stands for the value of `by`.
    quantiles : (float, float), default (0.1, 0.9)
        Lower and upper edge of the band.
    ax : matplotlib Axes, optional
        Where to draw; the current axes by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = ax or plt.gca()
    for value, part in table.groupby(by) if by else [(None, table)]:
        edges = part.groupby(x)[y].quantile([quantiles[0], 0.5, quantiles[1]]).unstack()
        (line,) = ax.plot(edges.index, edges[0.5], label=label.format(value))
        ax.fill_between(edges.index, edges[quantiles[0]], edges[quantiles[1]], color=line.get_color(), alpha=0.15)
    return ax


def plot_shares(table, label, *, low=0, fontsize=None, ax=None):
    """Draw a table of shares as a heat map, each cell with its number; brighter is more.

    Parameters
    ----------
    table : DataFrame
        Shares from `low` to 1.
    label : str
        Of the colour bar.
    low : float, default 0
        The share of the darkest colour.
    fontsize : float, optional
        Of the numbers, in points; the style's by default.
    ax : matplotlib Axes, optional
        Where to draw; the current axes by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = ax or plt.gca()
    image = ax.imshow(table, cmap="cividis", vmin=low, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(table.to_numpy()):
        ink = "black" if share > (low + 1) / 2 else "white"
        ax.text(column, row, f"{share:.2f}", ha="center", va="center", color=ink, fontsize=fontsize)
    ax.set_xticks(range(table.shape[1]), table.columns)
    ax.set_yticks(range(len(table)), table.index)
    ax.grid(False)
    ax.figure.colorbar(image, ax=ax, label=label)
    return ax
