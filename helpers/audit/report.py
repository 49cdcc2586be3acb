"""The folder of an audit: a page for people, a contract and limits for machines, and the record of what was done."""

import html
import json
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np

from helpers.audit.columns import tidy
from helpers.audit.contract import as_contract, load, source
from helpers.audit.finding import AuditError, first_line
from helpers.audit.monitor import alarms
from helpers.audit.reading import read_table
from helpers.descriptions import describe
from helpers.plotting import png

STYLE = """
:root{color-scheme:light dark}
body{font:17px/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff}
h1{line-height:1.2} section{border-top:1px solid #bbb;padding:.3rem 0 1rem} .number{font-size:1.15rem;font-weight:600}
.alarm{border-left:6px solid #b3261e;padding-left:.8rem} img{max-width:100%;height:auto;background:#fff}
.wide{overflow-x:auto} table{border-collapse:collapse;font-size:.85rem;margin:.6rem 0;min-width:18rem}
caption{text-align:left;padding:.3rem 0}
th,td{border-bottom:1px solid #ccc;padding:.2rem .6rem;text-align:right} th:first-child,td:first-child{text-align:left}
#record td:last-child{overflow-wrap:anywhere} a{color:#0b57a4}
@media (prefers-color-scheme:dark){body{background:#16181c;color:#e8e8e8}a{color:#8ab4f8}}
@media print{body{max-width:none;font-size:11pt;color:#000;background:#fff}h2,.number,caption,thead{break-after:avoid}
img,tr,p{break-inside:avoid} .wide{overflow:visible} td{overflow-wrap:anywhere}}
"""


def page(findings, record):
    """The report as one HTML page that needs nothing else."""
    name, target = html.escape(record["file"]), html.escape(record["target"])
    alarms_ = [key for key, finding in findings.items() if finding.alarm]
    unsaid = [finding for finding in findings.values() if finding.value is None]
    listed = "".join(f'<li><a href="#{key}">{html.escape(findings[key].question)}</a></li>' for key in alarms_)
    summary = (
        f"<p>{len(alarms_)} of {len(findings)} questions raise an alarm:</p><ul>{listed}</ul>"
        if alarms_
        else (f"<p>None of {len(findings)} questions raises an alarm.</p>")
    )
    if unsaid:
        summary += f"<p>{len(unsaid)} cannot be answered with these data, and say why.</p>"
    if notes := "".join(f"<li>{html.escape(note)}</li>" for note in record["notes"]):
        summary += f"<p>To know:</p><ul>{notes}</ul>"
    body = "".join(_section(key, finding) for key, finding in findings.items())
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Audit of {name}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>Audit of {name}</h1><p>What predicts <b>{target}</b>? {record['rows']:,} rows, seed {record['seed']}.</p>"
        f"<h2>In short</h2>{summary}{body}{_record(record)}</main></body></html>"
    )


def _section(key, finding):
    text = html.escape
    mark = "<b>Alarm.</b> " if finding.alarm else ""
    parts = [f'<section id="{key}"{" class=alarm" if finding.alarm else ""}><h2>{text(finding.question)}</h2>']
    if finding.value is not None:
        parts.append(f'<p class="number">{text(finding.number)}</p>')
    parts.append(f"<p>{mark}{text(finding.sentence)}</p>")
    if finding.advice:
        parts.append(f"<p><b>What to do:</b> {text(finding.advice)}</p>")
    if finding.figure is not None:
        parts.append(f'<img alt="{text(describe(finding.figure))}" src="data:image/png;base64,{png(finding.figure)}">')
    if finding.table is not None and len(finding.table):
        parts.append(_table(finding.table, finding.question))
    return "".join(parts) + "</section>"


def _table(table, question):
    head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row) + "</tr>"
        for row in table.itertuples(index=False)
    )
    caption = f"{html.escape(question)} The numbers, {len(table)} rows."
    head = f"<caption>{caption}</caption><thead><tr>{head}</tr></thead>"
    return f'<div class="wide" tabindex="0"><table>{head}<tbody>{rows}</tbody></table></div>'


