"""What comes back from grading: pages, the class report, tables for other systems, and nbgrader's own feedback."""

import csv
import os
import re
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from test_grading import LIMITS, NAME, course, hand_in, read_rows, small_source, with_answer

from helpers.course.cli import main
from helpers.course.feedback import class_report, named_misconception, write_feedback
from helpers.course.gradebook import (
    Person,
    Score,
    harmless,
    hours_late,
    make_gradebook,
    read_deadlines,
    read_roster,
    write_gradebook,
    write_lms,
)
from helpers.course.grading import ClassRules, _dated, _handed_in, grade
from helpers.course.notebooks import CourseError
from helpers.course.release import released
from helpers.course.sandbox import is_available
from helpers.course.submissions import Submission

__all__ = ["course"]  # a fixture
needs_sandbox = pytest.mark.skipif(not is_available(), reason="this platform offers no sandbox")
SOLVED, EARLY = (
    "ann",
    "def judge(alarms, drift_at):\n    return 0, abs(alarms[0] - drift_at) if alarms else float('nan')",
)


def score(student, exercise, state, points=0, misconception=""):
    return Score(student, "week1", "03", exercise, "W1.1", points, 2, state, state, misconception)


@pytest.fixture
def graded(course):
    """Three students; the week was due an hour before it was handed in, with an extension for one of them."""
    submissions = course / "submissions"
    hand_in(submissions, "ann", small_source())
    hand_in(submissions, "bob", with_answer(small_source(), "judge", EARLY))
    hand_in(submissions, "cem", released(small_source()))
    due = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    (course / "due.csv").write_text(
        f"week,student,due\nweek1,,{due.isoformat()}\nweek1,bob,{(due + timedelta(days=2)).isoformat()}\n"
    )
    (course / "roster.csv").write_text(
        "student,id,name,email,section\nann,1,Ann <A.>,ann@x.example,A\nbob,2,Bob,bob@x.example,A\n"
        "dora,4,=Dora,dora@x.example,B\n"
    )
    rules = ClassRules(read_roster(course / "roster.csv"), read_deadlines(course / "due.csv"))
    scores = grade(submissions, course / "grades", limits=LIMITS, rules=rules)
    return course, scores


