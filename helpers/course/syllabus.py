"""The course's list of objectives, readings, weeks and notebooks, read from ``notebooks/syllabus.toml``."""

import os
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.course.notebooks import CourseError

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"


@dataclass(frozen=True)
class Entry:
    """A notebook as the syllabus lists it; `minutes` is a learner's time on task."""

    week: str
    name: str
    title: str
    minutes: int
    objectives: tuple[str, ...]
    readings: tuple[str, ...]

    @property
    def key(self) -> str:
        """The notebook's path below ``notebooks/``, without its ending, such as ``week1/03_concept_drift``."""
        return f"{self.week}/{self.name}"

    @property
    def topic(self) -> str:
        """The name of its helper and of its checks, such as ``concept_drift``."""
        return self.name.split("_", 1)[1]

    @property
    def path(self) -> Path:
        """The notebook's file."""
        return NOTEBOOKS / f"{self.key}.ipynb"


@dataclass(frozen=True)
class Syllabus:
    """Objectives and readings by id, week titles by name, and the notebooks in course order."""

    objectives: dict[str, str]
    readings: dict[str, str]
    weeks: dict[str, str]
    notebooks: tuple[Entry, ...]


def load_syllabus(path: Path = NOTEBOOKS / "syllabus.toml") -> Syllabus:
    """Read the syllabus; raise CourseError where a notebook names an objective or reading that it does not list."""
    table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    entries = [
        Entry(
            week["name"],
            book["name"],
            book["title"],
            book["minutes"],
            tuple(book["objectives"]),
            tuple(book["readings"]),
        )
        for week in table["weeks"]
        for book in week["notebooks"]
    ]
    for entry in entries:
        known = table["objectives"].keys() | table["readings"].keys()
        if unknown := [name for name in (*entry.objectives, *entry.readings) if name not in known]:
            raise CourseError(f"{path}: {entry.key} names {unknown[0]!r}, which is neither an objective nor a reading")
    weeks = {week["name"]: week["title"] for week in table["weeks"]}
    return Syllabus(table["objectives"], table["readings"], weeks, tuple(entries))


def find_notebooks(names: Sequence[str | Path], *, home: Path = NOTEBOOKS) -> list[Path]:
    """The notebook files that `names` stand for, as :func:`find_sources` finds them."""
    return list(find_sources(names, home=home))


def find_sources(
    names: Sequence[str | Path], *, home: Path = NOTEBOOKS, without: Path | None = None
) -> dict[Path, str]:
    """The notebook files that `names` stand for, and what to call each.

    Parameters
    ----------
    names : sequence of str
        Each a notebook file, a folder (every notebook below it), or a notebook or week below `home`, such as
        ``week1`` or ``week1/03_concept_drift``. None at all means every notebook below `home`.
    without : Path, optional
        A folder whose files are results, not sources, unless `names` lie in it.

    Returns
    -------
    dict of Path to str
        Absolute files, sorted within each folder, each once; a link to a notebook is one under its own name. A notebook
        of the course is called by its key, any other by its path below the folder that was named, without its ending;
        no two are called the same.

    Raises
    ------
    CourseError
        Names what was not found.
    """
    found: dict[Path, str] = {}
    for name in names or [home]:
        candidates = [Path(name), Path(f"{name}.ipynb"), Path(home, name), Path(home, f"{name}.ipynb")]
        path = next(
            (path for path in candidates if os.path.exists(path)), None
        )  # also False for a name that is too long
        if path is None:
            raise CourseError(f"no notebook or folder {str(name)!r}; 'workbook list' shows the course's notebooks")
        path = Path(os.path.abspath(path))
        inside = [file for file in sorted(path.rglob("*.ipynb")) if _is_source(file, path)] if path.is_dir() else [path]
        if without is not None and not _is_below(path, without):
            inside = [file for file in inside if not _is_below(file, without)]
        if not inside:
            raise CourseError(f"no notebook in {path}")
        for file in inside:
            below = file.relative_to(path)
            found.setdefault(file, notebook_key(file, Path(file.name) if below == Path() else below))
    return _told_apart(found)


def _is_source(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and not file.name.endswith(".failed.ipynb")


def _is_below(file: Path, folder: Path) -> bool:
    return Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder))  # also for a link to itself


def _told_apart(found: dict[Path, str]) -> dict[Path, str]:
    """Put the folder's name before the names that two files share, as often as it takes."""
    taken = Counter(found.values())
    if max(taken.values(), default=1) == 1:
        return found
    longer = {}
    for file, name in found.items():
        depth = len(Path(name).parts) + (taken[name] > 1)
        longer[file] = Path(*file.with_suffix("").parts[-depth:]).as_posix() if taken[name] > 1 else name
    return _told_apart(longer)


def notebook_key(path: Path, otherwise: Path | None = None) -> str:
    """A notebook's path below ``notebooks/`` without its ending; elsewhere `otherwise` or its name without it."""
    path = Path(os.path.realpath(path))
    inside = path.is_relative_to(NOTEBOOKS)
    return (path.relative_to(NOTEBOOKS) if inside else otherwise or Path(path.name)).with_suffix("").as_posix()