def _cell(value):
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _record(record):
    rows = "".join(
        f"<tr><td>{html.escape(key)}</td><td>{html.escape(json.dumps(value, ensure_ascii=False))}</td></tr>"
        for key, value in record.items()
        if key not in ("notes", "findings")
    )
    return (
        '<section id="record"><h2>Where does this page come from?</h2><div class="wide" tabindex="0"><table>'
        f'<caption>The record of provenance, as in record.json</caption><thead><tr><th scope="col">what</th>'
        f'<th scope="col">value</th></tr></thead><tbody>{rows}</tbody></table></div></section>'
    )


def record_of(case, findings, facts):
    """What was audited, with what, and what came out."""
    versions = {name: version(name) for name in ("numpy", "pandas", "scikit-learn", "cleanlab", "pandera")}
    return {
        "file": facts["file"],
        "rows": facts["rows"],
        "sha256": facts["sha256"],
        "read_as": facts["read_as"],
        **{role: name for role, name in case.names.items()},
        "seed": case.seed,
        "python": platform.python_version(),
        "versions": versions,
        "notes": case.notes,
        "findings": {
            key: {"alarm": f.alarm, "value": f.value, "low": f.low, "high": f.high, "sentence": f.sentence}
            for key, f in findings.items()
        },
    }


def write(folder, case, findings, facts):
    """Write the files of an audit into a folder, in one step: it is whole, or as it was before.

    Raises AuditError where the folder holds something else than an audit.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not (folder / "record.json").is_file():
        raise AuditError(f"{str(folder)!r} exists and is no audit; choose another --output")
    part, old = folder.with_name(f".{folder.name}.part"), folder.with_name(f".{folder.name}.old")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    record = record_of(case, findings, facts)
    files = {"report.html": page(findings, record), "record.json": _json(record)}
    files["contract.py"] = source(findings["contract"].facts.get("rules", {}))
    limits = findings["monitor"].facts
    files["monitor.json"] = _json({"rate": limits.get("rate", 0.01), "limits": limits.get("limits", {})})
    for name, question in (("suspects.csv", "suspects"), ("slices.csv", "slices")):
        table = findings[question].facts.get("all")
        files[name] = f"{findings[question].sentence}\n" if table is None else table.to_csv(index=False)
    for name, text in files.items():
        (part / name).write_text(text, encoding="utf-8")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _json(value):
    return json.dumps(value, indent=1, ensure_ascii=False, default=float) + "\n"


def refusals(path, folder):
    """Compare a delivery with the contract and the monitor of an audit.

    Returns
    -------
    list of str, list of str
        Reasons to refuse it, none where it may pass; and remarks on what is new and no reason.

    Raises
    ------
    AuditError
        Where the delivery is no table, or the folder no audit.
    """
    folder = Path(folder)
    try:
        contract = load((folder / "contract.py").read_text(encoding="utf-8"))
        monitor, record = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("monitor", "record"))
        rules, keeps = contract["COLUMNS"], contract["check"]
        limits, rate, seed, read_as = monitor["limits"], monitor["rate"], record["seed"], record["read_as"]
    except Exception as error:  # people edit contract.py, which then may raise anything
        raise AuditError(f"{str(folder)!r} is no audit, or a damaged one ({first_line(error)})") from None
    if not rules:
        raise AuditError(f"{str(folder)!r} holds no contract: the audit says why")
    table, facts = read_table(path, seed=seed)
    table = tidy(table)
    try:
        reasons = [f"contract: {reason}" for reason in keeps(as_contract(table, rules))]
        spread = alarms(table, limits, rate=rate)
    except Exception as error:
        raise AuditError(f"{Path(path).name} cannot be compared with {str(folder)!r} ({first_line(error)})") from None
    reasons += [f"monitor: {name} is spread otherwise than it was (p = {p:.1g})" for name, p in spread]
    remarks = [f"read as {facts['read_as']}; the audited table was {read_as}"] if facts["read_as"] != read_as else []
    new = [repr(name) for name in table.columns if name not in rules]
    return reasons, remarks + ([f"not in the contract: {', '.join(new[:8])}"] if new else [])
