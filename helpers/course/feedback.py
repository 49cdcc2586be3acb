"""What comes back from grading: a page per student, and what the class believes."""

import hashlib
import html
import re
from collections import Counter, defaultdict
from urllib.parse import quote

import numpy as np

from helpers.course.exercises import STATES
from helpers.course.gradebook import write_table
from helpers.course.notebooks import write_atomically

MARKS = {name: mark for name, (mark, _) in STATES.items()} | {"not graded": "✘", "missing": "○"}
FEWEST = 10  # students from whom on the discrimination of an exercise is given
MET = ("week", "notebook", "exercise", "misconception", "students")  # the columns of misconceptions.csv
STYLE = """\
body { font: 1rem/1.5 system-ui, sans-serif; color: #222; background: #fff }
main { max-width: 60rem; margin: auto; padding: 1rem }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 2rem }
caption { text-align: left; font-weight: bold; padding: 0.3rem 0 }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #bbb; padding: 0.4rem 0.6rem }
td.number, th.number { text-align: right; white-space: nowrap }
tr { break-inside: avoid }"""


def named_misconception(message, hints):
    """Which wrong answers that a check names get the same hint as a learner did, numbers and quoted words aside.

    Parameters
    ----------
    message : str
        What the check said.
    hints : dict of str to str
        By named wrong answer, what the check says of it.

    Returns
    -------
    str
        The names, separated by slashes; empty where there is none.

    Examples
    --------
    >>> named_misconception("120 is a position.", {"a position is a delay": "7 is a position.", "other": "No."})
    'a position is a delay'
    """
    exact = [name for name, hint in hints.items() if hint == message]
    return " / ".join(exact or [name for name, hint in hints.items() if _bare(hint) == _bare(message)])


def _bare(message):
    return re.sub(r"'[^']*'|\"[^\"]*\"|\d[\d.,%]*", "#", message)


def write_feedback(scores, folder, titles):
    """Write a page for each student; readable on paper and by a screen reader.

    Parameters
    ----------
    scores : list of Score
    folder : Path
        Gets ``<student>.html``.
    titles : dict of (str, str, str) to str
        The title of an exercise by week, notebook and name.
    """
    by_student = defaultdict(list)
    for score in scores:
        by_student[score.student].append(score)
    for student, own in by_student.items():
        write_atomically(folder / f"{file_name(student)}.html", _student_page(student, own, titles))


def file_name(student):
    """A student's name as the name of a file, whatever it is, and of nobody else's."""
    plain = quote(student, safe=" @")[:120].replace("%", "_").lstrip(".")
    return plain if plain == student else f"{plain}-{hashlib.sha256(student.encode()).hexdigest()[:12]}"


def _student_page(student, scores, titles):
    got, most = sum(score.points for score in scores), sum(score.max_points for score in scores)
    parts = [f"<h1>Feedback for {_text(student)}</h1>", f"<p>{got:g} of {most:g} points.</p>"]
    by_notebook = defaultdict(list)
    for score in scores:
        by_notebook[score.week, score.notebook].append(score)
    for (week, notebook), own in by_notebook.items():
        got, most = sum(score.points for score in own), sum(score.max_points for score in own)
        rows = [
            (
                titles.get((week, notebook, score.exercise), score.exercise or "the file"),
                f"{MARKS[score.state]} {score.state}",
                score.reason.removeprefix(f"{score.state}. ") + _late(score),
                f"{score.points:g} of {score.max_points:g}",
            )
            for score in own
        ]
        heads = ("exercise", "state", "hint", "points")
        parts.append(_table(f"{week}, {notebook}: {got:g} of {most:g} points", heads, rows))
    return _page(f"Feedback for {student}", parts)


def _late(score):
    return f" Handed in {score.hours_late:.1f} hours late." if score.hours_late else ""


def class_report(scores):
    """How each exercise went, and which named misconceptions were met, the one worth most lecture time first.

    Parameters
    ----------
    scores : list of Score

    Returns
    -------
    exercises : list of dict
        ``week``, ``notebook``, ``exercise``, the number of students by state, and ``discrimination``: the correlation
        of a right answer with the points for the rest of the notebook, from -1 to 1; None for fewer than ten students,
        or where all did alike.
    misconceptions : list of dict
        ``week``, ``notebook``, ``exercise``, ``misconception``, ``students``.
    """
    own = [score for score in scores if score.exercise]
    by_exercise = defaultdict(list)
    for score in own:
        by_exercise[score.week, score.notebook, score.exercise].append(score)
    totals = Counter()
    for score in own:
        totals[score.student, score.week, score.notebook] += score.points
    exercises, met = [], Counter()
    for (week, notebook, exercise), given in by_exercise.items():
        states = Counter(score.state for score in given)
        there = [score for score in given if score.state in STATES]
        rest = [totals[score.student, week, notebook] - score.points for score in there]
        facts = {"week": week, "notebook": notebook, "exercise": exercise}
        share = _correlation([score.state == "right" for score in there], rest)
        exercises.append(facts | {state: states[state] for state in MARKS} | {"discrimination": share})
        met.update((week, notebook, exercise, score.misconception) for score in there if score.misconception)
    names = ("week", "notebook", "exercise", "misconception")
    return exercises, [dict(zip(names, key, strict=True)) | {"students": number} for key, number in met.most_common()]


def _correlation(rights, rest):
    if len(rights) < FEWEST or np.std(rights) == 0 or np.std(rest) == 0:
        return None
    return round(float(np.corrcoef(rights, rest)[0, 1]), 2)


def write_class_report(scores, folder, titles):
    """Write ``class.html``, ``class.csv`` and ``misconceptions.csv``."""
    exercises, met = class_report(scores)
    write_table(exercises, list(exercises[0]) if exercises else ["week"], folder / "class.csv")
    write_table(met, [*MET], folder / "misconceptions.csv")
    students = len({score.student for score in scores})
    rows = [(_title(row, titles), row["misconception"], f"{row['students']} of {students}") for row in met]
    parts = [f"<h1>What the class believes</h1><p>{students} students.</p>"]
    parts.append(
        _table("Misconceptions, by how many students hold them", ("exercise", "misconception", "students"), rows)
    )
    heads = ("exercise", *MARKS, "discrimination")
    rows = []
    for row in exercises:
        share = "–" if row["discrimination"] is None else row["discrimination"]
        rows.append((_title(row, titles), *(row[state] for state in MARKS), share))
    parts.append(_table("Exercises, by number of students", heads, rows))
    parts.append(
        "<p>Discrimination is the correlation of a right answer with the points for the rest of the notebook. "
        "Near 0, the exercise does not tell who has understood the rest.</p>"
    )
    write_atomically(folder / "class.html", _page("What the class believes", parts))


def _title(row, titles):
    return f"{row['notebook']}: " + titles.get((row["week"], row["notebook"], row["exercise"]), row["exercise"])


def _table(caption, heads, rows):
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in heads)
    body = "".join(
        "<tr>" + "".join(_cell(value, first=not at) for at, value in enumerate(row)) + "</tr>\n" for row in rows
    )
    return f"<table><caption>{_text(caption)}</caption><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>"


def _cell(value, *, first):
    kind = ' class="number"' if isinstance(value, int | float) else ""
    return f'<th scope="row">{_text(value)}</th>' if first else f"<td{kind}>{_text(value)}</td>"


def _text(value):
    return html.escape(str(value).encode("utf-8", "backslashreplace").decode())


def _page(title, parts):
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{_text(title)}</title>'
    body = f"<body><main>\n{chr(10).join(parts)}\n</main></body>"
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n{body}</html>\n'
