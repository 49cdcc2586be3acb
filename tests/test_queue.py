"""The queue: bounded, with an outcome for every job, and stopped cleanly."""

import itertools
import os
import signal
import threading

import pytest

from helpers.course.queue import Stopped, Task, run_queue

PLAIN = {
    "look": lambda job: Task((job,)),
    "perform": lambda job: job,
    "finish": lambda job, context, value: value,
    "fail": lambda job, error: (job, error),
}


@pytest.fixture(autouse=True)
def interruptible():
    """Ctrl-C interrupts also where the tests run in the background of a shell, which lets them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def outcomes(jobs, **options):
    reported = []
    run_queue(jobs, report=reported.append, **{**PLAIN, **options})
    return reported


def test_a_job_is_looked_up_performed_and_finished():
    look = {1: "known", 2: Task((2,), "context")}.get
    finish = lambda job, context, value: (context, value)  # noqa: E731
    reported = outcomes([1, 2], look=look, perform=lambda n: 10 * n, finish=finish)
    assert sorted(map(str, reported)) == ["('context', 20)", "known"]


@pytest.mark.parametrize("step", ["look", "perform", "finish"])
def test_what_goes_wrong_with_a_job_is_its_own_outcome(step):
    def broken(job, *rest):
        if job == 2:
            raise ValueError("no")
        return Task((job,)) if step == "look" else job

    reported = outcomes([1, 2, 3], **{step: broken})
    assert [outcome for outcome in reported if isinstance(outcome, int)] == [1, 3]
    ((job, error),) = [outcome for outcome in reported if isinstance(outcome, tuple)]
    assert (job, str(error)) == (2, "no")


def test_jobs_are_asked_for_only_when_there_is_room():
    asked, held = itertools.count(1), []

    def jobs():
        for _ in range(100):
            yield next(asked)

    done = itertools.count(1)
    outcomes(jobs(), finish=lambda job, context, value: held.append(job - next(done)), workers=2)
    assert max(held) <= 2


def test_stopping_reports_what_runs_and_drops_what_waits():
    started, told, reported = threading.Event(), threading.Event(), []

    def perform(job):
        started.set()
        told.wait(60)  # as long as it takes until the queue has seen the signal
        return job

    def interrupt():
        started.wait()
        os.kill(os.getpid(), signal.SIGINT)

    def report(outcome):
        reported.append(outcome)
        told.set()

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run_queue(
            ["slow", "waits", "waits too"],
            **PLAIN | {"perform": perform, "fail": lambda job, error: (job, type(error))},
            report=report,
            workers=1,
        )
    assert reported == [("slow", Stopped)]


def test_a_job_that_was_just_looked_at_when_the_queue_was_stopped_is_told_too():
    def look(job):
        if job == "looked at":
            raise KeyboardInterrupt
        return "known"

    reported, options = [], PLAIN | {"look": look, "fail": lambda job, error: (job, type(error))}
    with pytest.raises(KeyboardInterrupt):
        run_queue(["known", "looked at", "waits"], **options, report=reported.append, workers=1)
    assert reported == ["known", ("looked at", Stopped)]


def test_a_signal_that_another_thread_was_given_stops_the_queue_too():
    """So does one that comes just before the wait: Python looks at signals between steps of the main thread only."""
    released, in_time = threading.Event(), []

    def perform(job):
        threading.Event().wait(0.5)  # the queue is waiting by now
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        in_time.append(released.wait(60))

    with pytest.raises(KeyboardInterrupt):
        options = PLAIN | {"perform": perform}
        run_queue(["slow"], **options, report=lambda outcome: released.set(), workers=1)
    assert in_time == [True]
