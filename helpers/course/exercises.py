"""Exercises: a check tells *not attempted*, *wrong* (with a hint that fits) and *right* apart.

A check is a function decorated with :func:`exercise` in ``helpers/checks/<notebook>.py``. It takes the learner's
answer and returns :func:`wrong` or :func:`right`::

    @exercise(wrong={"counts the alarms before the drift too": "delay = alarms[0]"})
    def detection_delay(delay):
        if delay < 0:
            return wrong("An alarm before the drift is a false alarm, not a fast detection.")
        ...
        return right("Delay counts from the drift to the first alarm after it.")

``wrong`` maps each plausible misconception to the code a learner who has it would write, ``right_too`` each other way
to be right. Inside a check, :func:`pick`, :func:`by_key`, :func:`as_list` and :func:`judge_sorting` read an answer as a
person would: whatever its container, the order of its keys, its capitals or its spelling. After a check a notebook goes
on with the answer through :func:`put_to_work`.
"""

import ast
import functools
import html
import inspect
import os
import re
import reprlib
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from helpers.course.claims import MIME

STATES = {
    "not attempted": ("○", "var(--jp-info-color1, #1976d2)"),
    "wrong": ("✘", "var(--jp-error-color1, #c62828)"),
    "right": ("✔", "var(--jp-success-color1, #2e7d32)"),
}
ATTEMPTS: dict[tuple[str, str], tuple[str, int]] = {}  # by topic and exercise: state and wrong answers in this kernel
STUCK_FROM = 2  # wrong answers


class NotRight(Exception):
    """Raised while grading by a check whose answer is missing or wrong."""

    def _render_traceback_(self):
        return [f"NotRight: {self}"]


class _Blank(Exception):
    """Raised inside a check when the learner's function still has the dots of its template."""


class _Wrong(Exception):
    """Aborts a check: the answer cannot be judged, or raised; the message is shown to the learner."""


class _NotAChoice(_Wrong):
    """Aborts a check: the answer is none of `choices`."""

    def __init__(self, message: str, choices: Sequence[str]):
        super().__init__(message)
        self.choices = choices


@dataclass(frozen=True)
class Feedback:
    """What a check says: the exercise's name, one of the three states, a message, and where to get more help.

    `tries` is the number of wrong answers so far.
    """

    exercise: str
    state: str
    message: str
    tries: int = 0
    help: str = ""

    def grade(self):
        """Raise NotRight unless the answer is right; nbgrader gives the cell's points to a cell that does not raise."""
        if self.state != "right":
            raise NotRight(f"{self.exercise}: {self.state}. {self.message}")

    def _ipython_display_(self):
        """While nbgrader runs, show this as an output that it does not take for a number of points."""
        if not _nbgrader_runs():
            raise NotImplementedError
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)

    def _repr_mimebundle_(self, include=None, exclude=None):
        mark, color = STATES[self.state]
        more = f"<br>{html.escape(self.help)}" if self.help else ""
        box = (
            f'<div style="border-left:4px solid {color};padding:0.4em 0.8em;margin:0.3em 0">'
            f"<b>{mark} {self.state.capitalize()}</b><br>{html.escape(self.message)}{more}</div>"
        )
        data = {"kind": "exercise", "exercise": self.exercise, "state": self.state, "message": self.message}
        return {
            MIME: data | ({"tries": self.tries} if self.tries else {}),
            "text/html": box,
            "text/plain": f"{mark} {self.state.capitalize()}. {self.message} {self.help}".strip(),
        }


_grading = {"seed": 0}  # another one in each grading, which no answer knows


def grade_with(seed: int) -> None:
    """From here on, :func:`drawn` draws from another seed."""
    _grading["seed"] = seed


def drawn(seed: int):
    """A generator for the inputs of a check: the same at each run of a notebook, and another in each grading.

    Where the check accepts more than one function, this keeps a table of its inputs from passing.

    Examples
    --------
    >>> drawn(1).integers(100) == drawn(1).integers(100)
    np.True_
    """
    import numpy as np

    return np.random.default_rng([seed, _grading["seed"]])


def _nbgrader_runs():
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def wrong(hint):
    """The answer is wrong; `hint` points at the misconception without giving the answer away."""
    return "wrong", hint


def right(message):
    """The answer is right; `message` says why, in one sentence."""
    return "right", message


def refuse(message: str):
    """End a check from anywhere inside it: the answer is wrong, and `message` is shown to the learner."""
    raise _Wrong(message)


_SPELLINGS = {
    r"[-_/\s]+": " ",
    r"^(an?|the) ": "",
    r"is(e|ed|es|ing|ation)\b": r"iz\1",
    r"ys(e|ed|es|ing)\b": r"yz\1",
    r"ll(ed|er|ers|ing)\b": r"l\1",
    r"our": "or",
    r"centre": "center",
    r"artefact": "artifact",
    r"judgement": "judgment",
    r"grey": "gray",
    r"(ss|x|ch|sh)es\b": r"\1",
    r"(?<=[^s\W]{3})s\b": "",
}


