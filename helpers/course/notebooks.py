"""Notebooks as files: what the course's metadata in them says."""

import contextlib
import errno
import logging
import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.course.parameters import Parameter, read_parameters

if TYPE_CHECKING:  # nbformat takes half a second to import, and listing the course needs none of it
    from nbformat import NotebookNode


class CourseError(Exception):
    """A mistake the user can fix, reported in one line."""


@dataclass(frozen=True)
class Exercise:
    """An exercise as its check cell describes it; it counts `points` towards each of its objectives.

    `title` is the heading of its prompt, without number and stars.
    """

    name: str
    title: str
    objectives: tuple[str, ...]
    points: float


def quoted(path: str | Path) -> str:
    """A path as it is typed in a terminal of any system."""
    return f'"{path}"' if re.search(r"[^\w./\\:~-]", str(path)) else str(path)


def read_notebook(path: str | Path) -> "NotebookNode":
    """Read a notebook; raise CourseError where the file is missing or is not a valid one."""
    import nbformat

    notebook = load_notebook(path)
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise CourseError(f"{path}: not a notebook ({first_line(error)})") from None
    return notebook


def load_notebook(path: str | Path) -> "NotebookNode":
    """Read a notebook as papermill does, without asking whether every field is as its format says.

    Raises
    ------
    CourseError
        Where the file cannot be read, or what is in it has no cells that could be run.
    """
    import nbformat

    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # nbformat tells there what it tolerates
    try:
        with warnings.catch_warnings(action="ignore"):
            notebook = nbformat.reads(_bytes_of(Path(path)).decode("utf-8-sig"), as_version=4)
        for cell in notebook.cells:
            _complete(cell)
        notebook.setdefault("metadata", nbformat.NotebookNode())
    except FileNotFoundError:
        raise CourseError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path}: not a notebook (it is not text in UTF-8)") from None
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror})") from None
    except Exception as error:  # nbformat raises what it stumbles over
        raise CourseError(f"{path}: not a notebook ({first_line(error)})") from None
    return notebook


def _bytes_of(path: Path) -> bytes:
    """The bytes of a file; a pipe or a device, which could be read for ever, is not opened."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "not a regular file")
    return path.read_bytes()


def _complete(cell: "NotebookNode") -> None:
    """Fill in what a cell may lack; raise where it has no kind or no text."""
    if not isinstance(cell.cell_type, str) or not isinstance(cell.source, str):
        raise TypeError("a cell's type and source must be text")
    cell.setdefault("metadata", type(cell)())
    if not isinstance(cell.metadata.get("tags", []), list):
        del cell.metadata["tags"]


def first_line(error: BaseException, limit: int = 200) -> str:
    """What an exception says, in one line of at most `limit` characters; its class where it says nothing.

    Examples
    --------
    >>> first_line(ValueError("\\n too long\\nmore"), 6), first_line(ValueError("enough"), 6), first_line(ValueError())
    ('too l…', 'enough', 'ValueError')
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= limit else text[: limit - 1] + "…"


def write_notebook(notebook: "NotebookNode", path: str | Path) -> None:
    """Write a notebook so that a reader sees the old file or the whole new one, never a part."""
    import nbformat

    write_atomically(path, nbformat.writes(notebook).rstrip("\n") + "\n")


def write_atomically(path: str | Path, content: str | bytes) -> None:
    """Write `content` beside `path` and move it into place; raise CourseError where the disk does not take it."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    except OSError as error:
        raise CourseError(f"cannot write {path}: {error.strerror}") from None
    except UnicodeEncodeError:
        raise CourseError(f"cannot write {path}: there is half a character in it (a lone surrogate)") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def tags(cell: "NotebookNode") -> list[str]:
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def parameters_of(notebook: "NotebookNode") -> dict[str, Parameter] | None:
    """The declared parameters by name, or None for a notebook without a cell tagged ``parameters``."""
    cell = next((cell for cell in notebook.cells if "parameters" in tags(cell)), None)
    return None if cell is None else read_parameters(cell.source)


def exercises_of(notebook: "NotebookNode") -> list[Exercise]:
    """The exercises in order, read from the check cells and the prompts."""
    by_name = {_nbgrader(cell).get("grade_id"): cell for cell in notebook.cells}
    exercises = []
    for cell in (cell for cell in notebook.cells if _nbgrader(cell).get("grade")):
        name = _nbgrader(cell).grade_id.removeprefix("check_")
        objectives = tuple(tag for tag in tags(cell) if tag.startswith("W"))
        title = _heading(by_name.get(f"prompt_{name}")) or name
        exercises.append(Exercise(name, title, objectives, _nbgrader(cell).points))
    return exercises


def _nbgrader(cell):
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def _heading(cell) -> str:
    """The first heading of a cell, without its number and stars."""
    first = cell.source.strip().partition("\n")[0] if cell is not None else ""
    return re.sub(r"^#+ *(Exercise *\d+)? *[★·:.]* *", "", first)


def profiles_of(notebook: "NotebookNode") -> dict[str, dict]:
    """Named sets of parameter values, such as ``quick`` and ``full``, from the notebook's metadata."""
    workbook = notebook.metadata.get("workbook")
    profiles = workbook.get("profiles") if isinstance(workbook, dict) else None
    return profiles if isinstance(profiles, dict) else {}
