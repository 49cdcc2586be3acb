"""Grading throughput against nbgrader's own, in one go: ``python tests/benchmark_grading.py [NOTEBOOK] [N]``.

``python tests/benchmark_grading.py --growth 10 100 1000`` measures instead what one more submission costs.

The same N submissions (30 unless told) of one notebook: a third each solved, blank and half solved. All have the quick
profile's parameters, which ``workbook grade`` would set by itself, so that both run the same work. Prints a Markdown
table: the ratio, the throughputs, and for how many students both give the same total.
"""

import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from helpers.course.judge import LearnerCell, hearings_of, judge_class
from helpers.course.notebooks import profiles_of, read_notebook, tags, write_notebook
from helpers.course.release import find_programs, released
from helpers.course.syllabus import NOTEBOOKS, ROOT


def with_quick_parameters(notebook):
    """The notebook with the quick profile's values behind its parameters, as a learner would type them."""
    quick = profiles_of(notebook)["quick"]
    cell = next(cell for cell in notebook.cells if "parameters" in tags(cell))
    cell.source += "\n" + "\n".join(f"{name} = {value!r}" for name, value in quick.items())
    return notebook


def half_solved(notebook):
    """The solved notebook, with every other answer blank."""
    blank = {cell.metadata.nbgrader.grade_id: cell for cell in released(notebook).cells if _is_answer(cell)}
    for cell in [cell for cell in notebook.cells if _is_answer(cell)][::2]:
        cell.source = blank[cell.metadata.nbgrader.grade_id].source
    return notebook


def _is_answer(cell):
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def timed(*command, cwd):
    """Wall-clock seconds of a command."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - started


def main(key="week1/03_concept_drift", count="30"):
    """Grade the same submissions both ways and print a Markdown table."""
    week, name = key.split("/")
    find_programs()
    source = read_notebook(NOTEBOOKS / f"{key}.ipynb")
    kinds = [
        with_quick_parameters(make(read_notebook(NOTEBOOKS / f"{key}.ipynb")))
        for make in (lambda notebook: notebook, released, half_solved)
    ]
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        write_notebook(source, course / f"notebooks/{key}.ipynb")
        shutil.copy(ROOT / "nbgrader_config.py", course)
        for number in range(int(count)):
            path = course / f"submitted/student{number:02}/{key}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(kinds[number % 3], path)
        timed("nbgrader", "generate_assignment", week, cwd=course)
        theirs = timed("nbgrader", "autograde", week, cwd=course)
        ours = timed("helpers.course.cli", "grade", str(course / "submitted"), "--output", "ours", cwd=course)
        timed("nbgrader", "export", cwd=course)
        scores = {row["student_id"]: float(row["score"]) for row in _rows(course / "grades.csv")}
        mine = dict.fromkeys(scores, 0.0)
        for row in _rows(course / "ours/scores.csv"):
            mine[row["student"]] += float(row["points"])
    print(f"| {count} submissions of {name}, {os.cpu_count()} cores | |\n| --- | --- |")
    print(f"| nbgrader autograde ÷ workbook grade | {theirs / ours:.1f} |")
    for grader, seconds in (("nbgrader", theirs), ("workbook", ours)):
        print(f"| submissions per minute, {grader} | {60 * int(count) / seconds:.0f} |")
    print(f"| students with the same total | {sum(scores[s] == mine[s] for s in scores)} of {len(scores)} |")


def growth(*sizes, key="week1/03_concept_drift"):
    """Judge classes of several sizes, every second one solved, and print processor time and memory as Markdown."""
    source = read_notebook(NOTEBOOKS / f"{key}.ipynb")
    hearings = hearings_of(source).values()
    solved, blank = ([LearnerCell(getattr(h, kind), h.exercise) for h in hearings] for kind in ("solution", "blank"))
    print("| submissions | processor time | for one more | memory of the largest process |\n| --- | --- | --- | --- |")
    before = None
    for size in map(int, sizes):
        started = resource.getrusage(resource.RUSAGE_CHILDREN)
        judge_class(source, {f"student{number}": (solved, blank)[number % 2] for number in range(size)})
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = ended.ru_utime - started.ru_utime + ended.ru_stime - started.ru_stime
        more = f"{(seconds - before[1]) / (size - before[0]):.2f} s" if before else ""
        print(f"| {size} | {seconds:.1f} s | {more} | {ended.ru_maxrss / 1024:.0f} MB |")
        before = size, seconds


def _rows(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


if __name__ == "__main__":
    growth(*sys.argv[2:]) if sys.argv[1:2] == ["--growth"] else main(*sys.argv[1:])
