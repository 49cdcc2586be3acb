"""What a page lets a reader try, and that it judges as the checks do."""

import importlib

import numpy as np
import pandas as pd
import pytest

from helpers.course.exercises import exercise, guess, offered, pick, right, wrong
from helpers.course.notebooks import read_notebook
from helpers.course.site_answers import (
    Question,
    _questions,
    arguments_of,
    digest,
    form_of,
    parts_of,
    questions_of,
)
from helpers.course.solutions import solution_of
from helpers.course.syllabus import load_syllabus

NOTEBOOKS = {entry: read_notebook(entry.path) for entry in load_syllabus().notebooks}
TRIED = {
    (entry, name): asked
    for entry, notebook in NOTEBOOKS.items()
    for name, asked in questions_of(entry, notebook).items()
}
each = pytest.mark.parametrize("entry, name", TRIED, ids=[f"{entry.key}/{name}" for entry, name in TRIED])


def page_says(questions, answers):
    """Whether the page calls answers right; None where they cannot be given on it."""
    said = []
    for asked, (_, value, _) in zip(questions, parts_of(answers), strict=True):
        try:
            said.append(pick(value, asked.choices) if asked.choices else f"{float(value):.4f}")
        except Exception:
            return None
    return all(one in asked.right for one, asked in zip(said, questions, strict=True))


def verdicts(entry, name, codes):
    """What the page says about each of a check's answers that needs nothing from the notebook."""
    source = next(
        cell.source
        for cell in NOTEBOOKS[entry].cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"check_{name}"
    )
    said = {}
    for label, code in codes.items():
        known = {"np": np, "pd": pd, "check": importlib.import_module(f"helpers.checks.{entry.topic}")}
        try:
            exec(f"{solution_of(NOTEBOOKS[entry], name)}\n{code}", known)
        except NameError:
            continue
        answers = {argument: known[argument] for argument in arguments_of(source)}
        said[label] = page_says(TRIED[entry, name], answers) if same_labels(entry, name, answers) else None
    return said


def same_labels(entry, name, answers):
    """Whether answers come in a dict in the order of the page."""
    return [label for label, _, _ in parts_of(answers)] == [asked.label for asked in TRIED[entry, name]]


def check_of(entry, name):
    return getattr(importlib.import_module(f"helpers.checks.{entry.topic}"), name)


@each
def test_the_page_calls_wrong_what_the_check_calls_wrong(entry, name):
    said = verdicts(entry, name, check_of(entry, name).wrong)
    assert False in said.values()
    assert True not in said.values(), said


@each
def test_the_page_calls_right_what_the_check_calls_right(entry, name):
    said = verdicts(entry, name, {"the solution": "", **check_of(entry, name).right_too})
    assert said["the solution"]
    assert False not in said.values(), said


@each
def test_a_form_does_not_give_the_answer_away(entry, name):
    asked = TRIED[entry, name]
    form = form_of(entry.key, name, asked)
    assert "\n\n" not in form  # a blank line would end it as HTML
    assert all(list(one.choices) == sorted(one.choices) for one in asked)
    assert all(len(one.right) < len(one.choices) for one in asked if one.choices)
    digests = [part for one in form.split('data-right="')[1:] for part in one.split('"')[0].split()]
    assert len(digests) == len(set(digests)) == sum(len(one.right) for one in asked)  # equal answers do not look alike
    assert (
        form.count("<label for=") == len(asked)
        and " selected" not in form
        and " value=" not in form.replace('<option value="">', "")
    )


def test_most_exercises_that_are_not_code_can_be_tried():
    assert len(TRIED) >= 26
    assert not [name for _, name in TRIED if name.startswith("guess_")]


@exercise(wrong={"all": "answer = 1"})
def a_third(answer):
    return right("Yes.") if abs(float(answer) - 1 / 3) < 2e-4 else wrong("No.")


@exercise(wrong={"all": "answer = 1"})
def any_large(answer):
    return right("Yes.") if float(answer) > 0.5 else wrong("No.")


@exercise(wrong={"all": "kinds = {'cod': 'bird', 'bat': 'bird'}"})
def animals(answer):
    kinds = {case: pick(kind, ["fish", "bird", "mammal"]) for case, kind in answer.items()}
    return (
        right("Yes.") if kinds in ({"cod": "fish", "bat": "mammal"}, {"cod": "fish", "bat": "bird"}) else wrong("No.")
    )


@guess(0, 1)
def guess_share(answer):
    pass


def test_a_number_is_asked_with_all_that_is_accepted_near_it():
    assert _questions(a_third, {"third": 1 / 3}) == [Question("third", (), ("0.3332", "0.3333", "0.3334", "0.3335"))]


def test_a_choice_is_asked_with_every_one_that_is_accepted():
    choices = ("bird", "fish", "mammal")
    assert _questions(animals, {"kinds": {"cod": "fish", "bat": "mammal"}}) == [
        Question("cod", choices, ("fish",)),
        Question("bat", choices, ("bird", "mammal")),
    ]


@pytest.mark.parametrize(
    "check, answers",
    [(guess_share, {"share": 0.4}), (any_large, {"answer": 0.6}), (a_third, {"answer": [1, 2]}), (a_third, {"x": "y"})],
)
def test_what_a_page_cannot_judge_as_the_check_does_is_not_asked(check, answers):
    assert _questions(check, answers) == []


def test_a_check_tells_what_it_offers():
    assert offered(animals, {"cod": "fish", "bat": "?"}) == ["fish", "bird", "mammal"]
    assert offered(animals, {"cod": "fish", "bat": "mammal"}) == offered(a_third, "?") == []


def test_digests_are_those_of_sha_256():
    assert digest("abc") == "ba7816bf8f01cfea"
