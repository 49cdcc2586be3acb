"""A learner's copy of the course: made once, and brought up to date by merging."""

import json
from dataclasses import dataclass
from pathlib import Path

from helpers.course.merge import identify, merge
from helpers.course.notebooks import CourseError, quoted, read_notebook, write_notebook
from helpers.course.release import released
from helpers.course.syllabus import find_notebooks, notebook_key

RELEASED = Path(".workbook", "released")  # in a learner's folder: each notebook as it was last released into it
OLD_MANIFEST = ".workbook.json"  # the same of version 0.1.0, in one file and without ids


@dataclass(frozen=True)
class Placed:
    """What happened to one notebook of a learner's copy.

    `state` is ``new``, ``updated``, ``unchanged`` or ``left alone``, and `reason` says why it was left alone.
    `conflicts` is the number of cells that both the learner and the course had changed.
    """

    name: str
    state: str
    conflicts: int = 0
    reason: str = ""


def start(folder):
    """Make a learner's copy of the course, or merge into it what is new.

    Parameters
    ----------
    folder : Path
        The learner's folder; made if it does not exist.

    Returns
    -------
    list of Placed
        In course order. A file that cannot be read or written, or that is not of the course, is left alone; the
        others go on.

    Raises
    ------
    CourseError
        Where nothing can be written.
    """
    folder = Path(folder)
    placed, errors = [], []
    for source in find_notebooks([]):
        name = f"{notebook_key(source)}.ipynb"
        try:
            placed.append(_place(folder, source, name))
        except CourseError as error:  # it cannot be written
            placed.append(Placed(name, "left alone", reason=str(error)))
            errors.append(error)
    if len(errors) == len(placed):
        raise errors[0]
    if not any(item.state == "left alone" for item in placed):
        (folder / OLD_MANIFEST).unlink(missing_ok=True)
    return placed


def find_copy(folder=None):
    """The learner's folder: `folder`, or else the one that the current folder lies in, or else ``my-workbook``."""
    if folder is not None:
        return Path(folder)
    here = Path.cwd()
    around = (place for place in [here, *here.parents] if (place / RELEASED).is_dir())
    return next(around, Path("my-workbook"))


def _place(folder, source, name):
    target, released_before = folder / name, folder / RELEASED / name
    new = released(read_notebook(source))
    if not target.exists():
        write_notebook(new, target)
        write_notebook(new, released_before)
        return Placed(name, "new")
    try:
        mine = read_notebook(target)
    except CourseError as error:
        way_out = f"move it away, and 'workbook start {quoted(folder)}' writes a new one"
        return Placed(name, "left alone", reason=f"{str(error).removeprefix(f'{target}: ')}; {way_out}")
    base = _read_base(released_before) or _read_old_base(folder, name, mine, new)
    if base is None and not {cell.id for cell in new.cells} & {cell.get("id") for cell in mine.cells}:
        return Placed(name, "left alone", reason="another notebook of this name; move it away to get the course's")
    merged = merge(base, mine, new)
    changed = merged.notebook != mine
    if changed:
        write_notebook(merged.notebook, target)
        _keep_trusted(mine, merged.notebook)
    if base != new:
        write_notebook(new, released_before)  # only now: stopped in between, the next merge finds the news again
    return Placed(name, "updated" if changed else "unchanged", merged.conflicts)


def _read_base(path):
    """The version that was released before; None where there is none that can be read."""
    try:
        return read_notebook(path)
    except CourseError:
        return None


def _read_old_base(folder, name, mine, new):
    """The same of a copy that version 0.1.0 made; its cells are known by their text."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

    make = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
    try:
        cells = json.loads((folder / OLD_MANIFEST).read_text(encoding="utf-8"))[name]
        base = new_notebook(cells=[make[kind](text) for kind, text in cells])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    identify(base.cells, [*mine.cells, *new.cells])
    return base


def _keep_trusted(before, after):
    """Let Jupyter go on trusting the outputs of a notebook that the learner has run."""
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    if notary.check_signature(before):
        notary.sign(after)
    notary.store.close()
