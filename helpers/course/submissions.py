"""Submitted files, student/week/notebook: found without following links, and read whatever is in them."""

import json
import os
import stat
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from helpers.course.judge import LearnerCell
from helpers.course.notebooks import CourseError
from helpers.course.release import released

MAX_FILE_MB = 20
MAX_CODE_KB = 200  # of all answers and own cells of a notebook
TWICE = "a second file of the same student and name, once spelled alike"
STRANGE = "not the name of a notebook of the course"
HIDDEN = "a folder whose name begins with a dot, which is not looked into"
OF_TOOLS = (".ipynb_checkpoints", ".git")  # folders that no student made
NOT_OURS = ("timestamp.txt", "feedback_timestamp.txt")  # files that nbgrader puts beside notebooks


@dataclass(frozen=True)
class Submission:
    """A submitted file: whose, of which notebook (``week1/03_concept_drift``), and why it cannot be graded, if so.

    `ours` says whether it has the name of a notebook of the course; `name` is the file's own where it has not.
    """

    student: str
    name: str
    path: Path
    reason: str
    ours: bool = True


def find_submissions(folder, home):
    """The submitted files below `folder`, each with the reason why it cannot be graded, if any.

    Parameters
    ----------
    folder : Path
        ``student/week/notebook.ipynb``.
    home : Path
        The course's notebooks.

    Returns
    -------
    list of Submission
        Also a folder that cannot be read is one.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CourseError(f"{folder}: no such folder of submissions")
    unread, hidden, found = [], [], []
    for place, folders, files in os.walk(folder, onerror=lambda error: unread.append(Path(error.filename))):
        hidden += [Path(place, name) for name in folders if name.startswith(".") and name not in OF_TOOLS]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        named = [name for name in folders if name.endswith(".ipynb") and Path(place) != folder]
        folders[:] = [name for name in folders if name not in named]
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        found += [Path(place, name) for name in (*files, *links, *named)]
    if folder in unread:
        raise CourseError(f"{folder}: cannot be read")
    files = sorted(path for path in found if _may_be_a_submission(path, folder))
    listed = [_submission(path, folder, home) for path in files]
    listed += [_submission(path, folder, home, "this folder cannot be read") for path in unread]
    listed += [_submission(path, folder, home, HIDDEN) for path in sorted(hidden)]
    seen, found = set(), []
    for submission in listed:
        again = submission.ours and (submission.student, submission.name) in seen
        if submission.ours:
            seen.add((submission.student, submission.name))
        found.append(replace(submission, reason=TWICE, ours=False) if again else submission)
    return found


def _may_be_a_submission(path, folder):
    """Whether a file is to be told of; beside the students' folders, and if hidden, that is a notebook or a link."""
    stands_out = path.suffix == ".ipynb" or path.is_symlink()
    is_plain = path.parent != folder and not path.name.startswith(".")
    return (stands_out or is_plain) and path.name not in NOT_OURS


def _submission(path, folder, home, reason=""):
    student, *rest = (printable(part) for part in path.relative_to(folder).parts)
    name = "/".join(rest)
    if path.suffix == ".ipynb" and len(rest) == 2 and len(name) < 200 and Path(home, name).is_file():
        return Submission(student, name.removesuffix(".ipynb"), path, reason or unfit(path))
    return Submission(student, name, path, reason or STRANGE, ours=False)


def printable(name):
    """A file's name as text that can be written, whatever its bytes; nothing in it moves a terminal's cursor.

    Examples
    --------
    >>> printable("Ann\\x1b[2J")
    'Ann\\\\x1b[2J'
    """
    text = unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "backslashreplace"))
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def unfit(path):
    """Why a file is not read at all, judged without following links."""
    try:
        status = path.lstat()
    except OSError as error:  # such as one that is gone by now
        return f"cannot be read ({error.strerror})"
    if stat.S_ISLNK(status.st_mode):
        return "a symbolic link, which is not followed"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_size > MAX_FILE_MB * 2**20:
        return f"larger than {MAX_FILE_MB} MB"
    return ""


def read_cells(path):
    """The code cells of a submitted file, as far as they are any.

    Returns
    -------
    list of dict
        Each with ``source``, a text, and ``metadata``, a dict.

    Raises
    ------
    CourseError
        Where the file cannot be read or is no notebook.
    """
    try:
        notebook = json.loads(Path(path).read_bytes().decode("utf-8-sig"))
        if isinstance(notebook, dict) and "worksheets" in notebook:  # an old format, in which cells lie elsewhere
            import nbformat

            notebook = nbformat.convert(nbformat.from_dict(notebook), 4)
        cells = notebook["cells"]
    except OSError as error:
        raise CourseError(f"cannot be read ({error.strerror})") from None
    except Exception as error:
        raise CourseError(f"not a notebook ({type(error).__name__})") from None
    return [cell for cell in map(_code_cell, cells if isinstance(cells, list) else []) if cell]


def _code_cell(cell):
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source, metadata = cell.get("source"), cell.get("metadata")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    return {"source": source, "metadata": metadata if isinstance(metadata, dict) else {}, "id": cell.get("id")}


def answers_of(cells, source):
    """The learner's answers, and the code cells that are the learner's own, in order.

    Parameters
    ----------
    cells : list of dict
        From :func:`read_cells`.
    source : NotebookNode
        The course's notebook.

    Returns
    -------
    list of LearnerCell
        An answer is known by nbgrader's name for its cell, or else by the cell's id. Where it occurs twice, as in a
        cell that was split, the second is a cell of the learner's own, and so is the answer to an exercise that is no
        longer there. A given cell that was edited is not.

    Raises
    ------
    CourseError
        Where none of the notebook's answer cells is there.
    """
    given = [cell for notebook in (source, released(source)) for cell in notebook.cells]
    texts, ids = {cell.source for cell in given}, {cell.get("id") for cell in given} - {None}
    names = {cell.get("id"): _name(cell) for cell in source.cells if _name(cell)}
    missing = {_name(cell) for cell in source.cells if _facts(cell).get("solution")}
    checks = {_name(cell): _name(cell).removeprefix("check_") for cell in source.cells if _facts(cell).get("grade")}
    found, below = [], ""
    for cell in cells:
        facts, known = _facts(cell), _is_among(cell["id"], ids)
        name = _name(cell) if facts or not known else names.get(cell["id"], "")
        if name in missing:
            missing.remove(name)
            found.append(LearnerCell(cell["source"], name))
        elif name in checks:
            below = checks[name]
        elif cell["source"] not in texts and (_is_answer(facts) or not (facts or known)):
            found.append(LearnerCell(cell["source"], below=below))
    if not any(cell.exercise for cell in found):
        raise CourseError("none of the notebook's answer cells is in it")
    if sum(len(cell.code) + 100 for cell in found) > MAX_CODE_KB * 1000:  # a cell costs something even if it is empty
        raise CourseError(f"more than {MAX_CODE_KB} kB of code")
    return found


def _facts(cell):
    """What nbgrader notes about a cell, also one of a learner; empty where that is nothing."""
    facts = cell["metadata"].get("nbgrader")
    return facts if isinstance(facts, dict) else {}


def _name(cell):
    name = _facts(cell).get("grade_id")
    return name if isinstance(name, str) else ""


def _is_answer(facts):
    return bool(facts.get("solution")) and not facts.get("grade")


def _is_among(name, ids):
    return isinstance(name, str) and name in ids
