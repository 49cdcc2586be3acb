"""The student's version of a notebook, made with nbgrader's own preprocessors, and a learner's copy of the course."""

import ast
import copy
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import ClearHiddenTests, ClearOutput, ClearSolutions, LockCells

from helpers.course.notebooks import CourseError, read_notebook, write_atomically, write_notebook
from helpers.course.syllabus import ROOT, find_notebooks, load_syllabus, notebook_key

BLANK = "...  # your answer here"
MANIFEST = ".workbook.json"  # in a learner's folder: what was last put there


@dataclass(frozen=True)
class Placed:
    """What happened to one notebook of a learner's copy: ``new``, ``updated``, ``unchanged`` or ``left alone``."""

    name: str
    state: str


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


def replace_solution(cell, code):
    """Return a copy of a solution cell in which `code` stands in place of the solution."""
    clear = ClearAnswers(code_stub={"python": code})
    replaced, _ = clear.preprocess_cell(copy.deepcopy(cell), {"language": "python"}, 0)
    return replaced


def released(notebook):
    """Return the student's version: solutions and hidden tests removed, outputs cleared, checks locked."""
    student = copy.deepcopy(notebook)
    resources: Any = {}
    for step in (LockCells(), ClearAnswers(code_stub={"python": BLANK}), ClearOutput(), ClearHiddenTests()):
        student, resources = step.preprocess(student, resources)
    return student


def configure(config):
    """Let nbgrader make assignments as :func:`released` does; `config` is a traitlets configuration."""
    from nbgrader.converters import GenerateAssignment

    steps = GenerateAssignment.class_traits()["preprocessors"].default() or ()
    config.GenerateAssignment.preprocessors = [ClearAnswers if step is ClearSolutions else step for step in steps]
    config.ClearSolutions.code_stub = {"python": BLANK}


def find_programs():
    """Let nbgrader find the programs of this environment, such as alembic, also where it is not activated."""
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])


def release(weeks=()):
    """Write the student version of `weeks` (all by default) to ``release/`` with nbgrader; return notebooks by week."""
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
        counts[week] = len(list((ROOT / "release" / week).glob("*.ipynb")))
    return counts


def start(folder):
    """Make or update a learner's copy of the course.

    A notebook whose cells the learner has changed is never overwritten.

    Parameters
    ----------
    folder : Path
        The learner's folder; made if it does not exist.

    Returns
    -------
    list of Placed
        In course order.
    """
    folder = Path(folder)
    manifest = folder / MANIFEST
    before = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    now, placed = dict(before), []
    for source in find_notebooks([]):
        name = f"{notebook_key(source)}.ipynb"
        student, target = released(read_notebook(source)), folder / name
        cells = _cells(student)
        state = _state(target, cells, before.get(name))
        if state in ("new", "updated"):
            write_notebook(student, target)
        if state != "left alone":
            now[name] = cells
        placed.append(Placed(name, state))
    write_atomically(manifest, json.dumps(now))
    return placed


def _cells(notebook):
    """The cells as the learner edits them, without outputs."""
    return [[cell.cell_type, cell.source] for cell in notebook.cells]


def _state(target, cells, before):
    if not target.exists():
        return "new"
    mine = _cells(read_notebook(target))
    if mine == cells:
        return "unchanged"
    return "updated" if mine == before else "left alone"
