"""The process in which a notebook's given cells run, and from which answers and judges are forked.

``python -m helpers.course.judge_host FD`` does what :mod:`helpers.course.judge` says over the inherited socket FD. It
never holds a check, an answer or a solution: answers go from the judge straight to their own processes, the checks are
imported in the judge's process, and the given cells go on as in a notebook whose exercises are blank.
"""

import ast
import asyncio
import contextlib
import functools
import gc
import importlib
import inspect
import linecache
import os
import re
import signal
import socket
import sys
import tempfile
import textwrap
import traceback
import types

from helpers.course import sandbox
from helpers.course.exercises import call_text, grade_with
from helpers.course.syllabus import ROOT
from helpers.course.unseen import FAILED, Unseen, plain
from helpers.course.wire import Malformed, decode, encode, receive, send

LARGEST_ANSWER = 16 * 2**20  # bytes of one message from an answer
CALLS = 40  # of a function that are remembered
FILES = 200  # that an answer may have at once
SHOWN_ERROR = 300  # characters of what an exception says
SHOWN_MESSAGE = 1500  # characters of what a check says
AWAITS = re.compile(r"\b(await|async)\b")

_given: set[str] = set()  # names of the functions of the checks that given cells have read
_to_judge: socket.socket | None = None  # in the process of an answer


def main():
    """Make a shell for the given cells, and serve until the other side hangs up."""
    control = socket.socket(fileno=int(sys.argv[1]))
    setup = receive(control)
    view = None
    if setup["sandboxed"]:
        shown = [sys.prefix, sys.base_prefix, str(ROOT / "helpers"), str(ROOT / "data"), *_libraries()]
        view = sandbox.View(shown, [str(ROOT / "helpers/checks")])
    sys.modules["helpers.checks"] = Checks("helpers.checks")
    Host(control, view, setup["limits"]).serve()


def _libraries():
    """The folders on Python's path, but not one that holds the course, nor the one that this process lies in."""
    here = os.getcwd()
    return [name for name in sys.path if os.path.isabs(name) and name != here and not ROOT.is_relative_to(name)]


class Checks(types.ModuleType):
    """Stands for the package of checks: what a given cell reads from a module of it is asked of another process."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return CheckModule(name)


class CheckModule:
    """Stands for one module of checks."""

    def __init__(self, topic):
        self._topic = topic

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return ask_checks(self._topic, name)


def ask_checks(topic, name, arguments=None, keywords=None):
    """Read a value of a module of checks, or call its function, in another process, so that it is in that one only.

    A given cell asks a process that does nothing else, an answer asks its judge.
    """
    request = {
        "ours": name,
        "a": None if arguments is None else list(map(encode, arguments)),
        "k": _encoded(keywords or {}),
    }
    channel = _to_judge or _library(topic)
    send(channel, request)
    told = receive(channel)
    if "error" in told:
        raise _error(told["error"])
    return decode(told["value"], lambda *_: _function_of_checks(topic, name))


def _function_of_checks(topic, name):
    _given.add(name)
    return lambda *arguments, **keywords: ask_checks(topic, name, arguments, keywords)


def tell_of_checks(checks, request):
    """What :func:`ask_checks` asked for, as it crosses, or the error that kept it from being made."""
    value = getattr(checks, request["ours"])
    if request["a"] is None:
        return {"value": encode(value, [])}
    keywords = {name: decode(given) for name, given in request["k"].items()}
    return _told(value, map(decode, request["a"]), keywords, [])


@functools.cache
def _library(topic):
    """Start the process that holds a module of checks for the given cells; the socket to it."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        try:
            ours.close()
            checks = import_checks(topic)
            while True:
                send(theirs, tell_of_checks(checks, receive(theirs)))
        finally:
            os._exit(0)
    theirs.close()
    return ours


def import_checks(topic):
    """Import the real checks; only in a process that no answer is forked from."""
    del sys.modules["helpers.checks"]
    return importlib.import_module(f"helpers.checks.{topic}")


