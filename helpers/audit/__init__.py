"""An audit of a table: the questions of the course, asked of any data.

Each question is a function that takes a :class:`~helpers.audit.case.Case` and returns a
:class:`~helpers.audit.finding.Finding`: a number with its interval, a sentence, advice, a figure, or why these data
cannot say it. :func:`ask` asks all of them.
"""

import warnings

from threadpoolctl import threadpool_limits

from helpers.audit.case import Case
from helpers.audit.contract import contract
from helpers.audit.curve import curve
from helpers.audit.drift import drift
from helpers.audit.finding import AuditError, Finding, cannot, first_line
from helpers.audit.monitor import monitor
from helpers.audit.planted import FAULTS, make_table
from helpers.audit.reading import read_table
from helpers.audit.report import refusals, write
from helpers.audit.rows import kind_of_problem, leaks, one_row
from helpers.audit.scores import baselines, split, threshold
from helpers.audit.slices import slices
from helpers.audit.suspects import suspects

__all__ = [
    "FAULTS",
    "QUESTIONS",
    "WATCHES",
    "AuditError",
    "Case",
    "Finding",
    "ask",
    "ask_one",
    "make_table",
    "read_table",
    "refusals",
    "write",
]

QUESTIONS = {
    "rows": one_row,
    "leaks": leaks,
    "split": split,
    "baselines": baselines,
    "kind": kind_of_problem,
    "slices": slices,
    "threshold": threshold,
    "suspects": suspects,
    "drift": drift,
    "curve": curve,
    "contract": contract,
    "monitor": monitor,
}
WATCHES = {  # which question finds which planted fault
    "leak": "leaks",
    "group": "split",
    "drift": "drift",
    "labels": "suspects",
    "slice": "slices",
    "useless data": "curve",
}


def ask(case):
    """All findings by question, in the order of the course."""
    return {name: ask_one(case, name) for name in QUESTIONS}


def ask_one(case, name):
    """One finding; what a library cannot compute with these data is said in a sentence."""
    with (
        warnings.catch_warnings(),
        threadpool_limits(1),
    ):  # threads that wait for each other cost minutes on a busy machine
        warnings.simplefilter("ignore")
        try:
            return QUESTIONS[name](case)
        except (ValueError, TypeError, ZeroDivisionError, IndexError, KeyError) as error:
            return cannot(_title(name), f"the computation ended with {first_line(error)}")


def _title(name):
    return (QUESTIONS[name].__doc__ or name).splitlines()[0].rstrip(".")
