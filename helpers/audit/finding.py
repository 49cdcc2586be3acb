"""What a question of the audit answers with, and the one error that it may end in."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np


class AuditError(ValueError):
    """Why a table cannot be audited, in one sentence."""


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    `value` with its 95 % interval `low` to `high` is the number; it is None where the question cannot be answered with
    these data, and `sentence` then says why. `alarm` means: do something before you trust a model of these data.
    """

    question: str
    sentence: str
    advice: str = ""
    measure: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    alarm: bool = False
    table: Any = None
    figure: Any = None
    facts: dict = field(default_factory=dict)

    @property
    def number(self):
        """The number and its interval as text."""
        if self.value is None or not math.isfinite(self.value):
            return "cannot be said with these data"
        interval = (
            ""
            if self.low is None or not math.isfinite(self.low)
            else f" (95 % interval {short(self.low)} to {short(self.high)})"
        )
        return f"{short(self.value)}{interval}, {self.measure}"


def cannot(question, reason):
    """The finding of a question that these data cannot answer."""
    return Finding(question, f"This cannot be said with these data, because {reason}.")


def first_line(error):
    """What an error says, in one line."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:150]


def share_interval(count, n, *, level=0.95, method="exact"):
    """Interval of a share of which `count` of `n` were seen."""
    from scipy.stats import binomtest

    return tuple(map(float, binomtest(int(count), int(n)).proportion_ci(level, method)))


def short(value):
    """A number with three significant digits, whole from a thousand on.

    Examples
    --------
    >>> short(12345.6), short(3.0), short(0.12345), short(-0.0000123)
    ('12,346', '3', '0.123', '-0.0000123')
    """
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}"
    digits = f"{value:.3g}"
    return np.format_float_positional(float(digits), trim="-") if abs(value) > 1e-7 else digits
