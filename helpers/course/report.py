"""Tables of what happened: the runner's report, and the sweep's table and figure."""

from helpers.course.syllabus import notebook_key

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
