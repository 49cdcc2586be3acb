"""Scores on paper: tables for a spreadsheet, and nbgrader's own database."""

import csv
import io
from dataclasses import asdict, dataclass

from helpers.course.notebooks import write_atomically
from helpers.course.release import find_programs

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Score:
    """The outcome of one exercise of one submission.

    `state` is ``right``, ``wrong``, ``not attempted``, ``not graded`` or ``missing``; `reason` is why it is not right.
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
    >>> harmless("=1+1"), harmless("Ann"), harmless(-1.5)
    ("'=1+1", 'Ann', -1.5)
    """
    if not isinstance(value, str):
        return value
    text = value.encode("utf-8", "backslashreplace").decode()
    return f"'{text}" if text.startswith(FORMULA) else text


def write_scores(scores, path):
    """Write one row per exercise of each student."""
    write_table(map(asdict, scores), list(Score.__dataclass_fields__), path)


def write_gradebook(scores, path):
    """Put the scores into nbgrader's own database; assignments and students first, so that it links them by itself."""
    from nbgrader.api import Gradebook

    find_programs()
    scores = [score for score in scores if score.exercise]
    with Gradebook(f"sqlite:///{path}") as book:
        for week, notebook, exercise, points in dict.fromkeys(
            (score.week, score.notebook, score.exercise, score.max_points) for score in scores
        ):
            book.update_or_create_assignment(week)
            book.update_or_create_notebook(notebook, week)
            facts = {"max_score": points, "cell_type": "code"}
            book.update_or_create_grade_cell(f"check_{exercise}", notebook, week, **facts)
        for student, week in dict.fromkeys((score.student, score.week) for score in scores):
            book.update_or_create_student(student)
            with book.db.no_autoflush:
                book.update_or_create_submission(week, student)
        for score in scores:
            grade = book.find_grade(f"check_{score.exercise}", score.notebook, score.week, score.student)
            grade.auto_score = score.points
        book.db.commit()