class Host:
    """Runs given cells, and opens and closes hearings: one process per answer, and one that judges them."""

    def __init__(self, control, view, limits):
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        config = Config()
        config.HistoryManager.enabled = False  # a thread, and a file in the home
        self.shell = InteractiveShell.instance(config=config)
        self.shell.enable_gui = lambda gui=None: None  # for a learner's %matplotlib
        self.control, self.view, self.limits = control, view, limits
        self.answers, self.judge = [], 0

    def serve(self):
        """Do what is asked until the other side hangs up; then everything that was forked is ended."""
        actions = {"run": self.run, "open": self.open, "end": self.end, "close": self.close}
        with contextlib.suppress(EOFError):
            while True:
                request = receive(self.control)
                send(self.control, actions[request.pop("do")](**request))
        self.close()

    def run(self, code):
        """Run a given cell; return the error, or nothing."""
        ran = self.shell.run_cell(code, silent=True)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        error = ran.error_before_exec or ran.error_in_exec
        return f"{type(error).__name__}: {error}" if error else ""

    def open(self, number, topic):
        """Open a hearing of `number` answers, for which the judge gets a socket that is sent along."""
        (bench,) = socket.recv_fds(self.control, 1, 1)[1]
        gc.collect()
        gc.freeze()  # keep the shared pages shared
        mine = []
        for _ in range(number):
            ours, theirs = socket.socketpair()
            pid = sandbox.fork_alone() if self.view else os.fork()
            if pid == 0:
                self._only(answer, theirs)
            theirs.close()
            mine.append(ours)
            self.answers.append(pid)
        self.judge = os.fork()
        if self.judge == 0:
            self._only(judge, socket.socket(fileno=bench), mine, topic)
        os.close(bench)
        for channel in mine:
            channel.close()
        gc.unfreeze()
        return ""

    def _only(self, action, *arguments):
        """Do one thing in a forked process, and end it."""
        try:
            self.control.close()
            action(self, *arguments)
        finally:
            os._exit(1)

    def end(self, answer):
        """End the process of one answer."""
        os.kill(self.answers[answer], signal.SIGKILL)
        return ""

    def close(self):
        """End the hearing and every process of it."""
        pids = [pid for pid in (*self.answers, self.judge) if pid]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in pids:
            os.waitpid(pid, 0)
        self.answers, self.judge = [], 0
        return ""


def answer(host, channel):
    """The process of one answer: shut in, it gets its code, tells its values, and serves calls to its functions."""
    global _to_judge
    _to_judge = channel = _alone_with(channel)
    task = receive(channel)
    if any(AWAITS.search(piece["code"]) for piece in task["pieces"]):
        asyncio.set_event_loop(asyncio.new_event_loop())  # with a pair of sockets, which it cannot make once shut in
    _shut_in(host.view, host.limits)
    functions, error, namespace = [], None, host.shell.user_ns
    for name in ("helpers.checks", "check"):
        sys.modules.pop(name, None) or namespace.pop(name, None)
    blank = {name: namespace[name] for name in task["names"] if name in namespace}
    for piece in task["pieces"]:
        kept = {name: namespace[name] for name in piece["keep"] if name in namespace}
        error = _run(host.shell, piece["code"], namespace) or error
        namespace.update(kept)
    made = [name for name in task["names"] if name in namespace]
    if error:  # what the cell has not come to is as the blank left it
        made = [name for name in made if namespace[name] is not blank.get(name, ...)]
    values = {name: _told(namespace.get, [name], {}, functions) for name in made}
    send(channel, {"values": values, "error": error})
    with contextlib.suppress(EOFError):
        while True:
            call = receive(channel)
            keywords = {name: decode(value) for name, value in call["k"].items()}
            send(channel, _told(functions[call["f"]], map(decode, call["a"]), keywords, functions))


def _shut_in(view, limits):
    sandbox.limit(
        seconds=limits["cell_seconds"] + 1,
        memory_mb=limits["memory_mb"],
        processes=limits["processes"],
        file_mb=limits["output_mb"],
    )
    if view:
        os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME"), view.room))
        tempfile.tempdir = None  # which it remembers
        sandbox.confine(view, temporary_mb=limits["output_mb"], files=FILES)


def _alone_with(channel):
    """Close everything but this socket, give up the terminal, and read and write nothing."""
    os.setsid()
    descriptor = os.dup2(channel.detach(), 3)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    return socket.socket(fileno=descriptor)


