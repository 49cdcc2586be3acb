"""Figures and sounds that can be changed: sliders in a running notebook, a still one everywhere else."""

import gc
import io
import os
from numbers import Real

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, Javascript, display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from helpers.plotting import show_described

DPI = 80  # of a moving picture: a redraw must be answered within a tenth of a second

# In ipywidgets the handle of a slider has no name and tells the place of its value, and Tab stops at its text, too.
# And a key that is pressed in a widget is JupyterLab's first: R in a list of tags would turn the cell into raw text.
KEYBOARD = """
const tell = () => {
  const keyed = document.querySelectorAll(".jupyter-button, .jupyter-widgets select, .jupyter-widgets [role=slider]");
  keyed.forEach((control) => (control.dataset.lmSuppressShortcuts = "true"));
  document.querySelectorAll(".widget-slider").forEach((slider) => {
    const parts = ["label", ".widget-readout", "[role=slider]"];
    const [name, value, handle] = parts.map((part) => slider.querySelector(part));
    if (!handle) return;
    handle.setAttribute("aria-label", name.textContent);
    value.tabIndex = -1;
    if (handle.getAttribute("aria-valuetext") !== value.textContent)
      handle.setAttribute("aria-valuetext", value.textContent);
  });
};
if (!window.workbookObserver) {  // one for the page, however many widgets are shown, or shown again
  window.workbookObserver = new MutationObserver(tell);
  const options = { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-valuetext"] };
  window.workbookObserver.observe(document.body, options);
}
tell();
"""


def touch(draw, **choices):
    """Show a figure with a slider for each of its arguments.

    Where nobody could move a slider (in a run without a browser, on a page), the figure of the first values is shown as
    any other figure, with its description.

    Parameters
    ----------
    draw : callable
        Called with one value for each of `choices`; it returns a matplotlib Figure, or an IPython HTML such as players
        of sounds, and computes nothing that takes long.
    **choices : sequence
        The values of each argument. The first is shown first; along the slider numbers rise, and anything else keeps
        its order. A slider moves with the mouse and with the arrow keys.

    Raises
    ------
    ValueError
        If there is no argument, or one has no value, or the same value twice.
    """
    if not choices or not all(0 < len(set(values)) == len(values) for values in choices.values()):
        raise ValueError(f"'choices' must name at least one value for each argument, and each once (got {choices})")
    if has_browser():
        show_widget(sliders(draw, **choices))
        return
    drawn = draw(**{name: values[0] for name, values in choices.items()})
    if isinstance(drawn, HTML):
        display(drawn)
        return
    show_described(drawn)
    plt.close(drawn)


def show_widget(widget):
    """Display a widget, such that the keyboard alone is enough for it, and every slider says its name and its value."""
    display(widget)
    display(Javascript(KEYBOARD))


def has_browser():
    """Whether this kernel was started for a notebook that is open in a browser: Jupyter's server then names it."""
    return "JPY_SESSION_NAME" in os.environ


def sliders(draw, **choices):
    """The figure as a picture below its sliders; arguments as for :func:`touch`. A picture is drawn once only.

    Returns
    -------
    ipywidgets.VBox
        Its last child is the picture, or what was drawn in HTML.
    """
    gc.collect()
    gc.freeze()  # else a collection during a move would walk through every library: about a tenth of a second
    first = draw(**{name: values[0] for name, values in choices.items()})
    picture = widgets.HTML() if isinstance(first, HTML) else widgets.Image(format="png")
    pictures = {tuple(values[0] for values in choices.values()): _value(first)}
    controls = [
        widgets.SelectionSlider(
            options=[(f"{value:g}" if isinstance(value, float) else str(value), value) for value in _in_order(values)],
            value=values[0],
            description=name.replace("_", " "),
            style={"description_width": "initial"},
            layout={"width": "30em"},
        )
        for name, values in choices.items()
    ]

    def show(_change=None):
        chosen = tuple(control.value for control in controls)
        if chosen not in pictures:
            pictures[chosen] = _value(draw(**dict(zip(choices, chosen, strict=True))))
        picture.value = pictures[chosen]

    for control in controls:
        control.observe(show, "value")
    show()
    return widgets.VBox([*controls, picture])


def _in_order(values):
    return sorted(values) if all(isinstance(value, Real) for value in values) else values


def _value(drawn):
    """What a widget shows: the text of HTML, or a figure as PNG."""
    if isinstance(drawn, HTML):
        return drawn.data
    drawn.set_dpi(DPI)
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()  # to save it the usual way would lay it out, and look for the smallest frame, once more
    plt.close(drawn)
    png = io.BytesIO()
    Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").save(png, "png", compress_level=1)
    return png.getvalue()
