"""Sweeps: a notebook at every point of a grid of parameters, or at the corners of what its parameters allow."""

import contextlib
import csv
import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from helpers.course.notebooks import CourseError, load_notebook
from helpers.course.parameters import ParameterError, check_values, corners
from helpers.course.report import COLUMNS, sweep_rows
from helpers.course.runner import Job, Result, declared_by

LONGEST_NAME = 120  # characters of a file's name; every file system takes more
MOST_POINTS = 1_000_000


def grid_values(text: str) -> list[str]:
    """The values that a grid parameter stands for: ``a,b,c``, or ``0:20`` for the whole numbers from 0 to 19.

    Examples
    --------
    >>> grid_values("-1:2"), grid_values("a,b,a"), grid_values("3:3")
    (['-1', '0', '1'], ['a', 'b'], ['3:3'])
    """
    start, colon, stop = text.partition(":")
    if colon and start.lstrip("-").isdigit() and stop.lstrip("-").isdigit() and int(start) < int(stop):
        _refuse_too_many(int(stop) - int(start))
        return [str(value) for value in range(int(start), int(stop))]
    return list(dict.fromkeys(text.split(",")))


def _refuse_too_many(number: int) -> None:
    if number > MOST_POINTS:
        raise CourseError(f"a sweep must have at most {MOST_POINTS:,} points (got {number:,})")


def sweep_points(source: Path, grid: Mapping[str, Sequence[str]]) -> tuple[list[str], Iterator[dict], int]:
    """The points at which a sweep runs one notebook.

    Parameters
    ----------
    source : Path
        The notebook. A file that cannot be read gets one point without values: that is told when its turn comes.
    grid : dict of str to list of str
        Values by parameter, as texts; without any, the corners of what the notebook allows.

    Returns
    -------
    names : list of str
        The parameters that vary.
    points : iterator of dict
        Values in their types, by name; made one at a time.
    number : int
        How many points there are.
    """
    try:
        notebook = load_notebook(source)
    except CourseError:
        return [], iter([{}]), 1
    declared = declared_by(notebook, source)
    if declared is None:
        raise CourseError(f"{source}: a sweep needs parameters that are declared as the course declares them")
    if not grid:
        points = corners(declared)
        return list(dict.fromkeys(name for point in points for name in point)), iter(points), len(points)
    check_values(declared, {name: "" for name in grid if name not in declared})  # tells which names there are
    typed = {name: [declared[name].parse(text) for text in texts] for name, texts in grid.items()}
    number = 1
    for values in typed.values():
        number *= len(values)
    _refuse_too_many(number)
    product = itertools.product(*typed.values())
    return list(typed), (dict(zip(typed, values, strict=True)) for values in product), number


def sweep_jobs(sources: Mapping[Path, str], grid: Mapping[str, Sequence[str]], output: Path) -> tuple:
    """Every job of a sweep, made one at a time; with the parameters that vary, and the number of jobs.

    A notebook that cannot take the values of the grid is a job that says so, unless none of them can.
    """
    planned, refused = {}, {}
    for source in sources:
        try:
            planned[source] = sweep_points(source, grid)
        except (CourseError, ParameterError) as error:
            planned[source], refused[source] = ([], iter([{}]), 1), error
    if refused and len(refused) == len(sources):
        raise next(iter(refused.values()))
    names = list(dict.fromkeys(name for varying, _, _ in planned.values() for name in varying))
    number = sum(number for _, _, number in planned.values())
    jobs = (
        Job(
            f"{sources[source]}/{point_name(point)}",
            source,
            output / sources[source] / f"{point_name(point)}.ipynb",
            point,
            str(refused.get(source, "")),
        )
        for source, (_, points, _) in planned.items()
        for point in points
    )
    return jobs, names, number


def point_name(point: Mapping) -> str:
    """A file name for a point: its values, shortened and told apart by a checksum where they do not fit one.

    Examples
    --------
    >>> point_name({"seed": 1, "rate": 0.5})
    'seed=1,rate=0.5'
    """
    name = ",".join(f"{key}={value}" for key, value in point.items()) or "defaults"
    plain = re.sub(r"[^\w.,=+ -]", "_", name)
    if plain == name and len(name.encode()) <= LONGEST_NAME:
        return name
    checksum = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:12]
    return f"{plain.encode('ascii', 'replace').decode().replace('?', '_')[: LONGEST_NAME - 13]}-{checksum}"


class SweepTable:
    """The table of a sweep, written as it grows: one row per claim or record of each run.

    Where it cannot be written, the runs go on, and `problem` says why.
    """

    def __init__(self, path: Path, parameters: Sequence[str]):
        self.path, self.parameters, self.problem = path, list(parameters), ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        except OSError as error:
            raise CourseError(f"cannot write {path}: {error.strerror}") from None
        self._writer = csv.writer(self._file)
        self._write([["notebook", *self.parameters, *COLUMNS]])

    def add(self, result: Result) -> None:
        """Add what a finished run claims and records."""
        if result.state in ("ran", "cached"):
            self._write(sweep_rows(result, self.parameters))

    def _write(self, rows: list[list]) -> None:
        try:
            self._writer.writerows(rows)
            self._file.flush()
        except OSError as error:
            self.problem = self.problem or f"cannot write {self.path}: {error.strerror}"

    def close(self) -> None:
        """Close the file; it stays as it is."""
        with contextlib.suppress(OSError):
            self._file.close()