@needs_sandbox
@pytest.mark.timeout(600)
def test_a_class_gets_feedback_a_report_tables_and_nbgraders_pages(graded):
    course, scores = graded
    output = course / "grades"
    page = (output / "feedback/bob.html").read_text()
    assert '<html lang="en">' in page and "<caption>week1, 03_concept_drift: 3 of 5 points</caption>" in page
    assert '<th scope="row">Judge one stream</th>' in page and "✘ wrong" in page and "An alarm before the drift" in page
    assert {s.misconception for s in scores if s.state == "wrong"} == {"an early alarm is a fast detection"}
    assert {s.student for s in scores if s.state == "missing"} == {"dora"}
    assert {s.student: round(s.hours_late) for s in scores} == {"ann": 1, "bob": 0, "cem": 1, "dora": 0}
    (met,) = read_rows(output / "misconceptions.csv")
    assert (met["exercise"], met["misconception"]) == ("judge", "an early alarm is a fast detection")
    assert "an early alarm is a fast detection" in (output / "class.html").read_text()
    canvas = {row["Student"]: row for row in read_rows(output / "canvas.csv")}
    assert {name: float(row["week1"]) for name, row in canvas.items()} == {
        "Points Possible": 5, "Ann <A.>": 5, "Bob": 3, "cem": 0, "'=Dora": 0,
    }  # fmt: skip
    assert (canvas["Bob"]["SIS User ID"], canvas["Bob"]["Section"]) == ("2", "A")
    moodle = {row["Email address"]: row for row in read_rows(output / "moodle.csv")}
    assert (float(moodle["bob@x.example"]["week1"]), moodle["dora@x.example"]["Full name"]) == (3, "'=Dora")

    for command in (["generate_feedback", "week1"], ["export"]):
        done = subprocess.run([sys.executable, "-m", "nbgrader", *command], cwd=output, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
    theirs = (output / f"feedback/bob/{NAME}.html").read_text()
    assert "An alarm before the drift" in theirs and "Score: 3.0 / 5.0" in theirs
    rows = csv.DictReader((output / "grades.csv").read_text().splitlines())
    assert {row["student_id"]: float(row["score"]) for row in rows if row["student_id"] != "dora"} == {
        "ann": 5, "bob": 3, "cem": 0,
    }  # fmt: skip


@needs_sandbox
def test_late_work_may_get_nothing_and_only_what_changed_is_judged_again(graded, monkeypatch):
    course, _ = graded
    judged = []
    real = sys.modules["helpers.course.grading"].judge_file

    def watched(path, answers, *rest):
        judged.append(sorted(answers))
        return real(path, answers, *rest)

    monkeypatch.setattr("helpers.course.grading.judge_file", watched)
    hand_in(course / "submissions", "cem", small_source())
    arguments = [
        str(course / "submissions"),
        "--output",
        str(course / "grades"),
        "--deadlines",
        str(course / "due.csv"),
    ]
    limits = [f"--{name.replace('_', '-')}={value}" for name, value in vars(LIMITS).items()]
    assert main(["grade", *arguments, *limits, "--late-gets-nothing"]) == 0
    assert judged == [["cem"]]
    rows = read_rows(course / "grades/scores.csv")
    assert {row["student"]: 0 for row in rows if float(row["points"]) == 0}.keys() == {"ann", "bob", "cem"}
    assert sum(float(row["points"]) for row in rows if row["student"] == "bob") == 3
    assert {row["reason"] for row in rows if row["student"] == "ann"} == {"late"}


def test_a_gradebook_is_made_whole_or_not_at_all(tmp_path, monkeypatch):
    def stopped():
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("nbgrader.api.get_alembic_version", stopped)
        with pytest.raises(KeyboardInterrupt):
            make_gradebook(tmp_path / "gradebook.db")
    assert not (tmp_path / "gradebook.db").exists()
    for make in (make_gradebook, lambda path: write_gradebook([], path)):
        make(tmp_path / "gradebook.db")
        assert list(sqlite3.connect(tmp_path / "gradebook.db").execute("SELECT version_num FROM alembic_version"))
        assert os.listdir(tmp_path) == ["gradebook.db"]


def test_a_misconception_is_found_by_its_hint_numbers_and_names_aside():
    hints = {"swaps": "Look at 'a': 3 %.", "sums": "Add 5 first.", "adds": "Add 7 first.", "same": "Look at 'a': 3 %."}
    assert named_misconception("Look at 'a': 3 %.", hints) == "swaps / same"
    assert named_misconception("Look at 'b': 0.4 %.", hints) == "swaps / same"
    assert named_misconception("Add 7 first.", hints) == "adds"
    assert named_misconception("Something else.", hints) == ""


def test_the_class_report_counts_states_misconceptions_and_discrimination():
    scores = []
    for number in range(12):
        good = number >= 6
        scores += [
            score(f"s{number}", "easy", "right", 2),
            score(f"s{number}", "telling", "right" if good else "wrong", 2 * good, "" if good else "swaps"),
            score(f"s{number}", "other", "right" if good else "not attempted", 2 * good),
        ]
    exercises, met = class_report([*scores, score("late", "easy", "missing"), score("x", "", "not graded")])
    by_name = {row["exercise"]: row for row in exercises}
    assert by_name["easy"] | {"discrimination": None} == by_name["easy"]
    assert (by_name["easy"]["right"], by_name["easy"]["missing"]) == (12, 1)
    assert (by_name["telling"]["wrong"], by_name["telling"]["discrimination"]) == (6, 1.0)
    assert met == [{"week": "week1", "notebook": "03", "exercise": "telling", "misconception": "swaps", "students": 6}]


def test_an_exercise_does_not_discriminate_by_its_own_points():
    scores = []
    for number in range(12):
        lucky, good = number % 2, number // 2 % 2
        scores.append(score(f"s{number}", "luck", "right" if lucky else "wrong", 2 * lucky))
        scores.append(score(f"s{number}", "skill", "right" if good else "wrong", 2 * good))
    assert [row["discrimination"] for row in class_report(scores)[0]] == [0, 0]


def test_a_deadline_is_the_students_own_or_the_weeks():
    due = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    deadlines = {("week1", ""): due, ("week1", "ann"): due + timedelta(days=1)}
    late = due + timedelta(hours=2)
    assert hours_late(deadlines, "week1", "bob", late) == 2
    assert hours_late(deadlines, "week1", "ann", late) == hours_late(deadlines, "week2", "bob", late) == 0
    assert hours_late(deadlines, "week1", "bob", due) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("week,due\nweek1,soon\n", "'due' must be a date"),
        ("week,due\nweek1,0001-01-01T00:00+23:00\n", "'due' must be a date"),
        ("week,due\nWeek 1,2026-11-30\n", "'week' must be one of week1, week2, week3"),
        ("week,due\nweek1,2026-11-30\nweek1,2026-12-01\n", "week1 must be there once"),
        ("week\nweek1\n", "no column 'due'"),
        ("", "no"),
    ],
)
def test_a_table_that_cannot_be_used_is_named_in_one_line(tmp_path, text, said):
    (tmp_path / "due.csv").write_text(text)
    with pytest.raises(CourseError, match=said):
        read_deadlines(tmp_path / "due.csv")
    with pytest.raises(CourseError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path, separator):
    rows = [["Student ", "ID", "Name"], ["ann", "1", "Ame\u0301lie"], ["", "", ""], ["bob", "", ""]]
    text = "\r\n".join(separator.join(row) for row in rows)
    (tmp_path / "roster.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_roster(tmp_path / "roster.csv") == [Person("ann", "1", "Am\u00e9lie"), Person("bob")]
    (tmp_path / "roster.csv").write_text("student\nann\nann\n")
    with pytest.raises(CourseError, match="'ann' 2 times"):
        read_roster(tmp_path / "roster.csv")


def test_a_date_alone_is_the_end_of_its_day(tmp_path):
    (tmp_path / "due.csv").write_text("week,due\nweek1,2026-11-30\n")
    due = read_deadlines(tmp_path / "due.csv")["week1", ""]
    assert (due.day, due.hour, due.minute) == (30, 23, 59)


def test_when_work_was_handed_in_is_known_whatever_lies_beside_it(tmp_path):
    notebook, noted = tmp_path / "03.ipynb", tmp_path / "timestamp.txt"
    notebook.write_text("{}")
    os.utime(notebook, (1_700_000_000, 1_700_000_000))
    changed = datetime.fromtimestamp(1_700_000_000, UTC)
    assert _handed_in(notebook) == changed
    for text in ("soon", "", "0000-99-99 00:00:00 UTC", "\0"):
        noted.write_text(text)
        assert _handed_in(notebook) == changed
    noted.write_text("2026-01-02 03:04:05.6 UTC")
    assert _handed_in(notebook) == datetime(2026, 1, 2, 3, 4, 5, 600_000, UTC)
    noted.write_text("2026-01-02 03:04:05 Europe/Berlin")
    assert _handed_in(notebook).hour == 2
    noted.unlink()
    os.mkfifo(noted)  # who opens it waits forever
    assert _handed_in(notebook) == changed
    notebook.unlink()
    assert _handed_in(notebook) > changed, "of what is gone, now"


def test_late_work_keeps_its_reasons(tmp_path):
    path, due = tmp_path / "03.ipynb", datetime(2026, 11, 30, tzinfo=UTC)
    path.write_text("{}")
    os.utime(path, ((due + timedelta(hours=2)).timestamp(),) * 2)
    rules = ClassRules((), {("week1", ""): due}, late_gets_nothing=True)
    handed_in = Submission("ann", "week1/03", path, "")
    dated = [_dated(replace(score("ann", "a", "right", 2), reason=reason), handed_in, rules) for reason in ("no", "")]
    assert [(one.points, one.reason, one.hours_late) for one in dated] == [(0, "no", 2), (0, "late", 2)]


@pytest.mark.parametrize("text", ["=1+1", "@x", "a;=1+1", "a\n-1", "＝1+1", "|=1"])
def test_no_part_of_a_text_begins_a_formula(text):
    assert not re.search(r"(^|[;|\t\r\n])[=+\-@＝]", harmless(text))


def test_a_student_who_is_not_on_the_roster_is_in_the_tables_too(tmp_path):
    write_lms([score("zoe", "easy", "right", 2)], [], tmp_path)
    (row,) = [row for row in read_rows(tmp_path / "canvas.csv") if row["SIS Login ID"]]
    assert (row["Student"], float(row["week1"])) == ("zoe", 2)
    assert os.listdir(tmp_path) and read_rows(tmp_path / "moodle.csv")[0]["ID number"] == "zoe"


@pytest.mark.parametrize("students", [("Zoë", "Zo_C3_AB"), ("a" * 130 + "1", "a" * 130 + "2"), ("..ann", "ann")])
def test_nobodys_page_replaces_that_of_another(tmp_path, students):
    write_feedback([score(student, "a", "right", 2) for student in students], tmp_path, {})
    pages = [page.read_text(encoding="utf-8") for page in tmp_path.glob("*.html")]
    assert len(pages) == 2
    assert all(sum(f"Feedback for {student}</h1>" in page for page in pages) == 1 for student in students)


@pytest.mark.parametrize("said", ["1" * 10**6, "9999-12-31 23:59:59 -2359", "10:10:10:10", "\0", "1e400"])
def test_a_time_that_is_none_holds_nobody_up(tmp_path, said):
    (tmp_path / "timestamp.txt").write_text(said)
    (tmp_path / "03.ipynb").write_text("")
    os.utime(tmp_path / "03.ipynb", (10**9, 10**9))
    started = time.process_time()
    assert _handed_in(tmp_path / "03.ipynb").year in (2001, 9999)
    assert time.process_time() - started < 2
