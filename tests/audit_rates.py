"""How often the audit finds each planted fault, and how often it raises each alarm on clean tables.

.venv/bin/python tests/audit_rates.py [FIRST LAST]    # seeds 20 to 39 by default, on which no limit was chosen
"""

import sys

from helpers import audit

ROWS = 2000


def case(fault, seed):
    """A table of the shop with this fault, ready to be questioned."""
    table = audit.make_table(ROWS, fault, seed=seed)
    return audit.Case(table, "paid", time="date", group="customer", seed=seed)


def found(fault, seed):
    """Whether the fault is found, at its place: the column, the month, the region."""
    finding = audit.ask_one(case(fault, seed), audit.WATCHES[fault])
    place = {
        "leak": finding.facts.get("suspects") == ["reminders"],
        "slice": finding.facts.get("worst") == ["region", "south"],
        "drift": "relation" in finding.facts.get("what", [])
        and finding.facts["from"] in ("2025-08", "2025-09", "2025-10"),
    }
    return finding.alarm and place.get(fault, True)


def false_alarms(seed):
    """The faults that a clean table is accused of."""
    clean = case("", seed)
    return [fault for fault, question in audit.WATCHES.items() if audit.ask_one(clean, question).alarm]


def rates(seeds):
    """For each fault: in how many tables it was found, and in how many clean ones it was seen."""
    seen = [fault for seed in seeds for fault in false_alarms(seed)]
    return {fault: (sum(found(fault, seed) for seed in seeds), seen.count(fault)) for fault in audit.FAULTS}


if __name__ == "__main__":
    first, last = map(int, sys.argv[1:] or (20, 39))
    seeds = range(first, last + 1)
    for fault in audit.FAULTS:
        missed = [seed for seed in seeds if not found(fault, seed)]
        print(f"{fault}: found in {len(seeds) - len(missed)} of {len(seeds)}", missed or "", flush=True)
    for seed in seeds:
        print(f"clean table {seed}: {false_alarms(seed) or 'no alarm'}", flush=True)
