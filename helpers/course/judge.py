"""The judge: one pass through a notebook grades a whole class, and no answer meets its check.

The given cells run once, in a process of their own (:mod:`helpers.course.judge_host`). At each exercise, before its
solution is run, that process forks one process per submission, which runs the learner's code and nothing else, and one
that imports the checks and hears the answers over sockets. Plain data alone crosses (:mod:`helpers.course.wire`).
This module is the side of the grader: it sends the cells, and ends an answer that takes too long.
"""

import ast
import contextlib
import functools
import itertools
import os
import re
import secrets
import select
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from helpers import ONE_THREAD
from helpers.course.notebooks import CourseError, profiles_of, tags
from helpers.course.release import BLANK, replace_solution
from helpers.course.wire import receive, send

# What a cell that goes on with the answer finds there: none, so that it goes on with the course's own.
UNANSWERED = """
from helpers.course.exercises import Feedback
feedback = Feedback("{}", "not attempted", "")"""
AT_ONCE = 50  # answers that are forked side by side, for one judge; they are heard one after the other
GIVEN_SECONDS = 600  # for one given cell
MAGIC = re.compile(r"(?m)^([ \t]*)(?:\w+[ \t]*=[ \t]*)?[%!].*$")  # a line that is not Python, but IPython's
STUB = "..., 'the answer'"  # stands for an answer; no template has this line
GRACE_SECONDS = 20  # for the judge itself, and for what it does once an answer has ended
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "MPLCONFIGDIR")  # of the environment


@dataclass(frozen=True)
class Limits:
    """What an answer may use: seconds for an exercise and for a notebook, memory, threads, and MB that it writes."""

    cell_seconds: int = 60
    seconds: int = 300
    memory_mb: int = 2048
    processes: int = 64
    output_mb: int = 16


DEFAULT = Limits()


@dataclass(frozen=True)
class LearnerCell:
    """A code cell of a learner: ``exercise`` is the one that it answers, empty for a cell of their own.

    `below` is the exercise whose check is the last one above it.
    """

    code: str
    exercise: str = ""
    below: str = ""


@dataclass(frozen=True)
class Hearing:
    """An exercise as its cells describe it: the check's call, and the names and code of the course's solution.

    `blank` is the answer's cell with nothing in it, `frame` the same with ``STUB`` where an answer would stand.
    """

    exercise: str
    expression: str
    names: list[str]
    solution: str
    blank: str
    frame: str


def judge_class(source, answers, *, limits=DEFAULT, sandboxed=True, misconceptions=None):
    """Judge the answers of many learners to one notebook.

    Parameters
    ----------
    source : NotebookNode
        The course's notebook.
    answers : dict of str to list of LearnerCell
        Each learner's cells, in order.
    limits : Limits
    sandboxed : bool, default True
        Whether answers are shut in. Without it they run with the permissions of whoever grades.
    misconceptions : dict, optional
        Filled with what the check says of each wrong answer that it names, by exercise and name.

    Returns
    -------
    dict of str to dict of str to (str, str)
        By learner and exercise: the state and the message of the check.

    Raises
    ------
    CourseError
        Where a given cell fails, or the process of the given cells ends.
    """
    topic = topic_of(source)
    verdicts = {learner: {} for learner in answers}
    left = dict.fromkeys(answers, float(limits.seconds))
    hearings, since = hearings_of(source), {}
    with Courtroom(limits, sandboxed) as room:
        for cell in _up_to_the_last_check(source):
            facts = cell.metadata.get("nbgrader", {})
            if facts.get("grade"):
                hearing = hearings[facts["grade_id"].removeprefix("check_")]
                pieces = [answer_of(cells, hearing, since) for cells in answers.values()]
                since[hearing.exercise] = set()
                heard = room.hear(topic, hearing, pieces, list(left.values()))
                if misconceptions is not None:
                    misconceptions[hearing.exercise] = room.hints(topic, hearing)
                for learner, (state, message, seconds) in zip(answers, heard, strict=True):
                    verdicts[learner][hearing.exercise] = state, message
                    left[learner] -= seconds
                room.run(f"{hearing.blank}\n{UNANSWERED.format(hearing.exercise)}")
            elif not facts.get("solution"):
                room.run(cell.source)
                for names in since.values():
                    names |= assigned(cell.source)
                if "parameters" in tags(cell):
                    quick = profiles_of(source).get("quick", {})
                    room.run("# Parameters\n" + "\n".join(f"{name} = {value!r}" for name, value in quick.items()))
    return verdicts


def _up_to_the_last_check(source):
    """The code cells; nothing is judged after the last check."""
    code = [cell for cell in source.cells if cell.cell_type == "code"]
    places = [place for place, cell in enumerate(code) if cell.metadata.get("nbgrader", {}).get("grade")]
    return code[: max(places, default=-1) + 1]


