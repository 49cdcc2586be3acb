"""The same runs on a Dask cluster: a scheduler and two workers on loopback, one of which is killed."""

import json
import subprocess
import sys
import threading
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers.course.cli import main
from helpers.course.notebooks import CourseError
from helpers.course.runner import Job, run_jobs

pytest.importorskip("distributed")
WORK = """\
import os, pathlib, time
pathlib.Path({folder!r}, f"started-{name}").touch()
time.sleep(3)
from helpers.course.claims import claim
claim("It ran", True)"""


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler with two worker processes, and the workers."""
    address = tmp_path / "scheduler.json"

    def dask(role, *options):
        command = [sys.executable, "-m", "dask", role, "--no-dashboard", "--scheduler-file", str(address), *options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)

    scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", "0")
    options = ["--nthreads", "1", "--no-nanny", "--host", "127.0.0.1"]
    workers = [dask("worker", *options) for _ in range(2)]
    end = time.monotonic() + 120
    while not address.exists():
        assert time.monotonic() < end, "no scheduler"
        time.sleep(0.2)
    yield json.loads(address.read_text())["address"], workers
    for process in [*workers, scheduler]:
        process.kill()
        process.wait()


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # a killed worker leaves the client's own warnings behind
def test_a_run_survives_the_loss_of_a_worker(tmp_path, cluster):
    address, workers = cluster
    jobs = []
    for name in "abcd":
        source = tmp_path / f"{name}.ipynb"
        nbformat.write(new_notebook(cells=[new_code_cell(WORK.format(folder=str(tmp_path), name=name))]), source)
        jobs.append(Job(name, source, tmp_path / f"out/{name}.ipynb"))

    def lose_one():
        while not list(tmp_path.glob("started-*")):
            time.sleep(0.1)
        workers[0].kill()

    threading.Thread(target=lose_one, daemon=True).start()
    results = run_jobs(jobs, scheduler=address)
    assert [result.state for result in results] == ["ran"] * 4, [result.error for result in results]
    assert workers[0].poll() is not None


def test_a_scheduler_that_is_not_there_is_named(tmp_path):
    source = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), source)
    with pytest.raises(CourseError, match="no Dask scheduler at 'tcp://127.0.0.1:1'"):
        run_jobs([Job("a", source, tmp_path / "out.ipynb")], scheduler="tcp://127.0.0.1:1")
    assert main(["run", str(source), "--scheduler", "nonsense"]) == 2
