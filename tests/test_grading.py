"""Grading: each submission gets its scores or a clear reason, whatever it does, and nobody else's change."""

import contextlib
import copy
import csv
import json
import os
import subprocess
import sys
from dataclasses import replace

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from helpers.course import grading
from helpers.course.cli import main
from helpers.course.grading import grade
from helpers.course.judge import LearnerCell, Limits
from helpers.course.notebooks import CourseError, read_notebook
from helpers.course.release import released
from helpers.course.sandbox import is_available
from helpers.course.submissions import HIDDEN, MAX_FILE_MB, STRANGE, TWICE, answers_of, find_submissions, read_cells
from helpers.course.syllabus import NOTEBOOKS

pytestmark = pytest.mark.skipif(not is_available(), reason="this platform offers no sandbox")
NAME = "week1/03_concept_drift"
LIMITS = Limits(cell_seconds=5, seconds=20, memory_mb=500, processes=40, output_mb=2)
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


def with_cells(source, *cells):
    notebook = json.loads(nbformat.writes(source))
    notebook["cells"] = [*cells, *notebook["cells"]]
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


def position(notebook, name):
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    return names.index(name)


def tried_out(source):
    """Below its check, a learner goes on with the answer."""
    notebook = copy.deepcopy(source)
    below = new_code_cell("panel.clear()\njudge = None")
    for name in ("check_panel", "check_judge"):
        notebook.cells.insert(position(notebook, name) + 1, copy.deepcopy(below))
    return notebook


def doubled(source, name, first, more):
    """The cell of an answer is there twice, both with what nbgrader notes: the `first`, and the answer with `more`."""
    notebook = copy.deepcopy(source)
    at = position(notebook, name)
    second = copy.deepcopy(notebook.cells[at])
    notebook.cells[at].source, second.id = first, "second"
    second.source += more
    notebook.cells.insert(at + 1, second)
    return notebook


def split(source):
    """The cell of an answer is two, as an editor leaves them."""
    return doubled(source, "panel", "# first", "# second")


def copied(source):
    """The blank is still there, and a copy of its cell has the answer."""
    return doubled(source, "judge", "def judge(alarms, drift_at):\n    ...", "# mine")


def without_metadata(source):
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def retyped(source):
    """The answer in a new cell, and its own cell deleted."""
    notebook = copy.deepcopy(source)
    at = position(notebook, "judge")
    notebook.cells[at] = new_code_cell(notebook.cells[at].source + "# mine")
    return notebook


HELPS = """\
%precision 3
from math import *
def gap(alarm, drift_at):
    return alarm - drift_at
"""


def helped(source):
    """An answer needs what an earlier answer defines, beside a magic and a star import."""
    notebook = copy.deepcopy(source)
    cell = notebook.cells[position(notebook, "panel")]
    cell.source = HELPS + cell.source
    gaps = "[gap(alarm, drift_at) for alarm in alarms if floor(alarm) >= drift_at]"
    code = (
        f"def judge(alarms, drift_at):\n    gaps = {gaps}\n    return len(alarms) - len(gaps), min(gaps, default=nan)"
    )
    return with_answer(notebook, "judge", code)


def from_an_older_release(source):
    """The helper stands in the answer to an exercise that the course no longer has."""
    notebook = helped(source)
    cell = notebook.cells[position(notebook, "panel")]
    cell.source = cell.source.removeprefix(HELPS)
    older = new_code_cell(HELPS, metadata={"nbgrader": {"grade_id": "older", "solution": True, "grade": False}})
    notebook.cells.insert(0, older)
    return notebook


HONEST = {
    "tried_out": tried_out,
    "split": split,
    "copied": copied,
    "without_metadata": without_metadata,
    "retyped": retyped,
    "helped": helped,
    "older": from_an_older_release,
}
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
    if os.fork() == 0:
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


BANNER = """\
Formula = type('=HYPERLINK("http://evil.example","click")', (BaseException,), {})
raise Formula()"""


def hand_in(submissions, student, notebook, name=NAME):
    """Put a notebook, or the text or bytes of a file, into a student's folder."""
    path = submissions / student / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, bytes):
        path.write_bytes(notebook)
    else:
        path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), encoding="utf-8")
    return path


