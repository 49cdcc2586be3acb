"""The student's version leaks nothing, the learner's copy keeps edits, and nbgrader's own commands work here."""

import csv
import re
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_output

from helpers.course import release
from helpers.course.notebooks import read_notebook, write_notebook
from helpers.course.release import BLANK, released, start
from helpers.course.syllabus import NOTEBOOKS, load_syllabus

SYLLABUS = load_syllabus()
NAME = "week1/03_concept_drift"
FIRST = SYLLABUS.notebooks[0]


def solutions(notebook):
    """The text of each solution region."""
    region = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
    return [found for cell in notebook.cells for found in region.findall(cell.source)]


@pytest.mark.parametrize("entry", SYLLABUS.notebooks, ids=lambda entry: entry.key)
def test_nothing_leaks_into_the_student_version(entry):
    source = read_notebook(entry.path)
    text = nbformat.writes(released(source))
    for secret in ("BEGIN SOLUTION", "HIDDEN TESTS", "feedback.grade"):
        assert secret not in text
    student = "\n".join(cell.source for cell in released(source).cells)
    for solution in solutions(source):
        lines = [line.strip() for line in solution.splitlines()]
        telling = [line for line in lines if len(line) > 25 and not line.startswith(("#", "import ", "from "))]
        assert not [line for line in telling if line in student], entry.key
    assert not any(cell.get("outputs") for cell in released(source).cells)
    for cell in released(source).cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            assert (BLANK in cell.source) != bool(re.search(r"[:=([,] ?\.\.\.(?!  #)", cell.source)), cell.source


def test_a_learners_copy_is_updated_but_never_overwritten(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    assert {item.state for item in start(folder)} == {"new"}
    assert {item.state for item in start(folder)} == {"unchanged"}
    edited, plain, gone = (folder / f"{entry.key}.ipynb" for entry in SYLLABUS.notebooks[:3])
    mine = read_notebook(edited)
    mine.cells[-1].source += "\nmy note"
    write_notebook(mine, edited)
    gone.unlink()
    original = release.released

    def newer(notebook):
        student = original(notebook)
        student.cells[0].source += "\nnew in this version"
        return student

    monkeypatch.setattr(release, "released", newer)
    states = {item.name: item.state for item in start(folder)}
    assert [states[f"{entry.key}.ipynb"] for entry in SYLLABUS.notebooks[:3]] == ["left alone", "updated", "new"]
    assert "my note" in edited.read_text()
    assert "new in this version" in plain.read_text()


def test_running_a_notebook_is_not_an_edit(tmp_path):
    start(tmp_path)
    path = tmp_path / f"{FIRST.key}.ipynb"
    mine = read_notebook(path)
    next(cell for cell in mine.cells if cell.cell_type == "code").outputs = [new_output("stream", text="ran")]
    write_notebook(mine, path)
    assert {item.state for item in start(tmp_path)} == {"unchanged"}


@pytest.mark.timeout(600)
def test_nbgraders_own_commands_work_on_this_repository(tmp_path):
    """generate_assignment, autograde and the gradebook, in a copy of one notebook with the course's configuration."""
    root = NOTEBOOKS.parent
    (tmp_path / "notebooks/week1").mkdir(parents=True)
    source = read_notebook(NOTEBOOKS / "week1/03_concept_drift.ipynb")
    keep = {name for exercise in ("kinds", "judge") for name in (exercise, f"prompt_{exercise}", f"check_{exercise}")}
    opening = [cell for cell in source.cells if cell.cell_type == "code"][:3]
    source.cells = opening + [c for c in source.cells if c.metadata.get("nbgrader", {}).get("grade_id") in keep]
    nbformat.write(source, tmp_path / "notebooks/week1/03_concept_drift.ipynb")
    (tmp_path / "nbgrader_config.py").write_text((root / "nbgrader_config.py").read_text())

    release.find_programs()

    def nbgrader(*arguments):
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout + done.stderr

    nbgrader("generate_assignment", "week1")
    student = (tmp_path / "release/week1/03_concept_drift.ipynb").read_text()
    assert "BEGIN SOLUTION" not in student
    for name, text in {"ann": nbformat.writes(source), "bob": student}.items():
        folder = tmp_path / f"submitted/{name}/week1"
        folder.mkdir(parents=True)
        (folder / "03_concept_drift.ipynb").write_text(text)
    assert "NotRight: kinds: not attempted." in nbgrader("validate", f"submitted/bob/{NAME}.ipynb")
    assert "Success! Your notebook passes all the tests." in nbgrader("validate", f"submitted/ann/{NAME}.ipynb")
    assert "cannot be converted" not in nbgrader("autograde", "week1")
    nbgrader("export")
    rows = csv.DictReader((tmp_path / "grades.csv").read_text().splitlines())
    scores = {row["student_id"]: float(row["score"]) for row in rows}
    assert scores["ann"] > 0 == scores["bob"]
