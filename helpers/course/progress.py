"""How far a learner is, read from the feedback that their notebooks show."""

from collections import defaultdict
from pathlib import Path

from helpers.course.claims import read_outputs
from helpers.course.exercises import STATES
from helpers.course.notebooks import CourseError, exercises_of, read_notebook
from helpers.course.syllabus import load_syllabus


def progress(folder):
    """The state of every exercise in a learner's copy.

    Parameters
    ----------
    folder : Path
        Made by ``workbook start``; the notebooks as last saved.

    Returns
    -------
    list of dict
        One per exercise: ``week``, ``notebook``, ``exercise``, ``objectives``, ``points``, ``state``.
    """
    rows = []
    for entry in load_syllabus().notebooks:
        path = Path(folder) / f"{entry.key}.ipynb"
        if not path.exists():
            continue
        notebook = read_notebook(path)
        states = {shown["exercise"]: shown["state"] for shown in read_outputs(notebook, "exercise")}
        for exercise in exercises_of(notebook):
            facts = {"exercise": exercise.name, "objectives": exercise.objectives, "points": exercise.points}
            state = states.get(exercise.name, "not attempted")
            rows.append({"week": entry.week, "notebook": entry.name, **facts, "state": state})
    if not rows:
        raise CourseError(f"{folder}: no notebook of the course; 'workbook start {folder}' makes a learner's copy")
    return rows


def progress_lines(rows):
    """Progress per week, notebook and objective, as lines to print."""
    syllabus = load_syllabus()
    weeks, objectives = defaultdict(lambda: defaultdict(list)), defaultdict(list)
    for row in rows:
        weeks[row["week"]][row["notebook"]].append(row["state"])
        for objective in row["objectives"]:
            objectives[objective].append(row["state"])
    lines = []
    for week, notebooks in weeks.items():
        lines.append(f"\n{week}: {syllabus.weeks[week]}")
        lines += [f"  {name:<42} {_marks(states)}" for name, states in notebooks.items()]
    lines.append("\nobjectives")
    lines += [
        f"  {name:<6} {_marks(objectives[name]):<12} {text}"
        for name, text in syllabus.objectives.items()
        if name in objectives
    ]
    done = sum(row["state"] == "right" for row in rows)
    return [*lines, f"\n{done} of {len(rows)} exercises right"]


def _marks(states):
    return "".join(STATES[state][0] for state in states)
