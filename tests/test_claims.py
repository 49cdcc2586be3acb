import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from helpers.course import claims
from helpers.course.claims import MIME, Record, claim, is_within, read_claims, read_outputs, read_records, record


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    things = []
    monkeypatch.setattr(claims, "_display", lambda thing, **options: things.append(thing))
    return things


@pytest.mark.parametrize(
    ("value", "bounds", "holds", "expected"),
    [
        (1.0, {"between": (0.9, 1.1)}, True, "0.9 to 1.1"),
        (1.2, {"between": (0.9, 1.1)}, False, "0.9 to 1.1"),
        (0.5, {"at_least": 0.5}, True, "at least 0.5"),
        (0.4, {"at_least": 0.5}, False, "at least 0.5"),
        (np.float64(0.4), {"at_most": 0.5}, True, "at most 0.5"),
        (np.int64(3), {"at_most": 2}, False, "at most 2"),
        (2, {"at_most": 2}, True, "at most 2"),
        (True, {}, True, "True"),
        (np.bool_(False), {}, False, "True"),
    ],
)
def test_a_claim_is_judged_and_carries_its_data(shown, value, bounds, holds, expected):
    claim("It does", value, source="Someone 2020, fig. 1", fails_when="it rains", **bounds)
    bundle = shown[0]._repr_mimebundle_()
    data = bundle[MIME]
    assert (data["holds"], data["expected"], data["source"]) == (holds, expected, "Someone 2020, fig. 1")
    assert ("✔" in bundle["text/plain"]) is holds
    assert is_within(data["value"], data["low"], data["high"]) is holds
    assert data["fails_when"] == "it rains"
    assert "fails when it rains" in bundle["text/plain"]
    assert "It does" in bundle["text/html"]


@pytest.mark.parametrize(
    ("value", "bounds", "error", "message"),
    [
        (1.0, {}, ValueError, "exactly one of"),
        (1.0, {"at_least": 0, "at_most": 2}, ValueError, "exactly one of"),
        (True, {"at_least": 0}, ValueError, "takes no bounds"),
        (float("nan"), {"at_least": 0}, ValueError, "must be finite"),
        (float("inf"), {"at_least": 0}, ValueError, "must be finite"),
        ("high", {"at_least": 0}, TypeError, "must be a number or a bool"),
        (1.0, {"at_least": 0, "holds_in": 0}, ValueError, "'holds_in' must be in"),
    ],
)
def test_a_claim_that_cannot_be_judged_is_an_error(shown, value, bounds, error, message):
    with pytest.raises(error, match=message):
        claim("It does", value, **bounds)
    assert not shown


def test_html_in_a_claim_is_text(shown):
    claim("a < b", True)
    assert "a &lt; b" in shown[0]._repr_mimebundle_()["text/html"]


def test_claims_and_records_are_read_back_from_an_executed_notebook(shown):
    claim("It does", 1.23456, at_least=1, holds_in=0.9)
    record("peak", np.float32(2.0))
    bundles = [shown[0]._repr_mimebundle_(), shown[1]]
    outputs = [new_output("display_data", data=data) for data in bundles] + [new_output("stream", text="noise")]
    notebook = new_notebook(cells=[new_code_cell("…", outputs=outputs)])
    assert read_claims(notebook) == (shown[0],)
    assert read_records(notebook) == (Record("peak", 2.0),)
    assert read_outputs(notebook, "exercise") == []


@pytest.mark.parametrize("data", ["text", None, [], {"kind": "claim"}, {"kind": "record", "name": "x", "much": 1}])
def test_what_only_looks_like_a_claim_is_none(data):
    notebook = new_notebook(cells=[new_code_cell("…", outputs=[new_output("display_data", data={MIME: data})])])
    assert read_claims(notebook) == read_records(notebook) == ()
