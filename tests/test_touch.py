"""A figure that can be moved: what a slider does, and what is shown where there is none."""

import sys

import matplotlib.pyplot as plt
import nbformat
import pytest
from browser import browser, find_browser
from IPython.display import HTML
from nbformat.v4 import new_code_cell, new_notebook
from newcomer import IDLE, PANEL, PLACE
from newcomer import lab as running_lab

from helpers import touch

DESK = """
import matplotlib.pyplot as plt
import numpy as np
from helpers.error_analysis_tagging import TaggingDesk
from helpers.label_session import LabelingSession
from helpers.touch import show_widget, touch

def draw(price, threshold):
    figure, ax = plt.subplots(figsize=(3, 2))
    ax.set_title(f"{price} {threshold}")
    return figure

X = np.zeros((3, 784))
touch(draw, price=[5.0, 1.0, 10.0], threshold=["low", "high"])
show_widget(LabelingSession(X, [1, 2, 0], path="votes.csv").widget)
TaggingDesk(X[:2], ["7 as 1", "2 as 3"], ["faint", "rotated"]).show()
"""
FOCUSED = """
(() => {
  const it = document.activeElement;
  const look = () => (({ outline, boxShadow, borderColor, backgroundColor }) =>
    [outline, boxShadow, borderColor, backgroundColor].join())(getComputedStyle(it));
  const focused = look();
  it.blur();
  const told = look() !== focused;
  it.focus();
  const name = it.ariaLabel || [...(it.labels || [])].map((label) => label.textContent).join() || it.textContent;
  return [it.tagName === "SELECT" ? it.title : name, told];
})()
"""


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


@pytest.mark.parametrize("choices", [{}, {"price": []}, {"price": [0.003, 0.003]}])
def test_it_names_what_is_missing_or_twice(drawn, choices):
    with pytest.raises(
        ValueError, match=r"'choices' must name at least one value for each argument, and each once \(got "
    ):
        touch.touch(drawn[0], **choices)


@pytest.mark.skipif(find_browser() is None, reason="needs Chromium")
def test_every_widget_is_reached_named_seen_and_used_by_keyboard(tmp_path):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=[new_code_cell(DESK)], metadata=kernel), tmp_path / "desk.ipynb")
    command = [sys.executable, *"-m jupyterlab --no-browser --allow-root --ServerApp.port=0".split()]
    own = {"JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "JUPYTER_DATA_DIR": str(tmp_path / "data")}
    with running_lab(command, tmp_path, tmp_path / "lab.log", **own) as address, browser() as page:
        try:
            open_desk(page, address)
            use_desk(page)
        finally:
            page.screenshot(tmp_path / "page.png")
    votes = (tmp_path / "votes.csv").read_text(encoding="utf-8").split()
    assert votes == ["item,labeler,label", "1,Ana,0", "2,Ana,7"]


def open_desk(page, address):
    """Open the notebook, run its cell, and put the place from which Tab goes on above the widgets."""
    page.open(address.replace("/lab?", "/lab/tree/desk.ipynb?"))
    page.wait_for(f"{IDLE} && {PLACE} === '0'", 300)
    page.evaluate(f"document.querySelector('{PANEL} .cm-content').focus()")
    page.wait_for("document.activeElement.closest('.cm-content')")
    page.press("Enter", modifiers=8)
    page.wait_for("document.querySelectorAll('.widget-dropdown select').length === 2", 300)
    page.wait_for("document.querySelector('[role=slider][aria-label]')")
    page.click("document.querySelector('.widget-slider label')")


def use_desk(page):
    """Go through the widgets with Tab, and use one of each kind."""

    def tab():
        page.press("Tab")
        name, can_be_seen = page.evaluate(FOCUSED)
        assert can_be_seen, name
        return name.strip()

    def slide(key, value):
        before = page.evaluate(f"document.querySelector('{PANEL} .widget-image').src")
        page.press(key)
        page.wait_for(f"document.activeElement.getAttribute('aria-valuetext') === '{value}'")
        page.wait_for(f"document.querySelector('{PANEL} .widget-image').src !== '{before}'")

    for _ in range(20):  # the buttons of the cell may come first
        page.press("Tab")
        if page.evaluate("document.activeElement.ariaLabel") == "price":
            break
    assert page.evaluate(FOCUSED) == ["price", True]
    slide("ArrowRight", "10")
    assert tab() == "threshold"
    slide("ArrowRight", "high")
    assert tab() == "Your name"
    page.write("Ana")
    assert [tab()] == ["0"]
    page.press(" ", code="Space")
    page.wait_for(f"document.querySelector('{PANEL}').innerText.includes('Digit 2 of 3')")
    assert [tab() for _ in range(12)] == [*"123456789?", "Back", "or type it"]
    page.press("7", code="Digit7")
    page.wait_for(f"document.querySelector('{PANEL}').innerText.includes('Digit 3 of 3')")
    for number, letter, tag in ((1, "f", "faint"), (2, "r", "rotated")):
        assert tab() == f"tag of picture {number}"
        page.press(letter, code=f"Key{letter.upper()}")
        page.wait_for(f"document.activeElement.value === '{tag}'")
