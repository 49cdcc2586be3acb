"""A solution for a learner who has tried."""

from pathlib import Path

from helpers.course.exercises import STUCK_FROM
from helpers.course.notebooks import CourseError, load_notebook
from helpers.course.progress import progress
from helpers.course.report import counted
from helpers.course.syllabus import Entry, load_syllabus


def solution(folder: str | Path, notebook: str, exercise: str) -> str:
    """The code of an exercise's solution.

    Parameters
    ----------
    folder : Path
        The learner's copy, as last saved.
    notebook : str
        The beginning of a notebook's name, such as ``week1/04``, or its topic, such as ``monitoring``.
    exercise : str
        The name of the exercise.

    Raises
    ------
    CourseError
        Where there is no such notebook or exercise, where the learner has not tried often enough, and where the
        released notebook says that solutions are switched off.
    """
    entry = find_entry(notebook)
    book = next((book for book in progress(folder) if book.entry == entry), None)
    if book is None or book.problem:
        raise CourseError(f"{folder}: {entry.key} is not in it, or cannot be read")
    names = [standing.exercise.name for standing in book.standings]
    if exercise not in names:
        raise CourseError(f"{entry.key} has no exercise {exercise!r}; it has {', '.join(names)}")
    if load_notebook(Path(folder, f"{entry.key}.ipynb")).metadata.get("workbook", {}).get("solutions") is False:
        raise CourseError("your instructor has switched solutions off in this release")
    standing = book.standings[names.index(exercise)]
    if standing.state != "right" and standing.tries < STUCK_FROM:
        tried = f"{counted(standing.tries, 'wrong answer')} as saved at {book.saved:%H:%M}"
        raise CourseError(
            f"{exercise}: {tried}; a solution is shown from the second one on. Run the check, and save first (Ctrl+S)"
        )
    return solution_of(load_notebook(entry.path), exercise)


def solution_of(source, exercise: str) -> str:
    """The code of a solution cell without nbgrader's marks."""
    cell = next(cell for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == exercise)
    return "\n".join(line for line in cell.source.splitlines() if not line.strip().startswith("### "))


def find_entry(name: str) -> Entry:
    """The notebook of the course whose name begins with `name`, or whose topic it is; CourseError unless it is one."""
    entries = load_syllabus().notebooks
    found = [entry for entry in entries if name in (entry.key, entry.topic)]
    found = found or [entry for entry in entries if entry.key.startswith(name)]
    if len(found) != 1:
        raise CourseError(f"{name!r} names {counted(len(found), 'notebook')}; 'workbook list' shows their names")
    return found[0]
