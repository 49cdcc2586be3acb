"""What the site's sliders show: a notebook run with other values of a parameter, and what then comes out otherwise."""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.course.notebooks import CourseError, parameters_of, read_notebook, tags
from helpers.course.parameters import Parameter, ParameterError
from helpers.course.site import WORK, cell_html
from helpers.course.syllabus import NOTEBOOKS, Entry, load_syllabus

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from helpers.course.runner import Job, Result


@dataclass(frozen=True)
class Moved:
    """A parameter, its values, and per value the HTML of each cell that comes out otherwise than as committed.

    `script` is where the page finds this, and `files` holds it with the pictures that it shows, by their place.
    """

    parameter: Parameter
    values: tuple
    cells: tuple[dict[str, str], ...]
    script: str
    files: dict[str, bytes] = field(repr=False)


def load_settings(path: Path = NOTEBOOKS / "syllabus.toml") -> dict:
    """What the syllabus says about the site: ``site`` and ``sliders``."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {"site": table.get("site", {}), "sliders": table.get("sliders", {})}


def chosen(names: Sequence[str] | None, settings: Mapping) -> list[Entry]:
    """The notebooks whose sliders are built; `names` may be weeks, ``all`` or ``none``; None: as set.

    Raises
    ------
    CourseError
        For a name that is no notebook, or one without sliders in the syllabus.
    """
    entries = [entry for entry in load_syllabus().notebooks if entry.key in settings["sliders"]]
    found = []
    for name in settings["site"].get("sliders", []) if names is None else names:
        if name == "none":
            continue
        these = [entry for entry in entries if name in ("all", entry.key, entry.week) or entry.key.startswith(name)]
        if not these:
            raise CourseError(f"no notebook {name!r} with sliders; notebooks/syllabus.toml lists those that have some")
        found += [entry for entry in these if entry not in found]
    return found


def moved_parameters(
    entries: Sequence[Entry], settings: Mapping, *, report: Callable, workers: int | None = None
) -> dict[str, list[Moved]]:
    """Run each notebook with each value of its sliders, unless it has been, and compare with what is committed.

    Raises
    ------
    CourseError, ParameterError
        For a parameter or value that a notebook does not have, and for a run that fails.
    """
    from helpers.course.runner import run_jobs

    plans = {entry: plan(entry, settings["sliders"][entry.key]) for entry in entries}
    jobs = [job for parameters in plans.values() for jobs in parameters.values() for job in jobs.values()]
    done: dict[Path, Result] = {}

    def note(result: "Result") -> None:
        done[result.job.target] = result
        report(result)

    run_jobs(jobs, report=note, workers=workers)
    if failed := [result for result in done.values() if result.error and result.state not in ("ran", "cached")]:
        raise CourseError(f"{failed[0].job.name}: {failed[0].error}")
    return {
        entry.key: [
            compare(entry, parameter, {value: read_notebook(job.target) for value, job in jobs.items()})
            for parameter, jobs in parameters.items()
        ]
        for entry, parameters in plans.items()
    }


def plan(entry: Entry, values: Mapping[str, Sequence]) -> "dict[Parameter, dict[object, Job]]":
    """The runs that the sliders of a notebook need: by parameter and value, all but the default's."""
    from helpers.course.runner import Job

    declared = parameters_of(read_notebook(entry.path)) or {}
    planned = {}
    for name, several in values.items():
        if name not in declared:
            raise ParameterError(f"{entry.key} has no parameter {name!r} for a slider")
        parameter = declared[name]
        several = [parameter.check(value) for value in several]
        if parameter.default not in several:
            raise ParameterError(f"{entry.key}: a slider of {name} must show its default, {parameter.default!r}")
        planned[parameter] = {
            value: Job(f"{entry.key} {name}={value}", entry.path, _target(entry, name, value), {name: value})
            for value in several
            if value != parameter.default
        }
    return planned


def _target(entry: Entry, name: str, value: object) -> Path:
    return WORK / "runs" / entry.key / f"{name}={value}.ipynb"


def compare(entry: Entry, parameter: Parameter, executed: "Mapping[Any, NotebookNode]") -> Moved:
    """What each of the executed notebooks shows otherwise than the committed one; what shows times is left out."""
    files: dict[str, bytes] = {}
    committed = {cell.id: cell_html(cell, {}) for cell in _compared(read_notebook(entry.path))}
    default: Any = parameter.default
    values = tuple(sorted([*executed, default]))
    cells = []
    for value in values:
        changed = {}
        for cell in _compared(executed[value]) if value in executed else []:
            media: dict[str, bytes] = {}
            shown = cell_html(cell, media)
            if shown != committed.get(cell.id, shown):
                changed[cell.id] = shown
                files |= media
        cells.append(changed)
    script = f"sliders/{entry.key.replace('/', '-')}.{parameter.name}.js"
    data = json.dumps(cells, ensure_ascii=False).replace("</", "<\\/")
    files[script] = f"(window.workbookMoved ??= {{}})[{json.dumps(parameter.name)}] = {data};\n".encode()
    return Moved(parameter, values, tuple(cells), script, files)


def _compared(notebook: "NotebookNode") -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and "nbval-ignore-output" not in tags(cell)]
