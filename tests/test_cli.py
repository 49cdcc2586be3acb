"""The command line: what is printed, with which exit code, on any terminal; it explains itself, and shows solutions."""

import argparse
import os
import subprocess
import sys
import tomllib

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from helpers.course import learner_copy
from helpers.course.cli import _parser, main
from helpers.course.exercises import Feedback
from helpers.course.learner_copy import start
from helpers.course.notebooks import CourseError, read_notebook, write_notebook
from helpers.course.release import without_solutions
from helpers.course.solutions import find_entry
from helpers.course.sweep import MOST_POINTS
from helpers.course.syllabus import NOTEBOOKS, ROOT, load_syllabus

ENTRY = load_syllabus().notebooks[3]
COMMANDS = next(
    action.choices for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)
)  # fmt: skip


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


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_explained_and_every_command_has_an_example(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    told = capsys.readouterr().out
    assert f"example: workbook {name}" in told
    assert "``" not in told
    for action in COMMANDS[name]._actions:
        assert action.help, action
        if action.nargs == 0 or action.required or isinstance(action, argparse._HelpAction):
            continue
        assert "default: " in action.help or action.dest == "parameters", action


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert capsys.readouterr().out == f"workbook {project['version']}\n", "install the package anew"
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture
def show(tmp_path, monkeypatch, capsys):
    """Save the last exercise of a notebook as wrong after some tries, and ask for its solution."""
    monkeypatch.setattr(learner_copy, "find_notebooks", lambda names: [ENTRY.path])
    start(tmp_path)
    path = tmp_path / f"{ENTRY.key}.ipynb"
    check = [cell for cell in read_notebook(path).cells if cell.metadata.get("nbgrader", {}).get("grade")][-1]
    name = check.metadata.nbgrader.grade_id.removeprefix("check_")

    def ask(tries, *, exercise=name, change=lambda notebook: notebook):
        mine = read_notebook(path)
        cell = next(each for each in mine.cells if each.id == check.id)
        bundle = Feedback(name, "wrong", "…", tries)._repr_mimebundle_()
        cell.outputs = [new_output("execute_result", data=bundle, execution_count=1)] if tries else []
        write_notebook(change(mine), path)
        code = main(["solution", ENTRY.key[:8], exercise, "--copy", str(tmp_path)])
        return code, "".join(capsys.readouterr())

    return ask


def test_a_solution_is_shown_after_two_wrong_answers(show):
    assert "0 wrong answers as saved at" in show(0)[1]
    code, told = show(1)
    assert code == 2
    assert "1 wrong answer as saved at" in told
    code, told = show(2)
    assert code == 0
    compile(told, "solution", "exec")
    assert "### " not in told
    assert "..." not in told.splitlines()[-1]
    assert f"{ENTRY.key} has no exercise 'nothing'; it has " in show(2, exercise="nothing")[1]


def test_an_instructor_can_switch_solutions_off(show):
    assert show(2, change=without_solutions) == (
        2,
        "workbook: your instructor has switched solutions off in this release\n",
    )


def test_a_notebook_is_meant_by_the_beginning_of_its_name_or_by_its_topic():
    assert find_entry("week1/04") == find_entry("monitoring") == find_entry(ENTRY.key)
    with pytest.raises(CourseError, match="'week1' names 4 notebooks; 'workbook list' shows their names"):
        find_entry("week1")
    assert (NOTEBOOKS / f"{find_entry('week1/04').key}.ipynb").exists()
