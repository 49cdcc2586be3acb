"""The lines and tables of what happened, for results made by hand."""

from pathlib import Path

import pandas
import pytest

from helpers.course import report
from helpers.course.claims import Claim, Record
from helpers.course.runner import Job, Result

USUAL = Claim("It is so in most", 0.25, "at least 0.5", False, "", 0.9, "")
ALWAYS = Claim("It is so", True, "True", True, "", 1.0, "")
BROKEN = Claim("It is large", 0.123456, "at least 0.5", False, "", 1.0, "")


def result(state, *claims, name="a", error="", records=(), **parameters):
    return Result(Job(name, Path(f"{name}.ipynb"), Path("out.ipynb"), parameters), state, 1.25, error, claims, records)


def test_a_line_says_how_a_notebook_ended():
    lines = [
        report.result_line(result("ran", ALWAYS, USUAL)),
        report.result_line(result("cached", ALWAYS)),
        report.result_line(result("failed", error="cell [2]: KeyError: 'x'")),
        report.result_line(result("stopped", error="stopped before it finished")),
        report.result_line(result("ran")),
    ]
    assert [line[0] for line in lines] == ["✔", "=", "✘", "…", "✔"]
    assert [line.split(" s  ")[1] for line in lines] == [
        "1/2 claims hold",
        "1/1 claim holds",
        "cell [2]: KeyError: 'x'",
        "stopped before it finished",
        "no claims",
    ]


def test_a_summary_counts_only_claims_that_should_always_hold():
    known, stopped = result("cached", name="c"), result("stopped", name="d", error="stopped before it finished")
    ended = [result("ran", ALWAYS, USUAL, BROKEN), result("failed", name="b", error="no"), known, stopped]
    lines = report.summary_lines(ended)
    assert lines[:2] == ["", "Claims"]
    assert "✘ a: It is large (0.123; expected at least 0.5)" in lines
    assert "✘ a: It is so in most (0.25; expected at least 0.5 in at least 90% of seeds)" in lines
    assert lines[-2:] == ["2 of 4 notebooks ran, 1 failed; 1 claim does not hold", "✘ b: no"]


def rows(*holds, holds_in=1.0):
    claims = [Claim("C", 1.0, "", held, "", holds_in, "") for held in holds]
    table = [
        row for seed, claim in enumerate(claims) for row in report.sweep_rows(result("ran", claim, seed=seed), ["seed"])
    ]
    return pandas.DataFrame(table, columns=["notebook", "seed", *report.COLUMNS])


@pytest.mark.parametrize(
    ("holds", "holds_in", "as_stated"),
    [([True, True], 1.0, True), ([True, False], 1.0, False), ([True, False], 0.5, True), ([False, False], 0.5, False)],
)
def test_a_claim_must_hold_as_often_as_it_says(holds, holds_in, as_stated):
    (row,) = report.held(rows(*holds, holds_in=holds_in)).itertuples(index=False)
    assert (row.held, row.runs, row.as_stated) == (sum(holds), 2, as_stated)


def test_a_sweeps_table_holds_records_beside_claims():
    kept = report.sweep_rows(result("ran", ALWAYS, records=(Record("peak", 2.0),), n=3), ["n", "seed"])
    assert kept == [["a", 3, "", "claim", "It is so", True, True, 1.0], ["a", 3, "", "record", "peak", 2.0, "", ""]]
