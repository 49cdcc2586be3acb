"""Headless runs: the cache, provenance, faults told in one line, and nothing left behind."""

import json
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.course.cli import main
from helpers.course.notebooks import read_notebook
from helpers.course.provenance import provenance_of

PARAMETERS = "seed: int = 0  # random seed, 0 to 1000\nn: int = 2  # how many, 1 to 9"
WORK = """\
from helpers.course.claims import claim, record
record("n_squared", n**2)
claim("The square is small", n**2, at_most=16)"""


def save(folder, name, *sources, parameters=PARAMETERS):
    cells = [new_markdown_cell("# A notebook")]
    if parameters:
        cells.append(new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    cells += [new_code_cell(source) for source in sources]
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
    return str(folder / f"{name}.ipynb")


@pytest.fixture
def run(tmp_path, capsys):
    """Run the command; give its exit code and what it printed."""

    def call(command, *arguments):
        code = main(
            [command, *arguments, *(["--output", str(tmp_path / "out")] if command in ("run", "sweep") else [])]
        )
        out = capsys.readouterr()
        return code, out.out + out.err

    return call


def test_a_run_reports_claims_and_stamps_its_output(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    code, printed = run("run", source)
    assert code == 0
    assert "✔ good: The square is small (4; expected at most 16)" in printed
    target = tmp_path / "out/good.ipynb"
    stamped = provenance_of(read_notebook(target))
    assert stamped["seconds"] > 0
    assert set(stamped["helpers"]) >= {"helpers/course/claims.py"}
    assert run("verify", str(target)) == (0, f"✔ {target}: as stamped\n")


def test_an_unchanged_notebook_comes_from_the_cache_until_something_changes(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    assert "ran" in run("run", source)[1]
    assert "cached" in run("run", source)[1]
    assert "cached" not in run("run", source, "--fresh")[1]
    assert "cached" not in run("run", source, "-p", "n=3")[1]
    assert "cached" in run("run", source, "-p", "n=3")[1]
    save(tmp_path, "good", WORK, "1 + 1")
    assert "cached" not in run("run", source, "-p", "n=3")[1]


def test_a_broken_claim_is_reported_by_the_exit_code(run, tmp_path):
    code, printed = run("run", save(tmp_path, "good", WORK), "-p", "n=5")
    assert code == 1
    assert "✘ good: The square is small (25; expected at most 16)" in printed
    assert "1 claim does not hold" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "n=0"], "n must be an int from 1 to 9 (got 0)"),
        (["-p", "n=two"], "n must be an int from 1 to 9 (got 'two')"),
        (["-p", "m=1"], "unknown parameter 'm'; this notebook has seed, n"),
    ],
)
@pytest.mark.parametrize("command", ["run", "sweep"])
def test_wrong_parameters_are_refused_before_anything_starts(run, tmp_path, command, arguments, message):
    assert run(command, save(tmp_path, "good", WORK), *arguments) == (2, f"workbook: {message}\n")
    assert not (tmp_path / "out").exists()


def test_faults_are_told_in_one_line_and_the_others_finish(run, tmp_path):
    folder = tmp_path / "nbs"
    save(folder, "good", WORK)
    save(folder, "raises", "def f():\n    return 1 / 0", "f()")
    save(folder, "dies", "import os\nos._exit(3)")
    save(folder, "sleeps", "import time\ntime.sleep(1000)")
    save(folder, "foreign", "print(1)", parameters=None)
    (folder / "torn.ipynb").write_text('{"cells": [')
    code, printed = run("run", str(folder), "--timeout", "20")
    assert code == 1
    assert "✘ raises: cell [3]: ZeroDivisionError: division by zero" in printed
    assert "✘ dies: cell [2]: the kernel died" in printed
    assert "✘ sleeps: cell [2]: took longer than --timeout allows" in printed
    assert f"✘ torn: {folder}/torn.ipynb: not a notebook" in printed
    assert "2 of 6 notebooks ran, 4 failed" in printed
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["dies.failed.ipynb", "foreign.ipynb", "good.ipynb", "raises.failed.ipynb", "sleeps.failed.ipynb"]


def test_a_mended_notebook_loses_its_failed_output(run, tmp_path):
    source = save(tmp_path, "good", "1 / 0")
    assert run("run", source)[0] == 1
    save(tmp_path, "good", WORK)
    assert run("run", source)[0] == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.ipynb"]


def test_unknown_things_are_named(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    assert "no kernel named 'no_such'" in run("run", source, "--kernel", "no_such")[1]
    assert run("run", "no/such")[0] == 2
    plain = save(tmp_path, "plain", "1", parameters=None)
    assert "has no cell tagged 'parameters'" in run("run", plain, "-p", "n=1")[1]
    assert "a sweep needs at least one -p" in run("sweep", source)[1]


def test_a_disk_that_refuses_is_a_clear_error(tmp_path, run):
    (tmp_path / "out").write_text("a file where a folder should be")
    code, printed = run("run", save(tmp_path, "good", WORK))
    assert code == 1
    assert "✘ good: cannot write" in printed


def test_a_sweep_gathers_claims_and_records(run, tmp_path):
    code, printed = run("sweep", save(tmp_path, "good", WORK), "-p", "n=2,5", "-p", "seed=0:2")
    assert code == 1
    assert "✘   2 of 4   good: The square is small" in printed
    rows = (tmp_path / "out/sweep.csv").read_text().splitlines()
    assert rows[0] == "notebook,n,seed,kind,name,value,holds,holds_in"
    assert len(rows) == 9
    assert (tmp_path / "out/sweep.png").stat().st_size > 1000


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def descendants(process):
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_stopped_run_keeps_what_finished_and_leaves_nothing_running(tmp_path, signum, code):
    folder, marker = tmp_path / "nbs", tmp_path / "started"
    save(folder, "a_good", WORK)
    save(folder, "b_slow", f"open({str(marker)!r}, 'w').close()\nimport time\ntime.sleep(1000)")
    command = [
        sys.executable,
        "-m",
        "helpers.course.cli",
        "run",
        str(folder),
        "--jobs",
        "1",
        "--output",
        str(tmp_path / "out"),
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # ignored in the background
    )
    wait_for(marker.exists)
    left = descendants(process)
    process.send_signal(signum)
    assert process.wait(timeout=60) == code
    wait_for(lambda: not any(child.is_running() and child.status() != "zombie" for child in left))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a_good.ipynb"]
    assert main(["run", str(folder / "a_good.ipynb"), "--output", str(tmp_path / "out")]) == 0


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path):
    source = save(tmp_path, "good", WORK)
    command = [sys.executable, "-m", "helpers.course.cli", "run", source, "--output", str(tmp_path / "out")]
    runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in runs] == [0, 0]
    assert main(["verify", str(tmp_path / "out/good.ipynb")]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.ipynb"]


def test_verify_finds_a_changed_byte_parameter_and_stamp(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    run("run", source)
    target = tmp_path / "out/good.ipynb"
    executed = target.read_text()
    target.write_text(executed.replace("n_squared = 4", "n_squared = 5"))
    assert "content: the executed notebook was changed after its run" in run("verify", str(target))[1]
    forged = json.loads(executed)
    forged["metadata"]["workbook"]["provenance"]["parameters"] = {"n": {"value": 3}}
    target.write_text(json.dumps(forged))
    code, printed = run("verify", str(target))
    assert code == 1
    assert "key: the stamp was changed after the run" in printed
    save(tmp_path, "good", WORK, "1 + 1")
    target.write_text(executed)
    assert "source: now" in run("verify", str(target))[1]
    assert "carries no provenance" in run("verify", source)[1]
