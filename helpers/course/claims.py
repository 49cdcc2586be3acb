"""Claims: what a notebook asserts about the world, checked against what it has just computed.

A claim displays as one table row and carries its data in a MIME type of its own, so any executed notebook can be
read back with :func:`read_outputs`, whoever executed it.
"""

import html
import math
from dataclasses import asdict, dataclass

MIME = "application/vnd.workbook+json"


@dataclass(frozen=True)
class Claim:
    """One checked claim; `holds_in` is the share of seeds in which it is expected to hold."""

    text: str
    value: float | bool
    expected: str
    holds: bool
    source: str
    holds_in: float

    def _repr_mimebundle_(self, include=None, exclude=None):
        mark = "✔" if self.holds else "✘"
        often = "" if self.holds_in == 1 else f", in at least {self.holds_in:.0%} of seeds"
        facts = f"measured {_short(self.value)}, expected {self.expected}{often}"
        source = f" · {self.source}" if self.source else ""
        colour = "var(--jp-success-color1, #2e7d32)" if self.holds else "var(--jp-error-color1, #c62828)"
        row = (
            f'<table style="width:100%"><tr><td style="color:{colour};width:1.5em;text-align:center"><b>{mark}</b></td>'
            f'<td style="text-align:left"><b>{html.escape(self.text)}</b><br>'
            f"{html.escape(facts)}{html.escape(source)}</td></tr></table>"
        )
        return {
            MIME: {"kind": "claim", **asdict(self)},
            "text/html": row,
            "text/plain": f"{mark} {self.text}: {facts}{source}",
        }


def claim(text, value, *, between=None, at_least=None, at_most=None, source="", holds_in=1.0):
    """Check a claim against a computed value and display the outcome.

    Parameters
    ----------
    text : str
        The claim, a full sentence without its number.
    value : float or bool
        What was computed. A bool is the claim itself; a number needs exactly one of the bounds.
    between : (float, float), optional
        Smallest and largest value for which the claim holds.
    at_least, at_most : float, optional
        One-sided bounds.
    source : str, optional
        Where the claim comes from: paper, section or figure.
    holds_in : float, default 1.0
        Share of seeds, in (0, 1], in which the claim is expected to hold.

    Raises
    ------
    TypeError, ValueError
        For a value that is not a finite number or bool, or bounds that do not fit it.
    """
    if not 0 < holds_in <= 1:
        raise ValueError(f"'holds_in' must be in (0, 1] (got {holds_in!r})")
    value, holds, expected = _judge(value, {"between": between, "at_least": at_least, "at_most": at_most})
    _display(Claim(text, value, expected, holds, source, holds_in))


def record(name, value):
    """Display a computed number and record it under `name` for tables over many runs."""
    value = _number(value)
    data = {"kind": "record", "name": name, "value": value}
    _display({MIME: data, "text/plain": f"{name} = {_short(value)}"}, raw=True)


def read_outputs(notebook, kind):
    """The records of one `kind` (``claim``, ``record`` or ``exercise``) in an executed notebook, in order, as dicts."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    found = (output.get("data", {}).get(MIME, {}) for output in outputs)
    return [data for data in found if data.get("kind") == kind]


def _display(thing, **options):
    from IPython.display import display

    display(thing, **options)


def _judge(value, bounds):
    if hasattr(value, "item"):  # a number or bool of numpy or pandas
        value = value.item()
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    if isinstance(value, bool):
        if given:
            raise ValueError(f"a claim about a bool takes no bounds (got {', '.join(given)})")
        return bool(value), bool(value), "True"
    if len(given) != 1:
        raise ValueError("a claim about a number needs exactly one of between, at_least, at_most")
    value = _number(value)
    ((name, bound),) = given.items()
    low, high = {"between": bound, "at_least": (bound, math.inf), "at_most": (-math.inf, bound)}[name]
    expected = f"{low:g} to {high:g}" if name == "between" else f"{name.replace('_', ' ')} {bound:g}"
    return value, low <= value <= high, expected


def _number(value):
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"a recorded value must be a number or a bool (got {value!r})") from None
    if not math.isfinite(number):
        raise ValueError(f"a recorded value must be finite (got {number})")
    return float(f"{number:.4g}")


def _short(value):
    return str(value) if isinstance(value, bool) else f"{value:.3g}"
