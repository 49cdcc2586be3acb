import hashlib
import json

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from helpers import provenance_and_lineage as lineage
from helpers.checks import provenance_and_lineage as check

TABLES, STEPS = lineage.raw_tables(), lineage.pipeline_steps()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    lineage.write_raw(TABLES, folder)
    return folder, lineage.run_pipeline(folder, STEPS, events=folder / "events.jsonl", context="Monday")


@pytest.fixture(scope="module")
def graph(run):
    return lineage.lineage_graph(lineage.read_events(run[0] / "events.jsonl"))


def test_raw_tables_are_the_cars():
    deliveries = [TABLES[f"raw/{name}.csv"] for name in ("usa", "europe", "japan")]
    assert sum(map(len, deliveries)) + len(TABLES["raw/requests.csv"]) == 392
    assert max(table["year"].max() for table in deliveries) == 81
    assert "mpg" not in TABLES["raw/requests.csv"] and (TABLES["raw/requests.csv"]["year"] == 82).all()


def test_models_are_least_squares(run):
    folder, _ = run
    rows = pd.concat([pd.read_csv(folder / f"features/{name}.csv") for name in ("europe", "japan")])
    model = json.loads((folder / "models/imported.json").read_text())
    X = np.column_stack([np.ones(len(rows)), rows[lineage.FEATURES]])
    fitted = X @ np.linalg.lstsq(X, rows["mpg"], rcond=None)[0]
    ours = lineage._design(rows) @ model["weights"]
    np.testing.assert_allclose(ours, fitted, atol=1e-3)
    assert model["rows"] == len(rows)


def test_report_by_hand(run):
    folder, _ = run
    mpg = pd.read_csv(folder / "predictions/all.csv")["mpg"].iloc[0]
    used = pd.read_csv(folder / "reports/insurer.csv")["liters_per_100km"].iloc[0]
    assert used == pytest.approx(235.215 / mpg, rel=1e-4)
    both = pd.read_csv(folder / "reports/customer.csv")["liters_per_100km"].iloc[0]
    parts = [pd.read_csv(folder / f"predictions/{name}.csv")["mpg"].iloc[0] for name in ("american", "imported")]
    assert both == pytest.approx(235.215 / np.mean(parts), rel=1e-4)


def test_events_tell_all_that_was_declared(run, graph):
    folder, versions = run
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert [line["eventType"] for line in lines] == ["START", "COMPLETE"] * 16
    assert len({line["run"]["runId"] for line in lines}) == 16
    assert "_clean" in lines[0]["job"]["facets"]["sourceCode"]["sourceCode"]
    events = lineage.read_events(folder / "events.jsonl")
    assert set(events["context"]) == {"Monday"}
    assert dict(zip(events["artifact"], events["version"], strict=True)).items() <= versions.items()
    assert set(graph.edges) == {(i, s.name) for s in STEPS for i in s.inputs} | {(s.name, s.output) for s in STEPS}
    assert lineage.artifacts(graph) == sorted(set(versions) - {lineage.SETTINGS})


def test_versions_are_checksums(run):
    folder, versions = run
    assert versions["raw/usa.csv"] == hashlib.sha256((folder / "raw/usa.csv").read_bytes()).hexdigest()
    assert len(versions) == 21
    assert lineage.recompute(TABLES, STEPS) == versions


@pytest.mark.parametrize(
    ("column", "stops"),
    [("weight", None), ("mpg", None), ("acceleration", {"raw/usa.csv", "clean/usa.csv"}), ("name", {"raw/usa.csv"})],
)
def test_changes_stay_below_and_may_stop_early(run, graph, column, stops):
    spoiled = lineage.corrupt(TABLES, "raw/usa.csv", 3, column=column)
    changed = set(lineage.changed_files(run[1], lineage.recompute(spoiled, STEPS)))
    below = {"raw/usa.csv", *lineage.artifacts(graph, nx.descendants(graph, "raw/usa.csv"))}
    assert changed == (below if stops is None else stops)


