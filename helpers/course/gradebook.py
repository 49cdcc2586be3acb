"""Scores on paper: tables for a spreadsheet, and nbgrader's own database."""

import contextlib
import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, time
from pathlib import Path

from helpers.course.notebooks import CourseError, write_atomically
from helpers.course.release import find_programs
from helpers.course.syllabus import load_syllabus

# What a spreadsheet takes for the beginning of a formula: also behind what it may take for the end of a column.
FORMULA = re.compile(r"^(?=[=+\-@＝＋－＠\t\r\n])|(?<=[;|\t\r\n])(?=[=+\-@＝＋－＠])")


@dataclass(frozen=True)
class Score:
    """The outcome of one exercise of one submission.

    `state` is ``right``, ``wrong``, ``not attempted``, ``not graded`` or ``missing``; `reason` is why it is not
    right, and `misconception` which of the wrong answers that the check names get the same hint.
    """

    student: str
    week: str
    notebook: str
    exercise: str
    objectives: str
    points: float
    max_points: float
    reason: str
    state: str
    misconception: str = ""
    hours_late: float = 0


def write_table(rows, columns, path):
    """Write a CSV file in which no text is a formula to a spreadsheet.

    Parameters
    ----------
    rows : iterable of dict
    columns : list of str
    path : Path
    """
    text = io.StringIO()
    table = csv.DictWriter(text, columns)
    table.writeheader()
    table.writerows({name: harmless(value) for name, value in row.items()} for row in rows)
    write_atomically(path, text.getvalue())


def harmless(value):
    """A text that a spreadsheet takes for text, with a quote in front where it would take it for a formula.

    Examples
    --------
    >>> harmless("=1+1"), harmless("Ann"), harmless("Ann;=1+1"), harmless(-1.5)
    ("'=1+1", 'Ann', "Ann;'=1+1", -1.5)
    """
    if not isinstance(value, str):
        return value
    return FORMULA.sub("'", value.encode("utf-8", "backslashreplace").decode())


def write_scores(scores, path):
    """Write one row per exercise of each student."""
    write_table(map(asdict, scores), list(Score.__dataclass_fields__), path)


def make_gradebook(path):
    """Make nbgrader's database, if there is none: seconds in which nbgrader waits for another program.

    Whoever writes into it makes one where this did not get that far, and says why that fails.
    """
    draft = path.with_name(f".{path.name}")
    if not path.exists():
        with contextlib.suppress(Exception):
            draft.unlink(missing_ok=True)
            _open_gradebook(draft).close()
            draft.replace(path)


def _open_gradebook(path):
    from nbgrader.api import Gradebook

    find_programs()
    return Gradebook(f"sqlite:///{path}")


def write_gradebook(scores, path):
    """Put the scores into nbgrader's own database; assignments and students first, so that it links them by itself."""
    scores = [score for score in scores if score.exercise]
    with _open_gradebook(path) as book:
        for week, notebook, exercise, points in dict.fromkeys(
            (score.week, score.notebook, score.exercise, score.max_points) for score in scores
        ):
            book.update_or_create_assignment(week)
            book.update_or_create_notebook(notebook, week)
            facts = {"max_score": points, "cell_type": "code"}
            book.update_or_create_grade_cell(f"check_{exercise}", notebook, week, **facts)
            book.update_or_create_solution_cell(exercise, notebook, week)
        for student, week in dict.fromkeys((score.student, score.week) for score in scores):
            book.update_or_create_student(student)
            with book.db.no_autoflush:
                book.update_or_create_submission(week, student)
        by_submission = defaultdict(list)
        for score in scores:
            by_submission[score.notebook, score.week, score.student].append(score)
        for names, graded in by_submission.items():
            with book.db.no_autoflush:
                submission = book.find_submission_notebook(*names)
                grades = {grade.name: grade for grade in submission.grades}
                comments = {comment.name: comment for comment in submission.comments}
            for score in graded:
                grades[f"check_{score.exercise}"].auto_score = score.points
                said = score.reason.encode("utf-8", "backslashreplace").decode()
                comments[score.exercise].auto_comment = said
        book.db.commit()


