"""Inputs that nobody has seen: a table of a check's inputs is refused, and no right answer is."""

import json
import math
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from helpers.checks import (
    data_pipeline,
    deployment_patterns,
    error_analysis,
    from_proof_of_concept_to_production,
    how_much_data,
    human_level_performance,
    label_ambiguity,
)
from helpers.course.exercises import drawn, grade_with
from helpers.course.judge_host import Calls
from helpers.course.unseen import Unseen, plain, same, vary, vary_call
from helpers.course.wire import encode


def delay(alarms, drift_at):
    after = [alarm - drift_at for alarm in alarms if alarm >= drift_at]
    return len(alarms) - len(after), min(after, default=float("nan"))


def delay_too(alarms, drift_at):
    alarms = np.asarray(alarms, dtype=float)
    late = alarms[alarms >= drift_at]
    return [np.sum(alarms < drift_at), late[0] - drift_at if late.size else np.nan]


def share(table, column, above):
    return float((table[column] > above).mean())


def share_too(table, column, above):
    return sum(value > above for value in table[column]) / len(table)


TABLE = pd.DataFrame({"age": [20.0, 31.5, 47.0, 58.5], "pay": [1.0, 4.0, 2.0, 8.0]}, index=list("abcd"))
CASES = {
    "lists": ((delay, delay_too), [([5, 120], 100), ([120], 100), ([5, 120, 400], 100), ([], 7), ([1, 2, 99], 100)]),
    "tables": ((share, share_too), [(TABLE, "age", 30.0), (TABLE, "pay", 3.0), (TABLE, "age", 50.0)]),
    "texts": (
        (lambda kind, n: f"{kind} {n}", lambda kind, n: " ".join([kind.upper(), str(n)])),
        [("shadow", 1), ("canary", 4), ("canary", 9)],
    ),
    "arrays": (
        (lambda a, b: (a != b).mean(), lambda a, b: 1 - np.mean(a == b)),
        [(np.arange(9) % 3, np.arange(9) // 3)],
    ),
}


def crossed(calls):
    return [{"a": [encode(value) for value in call], "k": {}} for call in calls]


def looked_up(function, calls):
    """A function that knows the answers to some calls and nothing else."""
    known = {json.dumps([encode(value) for value in call]): function(*call) for call in calls}
    return lambda *call: known[json.dumps([encode(value) for value in call])]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(20))
def test_a_table_is_refused_and_other_right_answers_are_not(case, seed):
    references, calls = CASES[case]
    unseen = Unseen(references, seed)
    assert unseen.first_difference(looked_up(references[0], calls), crossed(calls))
    for reference in references:
        assert unseen.first_difference(reference, crossed(calls)) is None


def test_nothing_is_said_where_more_than_one_function_is_right():
    calls = [(1.0,), (2.0,), (5.0,)]
    above, far_above, also = (lambda x: x > 0), (lambda x: x < 3 or x == 5), (lambda x: x > 0.5)
    assert Unseen([above, far_above, also], 0).first_difference(looked_up(above, calls), crossed(calls)) is None
    assert Unseen([above], 0).first_difference(looked_up(above, calls), crossed(calls)) is None
    assert Unseen([above, also], 0).first_difference(looked_up(above, calls), crossed(calls))


def test_an_error_of_the_right_answers_does_not_count():
    calls = [(1, 2), (3, 1), (8, 4)]
    half = Unseen([lambda a, b: 1 / (a - 2) + b, lambda a, b: b + 1 / (a - 2)], 1)
    assert half.first_difference(lambda a, b: b + (1 / (a - 2) if a != 2 else 0), crossed(calls)) is None


def test_an_answer_of_another_form_is_left_to_the_check():
    calls = [(1, 2), (3, 1), (8, 4)]
    total = Unseen([lambda a, b: a + b, lambda a, b: b + a], 0)
    assert total.first_difference(lambda a, b: {"sum": a + b}, crossed(calls)) is None


def test_values_are_drawn_from_where_they_were_seen():
    import random

    rng = random.Random(0)
    ints = {vary(3, [1, 3, 7], rng) for _ in range(99)}
    assert ints == set(range(1, 8))
    assert all(0.2 <= vary(0.3, [0.2, 0.3, 0.9], rng) <= 0.9 for _ in range(99))
    assert {vary("a", ["a", "b", 7], rng) for _ in range(99)} == {"a", "b"}
    assert {vary(1, [1], rng) for _ in range(99)} == {0, 1, 2, 3}, "a count stays one"
    assert {vary(-1, [-1], rng) for _ in range(99)} == {-1, 0, 1}
    lists = [vary([1, 5, 9], [[1, 5, 9]], rng) for _ in range(99)]
    assert all(values == sorted(values) and {*values} <= set(range(1, 10)) for values in lists)
    assert {len(values) for values in lists} == {2, 3}
    (table, name), _ = vary_call([((TABLE, "age"), {})], rng)
    assert table.index.equals(TABLE.index) and not table.equals(TABLE) and name == "age"
    assert table["age"].between(20.0, 58.5).all()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1, 2]), [1.0, 2.0]),
        (pd.Series([1, 2], index=["a", "b"]), (1, 2)),
        ({"b": 2, "a": 1}, {"a": 1.0, "b": 2.0}),
        ({3, 1}, {1.0, 3.0}),
        ("Data-Drift", "data drift"),
        (float("nan"), np.float64("nan")),
        (1 / 3, 0.3333334),
        (True, np.True_),
    ],
)
def test_values_are_the_same_whatever_their_container(one, other):
    assert same(plain(one), plain(other))
    assert not same(plain(one), plain([other, 1]))


