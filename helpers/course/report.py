"""Tables of what happened: the runner's report, the sweep's table and figure, the README's ledger and coverage."""

import json
import statistics
from collections import defaultdict

from helpers.course.syllabus import NOTEBOOKS, notebook_key

LEDGER = NOTEBOOKS / "ledger.json"
MARKS = {"ran": "✔", "cached": "=", "failed": "✘", "stopped": "…"}


def result_line(result):
    """One line for one result."""
    claims = result.claims
    held = f"{sum(claim['holds'] for claim in claims)}/{len(claims)} claims hold" if claims else "no claims"
    told = result.error or held
    return f"{MARKS[result.state]} {result.job.name:<50} {result.state:<8}{result.seconds:>7.1f} s  {told}"


def claim_lines(results):
    """One line for each claim of all results."""
    lines = []
    for result in results:
        for claim in result.claims:
            mark = "✔" if claim["holds"] else "✘"
            often = "" if claim["holds_in"] == 1 else f" in at least {claim['holds_in']:.0%} of seeds"
            value = claim["value"] if isinstance(claim["value"], bool) else f"{claim['value']:.3g}"
            lines.append(f"{mark} {result.job.name}: {claim['text']} ({value}; expected {claim['expected']}{often})")
    return lines


def sweep_table(results):
    """Every claim and record of every run.

    Parameters
    ----------
    results : sequence of Result

    Returns
    -------
    DataFrame
        One row per claim or record: ``notebook``, one column per parameter, ``kind``, ``name``, ``value``,
        ``holds`` and ``holds_in`` (both empty for records).
    """
    import pandas

    rows = []
    for result in results:
        run = {"notebook": notebook_key(result.job.source), **result.job.parameters}
        for claim in result.claims:
            facts = {name: claim[name] for name in ("value", "holds", "holds_in")}
            rows.append(run | {"kind": "claim", "name": claim["text"]} | facts)
        rows += [
            run | {"kind": "record", "name": record["name"], "value": record["value"]} for record in result.records
        ]
    return pandas.DataFrame(rows)


def held(table):
    """How often each claim held: ``notebook``, ``name``, ``held``, ``runs``, ``holds_in`` and ``as_stated``."""
    claims = table[table["kind"] == "claim"].astype({"holds": bool, "holds_in": float})
    groups = claims.groupby(["notebook", "name"], sort=False)
    counts = groups.agg(held=("holds", "sum"), runs=("holds", "size"), holds_in=("holds_in", "first")).reset_index()
    counts["as_stated"] = counts["held"] >= counts["holds_in"] * counts["runs"]
    return counts


def plot_sweep(table, parameter):
    """Small multiples: each claim's or record's value over one swept `parameter`, missed claims marked with a cross."""
    import seaborn as sns

    table = table.assign(
        value=table["value"].astype(float),
        panel=table["notebook"].str.split("/").str[-1] + "\n" + table["name"].str.wrap(38),
        outcome=table["holds"].map({True: "holds", False: "does not hold"}).fillna("record"),
    )
    grid = sns.relplot(
        table,
        x=parameter,
        y="value",
        col="panel",
        style="outcome",
        hue="outcome",
        col_wrap=4,
        height=2.6,
        aspect=1.3,
        markers={"holds": "o", "does not hold": "X", "record": "s"},
        palette={"holds": "#0072B2", "does not hold": "#D55E00", "record": "#666666"},
        facet_kws={"sharey": False},
    )
    grid.set_titles("{col_name}", size=8)
    return grid.figure


def load_ledger():
    """The committed outcome of the seed sweeps: claims and seconds by notebook; empty before the first sweep."""
    return json.loads(LEDGER.read_text(encoding="utf-8")) if LEDGER.is_file() else {}


def update_ledger(ledger, results):
    """Put the outcome of a sweep into `ledger`: per notebook its median seconds, and how often each claim held."""
    seconds = defaultdict(list)
    for result in results:
        seconds[notebook_key(result.job.source)].append(result.seconds)
    counts = held(sweep_table(results))
    sources = {claim["text"]: claim for result in results for claim in result.claims}
    for key, times in seconds.items():
        claims = [
            {
                "text": row.name_,
                "held": int(row.held),
                "runs": int(row.runs),
                "holds_in": row.holds_in,
                "expected": sources[row.name_]["expected"],
                "source": sources[row.name_]["source"],
            }
            for row in counts[counts["notebook"] == key].rename(columns={"name": "name_"}).itertuples()
        ]
        ledger[key] = {"seconds": round(statistics.median(times), 1), "claims": claims}
    return dict(sorted(ledger.items()))


def coverage_table(syllabus, exercises):
    """Which notebook teaches each objective, with how many exercises, and shows each reading, as Markdown.

    Parameters
    ----------
    syllabus : Syllabus
    exercises : dict of str to list of Exercise
        By notebook key.
    """
    lines = ["| | objective | notebook | exercises |", "| --- | --- | --- | --- |"]
    for name, text in syllabus.objectives.items():
        homes = [entry for entry in syllabus.notebooks if name in entry.objectives]
        count = sum(name in exercise.objectives for entry in homes for exercise in exercises[entry.key])
        lines.append(f"| {name} | {text} | {_links(homes)} | {count} |")
    lines += ["", "| | reading | notebook |", "| --- | --- | --- |"]
    for name, text in syllabus.readings.items():
        homes = [entry for entry in syllabus.notebooks if name in entry.readings]
        lines.append(f"| {name} | {text} | {_links(homes)} |")
    return "\n".join(lines)


def _links(entries):
    return ", ".join(f"[{entry.key}](notebooks/{entry.key}.ipynb)" for entry in entries)


def ledger_table(ledger):
    """How often each claim held over the seeds swept, as Markdown: a sentence, and a folded table."""
    claims = [claim for entry in ledger.values() for claim in entry["claims"]]
    always = sum(claim["held"] == claim["runs"] for claim in claims)
    least = min((claim["held"] / claim["runs"] for claim in claims), default=1)
    lines = [
        f"{len(claims)} claims: {always} held in every seed swept, the others in at least {least:.0%} of them, "
        "and each of those says so.",
        "",
        "<details><summary>The claims ledger</summary>",
        "",
        "| notebook | claim | expected | held | source |",
        "| --- | --- | --- | --- | --- |",
    ]
    for key, entry in ledger.items():
        for claim in entry["claims"]:
            often = "" if claim["holds_in"] == 1 else f", in at least {claim['holds_in']:.0%}"
            held_in = f"{claim['held']} of {claim['runs']}"
            lines.append(f"| {key} | {claim['text']} | {claim['expected']}{often} | {held_in} | {claim['source']} |")
    return "\n".join([*lines, "", "</details>"])


def filled_readme(text, sections):
    """Put each generated section between its markers, ``<!-- name -->`` and ``<!-- /name -->``."""
    for name, section in sections.items():
        start, rest = text.split(f"<!-- {name} -->", 1)
        _, end = rest.split(f"<!-- /{name} -->", 1)
        text = f"{start}<!-- {name} -->\n\n{section}\n\n<!-- /{name} -->{end}"
    return text