def folded(word: Any) -> str:
    """A word without what does not matter: capitals, hyphens, an article, a plural, British or American spelling."""
    text = str(word).strip().strip(".!?\"'").lower()
    for pattern, replacement in _SPELLINGS.items():
        text = re.sub(pattern, replacement, text)
    return text.strip()


def pick(answer: Any, choices: Iterable[str]) -> str:
    """Return the one of `choices` that the learner means.

    Capitals, outer spaces, hyphens for spaces, an article, a plural, and British or American spelling do not count.
    Where the answer is none of them, the check ends and the learner is told the choices.

    Examples
    --------
    >>> pick("Data-Drift", ["data drift", "concept drift"])
    'data drift'
    """
    meant = _meant(tuple(dict.fromkeys(choices)))
    if (word := folded(answer)) not in meant:
        names = list(meant.values())
        raise _NotAChoice(f"{answer!r} is not one of the answers: {_listed(names)}.", names)
    return meant[word]


@functools.lru_cache  # a check may pick thousands of times from the same few
def _meant(choices: tuple[str, ...]) -> dict[str, str]:
    """The choices by what is left of each when it is folded."""
    meant = {folded(choice): choice for choice in choices}
    if len(meant) < len(choices):
        raise ValueError(f"'choices' must differ in more than their spelling (got {list(choices)})")
    return meant


def offered(check: Callable, *answers: Any) -> list[str]:
    """The choices that a check offers in place of an answer that is none of them; none where it does not choose.

    Parameters
    ----------
    check : callable
        Decorated with :func:`exercise`.
    answers : object
        What it is called with: right answers, but for one word in one of them, which is no choice.
    """
    try:
        vars(check)["__wrapped__"](*answers)
    except _NotAChoice as error:
        return [str(choice) for choice in error.choices]
    except Exception:  # it reads a number, or something else that is no choice
        return []
    return []


def _listed(choices: list[str]) -> str:
    """The choices in a row, told apart by semicolons where one of them holds a comma."""
    return ("; " if any("," in str(choice) for choice in choices) else ", ").join(choices)


def by_key(answer: Any, names: Iterable[str]) -> dict:
    """Return the learner's values by name, in the order of `names`, from a dict or a pandas Series in any order.

    Where it is something else, or a name is missing or strange, the check ends and the learner is told so.

    Examples
    --------
    >>> by_key({"b": 2, "a": 1}, ["a", "b"])
    {'a': 1, 'b': 2}
    """
    names = list(names)
    if hasattr(answer, "to_dict") and getattr(answer, "ndim", 0) == 1:
        answer = answer.to_dict()
    if not isinstance(answer, Mapping):
        raise _Wrong(f"This answer must be a dict with {len(names)} keys, as in the cell above, not {_kind(answer)}.")
    if missing := [name for name in names if name not in answer]:
        raise _Wrong(f"The key {missing[0]!r} is missing. Keep the {len(names)} names as they are.")
    if strange := [name for name in answer if name not in names]:
        raise _Wrong(f"{strange[0]!r} is not one of the keys. Keep the {len(names)} names as they are.")
    return {name: answer[name] for name in names}


def as_list(answer: Any, n: int | None = None) -> list:
    """Return the values of a list, tuple, array or Series as a list; with `n`, there must be so many of them.

    Numbers of NumPy become Python's. Where it is something else, the check ends and the learner is told so.

    Examples
    --------
    >>> as_list((1, 2), 2)
    [1, 2]
    """
    if hasattr(answer, "tolist") and getattr(answer, "ndim", 0):
        answer = answer.tolist()
    if isinstance(answer, (str, bytes, Mapping)) or not isinstance(answer, Iterable):
        raise _Wrong(f"This answer must be a list, not {_kind(answer)}.")
    values = [value.item() if hasattr(value, "item") and not getattr(value, "ndim", 0) else value for value in answer]
    if n is not None and len(values) != n:
        raise _Wrong(f"This answer must have {n} values, and it has {len(values)}.")
    return values


def _kind(answer: Any) -> str:
    name = type(answer).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def misfiled(answer: Any, truth: Mapping[str, str], *, kinds: Sequence[str] | None = None) -> dict[str, str]:
    """Return the cases that were sorted into the wrong kind.

    Called inside a check. Names and kinds are read by :func:`by_key` and :func:`pick`.

    Parameters
    ----------
    answer : mapping of str to str
        The learner's kind for each case.
    truth : mapping of str to str
        The right kind for each case.
    kinds : sequence of str, optional
        The kinds to choose from; those of `truth` by default.

    Returns
    -------
    dict of str to str
        By case, in the order of `truth`: the kind that the learner gave.
    """
    given = {case: pick(kind, kinds or truth.values()) for case, kind in by_key(answer, truth).items()}
    return {case: kind for case, kind in given.items() if kind != truth[case]}


