"""One look for every figure of the course."""

from pathlib import Path

import matplotlib.pyplot as plt

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
