import numpy as np
import pandas as pd
import pytest

from helpers.course.claims import MIME
from helpers.course.exercises import (
    NotRight,
    as_list,
    exercise,
    guess,
    judge_sorting,
    misfiled,
    pick,
    put_to_work,
    refuse,
    right,
    wrong,
)


@exercise(wrong={"forgets the sign": "answer = -4"})
def square(answer):
    if answer == -4:
        return wrong("A square is never negative.")
    return right("Two times two.") if answer == 4 else wrong("Not yet.")


@exercise(wrong={"adds": "return x + 1"})
def doubled(function):
    return right("Yes.") if function(3) == 6 else wrong("Try it on 3.")


@exercise(wrong={"swaps": "kinds = {'whale': 'Fish', 'trout': 'mammal'}"})
def animals(answer):
    amiss = misfiled(answer, {"whale": "mammal", "trout": "Fish"}, kinds=["mammal", "Fish", "bird"])
    return wrong(f"{amiss}") if amiss else right("Yes.")


@pytest.mark.parametrize(
    ("answer", "state", "message"),
    [
        ({"trout": " fish", "whale": "Mammal"}, "right", "Yes."),
        ({"whale": "fish", "trout": "bird"}, "wrong", "{'whale': 'Fish', 'trout': 'bird'}"),
        ({"whale": "mammal", "trout": "insect"}, "wrong", "'insect' is not one of the answers: mammal, Fish, bird."),
        ({"whale": "the mammals", "trout": "a fish."}, "right", "Yes."),
        (pd.Series({"trout": "fish", "whale": "mammal"}), "right", "Yes."),
        ({"whale": "mammal"}, "wrong", "The key 'trout' is missing. Keep the 2 names as they are."),
        (
            {"whale": "mammal", "trout": "fish", "cod": "fish"},
            "wrong",
            "'cod' is not one of the keys. Keep the 2 names as they are.",
        ),
        (["mammal", "Fish"], "wrong", "This answer must be a dict with 2 keys, as in the cell above, not a list."),
        ({"whale": "mammal", "trout": ...}, "not attempted", None),
    ],
)
def test_sorted_cases_are_judged_by_what_lies_in_the_wrong_place(answer, state, message):
    feedback = animals(answer)
    assert feedback.state == state
    assert message in (None, feedback.message)


def test_a_sorting_exercise_hints_at_the_first_case_in_the_wrong_place():
    truth, hints = {"whale": "mammal", "trout": "fish"}, {"mammal": "Does it breathe?", "fish": "Does it lay eggs?"}
    assert judge_sorting({"whale": "mammal", "trout": "fish"}, truth, hints=hints, praise="Yes.") == right("Yes.")
    amiss = judge_sorting({"whale": "mammal", "trout": "mammal"}, truth, hints=hints, praise="Yes.")
    assert amiss == wrong("Look again at 'trout'. Does it lay eggs?")


@pytest.mark.parametrize(
    ("answer", "state"),
    [(4, "right"), (-4, "wrong"), ("four", "wrong"), (None, "not attempted"), (..., "not attempted")],
)
def test_three_answers_are_told_apart(answer, state):
    assert square(answer).state == state


@pytest.mark.parametrize("answer", [{"a": ..., "b": 1}, [1, ...], ({"a": [...]},)])
def test_a_blank_inside_a_container_is_not_attempted(answer):
    assert square(answer).state == "not attempted"


@pytest.mark.parametrize(
    ("function", "state"),
    [
        (lambda x: 2 * x, "right"),
        (lambda x: x, "wrong"),
        (lambda x: None, "wrong"),
        (lambda x: ..., "not attempted"),
        (lambda x: 1 / 0, "wrong"),
        (lambda: 6, "wrong"),
    ],
)
def test_a_function_is_judged_by_what_it_returns(function, state):
    assert doubled(function).state == state


def test_an_error_in_the_learners_function_is_told_with_its_line_and_the_call():
    def half(x):
        return x / 0

    message = doubled(half).message
    assert message == "half(3) raised ZeroDivisionError: division by zero in the line `return x / 0`"


def test_a_missing_return_is_told_and_a_template_is_a_blank():
    def prints(x):
        print(2 * x)

    def template(x): ...  # your answer here

    def begun(x):
        if x > 5:
            return 2 * x
        ...

    assert doubled(prints).message == "prints(3) returned nothing (None): is a `return` missing?"
    assert doubled(template).state == doubled(begun).state == "not attempted"


