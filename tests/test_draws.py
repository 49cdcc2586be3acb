"""A grading draws inputs of its own: what is said of an answer must not hang on what was drawn.

Where a check draws, and for one seed after the other, the solution and the answers in ``right_too`` must be right and
those in ``wrong`` wrong, each in the state that the notebook's cells above it leave. Here three seeds are tried;
``GRADING_SEEDS=12 pytest -n0 tests/test_draws.py`` tries more.
"""

import ast
import contextlib
import importlib
import inspect
import io
import os
from dataclasses import asdict
from symtable import symtable

import pytest

from helpers.course import exercises
from helpers.course.judge import STUB, UNANSWERED, hearings_of
from helpers.course.judge_host import Bench
from helpers.course.notebooks import profiles_of, read_notebook, tags
from helpers.course.syllabus import ROOT, load_syllabus

SEEDS = range(1, 1 + int(os.environ.get("GRADING_SEEDS", "3")))
CHECKS = ROOT / "helpers/checks"
DRAWING = [e for e in load_syllabus().notebooks if "drawn(" in (CHECKS / f"{e.topic}.py").read_text(encoding="utf-8")]


@pytest.fixture(autouse=True)
def seed_of_a_notebook():
    yield
    exercises.grade_with(0)


def statements_before(source, hearings, exercise):
    """What a notebook runs before a check, at its quick size, with its exercises blank."""
    lines = []
    for cell in source.cells:
        facts = cell.metadata.get("nbgrader", {})
        name = facts.get("grade_id", "").removeprefix("check_")
        if facts.get("grade"):
            if name == exercise:
                return ast.parse("\n".join(lines)).body
            lines.append(UNANSWERED.format(name))
        elif cell.cell_type == "code":
            lines.append(hearings[name].blank if facts.get("solution") else cell.source)
        if "parameters" in tags(cell):
            lines += [f"{key} = {value!r}" for key, value in profiles_of(source)["quick"].items()]
    raise KeyError(exercise)


def made_by(table):
    """The names that code sets, defines or imports at its top level."""
    return {name.get_name() for name in table.get_symbols() if name.is_assigned() or name.is_imported()}


def used_by(table):
    """The names that code reads, those of its own functions left out."""
    is_top = table.get_type() == "module"
    own = {name.get_name() for name in table.get_symbols() if name.is_global() or (is_top and name.is_referenced())}
    return own.union(*map(used_by, table.get_children()))


def given_for(code, statements):
    """The namespace that `code` needs: of the statements, the last first, those are run that set a name it misses."""
    missing, chosen = used_by(symtable(code, "<answers>", "exec")), []
    for statement in reversed(statements):
        table = symtable(ast.unparse(statement), "<given>", "exec")
        if made_by(table) & missing:
            chosen.insert(0, statement)
            if not isinstance(statement, ast.For | ast.With | ast.If | ast.AugAssign):
                missing -= made_by(table)
            missing |= used_by(table)
    namespace = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(ast.Module(chosen, []), "<given cells>", "exec"), namespace)
    return namespace


def answers_to(hearing, check):
    """The code of every named answer that fills the whole cell, with its label and whether it is right."""
    fill = Bench(asdict(hearing) | {"stub": STUB}, {}, check)._filled
    named = [("the solution", hearing.solution, True)]
    named += [(label, fill(code), True) for label, code in check.right_too.items()]
    return named + [(label, fill(code), False) for label, code in check.wrong.items()]


def names_in(code):
    """The global names and attributes in the code of a function and of what is defined inside it."""
    inner = [constant for constant in code.co_consts if inspect.iscode(constant)]
    return set(code.co_names).union(*map(names_in, inner))


def draws(function, seen=()):
    """Whether a check draws, itself or in another function of its module that is not yet `seen`."""
    function = inspect.unwrap(function)
    known = {name: function.__globals__.get(name) for name in names_in(function.__code__)}
    own = [f for f in known.values() if inspect.isfunction(f) and f.__module__ == function.__module__]
    return known.get("drawn") is exercises.drawn or any(
        draws(other, (*seen, function)) for other in own if other not in (*seen, function)
    )


@pytest.mark.parametrize("entry", DRAWING, ids=lambda entry: entry.key)
def test_what_is_said_of_an_answer_does_not_hang_on_the_draw(entry):
    source, checks = read_notebook(entry.path), importlib.import_module(f"helpers.checks.{entry.topic}")
    hearings, amiss = hearings_of(source), []
    drawing = [name for name in hearings if draws(getattr(checks, name))]
    assert drawing
    for name in drawing:
        hearing, answers = hearings[name], answers_to(hearings[name], getattr(checks, name))
        code = "\n".join([hearing.expression, *(code for _, code, _ in answers)])
        namespace = given_for(code, statements_before(source, hearings, name))
        for label, code, is_right in answers:
            space = dict(namespace)
            exec(code, space)
            for seed in SEEDS:
                exercises.grade_with(seed)
                feedback = eval(hearing.expression, space)
                if (feedback.state == "right") != is_right:
                    amiss.append((name, label, seed, feedback.message))
    assert amiss == []
