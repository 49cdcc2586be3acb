"""The ledger counts what sweeps found, and its page says so."""

import json
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from helpers.course import ledger
from helpers.course.claims import Claim, read_claims
from helpers.course.cli import main
from helpers.course.ledger import ledger_page, stated_ledger, update_ledger
from helpers.course.notebooks import read_notebook
from helpers.course.runner import Job, Result
from helpers.course.syllabus import NOTEBOOKS, load_syllabus


def result(name, *claims, seconds=1.0):
    job = Job(name, NOTEBOOKS / f"{name}.ipynb", Path("out.ipynb"))
    facts = {"holds_in": 1.0, "expected": "at most 2", "fails_when": "it | rains", "source": "S 2020"}
    return Result(job, "ran", seconds, claims=tuple(Claim(**facts, **claim) for claim in claims))


def test_a_sweep_is_counted_by_notebook_and_other_notebooks_stay():
    runs = [
        result(
            "week1/x",
            {"text": "A", "value": value, "holds": value <= 2},
            {"text": "B", "value": 1.0, "holds": True},
            seconds=value**3,
        )
        for value in (1.0, 2.0, 3.0)
    ]
    updated = update_ledger({"week1/a": {"seconds": 5, "claims": []}}, runs)
    assert list(updated) == ["week1/a", "week1/x"]
    assert updated["week1/x"]["seconds"] == 8, "the median: a busy machine is none of the notebook's business"
    first, second = updated["week1/x"]["claims"]
    assert (first["held"], first["runs"], first["constant"]) == (2, 3, False)
    assert (second["held"], second["runs"], second["constant"]) == (3, 3, True)


def test_a_claim_that_is_simply_true_each_time_did_depend_on_the_seed():
    runs = [result("week1/x", {"text": "A", "value": True, "holds": True}) for _ in range(2)]
    assert not update_ledger({}, runs)["week1/x"]["claims"][0]["constant"]


def test_the_page_counts_claims_and_keeps_bars_as_text():
    runs = [
        result(
            "week1/x", {"text": "A | B", "value": value, "holds": value <= 2}, {"text": "C", "value": 1, "holds": True}
        )
        for value in (1.0, 3.0)
    ]
    page = ledger_page(update_ledger({}, runs))
    assert "1 claims were measured" not in page
    assert "1 claim was measured again for other seeds: 0 held in every one." in page
    assert "The others held in at least 50% of them" in page
    assert "1 more does not depend on the seed." in page
    assert "| week1/x | A \\| B | at most 2 | 1 of 2 | it \\| rains | S 2020 |" in page
    assert "| does not depend on the seed |" in page


def test_an_empty_ledger_has_a_page():
    assert "0 claims were measured again for other seeds: 0 held in every one." in ledger_page({})


def test_the_command_writes_every_page(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "DOCS", tmp_path)
    assert main(["docs"]) == 0
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name: text.decode() for name, text in written.items()} == ledger.pages()


def test_a_sweep_with_ledger_writes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "LEDGER", tmp_path / "ledger.json")
    source = tmp_path / "one.ipynb"
    parameters = new_code_cell("seed: int = 0  # random seed, 0 to 9", metadata={"tags": ["parameters"]})
    work = new_code_cell(
        "from helpers.course.claims import claim\nclaim('Small', seed, at_most=5, fails_when='seed is 9')"
    )
    nbformat.write(new_notebook(cells=[parameters, work]), source)
    assert main(["sweep", str(source), "-p", "seed=0:2", "--ledger", "--output", str(tmp_path / "out")]) == 0
    (entry,) = json.loads((tmp_path / "ledger.json").read_text(encoding="utf-8")).values()
    assert entry["claims"][0]["held"] == 2
    assert entry["claims"][0]["fails_when"] == "seed is 9"


def test_a_claim_that_was_not_swept_is_shown_as_new():
    first = load_syllabus().notebooks[0]
    stated = read_claims(read_notebook(first.path))
    today = stated_ledger({first.key: {"claims": []}})
    assert [claim["text"] for claim in today[first.key]["claims"]] == [claim.text for claim in stated]
    page = ledger_page({first.key: today[first.key]})
    assert f"{len(stated)} more are new and not measured again yet." in page
    assert "| not measured again yet |" in page
