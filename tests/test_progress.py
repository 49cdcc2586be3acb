"""How far a learner is, as their notebooks and their kernel show it."""

from dataclasses import replace
from datetime import datetime

import pytest
from nbformat.v4 import new_output

from helpers.checks import concept_drift, your_own_product
from helpers.course import exercises, learner_copy
from helpers.course.cli import main
from helpers.course.exercises import Feedback
from helpers.course.learner_copy import start
from helpers.course.notebooks import CourseError, read_notebook, write_notebook
from helpers.course.progress import duration, progress, progress_lines, so_far
from helpers.course.start_page import NAME, write_start_page
from helpers.course.syllabus import load_syllabus

FIRST, SECOND, THIRD = load_syllabus().notebooks[:3]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of two notebooks: in the first, one exercise is right and one wrong; the second cannot be read."""
    monkeypatch.setattr(learner_copy, "find_notebooks", lambda names: [FIRST.path, SECOND.path])
    start(tmp_path)
    path = tmp_path / f"{FIRST.key}.ipynb"
    mine = read_notebook(path)
    checks = [cell for cell in mine.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    for cell, state in zip(checks, ("right", "wrong"), strict=False):
        name = cell.metadata.nbgrader.grade_id.removeprefix("check_")
        bundle = Feedback(name, state, "…", tries=2 * (state == "wrong"))._repr_mimebundle_()
        cell.outputs = [new_output("execute_result", data=bundle, execution_count=1)]
    write_notebook(mine, path)
    (tmp_path / f"{SECOND.key}.ipynb").write_text("broken", encoding="utf-8")
    return tmp_path


def test_progress_is_read_from_the_feedback_shown(folder, capsys):
    first, second = progress(folder)
    assert [(each.state, each.tries) for each in first.standings[:3]] == [
        ("right", 0),
        ("wrong", 2),
        ("not attempted", 0),
    ]
    assert first.points == first.standings[0].exercise.points < first.most_points
    assert first.minutes_left == pytest.approx(FIRST.minutes * (1 - 1 / len(first.standings)))
    assert second.problem.startswith("not a notebook")
    assert main(["check", str(folder)]) == 0
    told = capsys.readouterr().out
    wrong = first.standings[1].exercise
    assert "✔ right · ✘ wrong so far · ○ not attempted" in told
    assert "✔✘○" in told
    assert f"wrong so far\n  {FIRST.key}: {wrong.name}, {wrong.title}\n" in told
    assert f"1 of {len(first.standings)} exercises right, {first.points:g} of {first.most_points:g} points" in told
    assert f"next: {wrong.name}, {wrong.title}, in {folder / FIRST.key}.ipynb" in told
    assert f"as last saved, {first.saved:%Y-%m-%d %H:%M}" in told


def test_what_was_saved_last_is_the_time_that_is_told(folder):
    first, second = progress(folder)
    times = [datetime(2026, 5, day, 12, 0) for day in (1, 3, 2)]
    told = progress_lines(folder, [replace(first, saved=time) for time in times] + [replace(second, saved=None)])
    assert told[-1].startswith("as last saved, 2026-05-03 12:00")


def test_a_folder_without_notebooks_is_named(tmp_path):
    with pytest.raises(CourseError, match="no notebook of the course"):
        progress(tmp_path / "nowhere")


def test_the_start_page_leads_to_every_notebook_and_knows_what_is_done(folder):
    write_start_page(folder)
    text = (folder / NAME).read_text(encoding="utf-8")
    exercise = progress(folder)[0].standings[1].exercise
    assert f"**Next:** [{FIRST.title}]({FIRST.key}.ipynb), exercise *{exercise.title}*" in text
    assert f"| 01 | [{FIRST.title}]({FIRST.key}.ipynb) | {duration(FIRST.minutes * 5 / 6)} | ✔✘○○○○ 1 of 6 |" in text
    assert f"[{SECOND.title}]({SECOND.key}.ipynb)" in text
    assert "cannot be read: not a notebook" in text
    assert "```" not in text


def test_a_notebook_ends_with_what_is_open_and_where_to_go(monkeypatch):
    monkeypatch.setattr(exercises, "ATTEMPTS", {("concept_drift", "kinds"): ("right", 0)})
    monkeypatch.setattr("helpers.course.progress.ATTEMPTS", exercises.ATTEMPTS)
    concept_drift.judge(lambda *arguments: 1)
    shown = so_far(concept_drift)
    text, page = repr(shown), shown._repr_markdown_()
    assert text.startswith("✔")
    assert "1 of 7 exercises right" in text
    assert "✘" in text
    assert "Sort the incidents" not in text
    assert "[Which number would have told us?](04_monitoring.ipynb)" in page
    assert "(../START.md)" in page
    last = so_far(your_own_product)
    assert "This was the last" in repr(last)
    assert "This was the last notebook" in last._repr_markdown_()


def test_more_help_is_offered_from_the_second_wrong_answer_on(monkeypatch):
    monkeypatch.setattr(exercises, "ATTEMPTS", {})
    assert [concept_drift.kinds(...).tries for _ in range(2)] == [0, 0], "a blank is no wrong answer"
    told = [concept_drift.kinds({}) for _ in range(2)]
    assert [(each.state, each.tries, "Still stuck?" in each.help) for each in told] == [
        ("wrong", 1, False),
        ("wrong", 2, True),
    ]
    bundle = told[1]._repr_mimebundle_()
    assert "!workbook solution concept_drift kinds" in bundle["text/plain"]
    assert "!workbook solution concept_drift kinds" in bundle["text/html"]
