"""The student's version leaks nothing, and nbgrader's own commands work here."""

import csv
import re
import subprocess
import sys

import nbformat
import pytest

from helpers.course import release
from helpers.course.notebooks import CourseError, read_notebook
from helpers.course.release import BLANK, released
from helpers.course.syllabus import NOTEBOOKS, load_syllabus

SYLLABUS = load_syllabus()
NAME = "week1/03_concept_drift"


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
            assert (BLANK in cell.source) != bool(re.search(r"([:=([,]|\bor) ?\.\.\.(?!  #)", cell.source)), cell.source


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


def test_a_week_is_released_again_with_solutions_or_without(tmp_path, monkeypatch):
    (tmp_path / "notebooks/week1").mkdir(parents=True)
    source = read_notebook(NOTEBOOKS / f"{NAME}.ipynb")
    source.cells = source.cells[:3]
    nbformat.write(source, tmp_path / f"notebooks/{NAME}.ipynb")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "repository", lambda: "")
    for solutions in (False, True):
        assert release.release(["week1"], solutions=solutions) == {"week1": 1}
        shown = read_notebook(tmp_path / f"release/{NAME}.ipynb").metadata["workbook"].get("solutions", True)
        assert shown == solutions
    with pytest.raises(CourseError, match="no week 'week9'; the course has week1, week2, week3"):
        release.release(["week9"])


def test_a_notebook_opened_alone_says_how_to_get_the_course(tmp_path):
    student = released(read_notebook(SYLLABUS.notebooks[2].path))
    first = next(cell.source for cell in student.cells if "import" in cell.source)
    (tmp_path / "alone.py").write_text(first, encoding="utf-8")
    done = subprocess.run([sys.executable, "-S", "alone.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr == (
        f"This notebook needs the course around it: git clone {release.repository()}, then 'make lab' in it\n"
    )


def test_a_notebook_ends_with_what_is_done():
    student = released(read_notebook(SYLLABUS.notebooks[2].path))
    assert student.cells[-1].source.endswith("so_far(check)")
    again = released(nbformat.from_dict({**student, "cells": []}))
    assert again.cells == []
