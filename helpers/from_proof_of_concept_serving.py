"""A release as a folder, and the process that verifies it, loads it and serves deliveries with it.

On the customer's machine runs ``python -m helpers.from_proof_of_concept_serving FOLDER SIGNATURE DELIVERY.csv``.
It knows the folder, and nothing of the notebook that wrote it.
"""

import contextlib
import hashlib
import importlib.metadata
import inspect
import io
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import joblib
import pandas as pd

RECORD = "record.json"
PARTS = ("model.joblib", "gate.py", "contract.json", "monitor.json", "rollout.json", "README.md")


def digest(content):
    """SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def installed(names):
    """The version of each library here; a library that is not here is left out."""
    found = {}
    for name in names:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def write_release(folder, release, *, gate, contract, monitor, rollout, decisions):
    """Write the release folder: every one of :data:`PARTS`, and the record that names their content for good.

    Parameters
    ----------
    folder : Path
        A folder that is empty or holds an earlier release, which is written over.
    release : dict
        What ``build`` returned.
    gate : function
        Takes a span and the contract, returns the columns at fault. Its source is what is kept.
    contract : dict of str to (float, float)
        The lowest and the highest value of each needed column.
    monitor : dict
        ``low`` and ``high``, the daily share of warnings outside which there is an alarm.
    rollout : dict
        ``share`` of the traffic for the canary, and ``stop_above``, its misses in the week.
    decisions : dict of str to str
        At least ``baseline``, ``rollback`` and ``owner``.

    Returns
    -------
    str
        The signature: the digest of the record.

    Raises
    ------
    ValueError
        If `folder` holds anything else.
    """
    if other := sorted({path.name for path in folder.iterdir()} - {*PARTS, RECORD}):
        raise ValueError(f"'folder' must be empty or hold a release (got one with {other[0]})")
    joblib.dump(release["model"], folder / "model.joblib")
    source = textwrap.dedent(inspect.getsource(gate))
    name = "" if gate.__name__ in ("gate", "<lambda>") else f"\n\ngate = {gate.__name__}\n"
    (folder / "gate.py").write_text(f"import numpy as np\nimport pandas as pd\n\n\n{source}{name}", encoding="utf-8")
    for part, content in (("contract", contract), ("monitor", monitor), ("rollout", rollout)):
        (folder / f"{part}.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
    (folder / "README.md").write_text(page(monitor, rollout, decisions), encoding="utf-8")
    record = {
        "files": {part: digest((folder / part).read_bytes()) for part in PARTS},
        "packages": release["record"]["packages"],
        **{field: release["record"][field] for field in ("data", "code", "config")},
        **decisions,
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2), encoding="utf-8")
    return digest((folder / RECORD).read_bytes())


def page(monitor, rollout, decisions):
    """The page that says what the release is, for somebody who finds the folder; in Markdown."""
    return "\n".join(
        [
            "# Warnings of faults in radiators",
            "",
            "Reads nine sensor columns and says 1 (somebody should look) or 0 for each reading.",
            "",
            f"- Owner: {decisions['owner']}",
            f"- Has to cost less, at 500 EUR per miss and 40 EUR per visit, than: {decisions['baseline']}",
            "- Refuses a delivery that does not keep to `contract.json` (`gate.py`)",
            f"- First for {rollout['share']:.0%} of the traffic; stopped at more than {rollout['stop_above']} misses",
            f"- Alarm when less than {monitor['low']:.1%} or more than {monitor['high']:.1%} of a day are warnings",
            f"- If it fails, back to: {decisions['rollback']}",
            "- What no gate and no alarm here is sure to see: values in the wrong rows. People inspect a sample.",
            "",
        ]
    )


def read_folder(folder):
    """The content of each file of a folder, by name, as bytes."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir()) if path.is_file()}


def verified(folder, signature):
    """The files of a release, and its record, once both are proved to be what was signed.

    Raises
    ------
    ValueError
        If the record is another one, or anything is not as it says.
    """
    files = read_folder(folder)
    text = files.pop(RECORD, b"")
    if digest(text) != signature:
        raise ValueError("the record is not the one that was signed")
    record = json.loads(text)
    here = {name: digest(content) for name, content in files.items()} | installed(record["packages"])
    recorded = record["files"] | record["packages"]
    if amiss := {name for name, _ in here.items() ^ recorded.items()}:
        raise ValueError(f"not as recorded: {', '.join(sorted(amiss))}")
    return files, record


def serve(files, record, delivery):
    """Say what a verified release answers to one delivery.

    Parameters
    ----------
    files, record
        As :func:`verified` returns them.
    delivery : DataFrame

    Returns
    -------
    (str, array of int or None)
        A sentence, and the warnings; None when the delivery is refused.
    """
    contract, monitor = json.loads(files["contract.json"]), json.loads(files["monitor.json"])
    rules = {}
    exec(compile(files["gate.py"], "gate.py", "exec"), rules)
    if at_fault := sorted(rules["gate"](delivery, {name: tuple(ends) for name, ends in contract.items()})):
        return f"refused, columns at fault: {', '.join(at_fault)}", None
    prob = joblib.load(io.BytesIO(files["model.joblib"])).predict_proba(delivery[list(contract)])[:, 1]
    warned = (prob >= record["config"]["threshold"]).astype(int)
    share = warned.mean()
    alarm = "" if monitor["low"] <= share <= monitor["high"] else "; the monitor raises an alarm"
    return f"served, {share:.1%} are warnings{alarm}", warned


def agreement(delivery, expected):
    """The share of expected warnings that the process wrote beside a delivery, 0 to 1; 0 where it served none."""
    written = answers_beside(delivery)
    return float((pd.read_csv(written)["warning"].to_numpy() == expected).mean()) if written.exists() else 0.0


def answers_beside(delivery):
    """The path of the warnings for the delivery at a path."""
    return delivery.with_suffix(".warnings.csv")


def run(folder, signature, *deliveries):
    """What another process says that serves the deliveries (paths of CSV files) with the release in a folder.

    Where it ends with an error, the last line says which.
    """
    command = [sys.executable, "-m", __name__, str(folder), signature, *map(str, deliveries)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return "\n".join([*ended.stdout.splitlines(), *ended.stderr.splitlines()[-1:]])


def main(folder, signature, *deliveries):
    """Verify, then serve each delivery; the warnings are written beside it."""
    try:
        files, record = verified(folder, signature)
    except ValueError as error:
        sys.exit(f"refused to start: {error}")
    print(f"verified {len(files)} files and {len(record['packages'])} libraries")
    for path in map(Path, deliveries):
        told, warned = serve(files, record, pd.read_csv(path))
        if warned is not None:
            pd.Series(warned, name="warning").to_csv(answers_beside(path), index=False)
        print(f"{path.stem}: {told}")


if __name__ == "__main__":
    main(*sys.argv[1:])
