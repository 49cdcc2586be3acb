"""A figure that can be moved: what a slider does, and what is shown where there is none."""

import matplotlib.pyplot as plt
import pytest
from IPython.display import HTML

from helpers import touch


@pytest.fixture
def drawn():
    """A figure of two arguments, and the list of what it was asked to draw."""
    asked = []

    def draw(price, threshold):
        asked.append((price, threshold))
        figure, ax = plt.subplots(figsize=(3, 2))
        ax.plot([0, 1], [0, price], label="bill")
        ax.set_title(f"at {threshold}")
        return figure

    return draw, asked


@pytest.fixture
def shown(monkeypatch):
    """What is displayed."""
    displayed = []
    monkeypatch.setattr(touch, "display", displayed.append)
    monkeypatch.setattr(touch, "show_described", displayed.append)
    return displayed


def test_without_a_browser_it_is_the_figure_of_the_first_values(drawn, shown, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    draw, asked = drawn
    touch.touch(draw, price=[5.0, 10.0], threshold=[0.5, 0.1])
    assert asked == [(5.0, 0.5)]
    assert [figure.axes[0].get_title() for figure in shown] == ["at 0.5"]
    assert not plt.get_fignums()


def test_in_a_browser_a_slider_moves_it(drawn, shown, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "week2/notebook.ipynb")
    draw, asked = drawn
    touch.touch(draw, price=[5.0, 10.0], threshold=[0.5, 0.1])
    price, threshold, picture = shown[0].children
    assert "aria-label" in shown[1].data
    first = picture.value
    assert bytes(first[:4]) == b"\x89PNG"
    threshold.value = 0.1
    assert asked == [(5.0, 0.5), (5.0, 0.1)]
    assert picture.value != first
    threshold.value = 0.5
    assert len(asked) == 2  # a picture that was drawn before is kept
    assert picture.value == first
    assert not plt.get_fignums()


def test_a_sound_is_played_with_and_without_a_browser(shown, monkeypatch):
    def hear(noise):
        return HTML(f"<audio aria-label='noise {noise}'></audio>")

    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    touch.touch(hear, noise=[0, 5])
    monkeypatch.setenv("JPY_SESSION_NAME", "week2/notebook.ipynb")
    touch.touch(hear, noise=[0, 5])
    still, moving, _ = shown
    assert still.data == hear(0).data
    noise, player = moving.children
    assert player.value == hear(0).data
    noise.value = 5
    assert player.value == hear(5).data


def test_a_slider_is_named_and_labeled(drawn):
    price, threshold, _ = touch.sliders(drawn[0], price=[5.0, 10.0], threshold=["low", "high"]).children
    assert (price.description, [label for label, _ in price.options]) == ("price", ["5", "10"])
    assert [label for label, _ in threshold.options] == ["low", "high"]


def test_numbers_rise_along_a_slider_that_starts_at_the_first(drawn):
    draw, asked = drawn
    price, threshold, _ = touch.sliders(draw, price=[5.0, 1, 10], threshold=["middle", "low", 3]).children
    assert [value for _, value in price.options] == [1, 5.0, 10]
    assert [value for _, value in threshold.options] == ["middle", "low", 3]
    assert asked == [(5.0, "middle")]


@pytest.mark.parametrize("choices", [{}, {"price": []}])
def test_it_names_what_is_missing(drawn, choices):
    with pytest.raises(ValueError, match=r"'choices' must name at least one value for each argument \(got "):
        touch.touch(drawn[0], **choices)
