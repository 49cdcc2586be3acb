"""A class's term in one go: ``python tests/walk_class.py [STUDENTS]``, 300 unless told.

Clones this repository, releases a week, fills in the released notebooks as a class might (all right, blank, or each
exercise right, blank or one of the misconceptions that its check names; some late, some not at all, one file torn),
grades them with a roster and deadlines, reads every table that comes out, gets one late submission more, corrects a
check, and grades again. Prints a Markdown table, and raises where something is not as it should be.
"""

import csv
import importlib
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import nbformat

from helpers.course.notebooks import read_notebook
from helpers.course.release import BLANK, replace_solution
from helpers.course.syllabus import NOTEBOOKS, ROOT

WEEK, NAMES = "week1", ("03_concept_drift", "04_monitoring")
WORKBOOK = "helpers.course.cli"
FEW = 20  # hand in the second notebook too
CORRECTED = "helpers/checks/concept_drift.py"


def answers_of(name):
    """By exercise: the code of every answer, by what kind it is."""
    topic = importlib.import_module(f"helpers.checks.{name.partition('_')[2]}")
    found = {}
    for cell in read_notebook(NOTEBOOKS / WEEK / f"{name}.ipynb").cells:
        facts = cell.metadata.get("nbgrader", {})
        if facts.get("solution"):
            wrong = getattr(topic, facts["grade_id"]).wrong
            codes = [BLANK, *wrong.values()]
            found[facts["grade_id"]] = [cell.source, *(replace_solution(cell, code).source for code in codes)]
    return found


def filled(notebook, answers, choose):
    """A released notebook in which each answer is the one that is chosen of those there are."""
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = choose(answers[name])
    return notebook


def hand_in(course, students):
    """Write the submissions of all but the last student, who is late."""
    rng = random.Random(0)
    kinds = [lambda codes: codes[0], lambda codes: codes[1], rng.choice]
    for name in NAMES:
        answers = answers_of(name)
        text = (course / f"release/{WEEK}/{name}.ipynb").read_text(encoding="utf-8")
        for number, student in enumerate(students[:-1] if name == NAMES[0] else students[:FEW]):
            kind = kinds[min(number % 10, 2)]
            path = course / f"submitted/{student}/{WEEK}/{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(filled(nbformat.reads(text, as_version=4), answers, kind), path)
    torn = course / f"submitted/{students[5]}/{WEEK}/{NAMES[0]}.ipynb"
    torn.write_text(torn.read_text(encoding="utf-8")[:1000], encoding="utf-8")


def write_rules(course, students):
    """A roster with one person who hands in nothing, and deadlines of which one is an extension."""
    people = [f"{student},{number},Student {number},{student}@example.org" for number, student in enumerate(students)]
    (course / "roster.csv").write_text("\n".join(["student,id,name,email", *people, "absent,999,Nobody,"]))
    (course / "due.csv").write_text(f"week,due,student\n{WEEK},2000-01-01,\n{WEEK},2999-01-01,{students[0]}\n")


def rows(path):
    """The rows of a CSV file."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def main(number="300"):
    """Release, submission, grading, report, tables for other systems, and regrading."""
    students = [f"student{place:04}" for place in range(int(number))]
    steps = []

    def timed(says, *command, cwd):
        begun = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr[-2000:]  # 1: something could not be graded
        steps.append((says, time.perf_counter() - begun, (done.stdout.strip().splitlines() or [""])[-1]))
        return done

    with tempfile.TemporaryDirectory() as folder:
        course, grades = Path(folder) / "course", Path(folder) / "course/grades"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(course)], check=True)
        timed("release", WORKBOOK, "release", WEEK, cwd=course)
        hand_in(course, students)
        write_rules(course, students)
        grading = [WORKBOOK, "grade", "submitted", "--roster", "roster.csv", "--deadlines", "due.csv"]
        timed("grading", *grading, cwd=course)
        check_tables(grades, students)
        records = {path: path.read_bytes() for path in grades.rglob("records/**/*.json")}

        late = course / f"submitted/{students[-1]}/{WEEK}/{NAMES[0]}.ipynb"
        late.parent.mkdir(parents=True)
        late.write_bytes((course / f"submitted/{students[0]}/{WEEK}/{NAMES[0]}.ipynb").read_bytes())
        timed("one more submission", *grading, cwd=course)
        assert all(path.read_bytes() == content for path, content in records.items()), "judged without need"

        check = course / CORRECTED
        check.write_text(check.read_text(encoding="utf-8") + "\n# corrected\n", encoding="utf-8")
        timed("a corrected check", *grading, cwd=course)
        again = [path for path, content in records.items() if path.read_bytes() != content]
        assert {path.stem for path in again} == {NAMES[0]}, "a notebook whose check is as before was judged again"
        assert len(again) == len(students) - 2, "all but the torn one and the late one"
        check_tables(grades, students)
        timed("nothing new", *grading, cwd=course)
        timed(
            "slides with what the class met",
            WORKBOOK,
            "slides",
            WEEK,
            "--met",
            str(grades / "misconceptions.csv"),
            cwd=course,
        )
        done = timed("nbgrader's own feedback", "nbgrader", "generate_feedback", WEEK, cwd=grades)
        assert done.returncode == 0, done.stderr[-2000:]
        assert list(grades.glob(f"feedback/*/{WEEK}/*.html"))
    print(f"| {number} students | seconds | |\n| --- | --- | --- |")
    for says, seconds, told in steps:
        print(f"| {says} | {seconds:.0f} | {told} |")


def check_tables(grades, students):
    """Every student has rows, misconceptions are named, and the tables for other systems agree with the scores."""
    scores = rows(grades / "scores.csv")
    counted = Counter(score["student"] for score in scores)
    assert set(counted) == {*students, "absent"}
    assert len(set(counted.values())) == 1, "as many rows for each"
    states = Counter(score["state"] for score in scores)
    assert set(states) == {"right", "wrong", "not attempted", "not graded", "missing"}, states
    late = {score["student"] for score in scores if float(score["hours_late"] or 0) > 0}
    assert students[0] not in late
    assert students[1] in late
    assert rows(grades / "misconceptions.csv")
    for table, key in (("canvas.csv", "SIS User ID"), ("moodle.csv", "ID number")):
        points = {row[key]: float(row[WEEK]) for row in rows(grades / table) if row[key]}
        for place, student in enumerate(students[:50]):
            own = sum(float(score["points"]) for score in scores if score["student"] == student)
            assert points[str(place)] == own, (table, student)
    assert len(list(grades.glob("feedback/*.html"))) == len(students) + 1


if __name__ == "__main__":
    main(*sys.argv[1:])
