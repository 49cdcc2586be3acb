"""Grading: each submission gets its scores or a clear reason, whatever it does, and nobody else's change."""

import copy
import csv
import json
import os
import subprocess
import sys

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from helpers.course import grading
from helpers.course.cli import main
from helpers.course.grading import Limits, answers_of, assemble, find_submissions, grade
from helpers.course.kernels import CAN_FORK
from helpers.course.notebooks import CourseError, read_notebook
from helpers.course.release import released
from helpers.course.sandbox import is_available
from helpers.course.syllabus import NOTEBOOKS

NAME = "week1/03_concept_drift"
LIMITS = Limits(cell_seconds=10, seconds=90, memory_mb=3000, processes=40, output_mb=2)
EXERCISES = ("kinds", "panel", "judge")


def small_source():
    """The course's notebook with three exercises only, which need none of its other cells."""
    source = read_notebook(NOTEBOOKS / f"{NAME}.ipynb")
    ids = {name for exercise in EXERCISES for name in (exercise, f"prompt_{exercise}", f"check_{exercise}")}
    opening = [cell for cell in source.cells if cell.cell_type == "code"][:2]
    exercises = [cell for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade_id") in ids]
    source.cells = [*opening, new_code_cell("from helpers.checks import concept_drift as check"), *exercises]
    return source


def with_answer(source, exercise, code):
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == exercise:
            cell.source = code
    return notebook


def without_checks(source):
    notebook = copy.deepcopy(source)
    notebook.cells = [cell for cell in notebook.cells if not cell.metadata.get("nbgrader", {}).get("grade")]
    return notebook


def with_edited_checks(source):
    notebook = copy.deepcopy(released(source))
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source, cell.metadata.nbgrader.points = "1", 100
    return notebook


def with_duplicates(source):
    notebook = copy.deepcopy(source)
    notebook.cells += copy.deepcopy(with_answer(source, "panel", "panel = {}").cells)
    for position, cell in enumerate(notebook.cells):
        cell.id = f"cell-{position}"
    return notebook


def with_own_cell(source):
    notebook = with_answer(source, "judge", "def judge(alarms, drift_at):\n    return mine(alarms, drift_at)")
    at = next(
        i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == "judge"
    )
    solution = next(cell for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "judge")
    notebook.cells.insert(at, new_code_cell(solution.source.replace("def judge", "def mine")))
    return notebook


LOOP = """\
while True:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        pass"""
FORKS = """\
import os, time
for _ in range(300):
    try:
        if os.fork() == 0:
            time.sleep(1000)
    except OSError:
        time.sleep(0.01)
time.sleep(1000)"""
ESCAPE = """\
import os, signal, subprocess
subprocess.Popen(["sleep", "4242"], start_new_session=True)
for pid in [p for p in os.listdir("/proc") if p.isdigit() and p != "1"]:
    os.kill(int(pid), signal.SIGKILL)
"""
LOOK = """\
def judge(alarms, drift_at):
    import pathlib
    seen = sorted(str(path) for folder in {folders!r} for path in pathlib.Path(folder).glob("*"))
    raise ValueError(f"saw {{len(seen)}} files")"""
FORGE = """\
class Fake:
    state = "right"
    def __getattr__(self, name):
        return lambda *answers: self
    def grade(self):
        pass
check = Fake()
import helpers.course.exercises, helpers.checks.concept_drift as real
helpers.course.exercises.Feedback.grade = lambda self: None
for name in ("kinds", "panel", "judge"):
    setattr(real, name, lambda *answers: helpers.course.exercises.Feedback("x", "right", ""))"""
REWRITE = """\
import pathlib
for folder in {folders!r}:
    for name in ("scores.csv", "gradebook.db", "records/forger/{name}.json"):
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of every kind, graded once: scores by student and exercise, and where it was graded."""
    home = tmp_path_factory.mktemp("class")
    source, submissions, output = small_source(), home / "submissions", home / "grades"
    (home / "notebooks/week1").mkdir(parents=True)
    nbformat.write(source, home / f"notebooks/{NAME}.ipynb")
    folders = [str(home / "notebooks/week1"), str(submissions), str(output)]
    students = {
        "perfect": source,
        "blank": released(source),
        "plausible": with_answer(
            source, "judge", "def judge(alarms, drift_at):\n    return 0, abs(alarms[0] - drift_at)"
        ),
        "edited": with_edited_checks(source),
        "deleted": without_checks(source),
        "duplicated": with_duplicates(source),
        "own_cell": with_own_cell(source),
        "loop": with_answer(source, "panel", LOOP),
        "memory": with_answer(source, "panel", "hoard = [bytearray(10**8) for _ in range(100)]"),
        "forks": with_answer(source, "panel", FORKS),
        "escape": with_answer(source, "panel", ESCAPE),
        "prints": with_answer(source, "panel", "for _ in range(200):\n    print('x' * 10**6)"),
        "dies": with_answer(source, "panel", "import os\nos._exit(1)"),
        "exits": with_answer(source, "panel", "import sys\nsys.exit(0)"),
        "asks": with_answer(source, "panel", "panel = input()"),
        "looks": with_answer(source, "judge", LOOK.format(folders=folders)),
        "forges": with_answer(released(source), "kinds", FORGE),
        "rewrites": with_answer(released(source), "kinds", REWRITE.format(folders=folders, name=NAME)),
    }
    for student, notebook in students.items():
        (submissions / student / "week1").mkdir(parents=True)
        nbformat.write(notebook, submissions / student / f"{NAME}.ipynb")
    for student, text in {"torn": '{"cells": [', "prose": "not json", "empty": json.dumps(new_notebook())}.items():
        (submissions / student / "week1").mkdir(parents=True)
        (submissions / student / f"{NAME}.ipynb").write_text(text)
    (submissions / "misnamed/week1").mkdir(parents=True)
    nbformat.write(source, submissions / "misnamed/week1/homework.ipynb")
    (submissions / "linked/week1").mkdir(parents=True)
    os.symlink(submissions / f"perfect/{NAME}.ipynb", submissions / f"linked/{NAME}.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "NOTEBOOKS", home / "notebooks")
        scores = grade(submissions, output, limits=LIMITS, workers=2)
        seen = []
        again = grade(submissions, output, limits=LIMITS, report=lambda scores, known: seen.append(known))
    assert again == scores
    assert all(seen), "an unchanged submission was graded again"
    table = {}
    for score in scores:
        table.setdefault(score.student, {})[score.exercise] = score
    return table, output


def right(graded, student):
    return [name for name, score in graded[0][student].items() if score.points]


def reason(graded, student, exercise="panel"):
    return graded[0][student][exercise].reason


sandboxed = pytest.mark.skipif(not is_available(), reason="this platform offers no sandbox")


@pytest.mark.parametrize("student", ["perfect", "deleted", "duplicated", "own_cell"])
def test_right_answers_score_whatever_became_of_the_checks(graded, student):
    assert right(graded, student) == list(EXERCISES)
    assert all(score.points == score.max_points > 0 for score in graded[0][student].values())


@pytest.mark.parametrize("student", ["blank", "edited", "forges", "rewrites"])
def test_no_answer_no_points(graded, student):
    assert right(graded, student) == []


def test_a_blank_is_not_attempted_and_a_wrong_answer_gets_its_hint(graded):
    assert reason(graded, "blank").startswith("not attempted")
    assert right(graded, "plausible") == ["kinds", "panel"]
    assert reason(graded, "plausible", "judge").startswith("wrong. An alarm before the drift")


@pytest.mark.parametrize(
    ("student", "said"),
    [
        ("loop", "took longer than 10 s"),
        ("memory", ("MemoryError", "NameError", "ended the kernel", "took longer than 10 s")),
        ("prints", "printed more than 2 MB"),
        ("dies", "ended the kernel"),
        ("exits", "NameError"),
        ("asks", "NameError"),
    ],
)
def test_an_answer_that_misbehaves_costs_its_own_exercise_only(graded, student, said):
    assert right(graded, student) == ["kinds", "judge"]
    assert any(text in reason(graded, student) for text in ([said] if isinstance(said, str) else said)), reason(
        graded, student
    )


@sandboxed
@pytest.mark.parametrize("student", ["forks", "escape"])
def test_processes_are_bounded_and_end_with_their_kernel(graded, student):
    assert "kinds" in right(graded, student)
    names = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert ["sleep", "4242"] not in names


@sandboxed
def test_nothing_of_the_class_can_be_seen(graded):
    assert right(graded, "looks") == ["kinds", "panel"]
    assert "ValueError: saw 0 files" in reason(graded, "looks", "judge")


def test_without_the_sandbox_the_class_can_be_seen(tmp_path):
    """The control: the look would find something if it were not for the sandbox."""
    submissions = tmp_path / "submissions"
    (submissions / "looks/week1").mkdir(parents=True)
    source = small_source()
    looks = with_answer(source, "judge", LOOK.format(folders=[str(submissions)]))
    nbformat.write(looks, submissions / f"looks/{NAME}.ipynb")
    (tmp_path / "notebooks/week1").mkdir(parents=True)
    nbformat.write(source, tmp_path / f"notebooks/{NAME}.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "NOTEBOOKS", tmp_path / "notebooks")
        scores = grade(submissions, tmp_path / "grades", limits=LIMITS, sandboxed=False)
    assert "ValueError: saw 1 files" in {score.exercise: score.reason for score in scores}["judge"]


def test_where_there_is_no_sandbox_grading_refuses_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("helpers.course.sandbox.is_available", lambda: False)
    assert main(["grade", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("workbook: this system offers no sandbox")
    assert printed.count("\n") == 1


def test_a_platform_without_unix_limits_can_ask_for_help():
    code = """\
import sys
sys.modules["resource"] = None
from helpers.course.cli import main
sys.platform = "win32"
sys.exit(main(["grade", "."]))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert "this system offers no sandbox" in done.stderr, done.stderr


def test_stopping_keeps_what_is_graded(tmp_path):
    """Ctrl-C drops the waiting submissions and keeps the finished ones."""
    code = f"""\
import os, signal, threading, time
from helpers.course import grading
from helpers.course.cli import main
from helpers.course.cli import main
real = grading.grade_submission
def slow(submission, limits, hide):
    if submission.student == "b":
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
    return real(submission, limits, hide)
grading.grade_submission = slow
signal.signal(signal.SIGINT, signal.default_int_handler)
raise SystemExit(main(["grade", {str(tmp_path / "class")!r}, "--jobs", "1", "--output", {str(tmp_path / "out")!r}]))"""
    for student in "abc":
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / "essay.txt").write_text("not a notebook")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 130, done.stderr
    with open(tmp_path / "out/scores.csv", newline="") as file:
        rows = {row["student"]: row["reason"] for row in csv.DictReader(file)}
    assert rows.keys() == {"a", "b"}
    assert rows["b"] == "Stopped: stopped before it finished"


@sandboxed
def test_nothing_of_the_class_can_be_rewritten(graded):
    table, output = graded
    assert "mine" not in (output / "scores.csv").read_text()
    assert not (output / "records/forger").exists()


@pytest.mark.parametrize(
    ("student", "said"),
    [
        ("torn", "not a notebook"),
        ("prose", "not a notebook"),
        ("empty", "none of the notebook's answer cells is in it"),
        ("linked", "a symbolic link, which is not followed"),
    ],
)
def test_what_cannot_be_graded_gets_a_reason(graded, student, said):
    assert right(graded, student) == []
    assert said in reason(graded, student)


def test_a_file_of_another_name_is_reported(graded):
    (score,) = graded[0]["misnamed"].values()
    assert (score.notebook, score.reason) == ("homework", "not the name of a notebook of the course")


def test_scores_are_in_the_table_and_in_nbgraders_gradebook(graded):
    table, output = graded
    with open(output / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["student"] for row in rows} == table.keys()
    with Gradebook(f"sqlite:///{output}/gradebook.db") as book:
        for student in ("perfect", "blank", "plausible"):
            submission = book.find_submission_notebook("03_concept_drift", "week1", student)
            assert submission.score == sum(score.points for score in table[student].values())


def test_nothing_keeps_running(graded):
    left = [
        process for process in psutil.Process().children(recursive=True) if "forkserver" in " ".join(process.cmdline())
    ]
    assert len(left) <= (1 if CAN_FORK else 0), left


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CourseError, match="no such folder of submissions"):
        find_submissions(tmp_path / "nowhere")


def test_only_answers_are_taken_from_a_submission():
    source = small_source()
    forged = with_edited_checks(source)
    forged.cells.insert(0, new_code_cell("mine = 1"))
    answers = answers_of(forged, source)
    assert list(answers) == list(EXERCISES)
    assert answers["kinds"][0] == "mine = 1"
    run = assemble(source, answers)
    checks = [cell.source for cell in run.cells if (cell.metadata.get("nbgrader") or {}).get("grade")]
    assert all("feedback.grade()" in check for check in checks)
    assert len(checks) == 3
