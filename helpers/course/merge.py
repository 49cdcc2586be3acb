"""Three-way merge of a notebook, cell by cell: what the course changed arrives, what the learner wrote stays.

`base` is the released version that a learner's notebook was made from, `mine` the learner's notebook, `new` the version
released now. Cells are matched by their ids. A cell that both sides changed stays as the learner has it, and the new
text comes below it in a cell of its own that does nothing when it is run.
"""

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTICE = "**New in the course.** Your version of the cell above was kept. The new one:"


@dataclass(frozen=True)
class Merged:
    """A merged notebook, and how many cells of it both sides had changed."""

    notebook: "NotebookNode"
    conflicts: int


def merge(base: "NotebookNode | None", mine: "NotebookNode", new: "NotebookNode") -> Merged:
    """Bring what changed from `base` to `new` into `mine`.

    Parameters
    ----------
    base : NotebookNode or None
        None where it is not known; then every cell that differs, but for answers, counts as changed by both sides.
    mine, new : NotebookNode

    Returns
    -------
    Merged
        Its notebook is a new object. Whatever text `mine` has and `base` has not is in it.
    """
    mine = copy.deepcopy(mine)
    mine.nbformat_minor = max(mine.nbformat_minor, new.nbformat_minor)  # older ones have no ids
    identify(mine.cells, [*(base.cells if base else []), *new.cells])
    before, theirs = _by_id(base.cells if base else []), _by_id(new.cells)
    kept = {cell.id: cell for cell in mine.cells if not _dropped(cell, before, theirs)}
    arriving = {
        name: cell
        for name, cell in theirs.items()
        if name not in kept and (name not in before or _text(before[name]) != _text(cell))
    }
    cells, conflicts = [], 0
    for name in _order(mine.cells, new.cells, before, kept, arriving):
        if name in arriving:
            cells.append(copy.deepcopy(arriving[name]))
            continue
        cell, conflict = _merged_cell(before.get(name), kept[name], theirs.get(name), known=base is not None)
        cells.append(cell)
        if conflict:
            cells.append(_notice(theirs[name]))
            conflicts += 1
    mine.metadata = _merged_metadata(base.metadata if base else {}, mine.metadata, new.metadata)
    mine.cells = cells
    return Merged(mine, conflicts)


def identify(cells: "Sequence[NotebookNode]", known: "Iterable[NotebookNode]") -> None:
    """Give `cells` the ids of the `known` cells that they are, where an editor has taken them away.

    A cell is known by its id, else by nbgrader's name for it, else by its text. Of cells with one id, the first
    keeps it; every id is there once afterwards.
    """
    by_id, by_name, by_text = {}, {}, {}
    for cell in known:
        by_id.setdefault(cell.id, cell)
        by_text.setdefault(_text(cell), cell.id)
        if name := _grade_id(cell):
            by_name.setdefault(name, cell.id)
    taken = {cell.id for cell in cells if cell.get("id") in by_id}
    seen = set()
    for cell in cells:
        name = cell.get("id")
        if name not in by_id:
            meant = by_name.get(_grade_id(cell)) or by_text.get(_text(cell))
            if meant is not None and meant not in taken:
                name = meant
                taken.add(meant)
        cell["id"] = _fresh() if name is None or name in seen else name
        seen.add(cell["id"])


def _by_id(cells):
    return {cell.id: cell for cell in cells}


def _fresh():
    return uuid4().hex[:8]


def _text(cell):
    """What a learner edits of a cell."""
    return cell.cell_type, cell.source


def _grade_id(cell):
    nbgrader = cell.metadata.get("nbgrader")
    return nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None


def _is_answer(cell):
    nbgrader = cell.metadata.get("nbgrader")
    return isinstance(nbgrader, dict) and bool(nbgrader.get("solution"))


def _dropped(cell, before, theirs):
    """Whether the course has removed a cell that the learner has not touched."""
    return cell.id in before and cell.id not in theirs and _text(cell) == _text(before[cell.id])


def _order(mine, new, before, kept, arriving):
    """The ids of all cells in the order of the merged notebook.

    That of the new version, unless the learner has moved cells; a cell that only one side has comes after the one that
    it follows there.
    """
    own, theirs = [cell.id for cell in mine if cell.id in kept], [cell.id for cell in new]
    theirs = [name for name in theirs if name in kept or name in arriving]
    moved = _common(own, before) != _common(before, own)
    return _interleaved(own, theirs) if moved else _interleaved(theirs, own)


def _common(names, others):
    others = set(others)
    return [name for name in names if name in others]


def _interleaved(spine, others):
    """`spine` with each further name of `others` put after the one that it follows there."""
    there, names, last = set(spine), list(spine), None
    for name in others:
        if name not in there:
            names.insert(0 if last is None else names.index(last) + 1, name)
        last = name
    return names


def _merged_cell(before, mine, theirs, *, known):
    """One cell of both sides, and whether both changed its text."""
    if theirs is None:  # the learner's own, or one that the course gave up and the learner edited
        cell = copy.deepcopy(mine)
        if before is not None:
            cell.metadata.pop("nbgrader", None)
        return cell, False
    untouched = before is not None and _text(mine) == _text(before)
    cell = copy.deepcopy(theirs if untouched and _text(mine) != _text(theirs) else mine)
    cell.metadata = _merged_metadata(before.metadata if before is not None else {}, mine.metadata, theirs.metadata)
    settled = _text(cell) == _text(theirs) or (before is not None and _text(before) == _text(theirs))
    return cell, not (settled or (_is_answer(theirs) and not known))


def _merged_metadata(before, mine, theirs):
    """The new version's metadata, and what the learner's has beside those of the old version; tags are joined."""
    merged = copy.deepcopy(mine)
    for name in before:
        if name not in theirs:
            merged.pop(name, None)
    for name, value in theirs.items():
        if name not in mine or before.get(name) != value:
            merged[name] = copy.deepcopy(value)
    if isinstance(mine.get("tags"), list):
        own = [tag for tag in mine["tags"] if tag not in before.get("tags", [])]
        tags = [*theirs.get("tags", []), *own]
        merged["tags"] = list(dict.fromkeys(tags))
    return merged


def _notice(cell):
    """The new text of a cell as one that does nothing when it is run."""
    from nbformat.v4 import new_markdown_cell

    text = cell.source
    if cell.cell_type == "code":
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 0)
        text = f"{fence}python\n{text}\n{fence}"
    return new_markdown_cell(f"{NOTICE}\n\n{text}", id=_fresh())