def test_a_car_that_was_delivered_twice_counts_once(run):
    twice = {**TABLES, "raw/usa.csv": pd.concat([TABLES["raw/usa.csv"]] * 2)}
    assert lineage.changed_files(run[1], lineage.recompute(twice, STEPS)) == ["raw/usa.csv"]


def test_corrupt_changes_one_cell_of_a_copy():
    spoiled = lineage.corrupt(TABLES, "raw/japan.csv", 2, column="weight", factor=2)
    old, new = TABLES["raw/japan.csv"], spoiled["raw/japan.csv"]
    assert new.loc[2, "weight"] == 2 * old.loc[2, "weight"]
    assert (new != old).to_numpy().sum() == 1 and spoiled["raw/usa.csv"] is TABLES["raw/usa.csv"]


def test_a_step_alone_betrays_what_it_did_not_declare(run):
    folder, versions = run
    assert lineage.undeclared_readers(folder, STEPS) == ["report customer", "report insurer"]
    honest = lineage.pipeline_steps(declare_all=True)
    assert lineage.undeclared_readers(folder, honest) == []
    assert lineage.recompute(TABLES, honest) == versions
    assert all(lineage.SETTINGS in step.inputs for step in honest[-2:])


def test_plot_marks_and_labels(graph):
    ax = lineage.plot_lineage(graph, marked=["raw/usa.csv"], title="t")
    bold = [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]
    assert bold == ["raw\nusa.csv"] and len(ax.texts) == 20 + 16
    plt.close(ax.figure)


@pytest.mark.parametrize("declare_all", [False, True])
def test_the_plot_puts_causes_left_of_consequences_each_at_its_own_place(declare_all):
    steps = lineage.pipeline_steps(declare_all=declare_all)
    flow = nx.DiGraph([*((i, s.name) for s in steps for i in s.inputs), *((s.name, s.output) for s in steps)])
    place = lineage._places(flow)
    assert len(set(place.values())) == len(flow)
    assert all(place[a][0] < place[b][0] for a, b in flow.edges)
    # what only a late step reads stands just before that step
    assert place["features/requests.csv"][0] == place["predict all"][0] - 1 == place["models/all.json"][0]


def test_a_recorder_tells_what_the_library_tells(tmp_path):
    steps, tables = lineage.pipeline_steps(), lineage.raw_tables()
    lineage.write_raw(tables, tmp_path / "a")
    lineage.write_raw(tables, tmp_path / "b")
    lineage.run_pipeline(tmp_path / "a", steps, events=tmp_path / "events.jsonl", context="Monday")
    told = lineage.record_run(tmp_path / "b", steps, check.note_of, context="Monday")
    columns = ["context", "execution", "event", "artifact", "version"]
    assert told.equals(lineage.read_events(tmp_path / "events.jsonl")[columns])


def test_a_step_that_fails_is_noted_and_ends_the_run(tmp_path):
    tables = lineage.raw_tables()
    tables["raw/japan.csv"] = tables["raw/japan.csv"].drop(columns="horsepower")
    lineage.write_raw(tables, tmp_path)
    notes = []

    def note(*facts):
        notes.append(check.note_of(*facts))
        return notes[-1]

    told = lineage.record_run(tmp_path, lineage.pipeline_steps(), note, context="Monday")
    assert (notes[-1]["type"], notes[-1]["job"], notes[-1]["outputs"]) == ("FAIL", "features japan", {})
    assert "features japan" not in set(told["execution"])
    assert "features europe" in set(told["execution"])


def test_a_step_reads_before_it_writes():
    told = check.note_of("sort", ["rows"], "rows", {"rows": b"ba"}, {"rows": b"ab"})
    assert told["inputs"] != told["outputs"]
    assert check.note_of("sort", ["rows"], "rows", {"rows": b"ab"}, {"rows": b"ab"})["inputs"] == told["outputs"]


def test_the_plan_of_a_file_that_nobody_reads_is_empty():
    steps = [("last", ("A", "B"), "C"), ("first", ("A",), "B"), ("other", ("X",), "Y")]
    assert check.plan_rebuild(steps, "A") == ["first", "last"]
    assert check.plan_rebuild(steps, "C") == check.plan_rebuild(steps, "Z") == []
