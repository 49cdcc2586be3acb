"""The course's list of objectives, readings, weeks and notebooks, read from ``notebooks/syllabus.toml``."""

import tomllib
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
    def key(self):
        """The notebook's path below ``notebooks/``, without its ending, such as ``week1/03_concept_drift``."""
        return f"{self.week}/{self.name}"

    @property
    def topic(self):
        """The name of its helper and of its checks, such as ``concept_drift``."""
        return self.name.split("_", 1)[1]

    @property
    def path(self):
        """The notebook's file."""
        return NOTEBOOKS / f"{self.key}.ipynb"


@dataclass(frozen=True)
class Syllabus:
    """Objectives and readings by id, week titles by name, and the notebooks in course order."""

    objectives: dict[str, str]
    readings: dict[str, str]
    weeks: dict[str, str]
    notebooks: tuple[Entry, ...]


def load_syllabus(path=NOTEBOOKS / "syllabus.toml"):
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


def find_notebooks(names, *, home=NOTEBOOKS):
    """The notebook files that `names` stand for.

    Parameters
    ----------
    names : sequence of str
        Each a notebook file, a folder (every notebook below it), or a notebook or week below `home`, such as
        ``week1`` or ``week1/03_concept_drift``. None at all means every notebook below `home`.

    Returns
    -------
    list of Path
        Absolute, sorted within each folder, each once.

    Raises
    ------
    CourseError
        Names what was not found.
    """
    found = {}
    for name in names or [home]:
        candidates = [Path(name), Path(f"{name}.ipynb"), Path(home, name), Path(home, f"{name}.ipynb")]
        path = next((path for path in candidates if path.exists()), None)
        if path is None:
            raise CourseError(f"no notebook or folder {str(name)!r}; 'workbook list' shows the course's notebooks")
        inside = sorted(path.rglob("*.ipynb")) if path.is_dir() else [path]
        inside = [
            file.resolve() for file in inside if not any(part.startswith(".") for part in file.relative_to(path).parts)
        ]
        if not inside:
            raise CourseError(f"no notebook in {path}")
        found.update(dict.fromkeys(inside))
    return list(found)


def notebook_key(path):
    """A notebook's path below ``notebooks/`` without its ending, or its bare name elsewhere."""
    path = path.resolve()
    inside = path.is_relative_to(NOTEBOOKS)
    return path.relative_to(NOTEBOOKS).with_suffix("").as_posix() if inside else path.stem
