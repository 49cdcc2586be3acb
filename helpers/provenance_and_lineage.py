"""A small pipeline of files whose steps tell what they read and wrote, and the graph that follows from their telling.

Events follow the OpenLineage standard. The graph's words are those of TFX's ML Metadata: a file's version is an
artifact, one run of a step an execution, reading or writing an event, one run of the whole pipeline a context.
"""

import hashlib
import inspect
import json
import shutil
import tempfile
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import dataset_version_dataset, parent_run, source_code_job
from openlineage.client.transport.file import FileConfig, FileTransport

from helpers import datasets

NAMESPACE = "cars"
PRODUCER = "https://example.org/workbook"  # the standard asks for an address that says who tells
FEATURES = ["year", "weight", "liters", "power_per_ton"]
SETTINGS = "raw/settings.json"


@dataclass(frozen=True)
class Step:
    """One step: its name, what it does, the files that it declares to read, and the file that it writes."""

    name: str
    function: object
    inputs: tuple
    output: str


def _clean(folder, inputs, output):
    rows = pd.read_csv(folder / inputs[0])
    rows["name"] = rows["name"].str.strip().str.lower()
    rows.drop_duplicates().sort_values(["year", "name"], kind="stable").to_csv(folder / output, index=False)


def _features(folder, inputs, output):
    rows = pd.read_csv(folder / inputs[0])
    rows["liters"] = rows["displacement"] * 0.016387
    rows["power_per_ton"] = rows["horsepower"] / rows["weight"] * 2204.6
    kept = ["name", *FEATURES, *[column for column in ["mpg"] if column in rows]]
    rows[kept].round(6).to_csv(folder / output, index=False)


def _design(rows):
    return np.column_stack([np.ones(len(rows)), (rows[FEATURES] - [76, 3000, 3, 76]) / [4, 850, 1.7, 13]])


def _train(folder, inputs, output):
    rows = pd.concat([pd.read_csv(folder / name) for name in inputs])
    weights = np.linalg.lstsq(_design(rows), rows["mpg"], rcond=None)[0]
    (folder / output).write_text(json.dumps({"rows": len(rows), "weights": weights.round(6).tolist()}))


def _predict(folder, inputs, output):
    weights = json.loads((folder / inputs[0]).read_text())["weights"]
    rows = pd.read_csv(folder / inputs[1])
    rows.assign(mpg=(_design(rows) @ weights).round(3))[["name", "mpg"]].to_csv(folder / output, index=False)


def _report(folder, inputs, output):
    gallon = json.loads((folder / SETTINGS).read_text())["liters_per_gallon"]
    tables = [pd.read_csv(folder / name) for name in inputs]
    mpg = sum(table["mpg"] for table in tables) / len(tables)
    use = (100 * gallon / (mpg * 1.609344)).round(3)
    pd.DataFrame({"name": tables[0]["name"], "liters_per_100km": use}).to_csv(folder / output, index=False)


def pipeline_steps(*, declare_all=False):
    """The sixteen steps, in an order that works.

    Parameters
    ----------
    declare_all : bool, default False
        Whether the report steps declare the settings file that they read.
    """
    tables, steps = ("usa", "europe", "japan", "requests"), []
    steps += [Step(f"clean {t}", _clean, (f"raw/{t}.csv",), f"clean/{t}.csv") for t in tables]
    steps += [Step(f"features {t}", _features, (f"clean/{t}.csv",), f"features/{t}.csv") for t in tables]
    regions = {"american": ["usa"], "imported": ["europe", "japan"], "all": ["usa", "europe", "japan"]}
    for model, parts in regions.items():
        inputs = tuple(f"features/{part}.csv" for part in parts)
        steps.append(Step(f"train {model}", _train, inputs, f"models/{model}.json"))
    for model in regions:
        inputs = (f"models/{model}.json", "features/requests.csv")
        steps.append(Step(f"predict {model}", _predict, inputs, f"predictions/{model}.csv"))
    for report, parts in {"customer": ["american", "imported"], "insurer": ["all"]}.items():
        inputs = tuple(f"predictions/{part}.csv" for part in parts) + ((SETTINGS,) if declare_all else ())
        function = _report_declared if declare_all else _report
        steps.append(Step(f"report {report}", function, inputs, f"reports/{report}.csv"))
    return steps


def _report_declared(folder, inputs, output):
    _report(folder, [name for name in inputs if name != SETTINGS], output)