def test_a_long_argument_is_shortened_in_the_message():
    @exercise(wrong={"x": "y"})
    def summed(function):
        return right("Yes.") if function(np.ones((3, 2)), np.float64(0.5), start="a" * 90) else wrong("No.")

    assert summed(lambda values, rate, start: None).message.startswith(
        "<lambda>(<ndarray of shape (3, 2)>, 0.5, start='aaaa"
    )
    assert len(summed(lambda values, rate, start: None).message) < 150


@pytest.mark.parametrize(
    ("answer", "choice"),
    [
        ("Class-Weights", "class weight"),
        ("modelling", "modeling"),
        ("an artefact", "artifact"),
        ("Normalise", "normalize"),
        ("colours", "color"),
        ("labelling", "labeling"),
        (" BLUE_GREEN ", "blue-green"),
    ],
)
def test_a_word_counts_however_it_is_spelled(answer, choice):
    assert pick(answer, ["something else", choice]) == choice


def test_choices_that_differ_only_in_spelling_are_a_mistake_of_the_check():
    with pytest.raises(ValueError, match="must differ in more than their spelling"):
        pick("color", ["color", "colour"])


@pytest.mark.parametrize(
    "answer", [[1, 2], (1, 2), np.array([1, 2]), pd.Series([1, 2], index=["b", "a"]), {1: 0, 2: 0}.keys()]
)
def test_a_sequence_is_read_whatever_its_container(answer):
    assert as_list(answer, 2) == [1, 2]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("12", "This answer must be a list, not a str."),
        (12, "This answer must be a list, not an int."),
        ({1: 2}, "This answer must be a list, not a dict."),
        ([1], "This answer must have 2 values, and it has 1."),
    ],
)
def test_what_is_no_sequence_is_told(answer, message):
    @exercise(wrong={"x": "y"})
    def two(answer):
        return right(f"{as_list(answer, 2)}")

    assert two(answer).message == message


def test_a_check_can_be_ended_from_anywhere():
    @exercise(wrong={"x": "y"})
    def never(answer):
        refuse("Not like this.")

    assert (never(1).state, never(1).message) == ("wrong", "Not like this.")


def test_other_right_answers_are_listed_beside_the_check():
    @exercise(wrong={"x": "y"}, right_too={"as a tuple": "answer = (1, 2)"})
    def listed(answer):
        return right("Yes.")

    assert listed.right_too == {"as a tuple": "answer = (1, 2)"}
    assert doubled.right_too == {}


def test_an_answer_of_another_form_is_wrong_not_a_crash():
    assert doubled(7).message.startswith("This answer does not have the form")


def test_grading_raises_unless_right():
    square(4).grade()
    with pytest.raises(NotRight, match="square: wrong. A square is never negative."):
        square(-4).grade()
    with pytest.raises(NotRight, match="not attempted"):
        square(...).grade()


@pytest.mark.parametrize(
    ("answer", "used", "said"),
    [
        (4, 4, "is used below"),
        (-4, "ours", "is wrong so far; the course's own is used"),
        (..., "ours", "is still blank; the course's own is used"),
    ],
)
def test_a_notebook_goes_on_with_a_right_answer_and_else_with_the_courses_own(answer, used, said, capsys):
    assert put_to_work(square(answer), answer, ours="ours") == used
    assert f"Your answer to 'square' {said}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (0, "right"),
        (100, "right"),
        (33.3, "right"),
        (np.int64(7), "right"),
        (101, "wrong"),
        ("often", "wrong"),
        (float("nan"), "wrong"),
    ],
)
def test_a_guess_counts_when_it_is_possible(answer, state):
    assert guess_share(answer).state == state


@guess(0, 100, unit=" %")
def guess_share(answer):
    """A guess of a share."""


def test_feedback_is_shown_and_can_be_read_back():
    bundle = square(-4)._repr_mimebundle_()
    assert bundle[MIME]["state"] == "wrong"
    assert "A square is never negative." in bundle["text/html"]
    assert bundle["text/plain"].startswith("✘ Wrong.")


def test_a_check_must_say_wrong_or_right():
    @exercise(wrong={"x": "y"})
    def falls_through(answer):
        pass

    with pytest.raises(TypeError, match=r"must return wrong\(hint\) or right\(message\)"):
        falls_through(1)


def test_an_exercise_names_a_wrong_answer():
    with pytest.raises(ValueError, match="must name at least one"):
        exercise(wrong={})


def test_tab_after_the_checks_offers_no_answer_keys():
    from helpers.checks import concept_drift as check

    assert "kinds" in dir(check)
    assert all(hasattr(getattr(check, name), "right_too") for name in dir(check))