def read_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def make_course(home):
    (home / "notebooks/week1").mkdir(parents=True)
    nbformat.write(small_source(), home / f"notebooks/{NAME}.ipynb")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder with a course of one small notebook, which is graded instead of the real one."""
    make_course(tmp_path)
    monkeypatch.setattr(grading, "NOTEBOOKS", tmp_path / "notebooks")
    return tmp_path


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of every kind, graded once: scores by student and exercise, and where it was graded."""
    home = tmp_path_factory.mktemp("class")
    source, submissions, output = small_source(), home / "submissions", home / "grades"
    make_course(home)
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
        **{name: make(source) for name, make in HONEST.items()},
        "loop": with_answer(source, "panel", LOOP),
        "memory": with_answer(source, "panel", "hoard = [bytearray(10**8) for _ in range(100)]"),
        "forks": with_answer(source, "panel", FORKS),
        "escape": with_answer(source, "panel", ESCAPE),
        "prints": with_answer(source, "panel", "for _ in range(200):\n    print('x' * 10**6)"),
        "dies": with_answer(source, "panel", "import os\nos._exit(1)"),
        "exits": with_answer(source, "panel", "import sys\nsys.exit(0)"),
        "asks": with_answer(source, "panel", "panel = input()"),
        "fails": with_answer(source, "panel", "panel = ...\npanel = panels['week']"),
        "looks": with_answer(source, "judge", LOOK.format(folders=folders)),
        "forges": with_answer(released(source), "kinds", FORGE),
        "rewrites": with_answer(released(source), "kinds", REWRITE.format(folders=folders, name=NAME)),
    }
    files = {
        "torn": '{"cells": [',
        "prose": "not json",
        "empty": new_notebook(),
        "deep": "[" * 100_000,
        "list": "[]",
        "bom": b"\xef\xbb\xbf" + nbformat.writes(source).encode(),
        "null_tags": with_cells(source, {"cell_type": "code", "source": "1", "metadata": {"tags": None}}),
        "odd_cells": with_cells(source, 7, None, {"cell_type": "code"}, {"cell_type": "code", "source": 5}),
        "surrogate": with_answer(source, "panel", "panel = '\ud800'"),
        "long": with_cells(
            source, *[{"cell_type": "code", "source": f"x{n} = 1", "metadata": {}} for n in range(3000)]
        ),
        "cursor\x1b[2J": with_answer(source, "panel", "panel = {}"),
        "Ame\u0301lie": source,
        "Am\u00e9lie": source,
        "number": with_answer(source, "panel", 5),
        "twice": source,
        "=cmd|calc": with_answer(source, "panel", BANNER),
        os.fsdecode(b"M\xfcller"): source,
    }
    for student, notebook in {**students, **files}.items():
        hand_in(submissions, student, notebook)
    hand_in(submissions, "twice", source).with_suffix("").write_text("{}")
    hand_in(submissions, "misnamed", source, "week1/homework")
    hand_in(submissions, "endless", source, f"week1/{'a' * 240}")
    (submissions / "perfect/week1/timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    (submissions / "linked/week1").mkdir(parents=True)
    os.symlink(submissions / f"perfect/{NAME}.ipynb", submissions / f"linked/{NAME}.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "NOTEBOOKS", home / "notebooks")
        scores = grade(submissions, output, limits=LIMITS, workers=2)
        seen = []
        again = grade(submissions, output, limits=LIMITS, report=lambda scores, known: seen.append(known))
    assert again == scores
    assert sum(not known for known in seen) == 11, "a submission that could be graded was graded again"
    table = {}
    for score in scores:
        table.setdefault(score.student, {})[score.exercise] = score
    return table, output


def right(graded, student):
    return [name for name, score in graded[0][student].items() if score.points]


def reason(graded, student, exercise="panel"):
    return graded[0][student][exercise].reason


sandboxed = pytest.mark.skipif(not is_available(), reason="this platform offers no sandbox")


@pytest.mark.parametrize("student", ["perfect", "deleted", "duplicated", "own_cell", *HONEST])
def test_right_answers_score_whatever_became_of_the_checks(graded, student):
    assert right(graded, student) == list(EXERCISES)
    assert all(score.points == score.max_points > 0 for score in graded[0][student].values())


@pytest.mark.parametrize("student", ["blank", "edited", "forges", "rewrites"])
def test_no_answer_no_points(graded, student):
    assert right(graded, student) == []


def test_a_blank_is_not_attempted_and_a_wrong_answer_gets_its_hint(graded):
    assert reason(graded, "blank").startswith("not attempted")
    assert graded[0]["blank"]["panel"].state == "not attempted"
    assert right(graded, "plausible") == ["kinds", "panel"]
    assert reason(graded, "plausible", "judge").startswith("wrong. An alarm before the drift")
    assert graded[0]["plausible"]["judge"].state == "wrong"


@pytest.mark.parametrize(
    ("student", "said"),
    [
        ("loop", "took longer than 5 s"),
        ("memory", "MemoryError"),
        ("prints", "NameError: name 'panel' is not defined"),
        ("dies", "the answer's process ended"),
        ("exits", "SystemExit: 0"),
        ("asks", "EOFError"),
        ("fails", "NameError: name 'panels' is not defined"),
    ],
)
def test_an_answer_that_misbehaves_costs_its_own_exercise_only(graded, student, said):
    assert right(graded, student) == ["kinds", "judge"]
    assert said in reason(graded, student)


@pytest.mark.parametrize("student", ["forks", "escape"])
def test_an_answer_starts_no_process(graded, student):
    assert right(graded, student) == ["kinds", "judge"]
    assert "PermissionError: [Errno 1] Operation not permitted" in reason(graded, student)
    names = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert ["sleep", "4242"] not in names


def test_nothing_of_the_class_can_be_seen(graded):
    assert right(graded, "looks") == ["kinds", "panel"]
    assert "ValueError: saw 0 files" in reason(graded, "looks", "judge")


def test_without_the_sandbox_the_class_can_be_seen(course):
    """The control: the look would find something if it were not for the sandbox."""
    submissions = course / "submissions"
    looks = with_answer(small_source(), "judge", LOOK.format(folders=[str(submissions)]))
    hand_in(submissions, "looks", looks)
    scores = grade(submissions, course / "grades", limits=LIMITS, sandboxed=False)
    assert "ValueError: saw 1 files" in {score.exercise: score.reason for score in scores}["judge"]


def test_where_there_is_no_sandbox_grading_refuses_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("helpers.course.sandbox.is_available", lambda: False)
    assert main(["grade", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("workbook: this system offers no sandbox")
    assert printed.count("\n") == 1


def test_a_platform_without_unix_limits_can_ask_for_help():
    code = """\
import shutil, sys  # before it believes to be elsewhere
sys.modules["resource"] = None
from helpers.course.cli import main
sys.platform = "win32"
sys.exit(main(["grade", "."]))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert "this system offers no sandbox" in done.stderr, done.stderr


def test_stopping_keeps_what_is_graded(course):
    """Ctrl-C drops the waiting submissions and keeps the finished ones."""
    code = f"""\
import os, pathlib, signal, time
from helpers.course import grading
from helpers.course.cli import main
from helpers.course.queue import is_stopping
grading.NOTEBOOKS, grading.TOGETHER = pathlib.Path({str(course / "notebooks")!r}), 1
def slow(path, answers, limits, sandboxed):
    if "b" in answers:
        os.kill(os.getpid(), signal.SIGINT)
        while not is_stopping():
            time.sleep(0.05)
    hints = dict.fromkeys({EXERCISES!r}, {{}})
    return {{student: dict.fromkeys({EXERCISES!r}, ("right", "")) for student in answers}}, hints
grading.judge_file = slow
signal.signal(signal.SIGINT, signal.default_int_handler)
folder, out = {str(course / "submissions")!r}, {str(course / "out")!r}
raise SystemExit(main(["grade", folder, "--jobs", "1", "--output", out, "--without-sandbox"]))"""
    for student in "abc":
        hand_in(course / "submissions", student, small_source())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 130, done.stderr
    rows = read_rows(course / "out/scores.csv")
    assert {row["student"] for row in rows} == {"a", "b"}
    assert {row["state"] for row in rows if row["student"] == "a"} == {"right"}
    assert {row["reason"] for row in rows if row["student"] == "b"} == {"Stopped: stopped before it finished"}


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
        ("deep", "not a notebook"),
        ("list", "not a notebook"),
        ("long", "more than 200 kB of code"),
    ],
)
def test_what_cannot_be_graded_gets_a_reason(graded, student, said):
    assert right(graded, student) == []
    assert said in reason(graded, student)
    assert graded[0][student]["panel"].state == "not graded"


@pytest.mark.parametrize("student", ["bom", "null_tags", "odd_cells"])
def test_a_file_that_is_a_little_odd_is_graded(graded, student):
    assert right(graded, student) == list(EXERCISES)


def test_text_that_is_none_costs_its_own_exercise_only(graded):
    assert right(graded, "surrogate") == right(graded, "number") == ["kinds", "judge"]
    assert "UnicodeEncodeError" in reason(graded, "surrogate")
    assert reason(graded, "number").startswith("not attempted")


def test_a_file_of_another_name_is_reported(graded):
    table, _ = graded
    for student, name in {"misnamed": "homework.ipynb", "endless": f"{'a' * 240}.ipynb"}.items():
        assert (table[student][""].notebook, table[student][""].reason) == (name, STRANGE)


def test_the_same_notebook_twice_counts_once(graded):
    """A file without its ending beside the notebook is reported, and takes no points away."""
    assert right(graded, "twice") == list(EXERCISES)
    assert graded[0]["twice"][""].notebook == "03_concept_drift"


def test_a_name_that_is_not_utf_8_can_be_written(graded):
    table, output = graded
    assert right(graded, "M\\xfcller") == list(EXERCISES)
    assert "M\\xfcller" in (output / "scores.csv").read_text()


def test_a_name_cannot_move_the_terminals_cursor(graded):
    assert right(graded, "cursor\\x1b[2J") == ["kinds", "judge"]


def test_a_name_is_the_same_however_its_accents_are_stored(graded):
    """Two folders of one name: the first counts, the second is reported and takes nothing away."""
    assert right(graded, "Amélie") == list(EXERCISES)
    assert graded[0]["Amélie"][""].reason == TWICE


def test_no_text_is_a_formula_to_a_spreadsheet(graded):
    table, output = graded
    assert right(graded, "=cmd|calc") == ["kinds", "judge"]
    assert reason(graded, "=cmd|calc").startswith("wrong. =HYPERLINK")
    rows = read_rows(output / "scores.csv")
    assert "'=cmd|calc" in {row["student"] for row in rows}
    assert not [text for row in rows for text in row.values() if text.startswith(("=", "+", "-", "@"))]


def test_scores_are_in_the_table_and_in_nbgraders_gradebook(graded):
    table, output = graded
    rows = read_rows(output / "scores.csv")
    assert {row["student"].removeprefix("'") for row in rows} == table.keys()
    with Gradebook(f"sqlite:///{output}/gradebook.db") as book:
        for student in ("perfect", "blank", "plausible"):
            submission = book.find_submission_notebook("03_concept_drift", "week1", student)
            assert submission.score == sum(score.points for score in table[student].values())


def test_what_was_not_handed_in_has_rows_and_counts_in_the_maximum(course):
    """Of a week that somebody handed in, every notebook of every student, as nbgrader counts it."""
    for number, name in enumerate(("week1/04_other", "week2/01_later"), 1):
        source = small_source()
        source.cells = source.cells[: 3 + 3 * number]
        (course / f"notebooks/{name}").parent.mkdir(exist_ok=True)
        nbformat.write(source, course / f"notebooks/{name}.ipynb")
    hand_in(course / "submissions", "ann", small_source())
    hand_in(course / "submissions", "bob", small_source(), "week1/04_other")
    scores = grade(course / "submissions", course / "grades", limits=LIMITS)
    rows = {(score.student, score.notebook, score.exercise): (score.points, score.state) for score in scores}
    assert len(rows) == len(scores) == 2 * (3 + 1)
    assert rows["ann", "04_other", "kinds"] == rows["bob", "03_concept_drift", "judge"] == (0, "missing")
    assert rows["bob", "04_other", "kinds"] == (2, "right")
    with Gradebook(f"sqlite:///{course}/grades/gradebook.db") as book:
        assert [assignment.name for assignment in book.assignments] == ["week1"]
        assert book.find_assignment("week1").max_score == 7
        assert book.find_submission("week1", "ann").score == 5


def test_the_judge_runs_again_only_where_something_changed(course, monkeypatch):
    """Counted by notebook and students: nothing, a new answer, a mended prompt, a mended given cell, a mended check."""
    runs = []

    def judge(path, answers, limits, sandboxed):
        runs.append((path[-8:-6], "".join(sorted(answers))))
        return {s: dict.fromkeys(EXERCISES, ("right", "")) for s in answers}, dict.fromkeys(EXERCISES, {})

    def runs_of_grading(**options):
        runs.clear()
        scores = grade(course / "submissions", course / "grades", limits=options.get("limits", LIMITS))
        assert {score.state for score in scores} == {"right"}
        return sorted(runs)

    monkeypatch.setattr(grading, "judge_file", judge)
    names = {"week1/book_x": small_source(), "week1/book_y": small_source()}
    (course / f"notebooks/{NAME}.ipynb").unlink()
    for name, source in names.items():
        nbformat.write(source, course / f"notebooks/{name}.ipynb")
        for student in "ab":
            hand_in(course / "submissions", student, source, name)
    assert runs_of_grading() == [("_x", "ab"), ("_y", "ab")]
    assert runs_of_grading() == []
    hand_in(course / "submissions", "a", with_answer(small_source(), "panel", "panel = {}"), "week1/book_x")
    assert runs_of_grading() == [("_x", "a")]
    mended = small_source()
    mended.cells[3].source += "\n\nA sentence more."
    assert mended.cells[3].cell_type == "markdown"
    nbformat.write(mended, course / "notebooks/week1/book_x.ipynb")
    assert runs_of_grading() == []
    mended.cells[2].source += "\nx = 1"
    nbformat.write(mended, course / "notebooks/week1/book_x.ipynb")
    assert runs_of_grading() == [("_x", "ab")]
    real = grading.inputs_of

    def other_checks(source, path, parameters):
        known = real(source, path, parameters)
        mended_in = next(name for name in known["helpers"] if "checks" in name)
        return known | {"helpers": known["helpers"] | ({mended_in: "mended"} if path.stem == "book_y" else {})}

    monkeypatch.setattr(grading, "inputs_of", other_checks)
    assert runs_of_grading() == [("_y", "ab")]
    assert runs_of_grading(limits=replace(LIMITS, cell_seconds=6)) == [("_x", "ab"), ("_y", "ab")]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody who may not read a file")
def test_what_cannot_be_read_is_named(course):
    submissions = course / "submissions"
    for student in ("ann", "bob", "cem"):
        hand_in(submissions, student, small_source())
    os.chmod(submissions / f"bob/{NAME}.ipynb", 0)
    os.chmod(submissions / "cem", 0)
    for place in (course, *course.parents):
        if place != place.parent and place.stat().st_mode & 0o5 != 0o5 and place.name != "tmp":
            place.chmod(place.stat().st_mode | 0o755)
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        os.setuid(65534)
        found = {s.student: s.reason for s in find_submissions(submissions, course / "notebooks")}
        try:
            read_cells(submissions / f"bob/{NAME}.ipynb")
        except CourseError as error:
            found["bob"] = str(error)
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    found = json.loads(os.read(reader, 10_000))
    assert found == {"ann": "", "bob": "cannot be read (Permission denied)", "cem": "this folder cannot be read"}


def test_no_student_is_passed_over_in_silence(course):
    submissions = course / "submissions"
    hand_in(submissions, "ann", small_source())
    (submissions / f"bob/{NAME}.ipynb").mkdir(parents=True)
    os.symlink(submissions / "ann", submissions / "cem")
    os.truncate(hand_in(submissions, "eve", "{}"), MAX_FILE_MB * 2**20)
    os.truncate(hand_in(submissions, "fay", "{}"), MAX_FILE_MB * 2**20 + 1)
    (submissions / "dora.ipynb").write_text("{}")
    (submissions / "readme.txt").write_text("")
    (submissions / ".DS_Store").write_text("")
    hand_in(submissions, ".emil", small_source())
    hand_in(submissions, ".git", "{}", "objects/one")
    hand_in(submissions, "ann", small_source(), "week1/.ipynb_checkpoints/03_concept_drift-checkpoint")
    hand_in(submissions, "fritz", small_source(), "week1/.03_concept_drift")
    (submissions / "fritz/week1/.DS_Store").write_text("")
    found = {s.student: s.reason for s in find_submissions(submissions, course / "notebooks")}
    expected = {"ann": "", "bob": "not a regular file", "cem": STRANGE, "dora.ipynb": STRANGE}
    assert found == expected | {".emil": HIDDEN, "eve": "", "fay": "larger than 20 MB", "fritz": STRANGE}


def test_nothing_keeps_running(graded):
    left = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it may have ended just now
            left += [process] if "helpers.course.judge_host" in process.cmdline() else []
    assert not left


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CourseError, match="no such folder of submissions"):
        find_submissions(tmp_path / "nowhere", NOTEBOOKS)


def test_only_answers_and_own_cells_are_taken_from_a_submission(tmp_path):
    source = small_source()
    forged = with_edited_checks(source)
    forged.cells[2].source += "\nimport os"  # a given cell that was edited
    forged.cells.insert(0, new_code_cell("mine = 1"))
    nbformat.write(forged, tmp_path / "forged.ipynb")
    answers = answers_of(read_cells(tmp_path / "forged.ipynb"), source)
    assert answers[0] == LearnerCell("mine = 1")
    assert [cell.exercise for cell in answers[1:]] == list(EXERCISES)
