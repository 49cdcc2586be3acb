"""Run notebooks headlessly: several at once, longest first, unchanged ones from the cache, failures told in a line."""

import ast
import contextvars
import functools
import logging
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from helpers import ONE_THREAD
from helpers.course.claims import Claim, Record, read_claims, read_records
from helpers.course.notebooks import (
    CourseError,
    first_line,
    load_notebook,
    parameters_of,
    profiles_of,
    tags,
    write_notebook,
)
from helpers.course.parameters import INJECTED, Parameter, check_values
from helpers.course.provenance import (
    content_of,
    fixed_inputs,
    key_of,
    package_versions,
    parameter_inputs,
    provenance_of,
    stamp,
    text_of,
    version_inputs,
)
from helpers.course.queue import Stopped, Task, is_stopping, run_queue

if TYPE_CHECKING:
    from nbformat import NotebookNode

CELL_SECONDS, NOTEBOOK_SECONDS = 600, 3600  # default limits
WATCH_SECONDS = 0.2  # between two looks at whether a notebook must end


@dataclass(frozen=True)
class Job:
    """One notebook with its parameters, where the executed notebook goes, and why it cannot take them, if so."""

    name: str
    source: Path
    target: Path
    parameters: dict = field(default_factory=dict, hash=False)
    refused: str = ""


@dataclass(frozen=True)
class Result:
    """How a job ended (ran, cached, failed or stopped), with the claims and records that the notebook made."""

    job: Job
    state: str
    seconds: float = 0.0
    error: str = ""
    claims: tuple[Claim, ...] = ()
    records: tuple[Record, ...] = ()

    @property
    def broken(self) -> list[Claim]:
        """Claims that do not hold although they are expected to hold for every seed."""
        return [claim for claim in self.claims if not claim.holds and claim.holds_in == 1]


@dataclass(frozen=True)
class Limits:
    """Seconds that one cell, and one notebook in all, may take."""

    cell: float = CELL_SECONDS
    notebook: float = NOTEBOOK_SECONDS


@dataclass(frozen=True)
class Executed:
    """What came of executing a notebook: its JSON as far as it came, seconds, the error in a line, package versions."""

    text: str
    seconds: float
    error: str
    versions: dict[str, str]


@dataclass(frozen=True)
class _Source:
    """A notebook that is to be run, read once for all its jobs."""

    text: str
    ours: bool
    inputs: dict
    digest: str


def parameter_values(source: Path, values: Mapping[str, str], *, profile: str | None = None) -> dict:
    """Check the parameters for a notebook before anything runs; return them in their types.

    Parameters
    ----------
    source : Path
        The notebook.
    values : dict of str to str
        Parameter values by name, as texts.
    profile : str, optional
        Name of a set of values in the notebook's metadata, which `values` override.

    Raises
    ------
    CourseError, ParameterError
        For a notebook that has no parameters, an unknown name, or a value that is not allowed. A file that cannot be
        read raises nothing here: it is told when its turn comes.
    """
    if not values and not profile:
        return {}
    try:
        notebook = load_notebook(source)
    except CourseError:
        return {}
    given = profiles_of(notebook).get(profile, {})
    given = dict(given) if isinstance(given, Mapping) else {}
    if not values and not given:
        return {}
    declared = declared_by(notebook, source)
    if declared is None:  # not written as ours are: the values are taken as Python would, as papermill does
        return given | {name: _literal(text) for name, text in values.items()}
    given |= {name: declared[name].parse(value) if name in declared else value for name, value in values.items()}
    return check_values(declared, given)


