"""One bounded queue for running and grading: jobs side by side, on this machine or on a Dask cluster.

Only as many jobs as can run are prepared ahead, so a queue of ten thousand holds little. Whatever goes wrong with a job
is the outcome of that job. Stopping (Ctrl-C, SIGTERM) drops what waits, keeps what is finished, and ends what runs.
"""

import contextlib
import contextvars
import functools
import os
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from helpers.course.notebooks import CourseError

TURN_SECONDS = 0.5  # a signal that comes just before a wait is only seen after it, so no wait is longer
STOP_SECONDS = 2.5  # until a queue that is stopped no longer waits for what it ran
_stopping = threading.Event()  # for the queue of this process
_owner = contextvars.ContextVar("_owner", default="")  # on a worker: the run that a job belongs to
_stopped: set[str] = set()  # on a worker: the runs that were stopped


class Stopped(Exception):
    """What ended a job that was running when the queue was stopped."""


@dataclass(frozen=True)
class Task:
    """What is left to do for a job: the arguments of `perform`, and what `finish` needs besides its value."""

    arguments: tuple
    context: object = None


@dataclass(frozen=True)
class _Pool:
    """Where tasks are performed: how to submit one, how many to hold, and the error of one whose worker was lost."""

    submit: Callable[..., Future]
    width: Callable[[], int]
    lost: type[Exception] | tuple = ()


def run_queue(
    jobs: Iterable,
    *,
    look: Callable,
    perform: Callable,
    finish: Callable,
    fail: Callable,
    report: Callable,
    workers: int | None = None,
    scheduler: str | None = None,
) -> None:
    """Bring each job to an outcome, and report it.

    Parameters
    ----------
    jobs : iterable
        May be a generator; it is asked for the next job when there is room.
    look : callable
        ``look(job)`` gives a :class:`Task`, or the outcome where that is known, as from a cache.
    perform : callable
        ``perform(*task.arguments)`` does the work, in a thread or on a worker of the cluster.
    finish : callable
        ``finish(job, task.context, value)`` makes the outcome of what was performed.
    fail : callable
        ``fail(job, error)`` makes the outcome of an exception in any of these, :class:`Stopped` among them.
    report : callable
        Called with each outcome as it comes.
    workers : int, optional
        Jobs at once; the number of cores by default.
    scheduler : str, optional
        Address of a Dask scheduler. A job whose worker is lost is tried once more, alone.
    """
    running: dict[Future, tuple] = {}
    suspects: list = []
    starting: list = []  # the job that is being begun, for it may be interrupted there

    def attempt(job: Any, action: Callable, *arguments: Any) -> Any:
        try:
            return action(*arguments)
        except Exception as error:
            return fail(job, error)

    def begin(job: Any) -> None:
        starting.append(job)
        task = attempt(job, look, job)
        if isinstance(task, Task):
            running[pool.submit(perform, *task.arguments)] = (job, task)
        starting.clear()
        if not isinstance(task, Task):
            report(task)

    def settle(future: Future, *, last: bool) -> None:
        job, task = running.pop(future)
        error = future.exception()
        if isinstance(error, pool.lost) and not last:
            suspects.append(job)
        elif error:
            report(fail(job, error))
        else:
            report(attempt(job, finish, job, task.context, future.result()))

    def drain(jobs: Iterable, width: Callable[[], int], *, last: bool = False) -> None:
        for job in jobs:
            begin(job)
            while len(running) >= width():
                settle_some(last)
        while running:
            settle_some(last)

    def settle_some(last: bool) -> None:
        for future in wait(running, TURN_SECONDS, FIRST_COMPLETED).done:
            settle(future, last=last)

    with _pool(workers or os.cpu_count() or 1, scheduler) as pool:
        try:
            drain(jobs, pool.width)
            drain(suspects, lambda: 1, last=True)
        except KeyboardInterrupt:
            begun = [job for job, _ in running.values()]
            for job in begun + [job for job in starting if job not in begun]:
                report(fail(job, Stopped("stopped before it finished")))
            raise


def is_stopping() -> bool:
    """Whether the queue that the job of this context belongs to is being stopped, here or on a worker."""
    return _stopping.is_set() or _owner.get() in _stopped


@contextlib.contextmanager
def _pool(workers: int, scheduler: str | None) -> Generator[_Pool]:
    with _cluster(scheduler) if scheduler else _threads(workers) as pool:
        yield pool


@contextlib.contextmanager
def _threads(workers: int) -> Generator[_Pool]:
    """Threads that each drive a process of their own; leaving by an exception ends these processes."""
    import psutil

    executor, working = ThreadPoolExecutor(workers), []
    _stopping.clear()

    def work(perform: Callable, *arguments: Any) -> Any:
        working.append(perform)
        try:
            if not _stopping.is_set():
                return perform(*arguments)
        finally:
            working.pop()

    try:
        yield _Pool(functools.partial(executor.submit, work), lambda: workers)
    except BaseException:
        _stopping.set()
        executor.shutdown(wait=False, cancel_futures=True)
        end = time.monotonic() + STOP_SECONDS
        while working and time.monotonic() < end:  # a thread may be just about to start another process
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            time.sleep(0.05)
        raise
    finally:
        executor.shutdown(wait=not _stopping.is_set())


@contextlib.contextmanager
def _cluster(scheduler: str) -> Generator[_Pool]:
    """A Dask cluster's threads. The loss of a worker is told at once, for the queue to find out whose fault it was."""
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise CourseError("--scheduler needs Dask: pip install distributed") from None
    try:
        client = Client(scheduler)
    except (OSError, ValueError) as error:
        raise CourseError(f"no Dask scheduler at {scheduler!r} ({error})") from None
    with client:
        run, executor = uuid.uuid4().hex, client.get_executor(pure=False)
        before = client.run_on_scheduler(_allow_failures, failures=0)

        def submit(perform: Callable, *arguments: Any) -> Future:
            return executor.submit(_perform_for, run, perform, *arguments)

        def width() -> int:  # asked each time, since workers come and go
            return 2 * sum(client.nthreads().values()) or 1

        try:
            yield _Pool(submit, width, KilledWorker)
        except BaseException:
            client.run(_stop_run, run, on_error="ignore")
            raise
        finally:
            client.run_on_scheduler(_allow_failures, failures=before)


def _perform_for(run: str, perform: Callable, *arguments: Any) -> Any:
    """On a worker: do the work of one job, so that it knows when its run is stopped."""
    _owner.set(run)
    return perform(*arguments)


def _stop_run(run: str) -> None:
    """On a worker: let what it does for this run end."""
    _stopped.add(run)


def _allow_failures(dask_scheduler: Any, failures: int) -> int:
    """Set how many workers a task may lose before it fails; return what it was."""
    before, dask_scheduler.allowed_failures = dask_scheduler.allowed_failures, failures
    return before
