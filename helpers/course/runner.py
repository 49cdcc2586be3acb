"""Run notebooks headlessly: several at once, longest first, unchanged ones from the cache, failures told in a line."""

import contextlib
import json
import logging
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from helpers.course.claims import read_outputs
from helpers.course.notebooks import CourseError, parameters_of, profiles_of, read_notebook, write_notebook
from helpers.course.parameters import ParameterError, check_values
from helpers.course.provenance import content_of, inputs_of, key_of, provenance_of, stamp

ONE_THREAD = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}


@dataclass(frozen=True)
class Job:
    """One notebook with its parameters, and where the executed notebook goes."""

    name: str
    source: Path
    target: Path
    parameters: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Result:
    """How a job ended (ran, cached, failed or stopped), with the claims and records that the notebook made."""

    job: Job
    state: str
    seconds: float = 0.0
    error: str = ""
    claims: tuple = ()
    records: tuple = ()

    @property
    def broken(self):
        """Claims that do not hold although they are expected to hold for every seed."""
        return [claim for claim in self.claims if not claim["holds"] and claim["holds_in"] == 1]


def make_job(name, source, target, values, *, profile=None):
    """Check a notebook's parameters and make a job of it, before anything runs.

    Parameters
    ----------
    name : str
        What to call it in reports.
    source, target : Path
        The notebook, and the file for the executed one.
    values : dict of str to str
        Parameter values by name, as texts.
    profile : str, optional
        Name of a set of values in the notebook's metadata, which `values` override.

    Raises
    ------
    CourseError, ParameterError
        For a notebook that is unreadable or has no parameters, an unknown name, or a value that is not allowed.
    """
    notebook = read_notebook(source)
    given = dict(profiles_of(notebook).get(profile, {}))
    if not given and not values:  # also a notebook that is not ours, whatever its parameters look like
        return Job(name, source, target)
    declared = parameters_of(notebook)
    if declared is None:
        raise CourseError(f"{source}: has no cell tagged 'parameters', so it takes no -p")
    given |= {key: declared[key].parse(value) if key in declared else value for key, value in values.items()}
    return Job(name, source, target, check_values(declared, given))


def run_jobs(jobs, *, workers=None, fresh=False, timeout=None, scheduler=None, kernel=None, expected=None, report=None):
    """Execute jobs side by side and write each executed notebook in one step.

    Parameters
    ----------
    jobs : sequence of Job
    workers : int, optional
        Notebooks at once; the number of cores by default.
    fresh : bool, default False
        Run also what has not changed since its last run.
    timeout : float, optional
        Seconds that one cell may take.
    scheduler : str, optional
        Address of a Dask scheduler to run on; this machine by default.
    kernel : str, optional
        Name of the kernel; the notebook's own by default.
    expected : dict of str to float, optional
        Seconds by notebook path, to start the longest first.
    report : callable, optional
        Called with each Result as it comes.

    Returns
    -------
    list of Result
        In the order of `jobs`. Ctrl-C reports what did not finish as stopped, ends every kernel, and is raised again.
    """
    results = {}

    def done(result):
        results[result.job] = result
        if report:
            report(result)

    jobs = list(jobs)
    todo = []
    for job in sorted(jobs, key=lambda job: -(expected or {}).get(str(job.source), 0.0)):
        notebook = read_notebook(job.source)
        inputs = inputs_of(notebook, job.source, job.parameters)
        cached = _cached(job, key_of(inputs)) if not fresh and _follows_the_rules(notebook) else None
        if cached:
            done(cached)
        else:
            todo.append((job, notebook, inputs))
    try:
        with _executor(workers or os.cpu_count(), scheduler) as submit:
            futures = {}
            for job, notebook, inputs in todo:
                folder = str(job.source.parent.resolve())
                future = submit(execute, nbformat.writes(notebook), job.parameters, folder, timeout, kernel)
                futures[future] = (job, inputs)
            for future in as_completed(futures):
                done(_finish(*futures[future], future))
    except KeyboardInterrupt:
        for job in jobs:
            if job not in results:
                done(Result(job, "stopped", error="stopped before it finished"))
        raise
    return [results[job] for job in jobs]


