"""A desk for tagging pictures: a list of tags below each picture, set with the mouse or the keyboard."""

import io

import ipywidgets as widgets
import matplotlib.pyplot as plt

from helpers.plotting import plot_images, show_described
from helpers.touch import has_browser, show_widget

COLUMNS = 6


class TaggingDesk:
    """Pictures to tag, numbered from 1.

    The Tab key goes to the next picture, and the first letter of a tag sets it.

    Parameters
    ----------
    images : array of shape (n, side * side)
        Ink from 0 to 1.
    titles : sequence of str, length n
        A short text for each picture.
    choices : sequence of str
        The tags.

    Attributes
    ----------
    tags : dict
        By number: the tag of each picture that has one.
    """

    def __init__(self, images, titles, choices):
        self.images, self.titles, self.tags = images, list(titles), {}
        self.lists = [
            widgets.Dropdown(options=["", *choices], tooltip=f"tag of picture {number}", layout={"width": "90px"})
            for number in range(1, len(self.titles) + 1)
        ]
        for number, tag in enumerate(self.lists, start=1):
            tag.observe(lambda change, number=number: self._set(number, change["new"]), "value")

    def show(self):
        """Display the desk; where nobody could set a tag (in a run without a browser), the pictures alone."""
        if has_browser():
            show_widget(self.widget())
            return
        numbered = [f"{number}: {title}" for number, title in enumerate(self.titles, start=1)]
        figure = plot_images(self.images, numbered, columns=8)
        show_described(figure)
        plt.close(figure)

    def widget(self):
        """The desk, as something that JupyterLab displays: a box per picture with number, picture and tags."""
        boxes = []
        for number, (image, title, tag) in enumerate(zip(self.images, self.titles, self.lists, strict=True), start=1):
            picture = widgets.Image(value=_png(image), format="png", width=84)
            boxes.append(widgets.VBox([widgets.Label(f"{number}: {title}"), picture, tag]))
        return widgets.GridBox(boxes, layout={"grid_template_columns": f"repeat({COLUMNS}, 110px)"})

    def _set(self, number, tag):
        if tag:
            self.tags[number] = tag
        else:
            self.tags.pop(number, None)


def _png(image):
    side, drawn = int(image.size**0.5), io.BytesIO()
    plt.imsave(drawn, image.reshape(side, side), cmap="gray_r", vmin=0, vmax=1, format="png")
    return drawn.getvalue()