@dataclass(frozen=True)
class Person:
    """A student on the roster: `student` is the name of their folder."""

    student: str
    id: str = ""
    name: str = ""
    email: str = ""
    section: str = ""


def read_roster(path):
    """The students of a course from a CSV file with the columns of :class:`Person`, of which only `student` must be.

    Returns
    -------
    list of Person
    """
    rows = [{name: row.get(name, "") for name in Person.__dataclass_fields__} for row in read_table(path, "student")]
    for student, number in Counter(row["student"] for row in rows).items():
        if number > 1:
            raise CourseError(f"{path}: 'student' must be there once each (got {student!r} {number} times)")
    return [Person(**row) for row in rows if row["student"]]


def read_deadlines(path):
    """When a week is due, from a CSV file with the columns `week`, `due` and, for an extension, `student`.

    `due` is a date and time as in ``2026-11-30 23:59`` or ``2026-11-30T23:59+01:00``; the zone is this machine's
    where none is given, and a date alone is the end of that day.

    Returns
    -------
    dict of (str, str) to datetime
        By week and student; the student is empty where it is for all.
    """
    found, weeks = {}, load_syllabus().weeks
    for row in read_table(path, "week", "due"):
        key = row["week"], row.get("student", "")
        if row["week"] not in weeks:
            raise CourseError(f"{path}: 'week' must be one of {', '.join(weeks)} (got {row['week']!r})")
        if key in found:
            raise CourseError(f"{path}: {' '.join(key).strip()} must be there once")
        try:
            due = datetime.fromisoformat(row["due"])
            whole_day = re.fullmatch(r"[\d-]+", row["due"])
            found[key] = (datetime.combine(due, time.max) if whole_day else due).astimezone()
        except (ValueError, OverflowError, OSError):
            raise CourseError(f"{path}: 'due' must be a date and time (got {row['due']!r})") from None
    return found


def read_table(path, *needed):
    """The rows of a CSV file with these columns, but not the empty ones; its separator is a comma, semicolon or tab."""
    try:
        text = unicodedata.normalize("NFC", Path(path).read_bytes().decode("utf-8-sig"))
        head = text.partition("\n")[0]
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{path}: cannot be read ({error})") from None
    rows = [{key.strip().lower(): (value or "").strip() for key, value in row.items() if key} for row in rows]
    for name in needed:
        if not rows or name not in rows[0]:
            raise CourseError(f"{path}: has no column {name!r}, or no row")
    return [row for row in rows if any(row.values())]


def hours_late(deadlines, week, student, handed_in):
    """By how many hours a week was handed in after it was due; 0 where it was in time, or is not due."""
    due = deadlines.get((week, student)) or deadlines.get((week, ""))
    return max((handed_in - due).total_seconds() / 3600, 0.0) if due else 0.0


def write_lms(scores, roster, folder):
    """Write a student's points by week in the formats that Canvas and Moodle import: ``canvas.csv``, ``moodle.csv``."""
    people = {person.student: person for person in roster}
    weeks = sorted({score.week for score in scores if score.exercise})
    points, most = Counter(), Counter()
    for score in scores:
        points[score.student, score.week] += score.points
        most[score.student, score.week] += score.max_points
    ids = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    full = {week: max(most[key] for key in most if key[1] == week) for week in weeks}
    canvas, moodle = [{"Student": "Points Possible"} | full], []
    for student in sorted({score.student for score in scores}):
        person = people.get(student) or Person(student)
        got = {week: points[student, week] for week in weeks}
        named = [person.name or student, person.id, person.id, person.email or student, person.section]
        canvas.append(dict(zip(ids, named, strict=True)) | got)
        moodle.append({"ID number": person.id or student, "Full name": named[0], "Email address": person.email} | got)
    write_table(canvas, [*ids, *weeks], folder / "canvas.csv")
    write_table(moodle, ["ID number", "Full name", "Email address", *weeks], folder / "moodle.csv")