def declared_by(notebook: "NotebookNode", source: Path) -> dict[str, Parameter] | None:
    """The parameters that a notebook declares, or None where it does so in another way than the course does.

    Raises CourseError where it declares none.
    """
    if not any("parameters" in tags(cell) for cell in notebook.cells):
        raise CourseError(f"{source}: has no cell tagged 'parameters', so it takes no -p")
    try:
        return parameters_of(notebook)
    except Exception:  # any code may stand there
        return None


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def run_jobs(
    jobs: Iterable[Job],
    *,
    report: Callable[[Result], None],
    workers: int | None = None,
    fresh: bool = False,
    limits: Limits = Limits(),
    scheduler: str | None = None,
    kernel: str | None = None,
) -> None:
    """Execute jobs side by side and write each executed notebook in one step.

    Parameters
    ----------
    jobs : iterable of Job
        A generator is asked for the next job only when there is room for it.
    report : callable
        Called with each Result as it comes. Ctrl-C reports what was running as stopped, and is raised again.
    workers : int, optional
        Notebooks at once; the number of cores by default.
    fresh : bool, default False
        Run also what has not changed since its last run.
    limits : Limits
    scheduler : str, optional
        Address of a Dask scheduler to run on; this machine by default.
    kernel : str, optional
        Name of the kernel; the notebook's own by default.
    """
    read = functools.lru_cache(maxsize=64)(functools.partial(_read, kernel=kernel))

    def look(job: Job) -> Task | Result:
        if job.refused:
            return Result(job, "failed", error=job.refused)
        source = read(job.source)
        inputs = source.inputs | {"parameters": parameter_inputs(job.parameters, job.source.parent)}
        cached = _cached(job, source, key_of(inputs)) if source.ours and not fresh else None
        arguments = (source.text, job.parameters, str(job.source.parent.resolve()), limits, kernel, source.ours)
        return cached or Task(arguments, (source, inputs))

    run_queue(
        jobs,
        look=look,
        perform=execute,
        finish=_finish,
        fail=lambda job, error: Result(job, "stopped" if isinstance(error, Stopped) else "failed", error=_told(error)),
        report=report,
        workers=workers,
        scheduler=scheduler,
    )


def _read(path: Path, *, kernel: str | None) -> _Source:
    notebook = load_notebook(path)
    taken: set[str] = set()
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":  # what an earlier run left there is not needed, and may not be valid
            cell.outputs, cell.execution_count = [], None
        if cell.get("id") in taken | {None}:
            cell.id = f"cell-{place}"
        taken.add(cell.id)
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)  # from there on a cell has an id
    ours = is_course_notebook(notebook, path)
    inputs = fixed_inputs(notebook, path, kernel=kernel) if ours else {}
    return _Source(nbformat.writes(notebook), ours, inputs, text_of(notebook))


def is_course_notebook(notebook: "NotebookNode", path: Path) -> bool:
    """Whether a notebook follows the course's rules: of any other it is not known what its result depends on.

    It declares its parameters as the course does, imports the course, and no ``helpers`` of its own lie beside it.
    """
    own_helpers = (path.parent / "helpers.py").exists() or (path.parent / "helpers").exists()
    if own_helpers or not any("helpers.course" in cell.source for cell in notebook.cells if cell.cell_type == "code"):
        return False
    try:
        return bool(parameters_of(notebook))
    except Exception:  # a cell of parameters that is not written as ours are
        return False


def execute(
    text: str, parameters: Mapping, folder: str, limits: Limits = Limits(), kernel: str | None = None, ours: bool = True
) -> Executed:
    """Execute a notebook given as text, with papermill; runs in this process or on a cluster's worker.

    A kernel that dies before its first cell, which is the machine's fault and not the notebook's, is started once more.

    Parameters
    ----------
    text : str
        The notebook's JSON.
    parameters : dict
        Values by name, injected after the parameters cell.
    folder : str
        The kernel's working directory.
    limits, kernel
        As in :func:`run_jobs`.
    ours : bool, default True
        Whether the kernel is forked from a process that has already imported what the course's notebooks import.
    """
    if not os.path.isdir(folder):
        raise CourseError(f"no folder {folder} on this machine")
    started = time.perf_counter()
    for left in (1, 0):
        notebook, error, begun = _attempt(text, parameters, folder, limits, kernel, ours)
        if not left or begun or type(error).__name__ not in ("DeadKernelError", "RuntimeError") or is_stopping():
            break
    told = error and _one_line(error, notebook, begun, time.perf_counter() - started >= limits.notebook)
    _tidy(notebook)
    return Executed(nbformat.writes(notebook), time.perf_counter() - started, told or "", package_versions())


