"""Figures that can be moved: sliders in a running notebook, a still picture everywhere else."""

import io
import os

import ipywidgets as widgets
import matplotlib.pyplot as plt
from IPython.display import display

from helpers.plotting import show_described

DPI = 80  # of a moving picture: a redraw must be answered within a tenth of a second


def touch(draw, **choices):
    """Show a figure with a slider for each of its arguments.

    Where nobody could move a slider (in a run without a browser, on a page), the figure of the first values is shown as
    any other figure, with its description.

    Parameters
    ----------
    draw : callable
        Called with one value for each of `choices`; it returns a matplotlib Figure, and computes nothing that takes
        long.
    **choices : sequence
        The values of each argument, in the order of the slider. The first is shown first. A slider moves with the mouse
        and with the arrow keys.

    Raises
    ------
    ValueError
        If there is no argument, or one has no value.
    """
    if not choices or not all(len(values) for values in choices.values()):
        raise ValueError(f"'choices' must name at least one value for each argument (got {choices})")
    if has_browser():
        display(sliders(draw, **choices))
        return
    figure = draw(**{name: values[0] for name, values in choices.items()})
    show_described(figure)
    plt.close(figure)


def has_browser():
    """Whether this kernel was started for a notebook that is open in a browser: Jupyter's server then names it."""
    return "JPY_SESSION_NAME" in os.environ


def sliders(draw, **choices):
    """The figure as a picture below its sliders; arguments as for :func:`touch`. A picture is drawn once only.

    Returns
    -------
    ipywidgets.VBox
        Its last child is the picture.
    """
    picture, pictures = widgets.Image(format="png"), {}
    controls = [
        widgets.SelectionSlider(
            options=[(f"{value:g}" if isinstance(value, float) else str(value), value) for value in values],
            description=name.replace("_", " "),
            style={"description_width": "initial"},
            layout={"width": "30em"},
        )
        for name, values in choices.items()
    ]

    def show(_change=None):
        chosen = tuple(control.value for control in controls)
        if chosen not in pictures:
            pictures[chosen] = _png(draw(**dict(zip(choices, chosen, strict=True))))
        picture.value = pictures[chosen]

    for control in controls:
        control.observe(show, "value")
    show()
    return widgets.VBox([*controls, picture])


def _png(figure):
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    plt.close(figure)
    return drawn.getvalue()
