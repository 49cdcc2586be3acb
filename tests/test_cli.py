"""The command line: what is printed, with which exit code, on any terminal."""

import os
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers.course.cli import main
from helpers.course.sweep import MOST_POINTS


@pytest.fixture
def source(tmp_path):
    """A notebook with one parameter, `n`."""
    cells = [
        new_code_cell("n: int = 2  # how many, 1 to 9", metadata={"tags": ["parameters"]}),
        new_code_cell("from helpers.course.claims import claim\nclaim('It is small', n, at_most=4)"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "good.ipynb")
    return str(tmp_path / "good.ipynb")


def command(*arguments, **environment):
    """What the command prints, run as another process."""
    started = [sys.executable, "-m", "helpers.course.cli", *arguments]
    return subprocess.run(started, capture_output=True, env={**os.environ, **environment})


@pytest.mark.parametrize("name", ["run", "sweep"])
def test_a_parameter_is_given_once(source, tmp_path, capsys, name):
    assert main([name, source, "-p", "n=1", "-p", "n=2", "--output", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "workbook: -p n must be given once (got '1' and '2')\n"


def test_equal_values_of_a_grid_count_once(source, tmp_path, capsys):
    assert main(["sweep", source, "-p", "n=2,2", "--output", str(tmp_path / "out")]) == 0
    assert "1 of 1" in capsys.readouterr().out


def test_a_grid_too_large_to_run_is_refused_at_once(source, tmp_path, capsys):
    assert main(["sweep", source, "-p", "n=0:1000000000", "--output", str(tmp_path / "out")]) == 2
    assert f"a sweep must have at most {MOST_POINTS:,} points (got 1,000,000,000)" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "-1", "two", "²", "1.5", ""])
def test_a_number_of_jobs_must_be_a_whole_number_from_1(source, capsys, text):
    with pytest.raises(SystemExit) as stopped:
        main(["run", source, f"--jobs={text}"])
    assert stopped.value.code == 2
    assert f"must be a whole number from 1 (got {text!r})" in capsys.readouterr().err


def test_the_reader_of_the_output_may_leave_early():
    started = [sys.executable, "-m", "helpers.course.cli", "list"]
    with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        told = process.stderr.read()
    assert b"Traceback" not in told


def test_an_output_without_unicode_gets_plain_marks(tmp_path):
    nbformat.write(new_notebook(cells=[new_code_cell("raise ValueError('größer')")]), tmp_path / "bad.ipynb")
    done = command("run", str(tmp_path / "bad.ipynb"), "--output", str(tmp_path / "out"), PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert b"x bad: cell [1]: ValueError: gr\\xf6\\xdfer" in done.stdout, done.stdout


def test_listing_and_help_import_no_more_than_they_need():
    code = """\
import sys
from helpers.course.cli import main
main(["list"])
heavy = {"nbformat", "jsonschema", "numpy", "pandas", "papermill", "nbgrader", "jupyter_client", "tqdm"}
print(sorted(heavy & sys.modules.keys()))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