def _attempt(text: str, parameters: Mapping, folder: str, limits: Limits, kernel: str | None, ours: bool) -> tuple:
    """One go: the notebook as far as it came, the exception that ended it or None, and how many cells were begun."""
    import papermill

    from helpers.course.kernels import manager_class

    for name in ("papermill", "asyncio", "traitlets"):  # what goes wrong is told by the result
        logging.getLogger(name).setLevel(logging.CRITICAL)
    os.environ.update(ONE_THREAD)
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3", "language": "python"})
    error = None
    with tempfile.TemporaryDirectory(prefix="workbook-") as scratch:
        source, target = Path(scratch, "source.ipynb"), Path(scratch, "executed.ipynb")
        nbformat.write(notebook, source)
        manager = manager_class(scratch, forked=ours)
        done = threading.Event()
        within = contextvars.copy_context().run
        threading.Thread(target=within, args=(_watch, manager, done, limits.notebook), daemon=True).start()
        try:
            papermill.execute_notebook(
                source,
                target,
                dict(parameters),
                engine_name=_engine(),
                kernel_name=kernel,
                progress_bar=False,
                execution_timeout=limits.cell,
                iopub_timeout=limits.cell,  # of a busy machine the last output may come long after the reply
                coalesce_streams=True,  # and what is printed together may come in parts
                extra_arguments=["--log-level=40"],
                kernel_manager_class=manager,
                resources={"metadata": {"path": folder}},
                shutdown_kernel="immediate",
                record_timing=False,
            )
        except Exception as problem:
            error = problem
        finally:
            done.set()
        if target.exists():
            notebook = nbformat.read(target, as_version=4)
    times = [
        cell.metadata.get("papermill", {}).get("start_time") for cell in notebook.cells if cell.cell_type == "code"
    ]
    return notebook, error, sum(time is not None for time in times)


@functools.cache
def _engine() -> str:
    """Teach papermill to save a notebook when it has run, not twice per cell; return the engine's name."""
    from papermill.engines import NBClientEngine, papermill_engines

    class SavesAtTheEnd(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, *arguments: Any, **options: Any) -> None:
            target, nb_man.output_path = nb_man.output_path, None
            try:
                super().execute_managed_notebook(nb_man, *arguments, **options)
            finally:
                nb_man.output_path = target

    papermill_engines.register("workbook", SavesAtTheEnd)
    return "workbook"


def _watch(manager: Any, done: threading.Event, seconds: float) -> None:
    """Until the notebook is `done`, end its kernel when its time is over or its run is stopped."""
    end = time.monotonic() + seconds
    while not done.wait(WATCH_SECONDS):
        provisioner = manager.last and manager.last.provisioner
        if (time.monotonic() > end or is_stopping()) and provisioner and provisioner.process:
            provisioner.process.kill()


def _finish(job: Job, context: tuple[_Source, dict], done: Executed) -> Result:
    source, inputs = context
    failed = job.target.with_suffix(".failed.ipynb")
    notebook = nbformat.reads(done.text, as_version=4)
    claims, records = read_claims(notebook), read_records(notebook)
    if done.error:
        write_notebook(notebook, failed)
        return Result(job, "failed", done.seconds, done.error, claims, records)
    if source.ours:
        inputs = inputs | version_inputs(done.versions)
        stamp(notebook, job.source, inputs, seconds=done.seconds, text=source.digest)
    write_notebook(notebook, job.target)
    failed.unlink(missing_ok=True)
    return Result(job, "ran", done.seconds, _other_versions(done.versions), claims, records)


