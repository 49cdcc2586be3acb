import json

import numpy as np
import pytest

from helpers import datasets
from helpers import from_proof_of_concept_serving as serving
from helpers import from_proof_of_concept_to_production as phase
from helpers.checks import from_proof_of_concept_to_production as check


def no_gaps(span, contract):
    return {name for name in contract if name not in span or span[name].isna().any()}


@pytest.fixture(scope="module")
def span():
    return datasets.load_shuttle()[0].iloc[:500].reset_index(drop=True)


@pytest.fixture
def written(tmp_path):
    X, y = datasets.load_shuttle()
    release = phase.build(X.assign(anomaly=y).iloc[1000:3000])
    signature = serving.write_release(
        tmp_path,
        release,
        gate=no_gaps,
        contract={name: (0.0, 1.0) for name in phase.SENSORS},
        monitor={"low": 0.0, "high": 0.01},
        rollout={"share": 0.2, "stop_above": 31},
        decisions={"baseline": "never warn", "rollback": "2026-07", "owner": "Ana Ruiz"},
    )
    return tmp_path, release, signature


def test_another_process_serves_what_the_folder_alone_says(written, span, tmp_path_factory):
    folder, release, signature = written
    post = tmp_path_factory.mktemp("post")
    span.to_csv(post / "good.csv", index=False)
    span.assign(f3=np.nan).drop(columns="f1").to_csv(post / "gaps.csv", index=False)
    told = serving.run(folder, signature, post / "good.csv", post / "gaps.csv").splitlines()
    assert told[0] == "verified 6 files and 3 libraries"
    assert told[1].startswith("good: served, ") and told[1].endswith("the monitor raises an alarm")
    assert told[2] == "gaps: refused, columns at fault: f1, f3"
    expected = release["model"].predict(span)
    assert serving.agreement(post / "good.csv", expected) == 1
    assert serving.agreement(post / "good.csv", 1 - expected) == 0
    assert serving.agreement(post / "gaps.csv", expected) == 0


def leans(span, contract):
    return no_gaps(span, contract)


def test_a_gate_that_leans_on_something_of_the_notebook_is_told(written, span, tmp_path_factory):
    _, release, _ = written
    folder, post = tmp_path_factory.mktemp("release"), tmp_path_factory.mktemp("post")
    decisions = {"baseline": "never warn", "rollback": "2026-07", "owner": "Ana Ruiz"}
    parts = {"contract": {}, "monitor": {"low": 0, "high": 1}, "decisions": decisions}
    rollout = {"share": 0.2, "stop_above": 31}
    signature = serving.write_release(folder, release, gate=leans, rollout=rollout, **parts)
    span.to_csv(post / "good.csv", index=False)
    told = serving.run(folder, signature, post / "good.csv").splitlines()
    assert told[-1] == "NameError: name 'no_gaps' is not defined"
    assert serving.agreement(post / "good.csv", 0) == 0


@pytest.mark.parametrize("part", serving.PARTS)
def test_what_was_touched_is_not_loaded(written, part):
    folder, _, signature = written
    serving.verified(folder, signature)
    content = (folder / part).read_bytes()
    (folder / part).write_bytes(content[:-1] + b"?")
    with pytest.raises(ValueError, match=f"^not as recorded: {part}$"):
        serving.verified(folder, signature)
    (folder / part).unlink()
    with pytest.raises(ValueError, match=f"^not as recorded: {part}$"):
        serving.verified(folder, signature)


def test_a_record_that_fits_the_touched_files_is_not_the_one_that_was_signed(written):
    folder, _, signature = written
    (folder / "monitor.json").write_text("{}")
    record = json.loads((folder / "record.json").read_text())
    record["files"]["monitor.json"] = serving.digest(b"{}")
    (folder / "record.json").write_text(json.dumps(record))
    assert serving.run(folder, signature) == "refused to start: the record is not the one that was signed"


def test_files_and_libraries_that_are_not_as_recorded():
    record = {"files": {"a": serving.digest(b"x"), "b": serving.digest(b"y")}, "packages": {"numpy": "2", "scipy": "1"}}
    assert check.mismatches({"a": b"x", "b": b"y"}, record, {"numpy": "2", "scipy": "1", "more": "3"}) == set()
    assert check.mismatches({"a": b"y", "c": b""}, record, {"numpy": "3"}) == {"a", "b", "c", "numpy", "scipy"}


def test_the_page_names_who_answers_and_the_record_what_it_was_made_from(written):
    folder, release, _ = written
    text = (folder / "README.md").read_text()
    assert "Owner: Ana Ruiz" in text and "20%" in text and "31 misses" in text and "2026-07" in text
    record = json.loads((folder / "record.json").read_text())
    assert record["data"] == release["record"]["data"]
    assert record["packages"] == serving.installed(record["packages"])
    assert serving.installed(["no such library"]) == {}


def test_an_earlier_release_is_written_over_and_anything_else_is_kept(written):
    folder, release, signature = written
    contract = json.loads((folder / "contract.json").read_text())
    decisions = {"baseline": "never warn", "rollback": "2026-07", "owner": "Ana Ruiz"}
    parts = {"contract": contract, "monitor": {"low": 0.0, "high": 0.01}, "decisions": decisions}
    rollout = {"share": 0.2, "stop_above": 31}
    assert serving.write_release(folder, release, gate=no_gaps, rollout=rollout, **parts) == signature
    (folder / "thesis.tex").touch()
    with pytest.raises(ValueError, match=r"^'folder' must be empty or hold a release \(got one with thesis.tex\)$"):
        serving.write_release(folder, release, gate=no_gaps, rollout=rollout, **parts)