def test_the_inputs_of_a_check_are_others_in_each_grading():
    before = drawn(1).random()
    try:
        grade_with(5)
        assert not math.isclose(drawn(1).random(), before)
    finally:
        grade_with(0)
    assert drawn(1).random() == before


def test_a_right_answer_that_searches_for_what_is_not_there_holds_nobody_up():
    def solution(n):
        return n if n < 6 else None

    def searches(n):
        while n >= 6:
            pass
        return n

    answers = Unseen([solution, searches], seed=1)
    assert answers.first_difference(solution, [{"a": [n], "k": {}} for n in (1, 9)]) is None


def test_what_a_busy_machine_does_meanwhile_is_not_the_time_of_a_right_answer(monkeypatch):
    monkeypatch.setattr("helpers.course.unseen.PATIENCE", 0.01)
    monkeypatch.setattr("helpers.course.unseen.SECONDS", 0.5)

    def waits(number):
        time.sleep(0.03)
        return 2 * number

    table = {1: 2, 9: 18}
    unseen = Unseen([waits, lambda number: number + number], seed=1)
    assert unseen.first_difference(table.get, crossed([(number,) for number in table]))


def test_the_calls_that_are_kept_are_spread_over_all():
    for number in (7, 100, 5000):
        calls = Calls()
        for place in range(number):
            calls.add(place)
        (gap,) = set(np.diff(calls.kept))
        assert min(number, 20) <= len(calls) <= 40
        assert calls.kept[0] == 0 and number - calls.kept[-1] <= gap


def rate(hits, n):
    return 3 * hits / n + 1


def rate_too(hits, n):
    return 1 + (hits + 2 * hits) / n


RATES = [(1, 3), (2, 5), (8, 9), (5, 7), (4, 11)]
FORMS = {
    "an array of one number": lambda value: np.array([value]),
    "a complex number": complex,
    "a text": str,
    "nearly the number": lambda value: value * 1.004,
    "a dict": lambda value: {"rate": value},
}


def recorded(answer, calls):
    """The calls of a check, with what the answer gave."""
    return [call | {"r": plain(answer(*values))} for call, values in zip(crossed(calls), calls, strict=True)]


@pytest.mark.parametrize("form", FORMS)
def test_a_table_is_refused_in_whatever_form_and_a_right_answer_is_not(form):
    shaped, table = FORMS[form], looked_up(rate, RATES)
    unseen = Unseen([rate, rate_too], 0)
    for answer, refused in (
        (lambda *call: shaped(rate(*call)), False),
        (lambda *call: shaped(table(*call)), True),
    ):
        assert bool(unseen.first_difference(answer, recorded(answer, RATES))) == refused


@pytest.mark.parametrize("then", [lambda *call: {}, lambda *call: 1 / 0])
def test_a_table_that_gives_something_else_once_the_check_is_done_is_refused(then):
    table, asked = looked_up(rate, RATES), []

    def turns(*call):
        asked.append(call)
        return table(*call) if len(asked) <= len(RATES) else then(*call)

    assert Unseen([rate, rate_too], 0).first_difference(turns, recorded(turns, RATES))


def test_no_number_is_no_other_form():
    """A check that asks whether a number is too large, or too small, calls NaN right."""

    def nothing(*call):
        return float("nan")

    assert Unseen([rate, rate_too], 0).first_difference(nothing, recorded(nothing, RATES))


MADE_UP = pd.DataFrame({"clash": [0.3, 0.1], "sent_on": [0.0, 0.2], "kappa": [0.4, 0.8]}, index=["old", "rule"])
RULES = pd.DataFrame({"kind": "rule", "missed": [9.0, 1.0], "false": [1.0, 70.0]}, index=["strict", "lax"])
CANARIES = pd.DataFrame({"caught": [0.5, 0.99], "harmed": [1.0, 9.0]}, index=[0.1, 0.5])
ANSWERS = pd.DataFrame({"model": ["1", "2"], "label": ["1", "3"], "is_ambiguous": [False, True]})


def cheapest(table, clash_eur, expert_eur):
    return (table["clash"] * clash_eur + table["sent_on"] * expert_eur).idxmin()


# What unseen inputs say nothing of: a check whose inputs draw a part from the grading's seed, and a right answer.
DRAWN = {
    "promotion_rule": (deployment_patterns, deployment_patterns.careful_rule),
    "leaf_numbers": (error_analysis, error_analysis.numbers_of_a_leaf),
    "kappa": (label_ambiguity, cohen_kappa_score),
    "cheapest_guideline": (label_ambiguity, cheapest, MADE_UP),
    "convention_share": (human_level_performance, human_level_performance.share_of_ambiguous, ANSWERS),
    "allot": (how_much_data, how_much_data.by_errors),
    "failures": (data_pipeline, data_pipeline.faults),
    "skewed_columns": (data_pipeline, data_pipeline.skewed),
    "baseline": (from_proof_of_concept_to_production, from_proof_of_concept_to_production.cheapest_rule, RULES),
    "rollout": (from_proof_of_concept_to_production, from_proof_of_concept_to_production.least_harm, CANARIES),
    "limits": (from_proof_of_concept_to_production, from_proof_of_concept_to_production.quantile_limits),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_table_of_a_checks_inputs_is_refused_in_the_next_grading(name):
    topic, answer, *given = DRAWN[name]
    check, table = getattr(topic, name), {}

    def noted(*values):
        return table.setdefault(json.dumps([encode(value) for value in values]), answer(*values))

    assert check(noted, *given).state == "right"
    try:
        for seed in (1, 2):
            grade_with(seed)
            assert check(answer, *given).state == "right"
            looked = check(lambda *values: table[json.dumps([encode(value) for value in values])], *given)
            assert looked.state == "wrong" and "KeyError" in looked.message
    finally:
        grade_with(0)