def _other_versions(there: Mapping[str, str]) -> str:
    """Which versions a worker had that are not those here, in words; nothing where all are the same."""
    here = package_versions()
    other = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    told = [f"{name} {there.get(name, 'missing')} there, {here.get(name, 'missing')} here" for name in other]
    more = f", and {len(told) - 3} more" if len(told) > 3 else ""
    return f"the worker has other versions: {'; '.join(told[:3])}{more}" if told else ""


def _cached(job: Job, source: _Source, key: str) -> Result | None:
    """The result of an earlier run with the same inputs, if its notebook is whole; with the text of today."""
    try:
        notebook = load_notebook(job.target)
        stamped = provenance_of(notebook)
        whole = bool(stamped) and stamped["key"] == key and stamped["content"] == content_of(notebook)
    except Exception:  # a damaged file is as good as none
        return None
    if not whole:
        return None
    if stamped["text"] != source.digest:
        notebook = _with_new_text(notebook, source)
        inputs = {name: stamped[name] for name in ("parameters", *source.inputs)}
        stamp(notebook, job.source, inputs, seconds=stamped["seconds"], text=source.digest)
        write_notebook(notebook, job.target)
    return Result(job, "cached", stamped["seconds"], "", read_claims(notebook), read_records(notebook))


def _with_new_text(executed: "NotebookNode", source: _Source) -> "NotebookNode":
    """Today's notebook with the outputs of its earlier run: their code is the same, the text beside it is not."""
    notebook, code = nbformat.reads(source.text, as_version=4), [c for c in executed.cells if c.cell_type == "code"]
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            done = code.pop(0)
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
        cells.append(cell)
        if "parameters" in tags(cell) and code and code[0].source.startswith(INJECTED):
            cells.append(code.pop(0))
    notebook.cells = cells
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def _told(error: BaseException) -> str:
    """An exception of the runner in a line; what the user can fix says itself what it is."""
    name = type(error).__name__
    if name == "KilledWorker":
        return "its worker was lost, and again when it was tried alone"
    known = isinstance(error, (CourseError, Stopped))
    return first_line(error) if known else f"{name}: {first_line(error)}"


def _one_line(error: Exception, notebook: "NotebookNode", begun: int, late: bool) -> str:
    """The cell, and the class and first line of what went wrong there."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    where = f"cell [{begun}]: " if begun else ""
    kind = type(error).__name__
    if kind in ("PapermillExecutionError", "CellExecutionError"):
        shown = ((cell, output) for cell in code for output in cell.outputs if output.output_type == "error")
        cell, output = next(shown, (None, None))
        told = _class_and_line(output) if output else _told_on_stderr(code[max(begun - 1, 0)])
        return f"cell [{cell.execution_count if cell else begun}]: {told}"
    if late:
        return f"{where}the notebook took longer than --notebook-timeout allows"
    told = {
        "CellTimeoutError": "took longer than --timeout allows",
        "DeadKernelError": "the kernel died",
        "NoSuchKernel": f"no kernel named {getattr(error, 'name', '')!r}; see 'jupyter kernelspec list'",
    }
    return where + told.get(kind, f"{kind}: {first_line(error)}")


def _told_on_stderr(cell: "NotebookNode") -> str:
    """What went wrong in a cell of which the kernel shows no error: a magic misused, a group of exceptions."""
    text = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr")
    found = re.search(r"^[\s|+-]*(\w*(?:Error|Exception|Group): .+)$", text, re.MULTILINE)
    return first_line(Exception(found[1])) if found else "failed without an error of its own"


def _class_and_line(output: "NotebookNode") -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output.evalue)
    line = first_line(Exception(plain)) if plain.strip() else ""
    return f"{output.ename}: {line}" if line and line != output.ename else output.ename


def _tidy(notebook: "NotebookNode") -> None:
    """Drop what papermill notes about the run and adds to cells, so that equal runs give equal notebooks."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if cell.metadata.get("tags") == []:
            del cell.metadata["tags"]