def execute(text, parameters, folder, timeout, kernel):
    """Execute a notebook given as text, with papermill; runs in this process or on a cluster's worker.

    Parameters
    ----------
    text : str
        The notebook's JSON.
    parameters : dict
        Values by name, injected after the parameters cell.
    folder : str
        The kernel's working directory.
    timeout, kernel
        As in :func:`run_jobs`.

    Returns
    -------
    text : str
        The executed notebook, as far as it came.
    seconds : float
        Wall-clock time.
    error : str
        Cell and last line of the error, or nothing.
    """
    import papermill

    for name in ("papermill", "asyncio"):  # what goes wrong is told by the result
        logging.getLogger(name).setLevel(logging.CRITICAL)
    os.environ.update(ONE_THREAD)
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3", "language": "python"})
    started, error = time.perf_counter(), ""
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "source.ipynb"), Path(scratch, "executed.ipynb")
        nbformat.write(notebook, source)
        options = {"resources": {"metadata": {"path": folder}}, "shutdown_kernel": "immediate", "record_timing": False}
        try:
            papermill.execute_notebook(
                source,
                target,
                parameters,
                kernel_name=kernel,
                progress_bar=False,
                execution_timeout=timeout,
                extra_arguments=["--log-level=40"],
                **options,
            )
        except Exception as problem:
            error = problem
        if target.exists():
            notebook = nbformat.read(target, as_version=4)
    if error:
        error = _one_line(error, notebook)
    _tidy(notebook)
    return nbformat.writes(notebook), time.perf_counter() - started, error


def _finish(job, inputs, future):
    failed = job.target.with_suffix(".failed.ipynb")
    try:
        text, seconds, error = future.result()
    except Exception as problem:  # a worker lost more often than the scheduler retries
        return Result(job, "failed", error=f"{type(problem).__name__}: {problem}")
    notebook = nbformat.reads(text, as_version=4)
    outcome = {"claims": tuple(read_outputs(notebook, "claim")), "records": tuple(read_outputs(notebook, "record"))}
    if error:
        write_notebook(notebook, failed)
        return Result(job, "failed", seconds, error, **outcome)
    stamp(notebook, job.source, inputs, seconds=seconds)
    write_notebook(notebook, job.target)
    failed.unlink(missing_ok=True)
    return Result(job, "ran", seconds, **outcome)


def _follows_the_rules(notebook):
    """Whether it is a notebook of a course; of any other, it is not known what its result depends on."""
    try:
        return parameters_of(notebook) is not None
    except ParameterError:
        return False


def _cached(job, key):
    """The result of an earlier run with the same inputs, if its notebook is whole."""
    try:
        body = json.loads(job.target.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    notebook = nbformat.from_dict(body)
    stamped = provenance_of(notebook)
    if stamped.get("key") != key or stamped["content"] != content_of(body):
        return None
    claims, records = read_outputs(notebook, "claim"), read_outputs(notebook, "record")
    return Result(job, "cached", stamped["seconds"], claims=tuple(claims), records=tuple(records))


@contextlib.contextmanager
def _executor(workers, scheduler):
    """The `submit` of an executor: Dask's with a `scheduler`, else threads that each drive a kernel on this machine."""
    if scheduler:
        with _dask_client(scheduler) as client:
            yield client.get_executor(pure=False, retries=3).submit
        return
    import psutil

    from helpers.course.kernels import forked_kernels

    with forked_kernels():
        pool = ThreadPoolExecutor(workers)
        try:
            yield pool.submit
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            raise
        finally:
            pool.shutdown()


def _dask_client(scheduler):
    try:
        from distributed import Client
    except ImportError:
        raise CourseError("--scheduler needs the extra: pip install 'ml-production-workbook[cluster]'") from None
    try:
        return Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise CourseError(f"no Dask scheduler at {scheduler!r} ({error})") from None


def _one_line(error, notebook):
    """The cell and the last line of what went wrong there."""
    kind = type(error).__name__
    if kind == "PapermillExecutionError":
        message = f"{error.ename}: {error.evalue}".strip()
        return f"cell [{error.exec_count}]: {message.splitlines()[-1] if error.evalue else error.ename}"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    begun = sum(cell.metadata.get("papermill", {}).get("start_time") is not None for cell in code)
    where = f"cell [{begun}]: " if begun else ""
    told = {
        "CellTimeoutError": "took longer than --timeout allows",
        "DeadKernelError": "the kernel died",
        "NoSuchKernel": f"no kernel named {getattr(error, 'name', '')!r}; see 'jupyter kernelspec list'",
    }
    return where + told.get(kind, f"{kind}: {error}".splitlines()[0])


def _tidy(notebook):
    """Drop what papermill notes about the run and adds to cells, so that equal runs give equal notebooks."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if cell.metadata.get("tags") == []:
            del cell.metadata["tags"]
