"""A week's slides and its teaching card."""

import re

import pytest
from browser import browser, find_browser

from helpers.course.feedback import MET
from helpers.course.gradebook import read_table
from helpers.course.notebooks import CourseError, read_notebook
from helpers.course.slides import _drawn, slide_cells, teaching_card, write_week
from helpers.course.syllabus import load_syllabus

SYLLABUS = load_syllabus()
FIRST = SYLLABUS.notebooks[0]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_week("week1", tmp_path_factory.mktemp("slides"))


def test_slides_hold_no_code_and_no_answers(written):
    slides, card = written
    page = slides.read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in page
    assert "<details>" not in page
    assert all(entry.title in page for entry in SYLLABUS.notebooks if entry.week == "week1")
    text = card.read_text(encoding="utf-8")
    assert "What learners get wrong" in text
    assert "To vote on before it is run" in text
    assert all(name in text for entry in SYLLABUS.notebooks if entry.week == "week1" for name in entry.objectives)


def test_what_a_class_got_wrong_is_on_its_card(tmp_path):
    rows = [f"week1,{FIRST.name},guess_times,too many,7", "week2,02_baselines,x,of another week,3"]
    (tmp_path / "met.csv").write_text("\n".join(["week,notebook,exercise,misconception,students", *rows]))
    card = teaching_card("week1", read_table(tmp_path / "met.csv", *MET))
    assert "too many (students: 7)" in card and "of another week" not in card
    assert card.count("What this class got wrong") == 1
    assert "What this class" not in teaching_card("week1")


def test_slides_ask_for_nothing_and_lead_nowhere_that_is_not_there(written):
    page = written[0].read_text(encoding="utf-8")
    assert not re.search(r"<(script|img|audio|iframe|source)[^>]*\bsrc=[\"']?(?!data:)\w", page)
    assert not re.search(r"<link\b|@import|url\([\"']?(https?:)?//", page)
    targets = re.findall(r"<a [^>]*href=[\"']([^\"']*)", page)
    assert all(target.startswith("https://") for target in targets), targets


def test_every_slide_has_a_title_and_not_too_many_words():
    for entry in SYLLABUS.notebooks:
        begins = [cell for cell in slide_cells(read_notebook(entry.path))]
        for cell in begins:
            assert cell.cell_type == "markdown" or cell.source == ""
            assert len(cell.source.split()) <= 160 or "base64" in cell.source
            if cell.metadata.slideshow.slide_type in ("slide", "subslide"):
                assert re.match(r"#{1,3} \S", cell.source), cell.source[:80]


def test_formulas_are_pictures_with_their_source_as_description():
    shown = _drawn(r"Let $\tfrac12 \le x$: $$\text{a b} = 1$$")
    assert shown.count("<img") == 2
    assert r'alt="\tfrac12 \le x"' in shown
    assert "$" not in shown
    for entry in SYLLABUS.notebooks:
        assert all("$" not in cell.source for cell in slide_cells(read_notebook(entry.path))), entry.key


@pytest.mark.skipif(find_browser() is None, reason="needs Chromium")
def test_every_slide_fits_the_screen(written):
    bottoms = "slides.map((slide, i) => { show(i, true); return slide.getBoundingClientRect().bottom })"
    with browser(width=1280, height=720) as page:
        page.open(written[0].as_uri())
        assert max(page.evaluate(bottoms)) <= 721


@pytest.mark.skipif(find_browser() is None, reason="needs Chromium")
def test_slides_are_shown_one_by_one_by_keyboard(written):
    shown = "[...document.querySelectorAll('.slides section section')].filter(s => s.offsetParent).length"
    with browser() as page:
        page.open(written[0].as_uri())
        assert page.evaluate(shown) == 1
        for _ in range(3):
            page.press("ArrowRight")
        page.wait_for("location.hash !== '#1'")
        assert page.evaluate(shown) == 1
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
        assert page.errors == []


def test_an_unknown_week_is_named(tmp_path):
    with pytest.raises(CourseError, match="no week 'week9'"):
        write_week("week9", tmp_path)