def raw_tables():
    """The raw files: deliveries of cars to 1981 by origin, the requests (the cars of 1982, fuel use unknown), settings.

    Returns
    -------
    dict of str to DataFrame or dict
        By file name; the settings hold ``liters_per_gallon``.
    """
    cars = datasets.load_cars()
    cars["year"] -= 1900
    past = cars[cars["year"] < 82].reset_index(drop=True)
    tables = {f"raw/{o.lower()}.csv": rows.drop(columns="origin") for o, rows in past.groupby("origin")}
    tables["raw/requests.csv"] = cars[cars["year"] == 82].drop(columns=["origin", "mpg"])
    tables = {name: table.reset_index(drop=True) for name, table in tables.items()}
    return tables | {SETTINGS: {"liters_per_gallon": 3.785412}}


def write_raw(tables, folder):
    """Write the raw files below `folder` and make room for the others."""
    for name in ("raw", "clean", "features", "models", "predictions", "reports"):
        (Path(folder) / name).mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        path = Path(folder) / name
        path.write_text(json.dumps(table)) if isinstance(table, dict) else table.to_csv(path, index=False)


def versions(folder):
    """SHA-256 of each file below `folder`, by name; the version of an artifact is its content."""
    files = sorted(path for path in Path(folder).glob("*/*") if path.is_file())
    return {f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def run_pipeline(folder, steps, *, events=None, context=""):
    """Run all steps on the raw files in `folder`.

    Parameters
    ----------
    folder : path
        Prepared by :func:`write_raw`.
    steps : list of Step
        In an order that works.
    events : path, optional
        File to which OpenLineage events are appended, two per step.
    context : str, default ""
        Name of this run of the whole pipeline.

    Returns
    -------
    dict of str to str
        The version of every file, as :func:`versions` gives it.
    """
    folder, parent = Path(folder), str(uuid.uuid4())
    client = events and OpenLineageClient(transport=FileTransport(FileConfig(log_file_path=str(events), append=True)))
    for step in steps:
        run = str(uuid.uuid4())
        if client:
            client.emit(_event(RunState.START, step, run, (context, parent), {}))
        step.function(folder, step.inputs, step.output)
        if client:
            now = {
                name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (*step.inputs, step.output)
            }
            client.emit(_event(RunState.COMPLETE, step, run, (context, parent), now))
    return versions(folder)


def record_run(folder, steps, note, *, context):
    """Run all steps as :func:`run_pipeline` does, and let a function take the notes; a step that fails ends the run.

    Parameters
    ----------
    folder : path
    steps : list of Step
    note : callable
        Takes the name, inputs and output of a step, and the content of files by name as it began and as it ended;
        returns a dict with ``job``, and with ``inputs`` and ``outputs`` from file name to version.
    context : str

    Returns
    -------
    DataFrame
        The finished executions, as :func:`read_events` returns them, without ``run``.
    """
    rows = []
    for step in steps:
        before = {name: (folder / name).read_bytes() for name in step.inputs}
        try:
            step.function(folder, step.inputs, step.output)
            after = {step.output: (folder / step.output).read_bytes()}
        except (KeyError, ValueError):
            after = {}
        told = note(step.name, step.inputs, step.output, before, after)
        if not after:
            break
        for kind in ("input", "output"):
            rows += [(context, told["job"], kind, name, version) for name, version in dict(told[f"{kind}s"]).items()]
    return pd.DataFrame(rows, columns=["context", "execution", "event", "artifact", "version"])


def _event(state, step, run, context, now):
    facet = dataset_version_dataset.DatasetVersionDatasetFacet
    name, parent = context
    whole = parent_run.ParentRunFacet(run=parent_run.Run(parent), job=parent_run.Job(NAMESPACE, name))
    code = source_code_job.SourceCodeJobFacet(language="python", sourceCode=inspect.getsource(step.function))
    reads = [InputDataset(NAMESPACE, n, facets={"version": facet(now[n])}) for n in step.inputs if now]
    writes = [OutputDataset(NAMESPACE, n, facets={"version": facet(now[n])}) for n in [step.output] if now]
    return RunEvent(
        eventType=state, eventTime=datetime.now(UTC).isoformat(), run=Run(run, facets={"parent": whole}),
        job=Job(NAMESPACE, step.name, facets={"sourceCode": code}), inputs=reads, outputs=writes, producer=PRODUCER,
    )  # fmt: skip


def read_events(path):
    """The finished executions in a file of OpenLineage events, one row per artifact that each read or wrote.

    Returns
    -------
    DataFrame
        ``context``, ``execution`` (the step), ``run`` (its identifier), ``event`` ("input" or "output"), ``artifact``
        (file name) and ``version``, in the order of telling.
    """
    rows = []
    for line in Path(path).read_text().splitlines():
        told = json.loads(line)
        if told["eventType"] != "COMPLETE":
            continue
        whole = told["run"]["facets"]["parent"]["job"]["name"]
        for kind in ("input", "output"):
            for item in told[f"{kind}s"]:
                version = item["facets"]["version"]["datasetVersion"]
                rows.append((whole, told["job"]["name"], told["run"]["runId"], kind, item["name"], version))
    return pd.DataFrame(rows, columns=["context", "execution", "run", "event", "artifact", "version"])


def lineage_graph(events):
    """Artifacts and executions as nodes, reading and writing as edges in the direction in which the data flow.

    Examples
    --------
    >>> told = [("train", "input", "rows.csv"), ("train", "output", "model.json")]
    >>> graph = lineage_graph(pd.DataFrame(told, columns=["execution", "event", "artifact"]))
    >>> sorted(graph.edges)
    [('rows.csv', 'train'), ('train', 'model.json')]
    """
    graph = nx.DiGraph()
    for row in events.itertuples():
        graph.add_node(row.execution, kind="execution")
        graph.add_node(row.artifact, kind="artifact")
        edge = (row.artifact, row.execution) if row.event == "input" else (row.execution, row.artifact)
        graph.add_edge(*edge)
    return graph


def artifacts(graph, nodes=None):
    """Names of the artifacts among `nodes` (default: of the whole graph), sorted."""
    return sorted(node for node in (graph if nodes is None else nodes) if graph.nodes[node]["kind"] == "artifact")


def corrupt(tables, name, row, *, column, factor=1.5):
    """A copy of the raw tables with one cell changed: a number multiplied by `factor`, a name put in capitals."""
    table = tables[name].copy()
    old = table.loc[row, column]
    if column != "name":
        table[column] = table[column].astype(float)
    table.loc[row, column] = old.upper() if column == "name" else old * factor
    return {**tables, name: table}


def recompute(tables, steps):
    """The version of every file when the pipeline runs on `tables` in a new, temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        write_raw(tables, folder)
        return run_pipeline(folder, steps)


def changed_files(before, after):
    """Names of the files whose versions differ, sorted."""
    return sorted(name for name in before if before[name] != after[name])


def undeclared_readers(folder, steps):
    """Names of the steps that fail in a folder that holds nothing but what they declare."""
    failed = []
    for step in steps:
        with tempfile.TemporaryDirectory() as alone:
            write_raw({}, alone)
            for name in step.inputs:
                shutil.copy(Path(folder) / name, Path(alone) / name)
            try:
                step.function(Path(alone), step.inputs, step.output)
            except FileNotFoundError:
                failed.append(step.name)
    return failed


def _places(graph):
    """Column and lane of each node: as far right as its readers allow, in the lane below those it comes from."""
    rank = {}
    for layer in nx.topological_generations(graph.reverse(copy=False)):
        for node in layer:
            rank[node] = min((rank[reader] for reader in graph[node]), default=1) - 1
    lane = {}
    for x in sorted(set(rank.values())):
        layer = [node for node in graph if rank[node] == x]
        layer.sort(key=lambda node: max((lane[source] for source in graph.predecessors(node)), default=len(graph)))
        lane |= {node: i for i, node in enumerate(layer)}
    return {node: (rank[node] - min(rank.values()), -lane[node]) for node in graph}


def plot_lineage(graph, *, marked=(), ax=None, title=""):
    """Artifacts as boxes in columns from left to right, executions as dots; `marked` artifacts are filled and bold."""
    ax = ax or plt.subplots(figsize=(11, 4.2))[1]
    place = _places(graph)
    for a, b in graph.edges:
        hit = a in marked or bool(set(graph.predecessors(a)) & set(marked))
        style = {"color": "C1", "linewidth": 2} if hit else {"color": "0.75", "linewidth": 1}
        ax.plot(*zip(place[a], place[b], strict=True), linestyle="-", zorder=2 if hit else 1, **style)
    for node, (x, y) in place.items():
        if graph.nodes[node]["kind"] == "execution":
            ax.plot(x, y, "o", color="0.4", markersize=5, zorder=3)
            plain = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            ax.text(x, y + 0.1, node.split()[0], ha="center", va="bottom", fontsize=9, color="0.35", bbox=plain)
            continue
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "0.5"}
        if node in marked:
            box |= {"facecolor": "C5", "edgecolor": "black"}
        weight = "bold" if node in marked else "normal"
        ax.text(x, y, node.replace("/", "\n"), ha="center", va="center", fontsize=9, fontweight=weight, bbox=box)
    columns, lanes = zip(*place.values(), strict=True)
    ax.set(title=title, xlim=(-0.6, max(columns) + 0.6), ylim=(min(lanes) - 0.4, 0.5))
    ax.axis("off")
    return ax
