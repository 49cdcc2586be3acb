"""Claims: what a notebook asserts about the world, checked against what it has just computed.

A claim displays as one row and carries its data in a MIME type of its own, so any executed notebook can be
read back with :func:`read_claims`, whoever executed it.
"""

import html
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

MIME = "application/vnd.workbook+json"
_NUMBER, _BOUND = (int, float), (int, float, type(None))
_TYPES = {
    **dict.fromkeys(("name", "text", "expected", "source", "fails_when"), str),
    **{"value": _NUMBER, "holds": bool, "holds_in": _NUMBER, "low": _BOUND, "high": _BOUND},
}


@dataclass(frozen=True)
class Claim:
    """One checked claim.

    `holds_in` is the share of seeds in which it is expected to hold; `fails_when` names its null: a world in which the
    same measurement comes out false. `low` and `high` are the bounds, None where there is none.
    """

    text: str
    value: float | bool
    expected: str
    holds: bool
    source: str
    holds_in: float
    fails_when: str
    low: float | None = None
    high: float | None = None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        mark = "✔" if self.holds else "✘"
        often = "" if self.holds_in == 1 else f", in at least {self.holds_in:.0%} of seeds"
        facts = f"measured {_short(self.value)}, expected {self.expected}{often}"
        facts += f" · fails when {self.fails_when}" if self.fails_when else ""
        facts += f" · {self.source}" if self.source else ""
        color = "var(--jp-success-color1, #2e7d32)" if self.holds else "var(--jp-error-color1, #c62828)"
        row = (
            f'<div style="border-left:4px solid {color};padding:0.2em 0.8em"><b>{mark} {html.escape(self.text)}</b><br>'
            f"{html.escape(facts)}</div>"
        )
        return {
            MIME: {"kind": "claim", **asdict(self)},
            "text/html": row,
            "text/plain": f"{mark} {self.text}: {facts}",
        }


@dataclass(frozen=True)
class Record:
    """A computed number under its name."""

    name: str
    value: float


def claim(
    text: str,
    value: Any,
    *,
    between: tuple[float, float] | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    source: str = "",
    holds_in: float = 1.0,
    fails_when: str = "",
) -> None:
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
    fails_when : str
        The claim's null: a setting, a control or a planted world, in a few words, in which the same measurement comes
        out false. A test measures it there.

    Raises
    ------
    TypeError, ValueError
        For a value that is not a finite number or bool, or bounds that do not fit it.
    """
    if not 0 < holds_in <= 1:
        raise ValueError(f"'holds_in' must be in (0, 1] (got {holds_in!r})")
    value, low, high, expected = _judged(value, {"between": between, "at_least": at_least, "at_most": at_most})
    holds = is_within(value, low, high)
    _display(Claim(text, value, expected, holds, source, holds_in, fails_when, low, high))


def is_within(value: float | bool, low: float | None, high: float | None) -> bool:
    """Whether a claim with these bounds holds for `value`; a bool is the claim itself.

    Examples
    --------
    >>> is_within(0.5, 0.4, None), is_within(0.5, 0.6, None), is_within(False, None, None)
    (True, False, False)
    """
    if isinstance(value, bool):
        return value
    return (low is None or value >= low) and (high is None or value <= high)


def record(name: str, value: Any) -> None:
    """Display a computed number and record it under `name` for tables over many runs."""
    value = _number(value)
    data = {"kind": "record", "name": name, "value": value}
    words = name.replace("_", " ")
    _display({MIME: data, "text/plain": f"recorded: {words} = {_short(value)}"}, raw=True)


def read_claims(notebook: "NotebookNode") -> tuple[Claim, ...]:
    """The claims in an executed notebook, in order."""
    return _read(notebook, "claim", Claim, tuple(field.name for field in fields(Claim)))


def read_records(notebook: "NotebookNode") -> tuple[Record, ...]:
    """The recorded values in an executed notebook, in order."""
    return _read(notebook, "record", Record, ("name", "value"))


def read_outputs(notebook: "NotebookNode", kind: str) -> list[dict]:
    """What an executed notebook carries of one `kind` (``claim``, ``record`` or ``exercise``), in order, as dicts."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    found = (output.get("data", {}).get(MIME) for output in outputs)
    return [data for data in found if isinstance(data, Mapping) and data.get("kind") == kind]


def _read(notebook: "NotebookNode", kind: str, make: Callable, names: Sequence[str]) -> tuple:
    """What `make` makes of each; one with other types of values, as in a notebook that is not ours, is none."""
    found = [{name: data.get(name) for name in names} for data in read_outputs(notebook, kind)]
    return tuple(make(**data) for data in found if all(isinstance(data[name], _TYPES[name]) for name in names))


def _display(thing: object, **options: Any) -> None:
    from IPython.display import display

    display(thing, **options)


def _judged(value: Any, bounds: Mapping) -> tuple[float | bool, float | None, float | None, str]:
    """The value in Python's own type, its bounds, and both in words."""
    if hasattr(value, "item"):  # a number or bool of numpy or pandas
        value = value.item()
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    if isinstance(value, bool):
        if given:
            raise ValueError(f"a claim about a bool takes no bounds (got {', '.join(given)})")
        return value, None, None, "True"
    if len(given) != 1:
        raise ValueError("a claim about a number needs exactly one of between, at_least, at_most")
    ((name, bound),) = given.items()
    low, high = {"between": bound, "at_least": (bound, None), "at_most": (None, bound)}[name]
    expected = f"{low:g} to {high:g}" if name == "between" else f"{name.replace('_', ' ')} {bound:g}"
    return _number(value), _float(low), _float(high), expected


def _float(bound: float | None) -> float | None:
    return None if bound is None else float(bound)


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"a recorded value must be a number or a bool (got {value!r})") from None
    if not math.isfinite(number):
        raise ValueError(f"a recorded value must be finite (got {number})")
    return float(f"{number:.4g}")


def _short(value: float | bool) -> str:
    return str(value) if isinstance(value, bool) else f"{value:.3g}"
