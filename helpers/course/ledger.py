"""The generated pages of ``docs/``: what is taught where, and how often each claim held over the seeds."""

import json
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from helpers.course.syllabus import NOTEBOOKS, ROOT, Entry, Syllabus, load_syllabus, notebook_key

if TYPE_CHECKING:
    from helpers.course.claims import Claim

DOCS = ROOT / "docs"
LEDGER = DOCS / "ledger.json"
GENERATED = "<!-- Written by `workbook docs`; do not edit. -->"


def load_ledger() -> dict:
    """The committed outcome of the seed sweeps: claims and seconds by notebook; empty before the first sweep."""
    return json.loads(LEDGER.read_text(encoding="utf-8")) if LEDGER.is_file() else {}


def update_ledger(ledger: Mapping, results: Sequence) -> dict:
    """Return `ledger` with the outcome of a sweep: per notebook its median seconds, and how often each claim held.

    A claim whose value is the same in every run is marked ``constant``: more seeds say nothing about it.
    """
    runs = defaultdict(list)
    for result in results:
        runs[notebook_key(result.job.source)].append(result)
    swept = {key: _swept(group) for key, group in runs.items()}
    return dict(sorted({**ledger, **swept}.items()))


def _swept(results: Sequence) -> dict:
    claims = defaultdict(list)
    for result in results:
        for claim in result.claims:
            claims[claim.text].append(claim)
    return {
        "seconds": round(statistics.median(result.seconds for result in results), 1),
        "claims": [_counted(text, group) for text, group in claims.items()],
    }


def _counted(text: str, group: "Sequence[Claim]") -> dict:
    kept = {name: getattr(group[0], name) for name in ("holds_in", "expected", "fails_when", "source")}
    constant = len(group) > 1 and len({claim.value for claim in group}) == 1 and group[0].value is not True
    return {"text": text, "held": sum(c.holds for c in group), "runs": len(group), "constant": constant, **kept}


def pages() -> dict[str, str]:
    """The text of each generated page by its name in ``docs/``."""
    return {"coverage.md": coverage_page(load_syllabus()), "ledger.md": ledger_page(stated_ledger(load_ledger()))}


def stated_ledger(ledger: Mapping) -> dict:
    """The ledger of the claims that the notebooks make today; those not swept since they were written have no runs."""
    from helpers.course.claims import read_claims
    from helpers.course.notebooks import read_notebook

    today = {}
    for entry in load_syllabus().notebooks:
        swept = {claim["text"]: claim for claim in ledger.get(entry.key, {"claims": []})["claims"]}
        stated = read_claims(read_notebook(entry.path))
        claims = [swept.get(claim.text) or _counted(claim.text, [claim]) | {"runs": 0} for claim in stated]
        today[entry.key] = {"claims": claims}
    return today


def coverage_page(syllabus: Syllabus) -> str:
    """Which notebook teaches each objective, with how many exercises, and shows each reading, as Markdown."""
    from helpers.course.notebooks import exercises_of, read_notebook

    exercises = {entry.key: exercises_of(read_notebook(entry.path)) for entry in syllabus.notebooks}
    objectives, readings = [], []
    for name, text in syllabus.objectives.items():
        homes = [entry for entry in syllabus.notebooks if name in entry.objectives]
        count = sum(name in exercise.objectives for entry in homes for exercise in exercises[entry.key])
        objectives.append((name, text, _links(homes), count))
    for name, text in syllabus.readings.items():
        readings.append((name, text, _links([entry for entry in syllabus.notebooks if name in entry.readings])))
    tables = [
        _table(("", "objective", "notebook", "exercises"), objectives),
        _table(("", "reading", "notebook"), readings),
    ]
    return "\n\n".join(["# What is taught, run and checked", GENERATED, *tables]) + "\n"


def _links(entries: Sequence[Entry]) -> str:
    return ", ".join(f"[{entry.key}](../{NOTEBOOKS.name}/{entry.key}.ipynb)" for entry in entries)


def ledger_page(ledger: Mapping) -> str:
    """How often each claim held over the seeds swept, and when it fails, as Markdown."""
    claims = [claim for entry in ledger.values() for claim in entry["claims"]]
    rows = [
        (key, claim["text"], _expected(claim), _held(claim), claim["fails_when"], claim["source"])
        for key, entry in ledger.items()
        for claim in entry["claims"]
    ]
    table = _table(("notebook", "claim", "expected", "held", "fails when", "source"), rows)
    return "\n\n".join(["# The claims ledger", GENERATED, _summary(claims), table]) + "\n"


def _summary(claims: Sequence[Mapping]) -> str:
    measured_again = [claim for claim in claims if claim["runs"]]
    swept = [claim for claim in measured_again if not claim["constant"]]
    always = sum(claim["held"] == claim["runs"] for claim in swept)
    least = min((claim["held"] / claim["runs"] for claim in swept), default=1)
    constant, new = len(measured_again) - len(swept), len(claims) - len(measured_again)
    measured = "1 claim was" if len(swept) == 1 else f"{len(swept)} claims were"
    text = f"{measured} measured again for other seeds: {always} held in every one."
    if least < 1:
        text += f" The others held in at least {least:.0%} of them, and each says how often it should."
    if constant:
        text += f" {constant} more {'does' if constant == 1 else 'do'} not depend on the seed."
    if new:
        text += f" {new} more {'is' if new == 1 else 'are'} new and not measured again yet."
    return text


def _expected(claim: Mapping) -> str:
    return claim["expected"] + ("" if claim["holds_in"] == 1 else f", in at least {claim['holds_in']:.0%}")


def _held(claim: Mapping) -> str:
    if not claim["runs"]:
        return "not measured again yet"
    return "does not depend on the seed" if claim["constant"] else f"{claim['held']} of {claim['runs']}"


def _table(header: Sequence[str], rows: Sequence[Sequence]) -> str:
    """A Markdown table; a bar in a text stays a bar."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
