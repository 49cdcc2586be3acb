"""How far a learner is: read from the feedback that their saved notebooks show, or from the kernel they work in."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from helpers.course.claims import read_outputs
from helpers.course.exercises import ATTEMPTS, STATES
from helpers.course.notebooks import CourseError, Exercise, exercises_of, load_notebook, quoted
from helpers.course.report import counted
from helpers.course.syllabus import Entry, load_syllabus

LEGEND = " · ".join(f"{STATES[state][0]} {text}" for state, text in
                    {"right": "right", "wrong": "wrong so far", "not attempted": "not attempted"}.items())  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """One exercise of a learner: `state` is one of :data:`STATES`, `tries` counts its wrong answers."""

    exercise: Exercise
    state: str = "not attempted"
    tries: int = 0


@dataclass(frozen=True)
class Copied:
    """A notebook of a learner's copy as it was last `saved`; where it cannot be read, `problem` says why."""

    entry: Entry
    standings: tuple[Standing, ...] = ()
    saved: datetime | None = None
    problem: str = ""

    @property
    def right(self) -> int:
        """Exercises that are right."""
        return sum(standing.state == "right" for standing in self.standings)

    @property
    def points(self) -> float:
        """Points of the exercises that are right."""
        return sum(standing.exercise.points for standing in self.standings if standing.state == "right")

    @property
    def most_points(self) -> float:
        """Points of all exercises."""
        return sum(standing.exercise.points for standing in self.standings)

    @property
    def minutes_left(self) -> float:
        """The notebook's minutes times the share of exercises that are not right yet."""
        return self.entry.minutes * (1 - self.right / len(self.standings)) if self.standings else self.entry.minutes

    @property
    def marks(self) -> str:
        """One mark per exercise."""
        return "".join(STATES[standing.state][0] for standing in self.standings)


def progress(folder: str | Path) -> list[Copied]:
    """Where a learner stands in each notebook of their copy, as last saved.

    Raises
    ------
    CourseError
        Where the folder has no notebook of the course at all.
    """
    copied = []
    for entry in load_syllabus().notebooks:
        path = Path(folder) / f"{entry.key}.ipynb"
        if path.exists():
            copied.append(_copied(entry, path))
    if not copied:
        raise CourseError(
            f"{folder}: no notebook of the course; 'workbook start {quoted(folder)}' makes a learner's copy"
        )
    return copied


def _copied(entry: Entry, path: Path) -> Copied:
    saved = path.stat().st_mtime_ns
    try:
        return Copied(entry, _standings(path, saved), datetime.fromtimestamp(saved / 1e9))
    except CourseError as error:
        return Copied(entry, problem=str(error).removeprefix(f"{path}: "))


@lru_cache(maxsize=256)
def _standings(path: Path, saved: int) -> tuple[Standing, ...]:
    """The exercises of the notebook that was saved at that time; who asks again reads only what has changed."""
    notebook = load_notebook(path)
    shown = {data["exercise"]: data for data in read_outputs(notebook, "exercise")}
    found = []
    for exercise in exercises_of(notebook):
        data = shown.get(exercise.name, {})
        found.append(Standing(exercise, data.get("state", "not attempted"), data.get("tries", 0)))
    return tuple(found)


def next_up(copied: Iterable[Copied]) -> tuple[Entry, Exercise] | None:
    """The first exercise in course order that is not right yet, with its notebook; None where all are."""
    open_ones = (
        (book.entry, standing.exercise) for book in copied for standing in book.standings if standing.state != "right"
    )
    return next(open_ones, None)


def duration(minutes: float) -> str:
    """Minutes in words, to five minutes from an hour on.

    Examples
    --------
    >>> duration(45), duration(59.6), duration(127)
    ('45 min', '1 h', '2 h 5 min')
    """
    if round(minutes) < 60:
        return f"{minutes:.0f} min"
    hours, fives = divmod(int(minutes / 5 + 0.5), 12)
    return f"{hours} h {5 * fives} min" if fives else f"{hours} h"


def totals(copied: Sequence[Copied]) -> str:
    """What is done and what is left, in one line."""
    number = sum(len(book.standings) for book in copied)
    points = f"{sum(book.points for book in copied):g} of {sum(book.most_points for book in copied):g} points"
    left = duration(sum(book.minutes_left for book in copied))
    return f"{sum(book.right for book in copied)} of {number} exercises right, {points}, about {left} left"


