"""Exercises: a check tells *not attempted*, *wrong* (with a hint that fits) and *right* apart.

A check is a function decorated with :func:`exercise` in ``helpers/checks/<notebook>.py``. It takes the learner's
answer and returns :func:`wrong` or :func:`right`::

    @exercise(wrong={"counts the alarms before the drift too": "delay = alarms[0]"})
    def detection_delay(delay):
        if delay < 0:
            return wrong("An alarm before the drift is a false alarm, not a fast detection.")
        ...
        return right("Delay counts from the drift to the first alarm after it.")

``wrong`` maps each plausible misconception to the code a learner who has it would write.
"""

import functools
import html
from collections.abc import Mapping
from dataclasses import dataclass

from helpers.course.claims import MIME

STATES = {
    "not attempted": ("○", "var(--jp-info-color1, #1976d2)"),
    "wrong": ("✘", "var(--jp-error-color1, #c62828)"),
    "right": ("✔", "var(--jp-success-color1, #2e7d32)"),
}


class NotRight(Exception):
    """Raised while grading by a check whose answer is missing or wrong."""

    def _render_traceback_(self):
        return [f"NotRight: {self}"]


class _Blank(Exception):
    """Raised inside a check when the learner's function returns nothing."""


class _Wrong(Exception):
    """Ends a check from within: the answer cannot be judged, or raised; carries what the learner is told."""


@dataclass(frozen=True)
class Feedback:
    """What a check says: the exercise's name, one of the three states, and a message."""

    exercise: str
    state: str
    message: str

    def grade(self):
        """Raise NotRight unless the answer is right; nbgrader gives the cell's points to a cell that does not raise."""
        if self.state != "right":
            raise NotRight(f"{self.exercise}: {self.state}. {self.message}")

    def _repr_mimebundle_(self, include=None, exclude=None):
        mark, colour = STATES[self.state]
        box = (
            f'<div style="border-left:4px solid {colour};padding:0.4em 0.8em;margin:0.3em 0">'
            f'<b style="color:{colour}">{mark} {self.state.capitalize()}</b><br>{html.escape(self.message)}</div>'
        )
        return {
            MIME: {"kind": "exercise", "exercise": self.exercise, "state": self.state, "message": self.message},
            "text/html": box,
            "text/plain": f"{mark} {self.state.capitalize()}. {self.message}",
        }


def wrong(hint):
    """The answer is wrong; `hint` points at the misconception without giving the answer away."""
    return "wrong", hint


def right(message):
    """The answer is right; `message` says why, in one sentence."""
    return "right", message


def misfiled(answer, truth, *, kinds=None):
    """Judge cases sorted into kinds: the cases that are in the wrong one. Capitals and outer spaces do not count.

    Called inside a check. Where the cases are not those of `truth`, or a kind is none of `kinds`, the learner is told.

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
    kinds = tuple(dict.fromkeys(kinds or truth.values()))
    if set(answer) != set(truth):
        raise _Wrong(f"Keep the names of the {len(truth)} cases as they are.")
    spelled = {kind.lower(): kind for kind in kinds}
    given = {case: spelled.get(str(answer[case]).strip().lower()) for case in truth}
    for case, kind in given.items():
        if kind is None:
            raise _Wrong(f"{answer[case]!r} is not one of the answers: {', '.join(kinds)}.")
    return {case: kind for case, kind in given.items() if kind != truth[case]}


def judge_sorting(answer, truth, *, hints, praise, kinds=None):
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


def exercise(*, wrong):
    """Make a function a check.

    Parameters
    ----------
    wrong : mapping of str to str
        For each plausible misconception, named in a few words, the code that takes the place of the solution.
        The tests prove that the check calls each of them wrong.

    Returns
    -------
    callable
        Called with the learner's answer, it returns :class:`Feedback`. A blank (``...`` or None, also inside a
        container, or a function that returns one) is *not attempted*.
    """
    if not wrong:
        raise ValueError("'wrong' must name at least one plausible wrong answer (got none)")

    def decorate(function):
        @functools.wraps(function)
        def check(*answers):
            state, message = _run(function, answers)
            return Feedback(function.__name__, state, message)

        check.wrong = dict(wrong)
        return check

    return decorate


def _run(function, answers):
    blank = ("not attempted", "Replace the dots in the cell above, run it, and run this cell again.")
    if any(_is_blank(answer) for answer in answers):
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
        raise TypeError(f"{function.__name__} must return wrong(hint) or right(message) (got {outcome!r})")
    return outcome


def _is_blank(answer):
    if answer is None or answer is ...:
        return True
    if isinstance(answer, Mapping):
        return any(_is_blank(value) for value in answer.values())
    return isinstance(answer, (list, tuple, set)) and any(_is_blank(value) for value in answer)


def _guarded(answer):
    """Wrap a learner's function, to tell its blank return value and its exceptions from the check's own."""
    if not callable(answer) or isinstance(answer, type):
        return answer

    @functools.wraps(answer)
    def call(*args, **kwargs):
        try:
            value = answer(*args, **kwargs)
        except Exception as error:
            raise _Wrong(
                f"{getattr(answer, '__name__', 'your function')} raised {type(error).__name__}: {error}"
            ) from error
        if _is_blank(value):
            raise _Blank
        return value

    return call
