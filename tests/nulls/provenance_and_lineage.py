"""Where the claims of week 3, notebook 6, must fail."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import networkx as nx
import pandas as pd

from helpers import provenance_and_lineage as lineage
from nulls import null

TABLES, STEPS = lineage.raw_tables(), lineage.pipeline_steps()
JAPAN, SETTINGS = "raw/japan.csv", lineage.SETTINGS
IMPERIAL = {**TABLES, SETTINGS: {"liters_per_gallon": 4.54609}}


@cache
def before():
    return lineage.recompute(TABLES, STEPS)


def changed(tables, steps=STEPS):
    old = before() if steps is STEPS else lineage.recompute(TABLES, steps)
    return lineage.changed_files(old, lineage.recompute(tables, steps))


def below(name, steps=STEPS):
    """The file and all below it, by what the steps declare."""
    graph = nx.DiGraph([(i, step.output) for step in steps for i in step.inputs])
    return {name, *(nx.descendants(graph, name) if name in graph else ())}


def corrupted(column):
    return lineage.corrupt(TABLES, JAPAN, 59, column=column)


def features(change):
    """The steps, with a change to each table of features that is made."""

    def make(folder, inputs, output):
        lineage._features(folder, inputs, output)
        change(pd.read_csv(Path(folder) / inputs[0]), pd.read_csv(Path(folder) / output)).to_csv(
            Path(folder) / output, index=False
        )

    return [replace(step, function=make) if step.name.startswith("features") else step for step in STEPS]


@null("A search by name finds less than half of what changed")
def _():
    really = changed(corrupted("acceleration"))
    return len([name for name in really if "japan" in name]) / len(really)


@null("Exactly the files below the repaired weight change, and no others")
def _():
    return set(changed(corrupted("acceleration"))) == below(JAPAN)


@null("No file outside the prediction ever changes")
def _():
    return len(set(changed(IMPERIAL)) - below(SETTINGS))


@null("Columns that become features spoil at least eight in ten of the files that are predicted")
def _():
    rounded = features(lambda rows, made: made.round(0))
    tables = lineage.corrupt(TABLES, JAPAN, 59, column="displacement", factor=1.001)
    return len(changed(tables, rounded)) / len(below(JAPAN))


@null("Columns that no feature uses spoil less than a third")
def _():
    used = features(lambda rows, made: made.assign(power_per_ton=rows["acceleration"]))
    return len(changed(corrupted("acceleration"), used)) / len(below(JAPAN))


@null("A file that two steps read without saying so spoils both reports, and the graph names neither")
def _():
    return len(set(changed(IMPERIAL)) - below(SETTINGS, lineage.pipeline_steps(declare_all=True)))


@null("With every input declared, the graph names exactly the files that change")
def _():
    half = [*lineage.pipeline_steps(declare_all=True)[:-1], STEPS[-1]]
    return below(SETTINGS, half) == {SETTINGS, *changed(IMPERIAL)}
