"""How far a learner is, as their notebooks show it."""

import pytest
from nbformat.v4 import new_output

from helpers.course.cli import main
from helpers.course.exercises import Feedback
from helpers.course.learner_copy import start
from helpers.course.notebooks import CourseError, read_notebook, write_notebook
from helpers.course.progress import progress, progress_lines
from helpers.course.syllabus import load_syllabus

FIRST = load_syllabus().notebooks[0]


def test_progress_is_read_from_the_feedback_shown(tmp_path, capsys):
    start(tmp_path)
    path = tmp_path / f"{FIRST.key}.ipynb"
    mine = read_notebook(path)
    checks = [cell for cell in mine.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    for cell, state in zip(checks, ("right", "wrong"), strict=False):
        name = cell.metadata.nbgrader.grade_id.removeprefix("check_")
        bundle = Feedback(name, state, "…")._repr_mimebundle_()
        cell.outputs = [new_output("execute_result", data=bundle, execution_count=1)]
    write_notebook(mine, path)
    rows = progress(tmp_path)
    assert [row["state"] for row in rows[:3]] == ["right", "wrong", "not attempted"]
    assert any(line.strip().startswith(FIRST.name) and "✔✘○" in line for line in progress_lines(rows))
    assert main(["check", str(tmp_path)]) == 0
    assert f"1 of {len(rows)} exercises right" in capsys.readouterr().out
    with pytest.raises(CourseError, match="no notebook of the course"):
        progress(tmp_path / "nowhere")