def _run(shell, code, namespace):
    """Run one cell of a learner; return the error, or None."""
    try:
        source = shell.transform_cell(code)
        linecache.cache["<answer>"] = (len(source), None, source.splitlines(True), "<answer>")
        cell = compile(source, "<answer>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        waiting = eval(cell, namespace)
        if inspect.iscoroutine(waiting):
            asyncio.get_event_loop().run_until_complete(waiting)
    except BaseException as error:
        return _described(error)


def _told(function, arguments, keywords, functions):
    """What a function returns, as it crosses, or the error that kept it from being made."""
    try:
        return {"value": encode(function(*arguments, **keywords), functions)}
    except BaseException as error:
        return {"error": _described(error)}


def _described(error):
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<answer>"]
    try:
        said = str(error)[:SHOWN_ERROR]
    except BaseException:
        said = ""
    return {"kind": type(error).__name__, "said": said, "line": (lines or [""])[-1]}


def judge(host, bench, channels, topic):
    """The process of the judge: it alone imports the checks, and hears one answer after the other."""
    case = receive(bench)
    grade_with(case["seed"])
    check = import_checks(topic)
    bench_of = Bench(case, host.shell.user_ns | {"check": check}, getattr(check, case["exercise"]))
    if channels:
        bench_of.prepare()
    send(bench, "ready")
    if not channels:
        send(bench, bench_of.hints())
    sandbox.limit_memory(host.limits["memory_mb"])  # what an answer gives may let a check make more and more of it
    for channel, answer in zip(channels, case["answers"], strict=True):
        state, message = bench_of.hear(channel, answer)
        channel.close()
        send(bench, {"state": state, "message": shown(message)})


def shown(message):
    """What is told of a message, which may quote an answer at any length: one line that moves no terminal's cursor."""
    line = " ".join(message[: 2 * SHOWN_MESSAGE].split())
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return text if len(text) <= SHOWN_MESSAGE else text[: SHOWN_MESSAGE - 1] + "…"


class Bench:
    """Hears the answers to one exercise.

    Parameters
    ----------
    case : dict
        ``names``, the variables that make an answer; ``expression``, the call of the check; ``solution`` and ``frame``,
        the code of the cell with its solution, and with ``stub`` in its place; ``seed``, which no answer knows.
    namespace : dict
        What the expression uses beside the answer.
    check : callable
        Names other right answers, and wrong ones.
    """

    def __init__(self, case, namespace, check):
        self.case, self.namespace, self.check = case, namespace, check

    def hear(self, channel, answer):
        """Judge one answer.

        Parameters
        ----------
        channel : socket
            To the answer's process.
        answer : dict
            ``pieces``, its code, and ``template``, whether that still has dots.

        Returns
        -------
        (str, str)
            The state and the message of the check's feedback.
        """
        witness = Witness(channel, answer["template"], self.namespace["check"])
        try:
            values = witness.values(answer["pieces"], self.case["names"])
            feedback = eval(self.case["expression"], self.namespace | values)
            state, message = feedback.state, feedback.message
            for name, function in values.items():
                if state == "right" and getattr(function, "calls", None):
                    differs = self.unseen[name].first_difference(function, function.calls.kept)
                    if differs:
                        return (
                            "wrong",
                            "Right on the inputs of the check, but not on others, or not when asked again: "
                            f"{call_text(name, *differs)}.",
                        )
            return state, message
        except Refused as error:
            return "wrong", str(error)

    @functools.cached_property
    def unseen(self):
        """By name of a function: inputs that no answer has seen."""
        spaces = [self._run(self.case["solution"])]
        spaces += [self._run(self._filled(code)) for code in self.check.right_too.values()]
        return {name: Unseen([space[name] for space in spaces], self.case["seed"]) for name in self.case["names"]}

    def prepare(self):
        """Draw the unseen inputs with the calls of the solution, so that no answer waits for it."""
        with contextlib.suppress(Exception):
            space = self._run(self.case["solution"])
            called = {name: _recorded(space[name]) for name in self.case["names"] if callable(space[name])}
            eval(self.case["expression"], space | called)
            for name, function in called.items():
                if function.calls:
                    self.unseen[name].first_difference(space[name], function.calls.kept)

    def hints(self):
        """What the check says of each wrong answer that it names, by the answer's name."""
        told = {}
        for label, code in self.check.wrong.items():
            with contextlib.suppress(Exception):
                space = self._run(self._filled(code))
                told[label] = shown(eval(self.case["expression"], space).message)
        return told

    def _filled(self, code):
        """The answer's cell with `code` in it."""
        line = rf"(?m)^( *){re.escape(self.case['stub'])}$"
        return re.sub(line, lambda stub: textwrap.indent(code, stub[1]), self.case["frame"])

    def _run(self, code):
        space = dict(self.namespace)
        exec(code, space)
        return space


class Refused(BaseException):
    """Ends a hearing, and no check may catch it: there is no value, or one that cannot cross, or the process ended."""


class Witness:
    """The judge's side of one answer: its values, and functions that ask for the answer's when called.

    An answer may call the functions of the `checks` that the given cells before it go on with.
    """

    def __init__(self, channel, is_template, checks):
        self.channel, self.is_template, self.checks = channel, is_template, checks

    def values(self, pieces, names):
        """Send an answer's code; return its values by name, or raise Refused."""
        told = self._ask({"pieces": pieces, "names": names})
        given, error = told.get("values"), told.get("error")
        for name in names:
            if not isinstance(given, dict) or name not in given:
                said = _facts(error) if error else {"kind": "NameError", "said": f"name {name!r} is not defined"}
                raise Refused(f"{said['kind']}: {said['said']}")
        return {name: self._value(given[name]) for name in names}

    def _value(self, told):
        if isinstance(told, dict) and "error" in told:
            raise Refused(_facts(told["error"])["said"])
        return self._rebuilt(told, self._function)

    def _function(self, place, name):
        calls = Calls()

        def call(*arguments, **keywords):
            request = {"a": list(map(encode, arguments)), "k": _encoded(keywords)}
            kept = calls.add(request)
            told = self._ask(request | {"f": place})
            if "error" in told:
                request["r"] = FAILED
                raise _error(told["error"])
            value = self._rebuilt(told)
            if kept:
                request["r"] = plain(value)
            return value

        call.__name__ = name[:80]
        vars(call).update(is_template=self.is_template, calls=calls)
        return call

    def _ours(self, request):
        try:
            is_call = request["ours"] in _given and request["a"] is not None
            return tell_of_checks(self.checks, request) if is_call else {}
        except (Malformed, KeyError, TypeError, AttributeError) as error:
            raise Refused(f"the answer asks for what cannot be read: {error}") from None

    def _ask(self, message):
        try:
            send(self.channel, message)
            told = receive(self.channel, LARGEST_ANSWER)
            while isinstance(told, dict) and "ours" in told:
                send(self.channel, self._ours(told))
                told = receive(self.channel, LARGEST_ANSWER)
        except (EOFError, OSError):
            raise Refused("the answer's process ended: too much memory or time, or killed") from None
        except Malformed as error:
            raise Refused(f"the answer gave back what cannot be read: {error}") from None
        if not isinstance(told, dict):
            raise Refused("the answer gave back what cannot be read: another form than expected")
        return told

    def _rebuilt(self, told, function=None):
        try:
            return decode(told["value"], function)
        except (Malformed, KeyError, TypeError) as error:
            raise Refused(f"the answer gave back what cannot be read: {error}") from None


class Calls:
    """Some of the calls of a function, spread evenly over all of them."""

    def __init__(self):
        self.kept, self.number, self.stride = [], 0, 1

    def __len__(self):
        return len(self.kept)

    def add(self, request):
        """Keep a call, as it was sent, if it is its turn; return whether it was."""
        is_due = self.number % self.stride == 0
        if is_due:
            self.kept.append(request)
        self.number += 1
        if len(self.kept) > CALLS:
            self.kept, self.stride = self.kept[::2], 2 * self.stride
        return is_due


def _recorded(function):
    """The function, with its calls remembered as they would cross."""
    calls = Calls()

    @functools.wraps(function)
    def call(*arguments, **keywords):
        calls.add({"a": list(map(encode, arguments)), "k": _encoded(keywords)})
        return function(*arguments, **keywords)

    vars(call)["calls"] = calls
    return call


def _encoded(keywords):
    return {name: encode(value) for name, value in keywords.items()}


def _facts(error):
    """What is told about an error of the answer, as text."""
    told = error if isinstance(error, dict) else {}
    return {name: str(told.get(name, ""))[:SHOWN_ERROR] for name in ("kind", "said", "line")}


def _error(told):
    """An exception as the answer raised it, by its class's name."""
    facts = _facts(told)
    error = type(facts["kind"] if facts["kind"].isidentifier() else "Exception", (Exception,), {})(facts["said"])
    vars(error)["answer_line"] = facts["line"]
    return error


if __name__ == "__main__":
    main()
