"""The student's version of a notebook, made with nbgrader's own preprocessors."""

import ast
import copy
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.preprocessors import ClearHiddenTests, ClearOutput, ClearSolutions, LockCells, NbGraderPreprocessor

from helpers.course.notebooks import CourseError, read_notebook, write_notebook
from helpers.course.syllabus import ROOT, load_syllabus

BLANK = "...  # your answer here"
GUARDED = "from helpers.course.parameters import check_parameters\n"
GUARD = """\
try:
    from helpers.course.parameters import check_parameters
except ModuleNotFoundError:
    raise SystemExit("This notebook needs the course around it: git clone {url}, then 'make lab' in it") from None
"""
ENDING = """\
from helpers.course.progress import so_far

so_far(check)"""
GIVEN = {"grade": False, "locked": True, "solution": False, "task": False, "schema_version": 3}


class ClearAnswers(ClearSolutions):
    """nbgrader's step that clears solutions; it leaves the blank out where the template shows dots of its own."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Clear the solution of one cell."""
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        rest = "\n".join(line for line in cell.source.splitlines() if line.strip() != BLANK)
        if rest != cell.source and _has_dots(rest):
            cell.source = rest
        return cell, resources


def _has_dots(code):
    try:
        nodes = ast.walk(ast.parse(code))
    except SyntaxError:  # a function whose only line was the blank
        return False
    return any(isinstance(node, ast.Constant) and node.value is ... for node in nodes)


def repository():
    """Where the course can be cloned from, as ``pyproject.toml`` says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]


def replace_solution(cell, code):
    """Return a copy of a solution cell in which `code` stands in place of the solution."""
    clear = ClearAnswers(code_stub={"python": code})
    replaced, _ = clear.preprocess_cell(copy.deepcopy(cell), {"language": "python"}, 0)
    return replaced


def released(notebook):
    """Return the student's version: solutions and hidden tests removed, outputs cleared, checks locked.

    Its first import says how to get the course where that is missing, and its last cell shows what is done.
    """
    student = copy.deepcopy(notebook)
    resources: Any = {}
    steps = (LockCells(), ClearAnswers(code_stub={"python": BLANK}), ClearOutput(), ClearHiddenTests(), AddWays())
    for step in steps:
        student, resources = step.preprocess(student, resources)
    return student


def without_solutions(student):
    """Return a student's version for which ``workbook solution`` shows no solution."""
    student = copy.deepcopy(student)
    student.metadata["workbook"] = {**student.metadata.get("workbook", {}), "solutions": False}
    return student


class AddWays(NbGraderPreprocessor):
    """The step that adds the way in, for who opens a notebook alone, and the way on, at its end."""

    def preprocess(self, nb, resources):
        """Change one notebook; one without exercises stays as it is."""
        if not any("from helpers.checks import" in cell.source for cell in nb.cells):
            return nb, resources
        for cell in nb.cells:
            if cell.cell_type == "code" and cell.source.startswith(GUARDED):
                cell.source = GUARD.format(url=repository()) + cell.source.removeprefix(GUARDED)
        nb.cells.append(new_markdown_cell("## Where you are", id="so-far-heading"))
        nb.cells.append(new_code_cell(ENDING, id="so-far", metadata={"nbgrader": {**GIVEN, "grade_id": "so_far"}}))
        return nb, resources


def configure(config):
    """Let nbgrader make assignments as :func:`released` does; `config` is a traitlets configuration."""
    from nbgrader.converters import GenerateAssignment

    steps = GenerateAssignment.class_traits()["preprocessors"].default() or ()
    ours = {ClearSolutions: [ClearAnswers, AddWays]}
    config.GenerateAssignment.preprocessors = [each for step in steps for each in ours.get(step, [step])]
    config.ClearSolutions.code_stub = {"python": BLANK}


def find_programs():
    """Let nbgrader find the programs of this environment, such as alembic, also where it is not activated."""
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])


def release(weeks=(), *, solutions=True):
    """Write the student version of `weeks` (all by default) to ``release/`` with nbgrader; return notebooks by week.

    Without `solutions`, ``workbook solution`` shows none to who works on these notebooks.
    """
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    known = load_syllabus().weeks
    if unknown := [week for week in weeks if week not in known]:
        raise CourseError(f"no week {unknown[0]!r}; the course has {', '.join(known)}")
    find_programs()
    config = Config()
    config.CourseDirectory.root = str(ROOT)
    config.CourseDirectory.source_directory = "notebooks"
    configure(config)
    counts = {}
    for week in weeks or known:
        outcome = NbGraderAPI(config=config).generate_assignment(week, force=True)
        if not outcome["success"]:
            raise CourseError(f"{week} could not be released: {outcome['log'].strip().splitlines()[-1]}")
        written = list((ROOT / "release" / week).glob("*.ipynb"))
        for path in [] if solutions else written:
            write_notebook(without_solutions(read_notebook(path)), path)
        counts[week] = len(written)
    return counts