def progress_lines(folder: str | Path, copied: Sequence[Copied]) -> list[str]:
    """Progress per week, notebook and objective, what is wrong and what comes next, as lines to print."""
    syllabus, lines = load_syllabus(), [LEGEND]
    objectives = defaultdict(list)
    for week, title in syllabus.weeks.items():
        lines.append(f"\n{week}: {title}")
        for book in (book for book in copied if book.entry.week == week):
            left = f"{duration(book.minutes_left):>10} left" if book.right < len(book.standings) else f"{'done':>15}"
            facts = f"{book.marks:<8} {book.points:>3g}/{book.most_points:g} points {left}"
            lines.append(f"  {book.entry.name:<42} {book.problem or facts}")
            for standing in book.standings:
                for objective in standing.exercise.objectives:
                    objectives[objective].append(standing.state)
    lines.append("\nobjectives")
    for name, text in syllabus.objectives.items():
        if states := objectives.get(name):
            lines.append(f"  {name:<6} {''.join(STATES[state][0] for state in states):<12} {text}")
    return [*lines, *_wrong_lines(copied), "", *_last_lines(folder, copied)]


def _wrong_lines(copied: Sequence[Copied]) -> list[str]:
    lines = [
        f"  {book.entry.key}: {standing.exercise.name}, {standing.exercise.title}"
        for book in copied
        for standing in book.standings
        if standing.state == "wrong"
    ]
    return ["\nwrong so far", *lines] if lines else []


def _last_lines(folder: str | Path, copied: Sequence[Copied]) -> list[str]:
    lines = [totals(copied)]
    if found := next_up(copied):
        entry, exercise = found
        file = Path(folder, f"{entry.key}.ipynb")
        lines.append(f"next: {exercise.name}, {exercise.title}, in {file}")
    saved = max((book.saved for book in copied if book.saved), default=None)
    if saved:
        lines.append(f"as last saved, {saved:%Y-%m-%d %H:%M}; what is not saved yet does not count")
    return lines


class SoFar:
    """Shows what is right and what is open in the notebook that is being worked on, and where to go next."""

    def __init__(self, entry: Entry, exercises: Sequence[Exercise], following: Entry | None):
        standings = [
            Standing(each, *ATTEMPTS.get((entry.topic, each.name), ("not attempted", 0))) for each in exercises
        ]
        self._book, self._following = Copied(entry, tuple(standings)), following

    def _repr_markdown_(self) -> str:
        lines = [f"- {self._line(standing)}" for standing in self._book.standings if standing.state != "right"]
        return "\n".join([f"**{self._total()}**", "", *lines, "", *self._links()])

    def __repr__(self) -> str:
        lines = [self._line(standing) for standing in self._book.standings if standing.state != "right"]
        following = (
            f"Next: {self._following.key}, {self._following.title}" if self._following else "This was the last one."
        )
        return "\n".join([self._total(), *lines, following])

    def _total(self) -> str:
        book = self._book
        number = counted(len(book.standings), "exercise")
        return f"{book.marks} {book.right} of {number} right, {book.points:g} of {book.most_points:g} points."

    @staticmethod
    def _line(standing: Standing) -> str:
        return f"{STATES[standing.state][0]} {standing.exercise.title} ({standing.state})"

    def _links(self) -> list[str]:
        home = "[Start page: everything at a glance](../START.md)"
        if self._following is None:
            return [f"This was the last notebook. {home}"]
        file = os.path.relpath(f"{self._following.key}.ipynb", self._book.entry.week).replace(os.sep, "/")
        return [f"Next: [{self._following.title}]({file}) · {home}"]


def so_far(check) -> SoFar:
    """What is right and what is open in this notebook, as its checks said since the kernel started.

    Parameters
    ----------
    check : module
        The checks of the notebook, as it imports them.

    Returns
    -------
    SoFar
        Displays itself.
    """
    entries = load_syllabus().notebooks
    place = next(place for place, entry in enumerate(entries) if check.__name__.endswith(f".{entry.topic}"))
    following = entries[place + 1] if place + 1 < len(entries) else None
    return SoFar(entries[place], exercises_of(load_notebook(entries[place].path)), following)
