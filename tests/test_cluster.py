"""The same runs on a Dask cluster: a scheduler and two workers on loopback, one of which is killed."""

import json
import signal
import subprocess
import sys
import threading
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from test_grading import hand_in, make_course, small_source, with_answer

from helpers.course import grading
from helpers.course.cli import main
from helpers.course.notebooks import CourseError
from helpers.course.provenance import package_versions
from helpers.course.queue import _pool
from helpers.course.release import released
from helpers.course.runner import Job, _other_versions, execute, run_jobs
from helpers.course.sandbox import is_available

pytest.importorskip("distributed")
WORK = """\
import os, pathlib, time
pathlib.Path({folder!r}, f"started-{name}").touch()
while not pathlib.Path({folder!r}, "lost").exists():
    time.sleep(0.1)
from helpers.course.claims import claim
claim("It ran", True)"""


SLEEPS = """\
import os, pathlib, time
pathlib.Path({folder!r}, "pid").write_text(str(os.getpid()))
time.sleep(1000)"""
RUN = """\
import sys
from helpers.course.cli import main
sys.exit(main(["run", {source!r}, "--scheduler", {address!r}, "--output", {source!r} + ".out"]))"""


KILLS = """\
import os, pathlib, psutil
me = psutil.Process()
tries = pathlib.Path({folder!r}, "tries")
tries.write_text((tries.read_text() if tries.exists() else "") + "x")
for parent in me.parents():
    if "worker" in " ".join(parent.cmdline()):
        pathlib.Path({folder!r}, "lost").touch()
        parent.kill()
import time
time.sleep(60)"""


def dask(folder, role, *options):
    command = [
        sys.executable,
        "-m",
        "dask",
        role,
        "--no-dashboard",
        "--scheduler-file",
        str(folder / "s.json"),
        *options,
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)


@pytest.fixture
def cluster(tmp_path):
    """A scheduler's address and a function that starts a worker process; with two of them to begin with."""
    processes = [dask(tmp_path, "scheduler", "--host", "127.0.0.1", "--port", "0")]

    def start_worker():
        processes.append(dask(tmp_path, "worker", "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1"))
        return processes[-1]

    workers = [start_worker() for _ in range(2)]
    yield json.loads(text_in(tmp_path / "s.json"))["address"], workers, start_worker
    for process in processes:
        process.kill()
        process.wait()


def jobs_of(folder, sources):
    jobs = []
    folder.mkdir(exist_ok=True)
    for name, source in sources.items():
        path = folder / f"{name}.ipynb"
        nbformat.write(new_notebook(cells=[new_code_cell(source.format(folder=str(folder), name=name))]), path)
        jobs.append(Job(name, path, folder / f"out/{name}.ipynb"))
    return jobs


def results_of(jobs, scheduler):
    results = []
    run_jobs(jobs, scheduler=scheduler, report=results.append)
    return {result.job.name: result for result in results}


@pytest.mark.filterwarnings("ignore")  # a killed worker leaves the client's own warnings behind
def test_a_run_survives_the_loss_of_a_worker(tmp_path, cluster):
    address, workers, _ = cluster

    def lose_one():
        while not list(tmp_path.glob("started-*")):
            time.sleep(0.1)
        workers[0].kill()
        workers[0].wait()
        (tmp_path / "lost").touch()

    threading.Thread(target=lose_one, daemon=True).start()
    results = results_of(jobs_of(tmp_path, dict.fromkeys("abcd", WORK)), address)
    assert [results[name].state for name in "abcd"] == ["ran"] * 4, results
    assert workers[0].poll() is not None


@pytest.mark.filterwarnings("ignore")
def test_a_notebook_that_kills_its_worker_is_tried_twice_and_takes_no_other_with_it(tmp_path, cluster):
    address, workers, start_worker = cluster
    stop = threading.Event()

    def keep_two_alive():
        known = list(workers)
        while not stop.is_set():
            if sum(worker.poll() is None for worker in known) < 2:
                known.append(start_worker())
            time.sleep(0.2)

    threading.Thread(target=keep_two_alive, daemon=True).start()
    results = results_of(jobs_of(tmp_path, {"kills": KILLS, "a": WORK, "b": WORK}), address)
    stop.set()
    assert results["kills"].state == "failed"
    assert results["kills"].error == "its worker was lost, and again when it was tried alone"
    assert [results[name].state for name in "ab"] == ["ran", "ran"]
    assert (tmp_path / "tries").read_text() == "xx"


@pytest.mark.filterwarnings("ignore")
def test_a_stopped_run_ends_its_kernels_on_the_workers_and_no_others(tmp_path, cluster):
    address, _, _ = cluster
    jobs = [jobs_of(tmp_path / name, {"a": SLEEPS})[0] for name in ("stopped", "other")]
    runs = [
        subprocess.Popen([sys.executable, "-c", RUN.format(source=str(job.source), address=address)]) for job in jobs
    ]
    kernels = [psutil.Process(int(text_in(job.source.with_name("pid")))) for job in jobs]
    runs[0].send_signal(signal.SIGTERM)
    assert runs[0].wait(timeout=60) == 143
    kernels[0].wait(timeout=60)
    assert kernels[1].is_running()
    runs[1].terminate()
    assert runs[1].wait(timeout=60) == 143
    kernels[1].wait(timeout=60)


def text_in(file):
    """What a file says, once it says something."""
    while not (file.exists() and file.read_text()):
        time.sleep(0.1)
    return file.read_text()


def test_a_cluster_that_grows_is_given_more_to_do(cluster):
    address, _, start_worker = cluster
    with _pool(1, address) as pool:
        while pool.width() < 4:
            time.sleep(0.1)
        start_worker()
        while pool.width() < 6:
            time.sleep(0.1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not is_available(), reason="this platform offers no sandbox")
def test_a_class_gets_the_same_grades_on_a_cluster(tmp_path, cluster, monkeypatch):
    address, _, _ = cluster
    make_course(tmp_path)
    monkeypatch.setattr(grading, "NOTEBOOKS", tmp_path / "notebooks")
    hand_in(tmp_path / "submissions", "ann", small_source())
    hand_in(tmp_path / "submissions", "bob", released(small_source()))
    hand_in(tmp_path / "submissions", "cem", with_answer(small_source(), "panel", "panel = {}"))
    here = grading.grade(tmp_path / "submissions", tmp_path / "here")
    there = grading.grade(tmp_path / "submissions", tmp_path / "there", scheduler=address)
    assert there == here
    assert {score.state for score in here} == {"right", "wrong", "not attempted"}


def test_a_workers_other_versions_are_told(monkeypatch):
    here = package_versions()
    assert _other_versions(here) == ""
    there = {**here, "numpy": "1.0", "python": "3.99"}
    told = _other_versions(there).removeprefix("the worker has other versions: ").split("; ")
    assert told == [f"{name} {there[name]} there, {here[name]} here" for name in ("numpy", "python")]


def test_a_folder_that_a_worker_does_not_have_is_told(tmp_path):
    with pytest.raises(CourseError, match="no folder /no/such on this machine"):
        execute("{}", {}, "/no/such")


def test_a_scheduler_that_is_not_there_is_named(tmp_path):
    (job,) = jobs_of(tmp_path, {"a": "1"})
    from dask import config

    soon = config.set({"distributed.comm.timeouts.connect": "1s"})
    with soon, pytest.raises(CourseError, match="no Dask scheduler at 'tcp://127.0.0.1:1'"):
        results_of([job], "tcp://127.0.0.1:1")
    assert main(["run", str(job.source), "--scheduler", "nonsense"]) == 2