def topic_of(source):
    """The name of the module of checks that a notebook imports."""
    found = re.search(r"from helpers\.checks import (\w+)", "\n".join(cell.source for cell in source.cells))
    if found is None:
        raise CourseError("the notebook imports no checks")
    return found[1]


def hearings_of(source):
    """The exercises of a notebook by name.

    Returns
    -------
    dict of str to Hearing
    """
    marked = {c.metadata.nbgrader.grade_id: c for c in source.cells if c.metadata.get("nbgrader", {}).get("grade_id")}
    found = {}
    for name in [name.removeprefix("check_") for name, cell in marked.items() if cell.metadata.nbgrader.grade]:
        call = ast.parse(marked[f"check_{name}"].source.splitlines()[0]).body[0]
        expression = ast.unparse(call.value)
        solution = marked[name].source
        used = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
        names = sorted(used & assigned(solution))
        blank, frame = (replace_solution(marked[name], stub).source for stub in (BLANK, STUB))
        found[name] = Hearing(name, expression, names, solution, blank, frame)
    return found


@dataclass(frozen=True)
class _Read:
    """What is seen in the code of a cell: the names that it uses and sets, and whether it has dots."""

    used: frozenset[str]
    assigned: frozenset[str]
    has_dots: bool


@functools.lru_cache(maxsize=4096)
def _read(code):
    """Look into a cell, once: a learner's may be long."""
    tree = _parsed(code)
    nodes = list(ast.walk(tree))
    used = frozenset(node.id for node in nodes if isinstance(node, ast.Name))
    has_dots = any(isinstance(node, ast.Constant) and node.value is ... for node in nodes)
    return _Read(used, frozenset(_assigned(tree)), has_dots)


def assigned(code):
    """The variables that a cell sets at its top level, ``*`` among them for a star import; none if it is no Python."""
    return set(_read(code).assigned)


