"""The judge: every answer that is named beside a check is called what it is, and no answer meets its check."""

import importlib
import inspect
import re
import textwrap

import pytest

from helpers.course.judge import LearnerCell, hearings_of, judge_class
from helpers.course.notebooks import read_notebook
from helpers.course.release import BLANK, replace_solution
from helpers.course.sandbox import is_available
from helpers.course.syllabus import load_syllabus

SYLLABUS = load_syllabus()
pytestmark = pytest.mark.skipif(not is_available(), reason="this platform offers no sandbox")


def named_answers(check, solution):
    """Every answer named beside a check, as (label, code of the cell, state), the solution first."""
    named = [("blank", BLANK, "not attempted")]
    named += [(label, code, "wrong") for label, code in check.wrong.items()]
    named += [(label, code, "right") for label, code in check.right_too.items()]
    filled = [(label, replace_solution(solution, code).source, state) for label, code, state in named]
    return [("the solution", solution.source, "right"), *filled]


def with_truth(code, checks):
    """An answer whose code reads the truth from its check, as some do for short: the truth is put into the code."""
    lines = []
    for name in sorted(set(re.findall(r"\bcheck\.(\w+)", code))):
        truth = getattr(checks, name)
        if callable(truth):
            try:
                truth = f"staticmethod({ {seed: truth(seed) for seed in range(60)}!r}.get)"
            except TypeError:  # a function of something else than a seed
                lines.append(textwrap.indent(f"@staticmethod\n{inspect.getsource(truth)}", "    "))
                continue
        lines.append(f"    {name} = {truth if callable(getattr(checks, name)) else repr(truth)}")
    return "\n".join(["class check:", *lines]) if lines else ""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("entry", SYLLABUS.notebooks, ids=lambda entry: entry.key)
def test_it_says_of_every_named_answer_what_the_notebook_says(entry):
    """One pass through the notebook; the first learner gives the solutions, the second the blanks, and so on."""
    source, checks = read_notebook(entry.path), importlib.import_module(f"helpers.checks.{entry.topic}")
    solutions = {
        c.metadata.nbgrader.grade_id: c for c in source.cells if c.metadata.get("nbgrader", {}).get("solution")
    }
    named = {name: named_answers(getattr(checks, name), solutions[name]) for name in hearings_of(source)}
    class_of = {}
    for name, answers in named.items():
        for place, (_, code, _) in enumerate(answers):
            cells = class_of.setdefault(f"learner {place}", [])
            cells += [LearnerCell(with_truth(code, checks)), LearnerCell(code, name)]
    verdicts = judge_class(source, class_of)
    amiss = [
        (name, label, state, verdicts[f"learner {place}"][name])
        for name, answers in named.items()
        for place, (label, _, state) in enumerate(answers)
        if verdicts[f"learner {place}"][name][0] != state
    ]
    assert amiss == []


def test_what_a_learner_writes_for_a_notebook_is_run_as_there():
    source = read_notebook(SYLLABUS.notebooks[0].path)
    first = next(iter(hearings_of(source).values()))
    files = "import tempfile\nfiles = [tempfile.NamedTemporaryFile() for _ in range(40)]\n"
    waits = "import asyncio\nfive = await asyncio.to_thread(lambda: 5)\nassert five == 5\n"
    loops = "async def numbers():\n    yield 1\nasync for number in numbers():\n    await asyncio.sleep(0)\n"
    code = f"%matplotlib inline\n{files}{loops}{first.solution}\ndisplay(five)\nget_ipython()\n"
    cells = [LearnerCell("!ls"), LearnerCell(waits), LearnerCell(code, first.exercise)]
    places = [at for at, c in enumerate(source.cells) if c.metadata.get("nbgrader", {}).get("grade")]
    source.cells = source.cells[: places[0] + 1]
    assert judge_class(source, {"ann": cells})["ann"][first.exercise][0] == "right"
