"""Inputs that nobody has seen: whether an answer that is right on a check's inputs is right on others like them.

The inputs of a check stand in its file, so a table of them would pass. The grader therefore calls a function that a
check called right once more, with arguments between and among those of the check, drawn from a seed that only the
grader knows, and compares with the course's solution. An input counts only where the solution and every other right
answer that the check names agree; one that none of them was made for says nothing about an answer. Where one of these
would itself be refused, judged by the others, or where there is no other, nothing is said.
"""

import contextlib
import datetime
import json
import math
import random
import signal
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from helpers.course.exercises import folded
from helpers.course.wire import decode, encode

INPUTS = 40  # that are drawn
FEWEST = 5  # inputs that must count before anything is said
SHARE = 0.8  # of these that a right answer must agree on
NEARLY = 0.5  # of these, where an answer gave the check nearly the solution's values, or values of another form
NEAR = 0.25  # relative difference of two numbers that are nearly the same
PATIENCE = 0.5  # seconds of the processor for a right answer on one input
SECONDS = 3.0  # the same, until no more inputs are drawn, where the right answers are slow
FAILED = object()  # an error in the place of a value
CLOSE = 1e-3  # relative difference of two numbers that are the same

Call = tuple[tuple, dict]  # positional and keyword arguments


class Unseen:
    """Draws inputs like those of a check and remembers what is right for them, for all answers to one exercise.

    Parameters
    ----------
    references : list of callable
        The course's solution and other right answers.
    seed : int
    """

    def __init__(self, references: Sequence[Callable], seed: int):
        self.references, self.seed, self._drawn = references, seed, {}

    def first_difference(self, answer: Callable, calls: Sequence[Mapping]) -> Call | None:
        """An input on which an answer differs from the right ones, if it differs too often.

        Parameters
        ----------
        answer : callable
            The learner's function.
        calls : list of dict
            The arguments with which the check called the answer as they crossed: ``a`` and ``k``, by place and by name;
            and ``r``, what the answer gave then, as :func:`plain` makes it.

        Returns
        -------
        (tuple, dict) or None
            None also where too few inputs count. How an answer is compared hangs on what it gave the check: the
            solution's values, these in other containers or nearly these. Of one of any other form it is only asked
            that it gives something. It is not for the answer to say, once the check is done, that it has another form.
        """
        key = json.dumps([[c["a"], c["k"]] for c in calls])
        if key not in self._drawn:
            self._drawn[key] = self._draw([(tuple(map(decode, c["a"])), _each(decode, c["k"])) for c in calls])
        shown, unseen = self._drawn[key]
        if len(unseen) < FEWEST:
            return None
        now = [_given(answer, call) for call, _ in shown]
        first = [(c.get("r", given), right) for c, given, (_, right) in zip(calls, now, shown, strict=False)]
        alike, share = next(
            ((alike, share) for alike, share in LIKENESS if sum(alike(*pair) for pair in first) >= SHARE * len(first)),
            (_is_there, NEARLY),
        )
        shown = [(call, right) for (call, right), pair in zip(shown, first, strict=True) if alike(*pair)]
        for asked in (shown, unseen):
            different = [call for call, right in asked if not alike(_given(answer, call), right)]
            if len(different) > (1 - share) * len(asked):
                return different[0]
        return None

    def _draw(self, calls):
        """Of the inputs shown and of those drawn, the ones that count, each with the right value."""
        if len(self.references) < 2:
            return [], []
        rng, end, known = random.Random(self.seed), time.process_time() + SECONDS, {_text(call) for call in calls}
        shown = [(call, _given(self.references[0], call)) for call in calls[:10]]
        drawn = []
        for _ in range(INPUTS):
            call = vary_call(calls, rng)
            if _text(call) not in known and time.process_time() < end:
                known.add(_text(call))
                drawn.append((call, [_given(function, call, PATIENCE) for function in self.references]))
        for place in range(1, len(self.references)):
            counted = [values for _, values in drawn if _agree(values[:place] + values[place + 1 :])]
            if sum(not same(values[0], values[place]) for values in counted) > (1 - SHARE) * len(counted):
                return shown, []
        return shown, [(call, values[0]) for call, values in drawn if _agree(values)]


def _text(call: Call) -> str:
    return json.dumps([[encode(a) for a in call[0]], _each(encode, call[1])])


def _each(action: Callable, keywords: Mapping) -> dict:
    return {name: action(value) for name, value in keywords.items()}


def _copied(value: Any) -> Any:
    """A copy that a function may change."""
    if isinstance(value, list | tuple):
        return type(value)(map(_copied, value))
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, np.random.Generator):
        bits = type(value.bit_generator)()
        bits.state = value.bit_generator.state
        return np.random.Generator(bits)
    return value.copy() if hasattr(value, "copy") else value


def _given(function: Callable, call: Call, seconds: float = 0.0) -> Any:
    """What a function gives for one input, as a plain value; it may take some `seconds` of the processor, or any."""
    try:
        arguments, keywords = _copied(list(call[0])), _copied(call[1])
        with _at_most(seconds):
            return plain(function(*arguments, **keywords))
    except Exception:
        return FAILED


@contextlib.contextmanager
def _at_most(seconds: float) -> Generator[None]:
    """Raise TimeoutError in the main thread after so many seconds; a right answer may search for what is not there."""

    def stop(signum: int, frame: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, stop) if seconds else None
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        if before is not None:
            signal.signal(signal.SIGPROF, before)


