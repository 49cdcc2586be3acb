"""Tables of what happened: the runner's report, and the sweep's table and figure."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from helpers.course.syllabus import notebook_key

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from helpers.course.runner import Result

COLUMNS = ("kind", "name", "value", "holds", "holds_in")  # of a sweep's table, after notebook and parameters
MARKS = {"ran": "✔", "cached": "=", "failed": "✘", "stopped": "…"}


def counted(number: int, noun: str) -> str:
    """A number of things, with the plural where it is needed.

    Examples
    --------
    >>> counted(1, "claim"), counted(2, "claim")
    ('1 claim', '2 claims')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def result_line(result: "Result") -> str:
    """One line for one result."""
    claims = result.claims
    kept = f"{sum(claim.holds for claim in claims)}/{counted(len(claims), 'claim')} hold{'s' * (len(claims) == 1)}"
    told = result.error or (kept if claims else "no claims")
    return f"{MARKS[result.state]} {result.job.name:<50} {result.state:<8}{result.seconds:>7.1f} s  {told}"


def claim_lines(results: "Iterable[Result]") -> list[str]:
    """One line for each claim of all results."""
    lines = []
    for result in results:
        for claim in result.claims:
            mark = "✔" if claim.holds else "✘"
            often = "" if claim.holds_in == 1 else f" in at least {claim.holds_in:.0%} of seeds"
            value = claim.value if isinstance(claim.value, bool) else f"{claim.value:.3g}"
            lines.append(f"{mark} {result.job.name}: {claim.text} ({value}; expected {claim.expected}{often})")
    return lines


def failure_lines(results: "Sequence[Result]") -> list[str]:
    """One line for each notebook that failed."""
    return [f"✘ {result.job.name}: {result.error}" for result in results if result.state == "failed"]


def summary_lines(results: "Sequence[Result]") -> list[str]:
    """What a run ends with: every claim, every failure, and the counts."""
    claims, failures = claim_lines(results), failure_lines(results)
    ran = sum(result.state in ("ran", "cached") for result in results)
    broken = sum(len(result.broken) for result in results)
    doubt = f"{counted(broken, 'claim')} {'does' if broken == 1 else 'do'} not hold"
    lines = ["", "Claims", *claims] if claims else []
    lines += ["", f"{ran} of {counted(len(results), 'notebook')} ran, {len(failures)} failed; {doubt}"]
    return lines + failures


def sweep_rows(result: "Result", parameters: Sequence[str]) -> list[list]:
    """Every claim and record of one run, with the value of each of `parameters`, as rows under :data:`COLUMNS`."""
    run = [notebook_key(result.job.source), *(result.job.parameters.get(name, "") for name in parameters)]
    claims = [["claim", claim.text, claim.value, claim.holds, claim.holds_in] for claim in result.claims]
    records = [["record", record.name, record.value, "", ""] for record in result.records]
    return [run + row for row in claims + records]


def held(table: "pandas.DataFrame") -> "pandas.DataFrame":
    """How often each claim held: ``notebook``, ``name``, ``held``, ``runs``, ``holds_in`` and ``as_stated``."""
    claims = table[table["kind"] == "claim"].astype({"holds_in": float})
    claims["holds"] = claims["holds"].map({True: True, "True": True, False: False, "False": False}).astype(bool)
    groups = claims.groupby(["notebook", "name"], sort=False)
    counts = groups.agg(held=("holds", "sum"), runs=("holds", "size"), holds_in=("holds_in", "first")).reset_index()
    counts["as_stated"] = counts["held"] >= counts["holds_in"] * counts["runs"]
    return counts


def plot_sweep(table: "pandas.DataFrame", parameter: str) -> "Figure":
    """Small multiples: each claim's or record's value over one swept `parameter`, missed claims marked with a cross."""
    import seaborn as sns

    table = table.assign(holds=table["holds"].astype(str))
    table = table.assign(
        value=table["value"].map(lambda value: {"True": 1.0, "False": 0.0}.get(str(value), value)).astype(float),
        panel=table["notebook"].str.split("/").str[-1] + "\n" + table["name"].str.wrap(38),
        outcome=table["holds"].map({"True": "holds", "False": "does not hold"}).fillna("record"),
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
