import pytest

from helpers.course.claims import MIME
from helpers.course.exercises import NotRight, exercise, judge_sorting, misfiled, right, wrong


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
        ({"whale": "mammal"}, "wrong", "Keep the names of the 2 cases as they are."),
        (["mammal", "Fish"], "wrong", "Keep the names of the 2 cases as they are."),
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


@pytest.mark.parametrize("answer", [{"a": ..., "b": 1}, [1, None], ({"a": [...]},)])
def test_a_blank_inside_a_container_is_not_attempted(answer):
    assert square(answer).state == "not attempted"


@pytest.mark.parametrize(
    ("function", "state"),
    [
        (lambda x: 2 * x, "right"),
        (lambda x: x, "wrong"),
        (lambda x: None, "not attempted"),
        (lambda x: ..., "not attempted"),
        (lambda x: 1 / 0, "wrong"),
        (lambda: 6, "wrong"),
    ],
)
def test_a_function_is_judged_by_what_it_returns(function, state):
    assert doubled(function).state == state


def test_an_error_in_the_learners_function_is_named():
    assert "ZeroDivisionError" in doubled(lambda x: 1 / 0).message


def test_an_answer_of_another_form_is_wrong_not_a_crash():
    assert doubled(7).message.startswith("This answer does not have the form")


def test_grading_raises_unless_right():
    square(4).grade()
    with pytest.raises(NotRight, match="square: wrong. A square is never negative."):
        square(-4).grade()
    with pytest.raises(NotRight, match="not attempted"):
        square(...).grade()


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
