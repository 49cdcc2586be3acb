"""Each claim could have come out otherwise: in the world that its ``fails_when`` names, its bounds call it false."""

import importlib
from pathlib import Path

import pytest
from nulls import NULLS

from helpers.course.claims import is_within, read_claims
from helpers.course.notebooks import read_notebook
from helpers.course.syllabus import load_syllabus

HERE = Path(__file__).parent
# The notebooks whose claims have their nulls; the others follow one by one.
ENTRIES = [entry for entry in load_syllabus().notebooks if (HERE / f"nulls/{entry.topic}.py").exists()]
CLAIMS = [(entry, claim) for entry in ENTRIES for claim in read_claims(read_notebook(entry.path))]


@pytest.mark.parametrize(("entry", "claim"), CLAIMS, ids=[f"{entry.key}: {claim.text}" for entry, claim in CLAIMS])
def test_a_claim_fails_in_its_null(entry, claim):
    assert claim.fails_when, "names no world in which it fails"
    importlib.import_module(f"nulls.{entry.topic}")
    value = NULLS[claim.text]()
    value = value.item() if hasattr(value, "item") else value
    assert not is_within(value, claim.low, claim.high)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.key for entry in ENTRIES])
def test_every_null_is_of_a_claim_of_its_notebook(entry):
    module = importlib.import_module(f"nulls.{entry.topic}")
    texts = {claim.text for other, claim in CLAIMS if other == entry}
    own = {text for text, measure in NULLS.items() if measure.__module__ == module.__name__}
    assert own == texts


def test_every_claim_of_week_one_has_its_null():
    assert {entry.key for entry in load_syllabus().notebooks if entry.week == "week1"} <= {e.key for e in ENTRIES}
