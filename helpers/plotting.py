"""One look for every figure of the course, and one door through which each figure and table gets its description."""

import base64
import html
import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from helpers.descriptions import accessible_table, describe

STYLE = Path(__file__).with_name("workbook.mplstyle")
COLORS = 128  # of a picture in a notebook, which makes its file a third as large


def use_style():
    """Apply the course's style sheet to every figure of this notebook, and describe figures and tables in words."""
    from IPython import get_ipython

    plt.style.use(STYLE)
    if shell := get_ipython():
        plt.switch_backend(plt.get_backend())  # chosen now, since choosing it installs the hook that goes next
        plt.uninstall_repl_displayhook()  # it drew every figure once more, before the notebook shows it
        shell.display_formatter.ipython_display_formatter.for_type(Figure, show_described)
        shell.display_formatter.formatters["text/html"].for_type(pd.DataFrame, _described_table)


def show_described(figure):
    """Display a figure as a picture, and below it, folded, in words.

    The words are the picture's alternative text too. JupyterLab and nbconvert do not show that one yet.
    """
    from IPython.display import display

    words = describe(figure)
    display({"image/png": png(figure), "text/plain": words}, metadata={"image/png": {"alt": words}}, raw=True)
    folded = f"<details><summary>The figure in words</summary>{html.escape(words)}</details>"
    display({"text/html": folded, "text/plain": "(the figure in words)"}, raw=True)


def png(figure):
    """The figure as a PNG file of few colors, encoded in base64; its size is the figure's, less empty margins."""
    small = io.BytesIO()
    _drawn(figure).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(small, "png")
    return base64.b64encode(small.getvalue()).decode()


def _drawn(figure):
    """The figure as an image without empty margins, drawn once where it can be; ``savefig`` draws it twice."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    size = np.array(canvas.get_width_height())
    ink = figure.get_tightbbox(canvas.get_renderer()).get_points() * figure.dpi  # from the lower left
    if (ink < 0).any() or (ink > size).any():  # something sticks out, such as a long title
        whole = io.BytesIO()
        figure.savefig(whole, format="png", bbox_inches="tight")
        return Image.open(whole)
    pad = plt.rcParams["savefig.pad_inches"] * figure.dpi
    (left, bottom), (right, top) = np.clip([ink[0] - pad, ink[1] + pad], 0, size).round().astype(int).tolist()
    drawn = Image.frombuffer("RGBA", size.tolist(), canvas.buffer_rgba())
    return drawn.crop((left, size[1] - top, right, size[1] - bottom))


def _described_table(table):
    columns = [": ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in table.columns]
    caption = f"Table with {len(table)} rows and the columns {', '.join(columns)}"
    return accessible_table(table._repr_html_(), caption)


def plot_images(images, titles=None, *, columns=10, suptitle=None):
    """Draw square gray images in a grid, dark ink on white, each in a thin frame.

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
    lines = 0 if titles is None else max(str(title).count("\n") + 1 for title in titles)
    wide, high = 1.12, 1.12 + 0.2 * lines  # of a cell, whose image is 1 wide and 1 high
    fig, ax = plt.subplots(figsize=(0.9 * columns, 0.8 * high * rows + 0.4))
    ax.set_axis_off()
    for i, image in enumerate(images):
        left, top = wide * (i % columns), -high * (i // columns)
        place = (left, left + 1, top - 1, top)
        shown = ax.imshow(image.reshape(side, side), cmap="gray_r", vmin=0, vmax=1, extent=place)
        ax.add_patch(Rectangle((left, top - 1), 1, 1, fill=False, edgecolor="0.8", linewidth=0.5))
        if titles is not None:
            shown.set_label(titles[i])
            ax.text(left + 0.5, top + 0.04, titles[i], ha="center", va="bottom", fontsize=9)
    ax.set(xlim=(-0.01, wide * columns), ylim=(-high * (rows - 1) - 1.01, high - 1))
    fig.suptitle(suptitle)
    return fig


def mean_interval(by_run):
    """Mean over runs (or other units) and its 95 % t interval, to be drawn or claimed.

    Parameters
    ----------
    by_run : Series or DataFrame
        One row per run, at least two.

    Returns
    -------
    DataFrame
        One row per column of `by_run`: mean, low and high.

    Examples
    --------
    >>> mean_interval(pd.DataFrame({"a": [1.0, 2.0, 3.0]})).round(2).loc["a"].tolist()
    [2.0, -0.48, 4.48]
    """
    from scipy import stats

    by_run = pd.DataFrame(by_run)
    mean, half = by_run.mean(), by_run.sem() * stats.t.ppf(0.975, len(by_run) - 1)
    return pd.DataFrame({"mean": mean, "low": mean - half, "high": mean + half})


def plot_bands(table, x, y, *, by=None, label=None, quantiles=(0.1, 0.9), ax=None):
    """Draw the median of `y` over runs against `x`, with a band between two quantiles; one line per value of `by`.

    Parameters
    ----------
    table : DataFrame
        One row per run and point.
    x, y : str
        Columns to draw.
    by : str, optional
        Column whose values get a line each.
    label : str, optional
        Text of a line in the legend; ``{}`` stands for the value of `by`, which alone is the default.
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
        (line,) = ax.plot(edges.index, edges[0.5], label=(label or "{}").format(value) if by else label)
        ax.fill_between(edges.index, edges[quantiles[0]], edges[quantiles[1]], color=line.get_color(), alpha=0.15)
    return ax


def plot_shares(table, label, *, low=0, fontsize=None, ax=None):
    """Draw a table of shares as a heat map, each cell with its number; brighter is more.

    Parameters
    ----------
    table : DataFrame
        Shares from `low` to 1.
    label : str
        Of the color bar.
    low : float, default 0
        The share of the darkest color.
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