def judge_sorting(
    answer: Any,
    truth: Mapping[str, str],
    *,
    hints: Mapping[str, str],
    praise: str,
    kinds: Sequence[str] | None = None,
) -> tuple[str, str]:
    """The whole check of a sorting exercise: `praise`, or the first case in the wrong place and a hint.

    Parameters
    ----------
    answer, truth, kinds
        As in :func:`misfiled`.
    hints : mapping of str to str
        What to think of, by case or else by right kind.
    praise : str
    """
    for case in misfiled(answer, truth, kinds=kinds):
        return wrong(f"Look again at {case!r}. {hints.get(case) or hints[truth[case]]}")
    return right(praise)


def put_to_work(feedback: Feedback, answer: Any, ours: Any) -> Any:
    """Return what a notebook goes on with: the learner's answer where it is right, the course's own where it is not.

    One printed line says which. Without it a blank answer would end a run of all cells.

    Parameters
    ----------
    feedback : Feedback
        What the check has just said.
    answer : object
        The learner's answer: a function, a value or a container of values.
    ours : object
        The course's own, of the same kind.

    Returns
    -------
    object
        `answer` or `ours`.

    Examples
    --------
    >>> put_to_work(Feedback("delay", "wrong", "Not yet."), 7, ours=20)
    Your answer to 'delay' is wrong so far; the course's own is used below.
    20
    """
    if feedback.state == "right":
        print(f"Your answer to {feedback.exercise!r} is used below.")
        return answer
    so_far = "still blank" if feedback.state == "not attempted" else "wrong so far"
    print(f"Your answer to {feedback.exercise!r} is {so_far}; the course's own is used below.")
    return ours


def compare_guess(guess: Any, measured: float, *, unit: str = "") -> None:
    """Print a guess beside what was measured; a blank one, or one that is no number, only says what was measured.

    Examples
    --------
    >>> compare_guess(20, 34.4, unit=" %")
    your guess: 20 %, measured: 34.4 %
    >>> compare_guess("20", 34.4, unit=" %")
    your guess: 20 %, measured: 34.4 %
    >>> compare_guess(..., 34.4)
    no guess, measured: 34.4
    """
    try:
        said = f"your guess: {float(guess):.3g}{unit}"  # the check reads a guess in the same way
    except (TypeError, ValueError):
        said = "no guess"
    print(f"{said}, measured: {measured:.3g}{unit}")


def exercise(*, wrong: Mapping[str, str], right_too: Mapping[str, str] | None = None) -> Callable:
    """Make a function a check.

    Parameters
    ----------
    wrong : mapping of str to str
        For each plausible misconception, named in a few words, the code that takes the place of the solution.
        The tests prove that the check calls each of them wrong.
    right_too : mapping of str to str, optional
        The same for other correct ways to write the answer, which the tests prove to be accepted.

    Returns
    -------
    callable
        Called with the learner's answer, it returns :class:`Feedback`. A blank (``...``, also inside a container or
        returned by a function, or None) is *not attempted*.
    """
    if not wrong:
        raise ValueError("'wrong' must name at least one plausible wrong answer (got none)")

    def decorate(function: FunctionType) -> Callable:
        @functools.wraps(function)
        def check(*answers):
            state, message = _run(function, answers)
            feedback = _noted(function, state, message)
            if _nbgrader_runs():  # its button Validate counts errors, and the student's cells have no hidden tests
                feedback.grade()
            return feedback

        vars(check).update(wrong=dict(wrong), right_too=dict(right_too or {}))
        _show_only_checks(function.__module__)
        return check

    return decorate


def _show_only_checks(name: str | None) -> None:
    """Let Tab after the module's name offer its checks, and not the keys that they compare answers with."""
    if name and name.startswith("helpers.checks."):
        module = vars(sys.modules[name])
        module["__dir__"] = lambda: [each for each, value in module.items() if hasattr(value, "right_too")]