def _assigned(tree):
    names = set()
    for node in _scope(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _scope(tree):
    """The nodes of a cell that are not inside a function or a class; of a learner's cell, however deep it is."""
    waiting = [tree]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            yield node
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                waiting.append(node)


def _parsed(code):
    with warnings.catch_warnings(action="ignore"):  # about a learner's code, in the grader's terminal
        for text in (code, MAGIC.sub(r"\1pass", code)):
            with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                return ast.parse(text)
    return ast.Module([], [])


def answer_of(cells, hearing, since):
    """What one learner's answer consists of.

    That is the cell itself, the learner's own cells before it, and earlier answers that define something that these
    use. What a given cell has defined since then stays in place.

    Parameters
    ----------
    cells : list of LearnerCell
    hearing : Hearing
    since : dict of str to set of str
        By earlier exercise, the names that given cells have set after it.

    Returns
    -------
    dict
        ``pieces``, each with its ``code`` and the names to ``keep`` as they were, and ``template``, whether the answer
        still has dots.
    """
    place, names = _place_of(cells, hearing), set(hearing.names)
    if place is None:
        return {"pieces": [{"code": hearing.blank, "keep": []}], "template": True}
    after = itertools.takewhile(lambda cell: cell.exercise == "", cells[place + 1 :])
    below = hearing.exercise  # what a learner tries out below the check does not change what that said of the answer
    own = [cells[place], *(cell for cell in after if not (cell.below == below and names & _read(cell.code).used))]
    chosen = [{"code": cell.code, "keep": []} for cell in own]
    needed = set().union(*(_read(cell.code).used for cell in own))
    for cell in reversed(cells[:place]):
        kept, read = since.get(cell.exercise, set()), _read(cell.code)
        if cell.exercise == "" or (needed | {"*"}) & (read.assigned - kept):
            chosen.insert(0, {"code": cell.code, "keep": sorted(kept)})
            needed |= read.used
    last = next((cell for cell in reversed(own) if names & _read(cell.code).assigned), own[0])
    return {"pieces": chosen, "template": _read(last.code).has_dots}


def _place_of(cells, hearing):
    """Where the answer is: its cell, or else the last of the learner's own that sets one of its names."""
    name, sets = hearing.exercise, set(hearing.names)
    named = [place for place, cell in enumerate(cells) if cell.exercise == name]
    own = [place for place, cell in enumerate(cells) if not cell.exercise and cell.below != name]
    return next(iter(named + [place for place in reversed(own) if sets & _read(cells[place].code).assigned]), None)


class Courtroom:
    """The process in which the given cells run, as the grader sees it; its seed is known to no answer."""

    def __init__(self, limits, sandboxed):
        self.limits, self.sandboxed = limits, sandboxed
        self.seed = secrets.randbits(60)

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="judge-")
        self.errors = open(Path(self.folder.name, "errors.txt"), "w+", encoding="utf-8")
        self.control, theirs = socket.socketpair()
        modules = ["helpers.course.sandbox"] if self.sandboxed else []
        command = [sys.executable, "-m", *modules, "helpers.course.judge_host", str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                env=_environment(self.folder.name),
                cwd=self.folder.name,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.errors,
                start_new_session=True,
            )
        send(self.control, {"sandboxed": self.sandboxed, "limits": asdict(self.limits)})
        return self

    def __exit__(self, *error):
        self.control.close()
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()
        self.folder.cleanup()

    def run(self, code):
        """Run a given cell; raise CourseError where it fails."""
        if error := self._ask({"do": "run", "code": code}):
            raise CourseError(f"the course's own notebook fails: {error}")

    def hints(self, topic, hearing):
        """What the check says of each wrong answer that it names, by the answer's name."""
        bench, theirs = socket.socketpair()
        with bench:
            with theirs:
                self._ask({"do": "open", "number": 0, "topic": topic}, theirs)
            send(bench, asdict(hearing) | {"answers": [], "seed": self.seed, "stub": STUB})
            self._wait_for_judge(bench)
            told = receive(bench) if _is_ready(bench, GIVEN_SECONDS) else {}
            self._ask({"do": "close"})
        return told

    def _wait_for_judge(self, bench):
        """Wait until the judge has imported the checks, which is not the time of any answer."""
        if not _is_ready(bench, GIVEN_SECONDS) or not _told(bench):
            raise CourseError("the checks cannot be imported")

    def hear(self, topic, hearing, answers, left):
        """Hear the answers to one exercise.

        Parameters
        ----------
        topic : str
        hearing : Hearing
        answers : list of dict
            From :func:`answer_of`.
        left : list of float
            Seconds that each learner has left for this notebook.

        Returns
        -------
        list of (str, str, float)
            State, message and seconds taken of each.
        """
        heard = []
        while len(heard) < len(answers):
            part = slice(len(heard), len(heard) + AT_ONCE)
            heard += self._sit(topic, hearing, answers[part], left[part])
        return heard

    def _sit(self, topic, hearing, answers, left):
        """Hear some answers: all of them, or those up to one with which the judge's process was lost."""
        bench, theirs = socket.socketpair()
        with bench:
            with theirs:
                self._ask({"do": "open", "number": len(answers), "topic": topic}, theirs)
            send(bench, asdict(hearing) | {"answers": answers, "seed": self.seed, "stub": STUB})
            self._wait_for_judge(bench)
            heard = []
            try:
                for place, seconds in enumerate(left):
                    heard.append(self._listen(bench, place, max(min(seconds, self.limits.cell_seconds), 0)))
            except _Lost as lost:
                heard.append(("wrong", str(lost), GRACE_SECONDS))
            self._ask({"do": "close"})
        return heard

    def _listen(self, bench, place, seconds):
        started = time.monotonic()
        late = not _is_ready(bench, seconds)
        if late:
            self._ask({"do": "end", "answer": place})
            if not _is_ready(bench, GRACE_SECONDS):
                raise _Lost(f"the check took longer than {seconds:.0f} s with this answer")
        try:
            told = receive(bench)
        except (EOFError, OSError):
            raise _Lost("the check ended the judge's process with this answer") from None
        if not late:
            self._ask({"do": "end", "answer": place})
        state, message = ("wrong", f"took longer than {seconds:.0f} s") if late else (told["state"], told["message"])
        return state, message, time.monotonic() - started

    def _ask(self, request, along=None):
        try:
            send(self.control, request)
            if along is not None:
                socket.send_fds(self.control, [b"."], [along.fileno()])
            if _is_ready(self.control, GIVEN_SECONDS):
                return receive(self.control)
        except (EOFError, OSError):
            pass
        self.errors.seek(0)
        said = self.errors.read().strip().splitlines() or [f"no answer for {GIVEN_SECONDS} s"]
        raise CourseError(f"the process of the given cells ended: {' '.join(said)[-3000:]}")


class _Lost(Exception):
    """The judge's process ended, or does not answer."""


def _told(bench):
    with contextlib.suppress(EOFError, OSError):
        return receive(bench)
    return None


def _is_ready(channel, seconds):
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


def _environment(folder):
    """What the given cells and the answers see of the grader's environment, which may hold secrets: next to nothing."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # matplotlib's list of fonts
    # nobody looks at the figures, and drawing them is most of the work
    return kept | ONE_THREAD | {"HOME": folder, "TMPDIR": folder, "XDG_CACHE_HOME": cache, "MPLBACKEND": "agg"}
