"""Typed, bounded notebook parameters, declared once in the notebook's cell tagged ``parameters``.

A declaration is one line. Its comment ends with the values it allows, and papermill shows the same line as help::

    n_runs: int = 20  # simulated streams per detector, 1 to 500
    detector: str = "ADWIN"  # the detector to draw, one of ADWIN, KSWIN
    labels_csv: str = ""  # table of a labeling session, any text
    fresh: bool = False  # draw new streams
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TYPES = {"int": int, "float": float, "str": str, "bool": bool}
INJECTED = "# Parameters"  # papermill's first line of the cell that overrides the defaults

_RANGE = re.compile(r",\s*(?P<low>[-+.\deE]+) to (?P<high>[-+.\deE]+)$")
_CHOICES = re.compile(r",\s*one of (?P<choices>.+)$")


class ParameterError(ValueError):
    """A parameter that is unknown, of the wrong type, or outside what is allowed; shown as one line in a notebook."""

    def _render_traceback_(self) -> list[str]:
        return [f"ParameterError: {self}"]


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its name, type, default, help, and either a range or a tuple of choices."""

    name: str
    type: type
    default: object
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple | None = None

    @property
    def allowed(self) -> str:
        """The allowed values in words, such as ``an int from 1 to 500``."""
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        kind = "an int" if self.type is int else f"a {self.type.__name__}"
        if self.low is None or self.high is None:
            return kind
        low, high = (f"{int(end)}" if self.type is int else f"{end:g}" for end in (self.low, self.high))
        return f"{kind} from {low} to {high}"

    def check(self, value: Any) -> Any:
        """Return `value` in the declared type; raise ParameterError with name, allowed and got otherwise."""
        if self.type is float and type(value) is int:
            value = float(value)
        valid = type(value) is self.type
        if valid and self.low is not None and self.high is not None:
            valid = self.low <= value <= self.high  # also false for nan
        if valid and self.choices:
            valid = value in self.choices
        if not valid:
            raise ParameterError(f"{self.name} must be {self.allowed} (got {value!r})")
        return value

    def parse(self, text: str) -> Any:
        """Read a command-line `text` in the declared type; raise ParameterError where that fails."""
        if self.type is str:
            return self.check(text)
        try:
            value = {"true": True, "false": False}[text.lower()] if self.type is bool else self.type(text)
        except (ValueError, KeyError):
            value = text
        return self.check(value)


def read_parameters(source: str) -> dict[str, Parameter]:
    """Read the declarations in a parameters cell.

    Parameters
    ----------
    source : str
        The cell's code: one annotated assignment of a literal per line, each with a comment.

    Returns
    -------
    dict of str to Parameter
        In the order of declaration.

    Raises
    ------
    ParameterError
        Names the line and what is missing from it.

    Examples
    --------
    >>> read_parameters("n_runs: int = 20  # streams, 1 to 500")["n_runs"].allowed
    'an int from 1 to 500'
    """
    lines = source.splitlines()
    declared = {}
    for node in ast.parse(source).body:
        line = lines[node.lineno - 1]
        parameter = _declaration(node, line)
        declared[parameter.name] = parameter
    return declared


def _declaration(node: ast.stmt, line: str) -> Parameter:
    if (
        not isinstance(node, ast.AnnAssign)
        or not isinstance(node.target, ast.Name)
        or node.value is None
        or ast.unparse(node.annotation) not in TYPES
    ):
        raise ParameterError(f"a parameter must be 'name: int|float|str|bool = default  # help' (got {line.strip()!r})")
    name, kind = node.target.id, TYPES[ast.unparse(node.annotation)]
    help_text = line[node.end_col_offset :].strip().removeprefix("#").strip()
    limits: dict[str, Any] = {}
    if match := _RANGE.search(help_text):
        limits = {"low": float(match["low"]), "high": float(match["high"])}
    elif match := _CHOICES.search(help_text):
        limits = {"choices": tuple(kind(choice.strip()) for choice in match["choices"].split(","))}
    if not help_text or (kind in (int, float) and not limits):
        raise ParameterError(
            f"{name} must have a comment that ends with its range, such as ', 1 to 500' (got {line.strip()!r})"
        )
    parameter = Parameter(name, kind, ast.literal_eval(node.value), help_text, **limits)
    parameter.check(parameter.default)
    return parameter


def check_values(declared: Mapping[str, Parameter], values: Mapping[str, object]) -> dict[str, Any]:
    """Return `values` in their declared types; raise ParameterError for an unknown name or a value not allowed."""
    if unknown := [name for name in values if name not in declared]:
        raise ParameterError(f"unknown parameter {unknown[0]!r}; this notebook has {', '.join(declared) or 'none'}")
    return {name: declared[name].check(value) for name, value in values.items()}


def corners(declared: Mapping[str, Parameter]) -> list[dict]:
    """The corners of what a notebook allows: each parameter at both ends, alone and all together, by five odd seeds.

    A parameter with choices takes each of them, a bool both values; a text without choices keeps its default.

    Examples
    --------
    >>> points = corners(read_parameters("seed: int = 0  # seed, 0 to 1000000\\nn: int = 5  # size, 1 to 9"))
    >>> len(points), points[0], points[-1]
    (10, {'n': 1, 'seed': 1}, {'n': 9, 'seed': 1000000})
    """
    ends = {name: _ends(parameter) for name, parameter in declared.items() if name != "seed"}
    points = [{name: value} for name, values in ends.items() for value in values]
    points += [{name: values[place] for name, values in ends.items() if values} for place in (0, -1)]
    points = [point for i, point in enumerate(points) if point not in points[:i]]
    seeds = _odd_seeds(declared["seed"]) if "seed" in declared else []
    return [{**point, "seed": seed} for point in points for seed in seeds] or points


def _ends(parameter: Parameter) -> list:
    if parameter.type is bool:
        return [False, True]
    if parameter.choices:
        return list(parameter.choices)
    return [] if parameter.low is None else [parameter.type(parameter.low), parameter.type(parameter.high)]


def _odd_seeds(seed: Parameter) -> list[int]:
    """Five seeds that nobody would have tried first, the last one the largest."""
    if seed.type is not int or seed.high is None:
        return []
    return sorted({int(min(value, seed.high)) for value in (1, 7, 77, 31_337, seed.high)})


def check_parameters() -> None:
    """Stop the notebook with one line unless each declared parameter has an allowed value; call it in the second cell.

    The declaration is read from the parameters cell as it was last run, so it is written down once only.
    """
    from IPython import get_ipython

    shell = get_ipython()
    cells = shell.user_ns["In"]
    if len(cells) < 2:  # run without history, as nbval does: there is no declaration to read
        return
    last = max((i for i, cell in enumerate(cells) if _declares(cell)), default=None)
    if last is None:
        raise ParameterError("run the parameters cell first")
    declared = read_parameters(cells[last])
    injected = [cell for cell in cells[last:] if cell.startswith(INJECTED)]
    given = [node.targets[0].id for cell in injected for node in ast.parse(cell).body]
    check_values(declared, {name: shell.user_ns[name] for name in [*declared, *given]})


def _declares(cell: str) -> bool:
    try:
        body = ast.parse(cell).body
    except SyntaxError:  # a cell with magics
        return False
    return bool(body) and all(isinstance(node, ast.AnnAssign) for node in body)