def _agree(values: Sequence) -> bool:
    """Whether there is a value, and all of them are the same."""
    return values[0] is not FAILED and all(same(values[0], other) for other in values[1:])


def plain(value: Any) -> Any:
    """A value as nested lists of texts and numbers, whatever its container and spelling.

    Examples
    --------
    >>> plain(np.array([1, 2])) == plain((1, 2)) == plain(pd.Series([1, 2]))
    True
    >>> plain("Data-Drift")
    'data drift'
    """
    if isinstance(value, str):
        return folded(value)
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
        value = value.to_numpy()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return sorted(([str(key), plain(item)] for key, item in value.items()), key=str)
    if isinstance(value, set | frozenset):
        return sorted(map(plain, value), key=str)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, bool | int | float) else str(value)


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are the same but for rounding."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def _same_leaves(one: Any, other: Any) -> bool:
    """Whether two plain values hold the same numbers and texts in the same order, whatever these are in."""
    return same(_leaves(one), _leaves(other))


def _nearly(one: Any, other: Any) -> bool:
    """Whether the same, but that a number is another in its second digit, as far as some checks let it be."""
    ones, others = _leaves(one), _leaves(other)
    return len(ones) == len(others) and all(
        math.isclose(a, b, rel_tol=NEAR)
        if isinstance(a, float) and isinstance(b, float) and math.isfinite(b)
        else same(a, b)
        for a, b in zip(ones, others, strict=True)
    )


def _is_there(one: Any, other: Any) -> bool:
    """Whether there is a value, and not NaN alone, which is neither less nor more than what it is compared with."""
    ones, others = ({str(leaf) for leaf in _leaves(value)} for value in (one, other))
    return (one is not FAILED and ones != {"nan"}) or other is FAILED or others == {"nan"}


def _leaves(value: Any) -> list:
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    with contextlib.suppress(ValueError):
        number = complex(value) if isinstance(value, str) else 1j
        return [number.real] if number.imag == 0 else [value]
    return [value]


LIKENESS = ((same, SHARE), (_same_leaves, SHARE), (_nearly, NEARLY))  # and how much of it must be so


def vary_call(calls: Sequence[Call], rng: random.Random) -> Call:
    """Arguments like those of `calls`, each between or among the ones seen in its place."""
    arguments, keywords = rng.choice(calls)
    alike = [call for call in calls if len(call[0]) == len(arguments) and call[1].keys() == keywords.keys()]
    varied = tuple(vary(value, [call[0][at] for call in alike], rng) for at, value in enumerate(arguments))
    return varied, {name: vary(value, [call[1][name] for call in alike], rng) for name, value in keywords.items()}


def vary(value: Any, seen: Sequence, rng: random.Random) -> Any:
    """A value like `value`, between or among those that were seen in its place."""
    seen = [other for other in seen if type(other) is type(value)]
    if isinstance(value, bool | str | datetime.date) or value is None:
        return rng.choice(seen)
    if isinstance(value, int):
        low, high = min(seen), max(seen)
        return rng.randint(low, high) if low < high else max(value + rng.randint(-2, 2), min(value, 0))
    if isinstance(value, float):
        return _between(value, seen, rng)
    if isinstance(value, list | tuple):
        return _vary_list(value, seen, rng)
    if isinstance(value, dict):
        return {key: vary(item, [other[key] for other in seen if key in other], rng) for key, item in value.items()}
    if isinstance(value, np.random.Generator):
        return np.random.default_rng(rng.getrandbits(60))
    if isinstance(value, np.ndarray):
        return _vary_array(value, rng)
    if isinstance(value, pd.Series):
        return pd.Series(_vary_array(value.to_numpy(), rng), index=value.index, name=value.name)
    if isinstance(value, pd.DataFrame):
        return value.assign(**{name: _vary_array(value[name].to_numpy(), rng) for name in _free_columns(value)})
    return value


def _between(value, seen, rng):
    finite = [other for other in seen if math.isfinite(other)]
    if not math.isfinite(value):
        return value
    low, high = min(finite), max(finite)
    return rng.uniform(low, high) if low < high else value * rng.uniform(0.9, 1.1)


def _vary_list(value, seen, rng):
    items = [item for other in seen for item in other]
    varied = [vary(item, items, rng) for item in value]
    if len(varied) > 2 and all(isinstance(item, int | float) for item in varied) and rng.random() < 0.3:
        varied.pop(rng.randrange(len(varied)))
    if _is_sorted(list(value)):
        varied.sort()
    return type(value)(varied)


def _is_sorted(values):
    try:
        return len(values) > 1 and all(a <= b for a, b in zip(values, values[1:], strict=False))
    except (TypeError, ValueError):
        return False


def _vary_array(values, rng):
    """The same values in another order, and floats between their neighbors; what is sorted stays so."""
    if values.dtype.kind not in "biuf" or values.ndim == 0 or values.size < 2:
        return values
    order = np.random.default_rng(rng.getrandbits(60))
    mixed = values[order.permutation(len(values))]
    if values.dtype.kind == "f":
        mixed = values + (mixed - values) * order.uniform(0, 0.5, values.shape)
    if values.ndim == 1 and (np.diff(values) >= 0).all():
        mixed = np.sort(mixed)
    return mixed.astype(values.dtype)


def _free_columns(table):
    """The columns of numbers with names that can be assigned."""
    return [name for name in table.columns if isinstance(name, str) and isinstance(table[name].dtype, np.dtype)]