def guess(low: float, high: float, *, unit: str = "") -> Callable:
    """Make a function without a body the check of a guess that is made before the measurement.

    Any number from `low` to `high`, in `unit`, is right: it counts for having been made. The function's name is that of
    the variable that holds the guess.

    Examples
    --------
    >>> @guess(0, 100, unit=" %")
    ... def guess_alarms(answer):
    ...     pass
    >>> guess_alarms(20).state, guess_alarms(101).state, guess_alarms(...).state
    ('right', 'wrong', 'not attempted')
    """

    def decorate(function: FunctionType) -> Callable:
        name = function.__name__
        impossible = {"a word": "'often'", "more than there can be": 2 * high + 1, "less than there can be": low - 1}
        possible = {"NumPy": f"np.float64({(low + high) / 2})", "the least": low}

        @functools.wraps(function)
        def judge(answer: Any) -> tuple[str, str]:
            try:
                number = float(answer)
            except (TypeError, ValueError):
                return wrong(f"Write a number from {low:g} to {high:g} (got {_shown(answer)}).")
            if not low <= number <= high:
                return wrong(f"Possible are numbers from {low:g} to {high:g} (got {number:g}).")
            looks_like_a_share = 0 < abs(number) < 1 and unit.endswith(("100", "%", "points"))
            meant = f" (If you meant {100 * number:g}, write that.)" if looks_like_a_share else ""
            return right(f"Your guess is noted; it is shown beside the measurement below.{meant}")

        answers = [{label: f"{name} = {value}" for label, value in kind.items()} for kind in (impossible, possible)]
        return exercise(wrong=answers[0], right_too=answers[1])(judge)

    return decorate


def _noted(function: FunctionType, state: str, message: str) -> Feedback:
    """Feedback that counts the wrong answers of this kernel, and offers more help from the second one on."""
    name, topic = function.__name__, function.__module__.rpartition(".")[2]
    tries = ATTEMPTS.get((topic, name), ("", 0))[1] + (state == "wrong")
    ATTEMPTS[topic, name] = (state, tries)
    if state != "wrong":
        return Feedback(name, state, message)
    more = f"Still stuck? Open the hint in the exercise's text, or run !workbook solution {topic} {name} in a cell."
    return Feedback(name, state, message, tries, more if tries >= STUCK_FROM else "")


def _run(function: FunctionType, answers: Sequence) -> tuple[str, str]:
    blank = ("not attempted", "Replace the dots in the cell above, run it, and run this cell again.")
    if any(answer is None or _has_dots(answer) for answer in answers):
        return blank
    try:
        outcome = function(*(_guarded(answer) for answer in answers))
    except _Blank:
        return blank
    except _Wrong as error:
        return "wrong", str(error)
    except Exception as error:  # an answer of a shape or type the check did not expect
        return "wrong", f"This answer does not have the form that was asked for ({type(error).__name__}: {error})."
    if not (isinstance(outcome, tuple) and len(outcome) == 2 and outcome[0] in STATES):
        name = getattr(function, "__name__", "a check")
        raise TypeError(f"{name} must return wrong(hint) or right(message) (got {outcome!r})")
    return outcome


def _has_dots(answer: Any) -> bool:
    if answer is ...:
        return True
    if isinstance(answer, Mapping):
        return any(map(_has_dots, answer.values()))
    return isinstance(answer, (list, tuple, set)) and any(map(_has_dots, answer))


def _guarded(answer: Any) -> Any:
    """Wrap a learner's function, to tell its blank return value and its exceptions from the check's own."""
    if not callable(answer) or isinstance(answer, type):
        return answer
    name = getattr(answer, "__name__", "your function")

    @functools.wraps(answer)
    def call(*args, **kwargs):
        try:
            value = answer(*args, **kwargs)
        except Exception as error:
            told = f"{type(error).__name__}: {error}{_line_of(answer, error)}"
            raise _Wrong(f"{call_text(name, args, kwargs)} raised {told}") from error
        if _has_dots(value) or (value is None and _is_template(answer)):
            raise _Blank
        if value is None:
            raise _Wrong(f"{call_text(name, args, kwargs)} returned nothing (None): is a `return` missing?")
        return value

    return call


def _line_of(function: Any, error: Exception) -> str:
    """Where in the learner's own cell `error` was raised, in words; nothing where that is not known."""
    if (line := getattr(error, "answer_line", None)) is not None:  # the answer runs in another process
        return f" in the line `{line}`" if line else ""
    home = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == home]
    line = own[-1] if own else ""
    return f" in the line `{line}`" if line else ""


def call_text(name: str, args: tuple, kwargs: dict) -> str:
    """A call as the learner would write it, with long arguments shortened."""
    shown = [_shown(value) for value in args] + [f"{key}={_shown(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(shown)})"


def _shown(value: Any) -> str:
    if shape := getattr(value, "shape", ()):
        return f"<{type(value).__name__} of shape {shape}>"
    if hasattr(value, "item"):
        value = value.item()
    short = reprlib.Repr()
    short.maxstring = short.maxother = 40
    return short.repr(value)


def _is_template(function: Any) -> bool:
    """Whether a function's code still has the dots that the learner should replace."""
    if (known := getattr(function, "is_template", None)) is not None:  # a function of another process
        return known
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):  # no source
        return False
    return any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(tree))
