"""The exercises that a page lets a reader try: those whose answer is a number or a choice.

An exercise is tried on its page where neither its solution nor its check needs anything that the notebook has
computed: then the right answer depends on no parameter. What is right is asked of the check itself, choice by choice,
and the page holds salted digests of that. They keep an answer from being read by accident; whoever wants to know it
finds the folded solution below.
"""

import ast
import hashlib
import html
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.course.exercises import offered
from helpers.course.solutions import solution_of
from helpers.course.syllabus import Entry

if TYPE_CHECKING:
    from nbformat import NotebookNode

DECIMALS = 4  # to which a number is read
NEAR = 20  # steps of the last decimal to each side of a right number: what a check accepts must end there
NO_CHOICE = "?"


@dataclass(frozen=True)
class Question:
    """One thing to answer: its label, the choices in alphabetical order, and those of them that are right.

    Without `choices` a number is asked for, and `right` holds every accepted one, to four decimals.
    """

    label: str
    choices: tuple[str, ...]
    right: tuple[str, ...]


def questions_of(entry: Entry, notebook: "NotebookNode") -> dict[str, list[Question]]:
    """By the name of an exercise, what a page asks; exercises that cannot be tried on a page are left out."""
    checks = importlib.import_module(f"helpers.checks.{entry.topic}")
    found = {}
    for cell in notebook.cells:
        graded = cell.metadata.get("nbgrader", {})
        if graded.get("grade"):
            name = graded["grade_id"].removeprefix("check_")
            answers = _answers(solution_of(notebook, name), cell.source)
            if asked := _questions(getattr(checks, name), answers):
                found[name] = asked
    return found


def _answers(solution: str, check: str) -> dict[str, Any]:
    """What the check is called with, by name; nothing where that needs what the notebook has computed."""
    known: dict[str, Any] = {}
    try:
        exec(solution, known)
    except NameError:
        return {}
    names = arguments_of(check)
    return {name: known[name] for name in names} if known.keys() >= set(names) else {}


def arguments_of(check: str) -> list[str]:
    """What a check cell, ``feedback = check.name(…)``, hands to its check."""
    called: Any = ast.parse(check).body[0]
    return [ast.unparse(argument) for argument in called.value.args]


def _questions(check: Callable, answers: Mapping[str, Any]) -> list[Question]:
    """What is asked about an exercise; nothing where some part of its answer cannot be asked."""
    asked = [_question(check, label, value, put) for label, value, put in parts_of(answers)]
    found = [question for question in asked if question]
    return found if len(found) == len(asked) else []


def parts_of(answers: Mapping[str, Any]) -> Iterator[tuple[str, Any, Callable[[Any], list]]]:
    """Each part of the answers: its label, its value, and what the check is called with if it is another."""
    for name, answer in answers.items():
        if not isinstance(answer, dict):
            yield name, answer, lambda other, name=name: list({**answers, name: other}.values())
            continue
        for key, value in answer.items():
            label = ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
            yield (
                label,
                value,
                lambda other, name=name, key=key: list({**answers, name: {**answers[name], key: other}}.values()),
            )


def _question(check: Callable, label: str, value: Any, put: Callable[[Any], list]) -> Question | None:
    choices = ["False", "True"] if isinstance(value, bool) else sorted(offered(check, *put(NO_CHOICE)))
    if choices:
        right = [choice for choice in choices if check(*put(choice)).state == "right"]
        return Question(label, tuple(choices), tuple(right)) if right else None
    if not isinstance(value, (int, float)):
        return None
    near = [round(value + step / 10**DECIMALS, DECIMALS) for step in range(-NEAR, NEAR + 1)]
    right = [number for number in near if check(*put(number)).state == "right"]
    if not right or {near[0], near[-1]} & set(right):  # a guess, of which every one is right
        return None
    return Question(label, (), tuple(f"{number:.{DECIMALS}f}" for number in right))


def form_of(key: str, name: str, questions: list[Question]) -> str:
    """The form of an exercise as HTML, hidden until a script shows it; digests are all that it holds of the answer."""
    salt = f"{key}/{name}"
    lines = [f'<form class="wb-try" data-salt="{salt}" autocomplete="off" hidden>', "<p>Try it here:</p>"]
    for place, asked in enumerate(questions):
        label, identity = html.escape(asked.label), f"wb-try-{name}-{place}"
        digests = " ".join(sorted(digest(f"{salt}/{place}/{answer}") for answer in asked.right))
        options = "".join(f"<option>{html.escape(choice)}</option>" for choice in asked.choices)
        field = f'id="{identity}" data-right="{digests}"'
        lines += [f'<div><label for="{identity}">{label}</label>']
        if asked.choices:
            lines += [f'<select {field}><option value="">choose</option>{options}</select></div>']
        else:
            lines += [f'<input {field} inputmode="decimal" placeholder="a number"></div>']
    return "\n".join([*lines, "<button>Check</button>", '<p class="wb-said" role="status"></p>', "</form>"])


def digest(text: str) -> str:
    """The first 16 hexadecimal digits of SHA-256, as the page computes them."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
