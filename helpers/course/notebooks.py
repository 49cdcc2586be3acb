"""Notebooks as files: what the course's metadata in them says."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import nbformat

from helpers.course.parameters import read_parameters


class CourseError(Exception):
    """Something the user can mend, said in one line."""


@dataclass(frozen=True)
class Exercise:
    """An exercise as its check cell describes it; it counts `points` towards each of its objectives."""

    name: str
    objectives: tuple[str, ...]
    points: float


def read_notebook(path):
    """Read a notebook; raise CourseError where the file is missing or is not one."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise CourseError(f"{path}: no such file") from None
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CourseError(f"{path}: not a notebook ({reason})") from None
    return notebook


def write_notebook(notebook, path):
    """Write a notebook so that a reader sees the old file or the whole new one, never a part."""
    write_atomically(path, nbformat.writes(notebook).rstrip("\n") + "\n")


def write_atomically(path, text):
    """Write `text` beside `path` and move it into place; raise CourseError where the disk does not take it."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise CourseError(f"cannot write {path}: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def tags(cell):
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def parameters_of(notebook):
    """The declared parameters by name, or None for a notebook without a cell tagged ``parameters``."""
    cell = next((cell for cell in notebook.cells if "parameters" in tags(cell)), None)
    return None if cell is None else read_parameters(cell.source)


def exercises_of(notebook):
    """The exercises in order, read from the check cells."""
    cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    return [
        Exercise(
            cell.metadata.nbgrader.grade_id.removeprefix("check_"),
            tuple(tag for tag in tags(cell) if tag.startswith("W")),
            cell.metadata.nbgrader.points,
        )
        for cell in cells
    ]


def profiles_of(notebook):
    """Named sets of parameter values, such as ``quick`` and ``full``, from the notebook's metadata."""
    return notebook.metadata.get("workbook", {}).get("profiles", {})
