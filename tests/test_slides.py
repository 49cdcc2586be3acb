"""A week's slides and its teaching card."""

import pytest

from helpers.course.notebooks import CourseError, read_notebook
from helpers.course.slides import slide_cells, write_week
from helpers.course.syllabus import load_syllabus

SYLLABUS = load_syllabus()
FIRST = SYLLABUS.notebooks[0]


def test_slides_hold_no_code_and_no_answers(tmp_path):
    slides, card = write_week("week1", tmp_path)
    page = slides.read_text()
    assert "Reveal.initialize" in page
    assert "require" not in page.rpartition("<script src")[2]  # reveal.js is all that a room without network needs
    assert "BEGIN SOLUTION" not in page
    assert "<details>" not in page
    assert all(entry.title in page for entry in SYLLABUS.notebooks if entry.week == "week1")
    text = card.read_text()
    assert "What learners get wrong" in text
    assert "To vote on before it is run" in text
    assert all(name in text for entry in SYLLABUS.notebooks if entry.week == "week1" for name in entry.objectives)
    for cell in slide_cells(read_notebook(FIRST.path)):
        assert cell.cell_type == "markdown" or cell.source == ""
        assert len(cell.source.split()) <= 120
    with pytest.raises(CourseError, match="no week 'week9'"):
        write_week("week9", tmp_path)
