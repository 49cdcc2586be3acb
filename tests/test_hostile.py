"""Hostile submissions: none scores, none learns anything, none stops the others; and each would, without its defense.

An attack either makes its answer right or ends with ``ValueError: DONE``. Each is tried as it would be graded, and in a
control: in one process with the check, without the sandbox, or with wider limits. There it must succeed.
"""

import importlib
import json
import os
import signal
import socket
import string
import subprocess
import sys
import threading
from dataclasses import dataclass, replace

import pytest
from nbformat.v4 import new_code_cell

from helpers.checks.concept_drift import PANELS
from helpers.course.judge import LearnerCell, Limits, hearings_of, judge_class
from helpers.course.notebooks import read_notebook
from helpers.course.sandbox import is_available
from helpers.course.syllabus import NOTEBOOKS, ROOT

pytestmark = pytest.mark.skipif(not is_available(), reason="this platform offers no sandbox")
EXERCISES = ("kinds", "panel", "judge", "pick")
LIMITS = Limits(cell_seconds=5, seconds=40, memory_mb=400, processes=40, output_mb=8)
WIDE = replace(LIMITS, cell_seconds=120, seconds=240, memory_mb=3000, processes=400, output_mb=100)
GIVEN = """\
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
columns = ["false_per_10k", "delay_sudden", "delay_gradual", "missed_sudden"]
race = pd.DataFrame([[2.0, 10.0, 90.0, 0.0], [0.5, 50.0, 60.0, 0.0]], ["loud", "calm"], columns)"""


@dataclass(frozen=True)
class Attack:
    """Code in the place of the answer to one exercise; `control` is where it must succeed; else what must be said."""

    name: str
    exercise: str
    code: str
    control: str = ""
    said: str = ""


def small_source():
    source = read_notebook(NOTEBOOKS / "week1/03_concept_drift.ipynb")
    ids = {name for exercise in EXERCISES for name in (exercise, f"check_{exercise}")}
    exercises = [cell for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade_id") in ids]
    source.cells = [new_code_cell(f"{GIVEN}\nfrom helpers.checks import concept_drift as check"), *exercises]
    return source


FAKE = 'Feedback("x", "right", "")'
REAL = """\
import helpers.course.exercises as e
import helpers.checks.concept_drift as real
from helpers.course.exercises import Feedback
"""
WALK = """\
    import sys
    frame = sys._getframe()
    while frame:
        if "wrong" in frame.f_globals and "right" in frame.f_globals:
            frame.f_globals["wrong"] = frame.f_globals["right"]
        frame = frame.f_back
"""
PEEK = """\
def peek():
    import sys
    frame = sys._getframe()
    while frame:
        if isinstance(frame.f_locals.get("truth"), dict):
            return frame.f_locals["truth"]
        frame = frame.f_back
    return {}
"""
TRACER = """\
import sys
def tracer(frame, event, arg):
    if frame.f_code.co_name == "judge_sorting":
        frame.f_globals["misfiled"] = lambda *answers, **options: {}
"""
TOGETHER = "one process with the check"
FORGING = [
    Attack("a check replaced", "kinds", f"{REAL}real.kinds = lambda *a: {FAKE}\nkinds = {{}}", TOGETHER),
    Attack("the runner of checks replaced", "kinds", f"{REAL}e._run = lambda *a: ('right', '')\nkinds = {{}}",
           TOGETHER),
    Attack("wrong is right", "judge", f"{REAL}real.wrong = real.right\ndef judge(a, d):\n    return 0, 0", TOGETHER),
    Attack("nothing is misfiled", "kinds", f"{REAL}e.misfiled = lambda *a, **k: {{}}\nkinds = {{}}", TOGETHER),
    Attack(
        "feedback that always says right", "kinds",
        f"{REAL}Feedback.__getattribute__ = lambda self, name: 'right'\nkinds = {{}}", TOGETHER,
    ),
    Attack("replaced from C", "judge", f"{REAL}import ctypes\nset = ctypes.pythonapi.PyObject_SetAttrString\n"
           "set.argtypes = [ctypes.py_object, ctypes.c_char_p, ctypes.py_object]\nset(real, b'wrong', real.right)\n"
           "def judge(a, d):\n    return 0, 0", TOGETHER),
    Attack("replaced by a thread", "kinds", f"{REAL}import threading\n"
           "t = threading.Thread(target=setattr, args=(e, '_run', lambda f, a: ('right', '')))\n"
           "t.start()\nt.join()\nkinds = {}", TOGETHER),
    Attack("up the frames", "judge", f"def judge(a, d):\n{WALK}    return 0, 0", TOGETHER),
    Attack("up the frames, from a signal", "judge", f"""\
import signal, time
def handler(number, frame):
{WALK}
signal.signal(signal.SIGALRM, handler)
def judge(a, d):
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.05)
    return 0, 0""", TOGETHER),
    Attack("up the frames, from an iterator", "judge", f"""\
class Lying:
    def __iter__(self):
        def walk():
        {WALK.replace(chr(10), chr(10) + "        ")}
        walk()
        return iter((0, 0))
def judge(a, d):
    return Lying()""", TOGETHER),
    Attack("the truth from the garbage collector", "kinds", """\
import gc
kinds = next(d["INCIDENTS"] for d in gc.get_objects() if type(d) is dict and type(d.get("INCIDENTS")) is dict)""",
           TOGETHER),
    Attack("code from the garbage collector", "judge", """\
import gc, types
for f in gc.get_objects():
    if isinstance(f, types.FunctionType) and f.__name__ == "wrong" and f.__module__ == "helpers.course.exercises":
        f.__code__ = (lambda hint: ("right", hint)).__code__
def judge(a, d):
    return 0, 0""", TOGETHER),
    Attack("a trace function", "kinds", f"{TRACER}sys.settrace(tracer)\nkinds = {{}}", TOGETHER),
    Attack("a profile function", "kinds", f"{TRACER}sys.setprofile(tracer)\nkinds = {{}}", TOGETHER),
    Attack("a module planted", "kinds", f"""\
import sys, types
from helpers.course.exercises import Feedback
sys.modules["helpers.checks.concept_drift"] = types.SimpleNamespace(kinds=lambda *a: {FAKE})
kinds = {{}}""", TOGETHER),
    Attack("a finder planted", "kinds", f"""\
import sys, types, importlib.machinery as machinery
from helpers.course.exercises import Feedback
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "helpers.checks.concept_drift":
            return machinery.ModuleSpec(name, self)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        module.kinds = lambda *a: {FAKE}
sys.modules.pop("helpers.checks.concept_drift", None)
sys.meta_path.insert(0, Finder())
kinds = {{}}""", TOGETHER),
    Attack("a text that is never equal and never different", "pick", """\
class Lying(str):
    __hash__ = str.__hash__
    def __eq__(self, other):
        return False
    def __ne__(self, other):
        return False
def pick(table, forms_per_day, days_per_false_alarm):
    return Lying("x")""", TOGETHER),
    Attack("a dict that looks up the caller's", "kinds", f"""\
{PEEK}
class Lying(dict):
    def __getitem__(self, name):
        return peek()[name]
kinds = Lying(kinds)
for name in kinds:
    kinds[name] = "neither\"""", TOGETHER),
    Attack("a mapping that looks up the caller's", "kinds", f"""\
{PEEK}
import collections.abc
class Lying(collections.abc.Mapping):
    def __init__(self, names):
        self.names = names
    def __iter__(self):
        return iter(self.names)
    def __len__(self):
        return len(self.names)
    def __getitem__(self, name):
        return peek()[name] if peek() else "neither"
kinds = Lying(list(kinds))""", TOGETHER),
    Attack("something like a Series", "kinds", f"""\
{PEEK}
class Lying:
    ndim = 1
    def to_dict(self):
        return peek()
kinds = Lying()""", TOGETHER),
]  # fmt: skip

OPEN = "no sandbox"
READ = "kinds = spoils['INCIDENTS']"
THEFT = [
    Attack("imports the checks", "kinds", "from helpers.checks import concept_drift as c\nkinds = c.INCIDENTS",
           OPEN),
    Attack("imports them by name", "kinds",
           "import importlib\nkinds = importlib.import_module('helpers.checks.concept_drift').INCIDENTS", OPEN),
    Attack("loads them from their file", "kinds", """\
import importlib.util
spec = importlib.util.spec_from_file_location("mine", "$root/helpers/checks/concept_drift.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
kinds = module.INCIDENTS""", OPEN),
    Attack("runs their file", "kinds",
           f"import runpy\nspoils = runpy.run_path('$root/helpers/checks/concept_drift.py')\n{READ}", OPEN),
    Attack("reads their text", "kinds",
           f"spoils = {{}}\nexec(open('$root/helpers/checks/concept_drift.py').read(), spoils)\n{READ}", OPEN),
    Attack("asks the package for it", "kinds", f"""\
import pkgutil
spoils = {{}}
exec(pkgutil.get_data("helpers.course", "../checks/concept_drift.py"), spoils)
{READ}""", OPEN),
    Attack("reads their compiled form", "kinds", f"""\
import glob, marshal
spoils = {{}}
name = glob.glob("$root/helpers/checks/__pycache__/concept_drift.*.pyc")[0]
exec(marshal.loads(open(name, "rb").read()[16:]), spoils)
{READ}""", OPEN),
    Attack("reads the solution in the notebook", "kinds", """\
import json
for cell in json.load(open("$root/notebooks/week1/03_concept_drift.ipynb"))["cells"]:
    if cell["metadata"].get("nbgrader", {}).get("grade_id") == "kinds":
        exec("".join(cell["source"]))""", OPEN),
    Attack("reads the solution in the outer notebook folder", "kinds", """\
import glob, json
for cell in json.load(open(glob.glob("$root/../*/notebooks/week1/03_concept_drift.ipynb")[0]))["cells"]:
    if cell["metadata"].get("nbgrader", {}).get("grade_id") == "kinds":
        exec("".join(cell["source"]))""", OPEN),
]  # fmt: skip

DONE = "raise ValueError('DONE')"
ASK = "import sys\nask = sys._getframe(1).f_globals['ask_checks']\n"
LIBC = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"


def leak(name, code, control=OPEN):
    return Attack(name, "panel", f"{code}\n{DONE}", control)


LEAKS = [
    leak(
        "a port on this machine",
        "import socket\nassert socket.create_connection(('127.0.0.1', $port), 2).recv(9) == b'secret'",
    ),
    leak(
        "a socket in a folder",
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('$unix')\nassert s.recv(9) == b'secret'",
    ),
    leak(
        "an abstract socket",
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('\\0$abstract')\nassert s.recv(9) == b'secret'",
    ),
    leak("the machine's networks", "import socket\nassert socket.if_nameindex()"),
    leak("the networks in /sys", "import os\nassert os.listdir('/sys/class/net')"),
    leak("the machine's name", "import os\nassert os.uname().nodename == '$host'"),
    leak("the users", "assert open('/etc/passwd').read()"),
    leak("a private file", "assert open('$secret').read() == 'secret'"),
    leak("a folder of others", "import os\nassert os.listdir('$folder')"),
    leak(
        "the temporary folder",
        "import os, sys\nassert [n for n in os.listdir('/tmp') if not sys.prefix.startswith('/tmp/' + n)]",
    ),
    leak("the history of the course", "import os\nassert os.path.exists('$root/.git')"),
    leak("the tests", "import os\nassert os.listdir('$root/tests')"),
    leak("the folder of the checks", "import os\nassert os.listdir('$root/helpers/checks')"),
    leak("what lies beside the course", "import os\nassert set(os.listdir('$root/..')) - {'$course'}"),
    leak("the environment", "import os\nassert os.environ['GRADER_SECRET'] == 'secret'", TOGETHER),
    leak("the grader's environment", "assert open('/proc/$grader/environ').read()"),
    leak(
        "other processes", "import os\nassert [p for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid()]"
    ),
    leak(
        "inherited files",
        """\
import os
found = []
for number in range(4, 64):
    try:
        found.append(os.fstat(number))
    except OSError:
        pass
assert found""",
        TOGETHER,
    ),
    leak("a signal to another process", "import os\nos.kill($victim, 0)"),
    leak("a trace of another process", f"{LIBC}assert libc.ptrace(0x4206, $victim, 0, 0) == 0"),
    leak("the memory of another process", f"{LIBC}assert libc.process_vm_readv($victim, 0, 0, 0, 0, 0) == 0"),
    leak("a handle on another process", "import os\nos.pidfd_open($victim)"),
    leak("memory that is shared by key", f"{LIBC}assert libc.shmget($key, 0, 0) >= 0"),
    leak("another root", "import os\nos.chroot('/')"),
    leak("namespaces", f"{LIBC}assert libc.unshare(0x10000000) == 0"),
    leak("a mount", f"{LIBC}assert libc.mount(b'none', b'$mount', b'tmpfs', 0, None) == 0\nlibc.umount(b'$mount')"),
    leak("a program", "import subprocess\nassert subprocess.run(['/bin/echo']).returncode == 0"),
    leak("a file for others", "open('$folder/left', 'w').write('mine')"),
]

WIDER = "wider limits"
EXHAUSTION = [
    leak("memory", "hoard = [bytearray(10**8) for _ in range(6)]", WIDER),
    leak("memory of arrays", "import numpy as np\nhoard = np.ones(10**8)", WIDER),
    leak("shared memory", "import mmap\nhoard = [mmap.mmap(-1, 10**8) for _ in range(6)]", WIDER),
    leak("memory without a name", "import os\nos.memfd_create('hoard')"),
    leak("memory by key", f"{LIBC}assert (n := libc.shmget(0, 10**8, 0o1600)) >= 0\nlibc.shmctl(n, 0, None)"),
    leak("memory in a folder", "import os\nn = '/dev/shm/hoard-$grader'\nopen(n, 'w').write('x')\nos.remove(n)"),
    leak("many files", "import tempfile\nfiles = [tempfile.mkstemp()[0] and tempfile.mkdtemp() for _ in range(40)]\n"
         "more = [tempfile.mkdtemp() for _ in range(400)]"),
    leak("a full folder", "import os, tempfile\nd = tempfile.mkdtemp()\n"
         "for n in range(40):\n    open(os.path.join(d, str(n)), 'wb').write(bytes(10**6))"),
    leak("a large file", "import tempfile\nopen(tempfile.mkdtemp() + '/x', 'wb').write(bytes(3 * 10**7))", WIDER),
    leak("open files", "import os\nhoard = [os.dup(1) for _ in range(100)]", TOGETHER),
    leak("a process", "import os\nif os.fork() == 0:\n    os._exit(0)"),
    leak("threads", """\
import threading
threading.stack_size(65536)
stop = threading.Event()
hoard = [threading.Thread(target=stop.wait, daemon=True) for _ in range(100)]
for thread in hoard:
    thread.start()
stop.set()""", WIDER),
    leak("processor time", "import time\nend = time.monotonic() + 7\nwhile time.monotonic() < end:\n    pass", WIDER),
    leak("waiting", "import time\ntime.sleep(7)", WIDER),
    leak("waiting, whatever comes", """\
import signal, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
end = time.monotonic() + 7
while time.monotonic() < end:
    try:
        time.sleep(1)
    except BaseException:
        pass""", WIDER),
    Attack("slow at every call", "judge", """\
import time
def judge(alarms, drift_at):
    time.sleep(0.6)
    after = [a - drift_at for a in alarms if a >= drift_at]
    return len(alarms) - len(after), min(after) if after else float("nan")""", WIDER),
]  # fmt: skip

UNREADABLE = "the answer gave back what cannot be read"
ENDED = "the answer's process ended"
TELL = """\
import json, os, struct, time
def tell(message):
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    os.write(3, struct.pack("!I", len(raw)) + raw)
"""


def odd(name, code, said=UNREADABLE):
    return Attack(name, "panel", code, said=said)


def message(name, text, said=UNREADABLE):
    return odd(name, f"{TELL}tell({text})\ntime.sleep(100)", said)


ODDITIES = [
    odd("no memory at all", "import ctypes\nctypes.string_at(0)", ENDED),
    odd("an abort", "import os\nos.abort()", ENDED),
    odd("an exit", "import os\nos._exit(0)", ENDED),
    odd("a stack that overflows", "import sys\nsys.setrecursionlimit(10**9)\ndef f():\n    return f()\nf()", "wrong"),
    odd("an answer without end", "import itertools\npanel = itertools.count()", "more than 1,000,000 values"),
    odd("an answer that is too large", "panel = 'x' * 40_000_000", "larger than 16 MB"),
    odd("an answer that is too deep", "panel = []\nfor _ in range(10**5):\n    panel = [panel]", "nested too deep"),
    odd("an answer in a ring", "panel = []\npanel.append(panel)", "nested too deep"),
    odd("a number that is too long", f"panel = dict.fromkeys({[*PANELS]}, 10**10000)", "wrong"),
    odd("a sum that is too deep to look at", f"panel = {{}}\nx = {'+'.join('1' * 2900)}", "is missing"),
    odd("a name that is too deep to look at", f"panel = {{}}\nx = panel{'.x' * 2000}", "is missing"),
    Attack(
        "a name that an earlier solution sets", "judge", f"if 'concept' in globals():\n    {DONE}", said="NameError"
    ),
    Attack(
        "a value that no given cell reads is asked for",
        "judge",
        f"{ASK}ask('concept_drift', '__name__')\n{DONE}",
        said="KeyError",
    ),
    Attack(
        "a function that no given cell reads is asked for",
        "judge",
        f"{ASK}ask('concept_drift', 'right', ['yes'])\n{DONE}",
        said="KeyError",
    ),
    Attack(
        "a function of an earlier solution",
        "pick",
        f"""\
import gc, types
for f in gc.get_objects():
    if isinstance(f, types.FunctionType) and f.__name__ == "judge" and "after" in f.__code__.co_varnames:
        {DONE}""",
        said="NameError",
    ),
    odd("an empty array of any length", "panel = np.empty((10**9, 0))"),
    odd("a long text in what is told", f"panel = dict.fromkeys({[*PANELS]} + ['x' * 10**6], 'A')", "…"),
    odd("what moves a cursor in what is told", "raise ValueError('\\x1b[2J')", "\\x1b[2J"),
    odd("a figure", "panel = plt.figure()", "a Figure is not plain data"),
    odd("a class", "class panel: pass", "a type is not plain data"),
    message("no JSON", "b'no'"),
    message("a deep message", "b'[' * 10**6"),
    message("a list", "[]"),
    message("a verdict", "{'state': 'right', 'message': ''}", "NameError"),
    message("no value", "{'values': {'panel': {}}}"),
    message("a value of another form", "{'values': {'panel': {'value': [1]}}}"),
    message("a kind that is not known", "{'values': {'panel': {'value': {'!': 'object', 'v': 1}}}}"),
    message("a dict of lists", "{'values': {'panel': {'value': {'!': 'dict', 'v': [[{'!': 'list', 'v': []}, 1]]}}}}"),
    message(
        "objects as an array",
        "{'values': {'panel': {'value': {'!': 'array', 'd': '|O', 's': [1], 'v': '', 'scalar': False}}}}",
    ),
    message(
        "an array of a false size",
        "{'values': {'panel': {'value': {'!': 'array', 'd': '<f8', 's': [10**12], 'v': '', 'scalar': False}}}}",
    ),
    message(
        "an index without end",
        "{'values': {'panel': {'value': {'!': 'index', 'v': {'range': [0, 10**12, 1], 'n': [None]}}}}}",
    ),
    message(
        "one value for a long column",
        "{'values': {'panel': {'value': {'!': 'series', 'v': {'d': '', 'v': {'d': '<f8', 's': [], 'v': 8 * 'AAAA', "
        "'scalar': True}}, 'i': {'range': [0, 10**6, 1], 'n': [None]}, 'n': [None]}}}}",
    ),
    message(
        "an unknown generator",
        "{'values': {'panel': {'value': {'!': 'generator', 'v': {'bit_generator': 'get_state'}}}}}",
    ),
    message(
        "a function in the place of data", "{'values': {'panel': {'value': {'!': 'function', 'v': 'x', 'name': 'x'}}}}"
    ),
    message("an error of an odd form", "{'values': {'panel': {'error': [1]}}}", "wrong"),
    odd("a length that is a lie", f"{TELL}os.write(3, b'\\xff' * 4)\ntime.sleep(100)"),
    odd("half a message", f"{TELL}os.write(3, b'\\0\\0\\0\\x09ab')\nos._exit(0)", ENDED),
]
ATTACKS = FORGING + THEFT + LEAKS + EXHAUSTION + ODDITIES


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What the attacks are after: sockets that tell a secret, a private file, a sleeping process, shared memory."""
    import ctypes

    folder = tmp_path_factory.mktemp("world")
    (folder / "secret").write_text("secret")
    (folder / "secret").chmod(0o600)
    (folder / "mount").mkdir()
    sockets = {"port": ("127.0.0.1", 0), "unix": str(folder / "unix"), "abstract": f"\0judge-{os.getpid()}"}
    listening = []
    for address in sockets.values():
        listener = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
        listener.bind(address)
        listener.listen()
        listening.append(listener)
        threading.Thread(target=_tell_all, args=[listener], daemon=True).start()
    victim = subprocess.Popen(["sleep", "1000"])
    libc, key = ctypes.CDLL(None), os.getpid()
    segment = libc.shmget(key, 4096, 0o1666)
    yield {
        "port": listening[0].getsockname()[1], "unix": sockets["unix"], "abstract": sockets["abstract"][1:],
        "secret": folder / "secret", "folder": folder, "mount": folder / "mount", "root": ROOT, "course": ROOT.name,
        "host": os.uname().nodename, "grader": os.getpid(), "victim": victim.pid, "key": key,
    }  # fmt: skip
    libc.shmctl(segment, 0, None)
    victim.kill()
    victim.wait()
    for listener in listening:
        listener.close()


def _tell_all(listener):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.sendall(b"secret")
        connection.close()


def tried(attacks, world, limits=LIMITS, *, sandboxed=True):
    """Grade all attacks as one class; return the verdicts by attack and exercise."""
    source = small_source()
    solutions = {name: hearing.solution for name, hearing in hearings_of(source).items()}
    class_of = {}
    for attack in attacks:
        code = string.Template(attack.code).safe_substitute(world)
        template = next(c.source for c in source.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "kinds")
        opening = template.split("### BEGIN")[0] if attack.exercise == "kinds" else ""
        answers = solutions | {attack.exercise: opening + code}
        class_of[attack.name] = [LearnerCell(text, name) for name, text in answers.items()]
    return judge_class(source, class_of, limits=limits, sandboxed=sandboxed)


def succeeded(verdict):
    return verdict[0] == "right" or "ValueError: DONE" in verdict[1]


@pytest.fixture(scope="module")
def graded(world):
    return tried(ATTACKS, world)


@pytest.fixture(scope="module")
def controls(world):
    """The verdicts of the attacks where their defense is off."""
    by_control = {name: [attack for attack in ATTACKS if attack.control == name] for name in (OPEN, WIDER, TOGETHER)}
    found = tried(by_control[OPEN], world, WIDE, sandboxed=False) | tried(by_control[WIDER], world, WIDE)
    told = {
        name: verdicts[attack.exercise] for attack in ATTACKS for name, verdicts in found.items() if name == attack.name
    }
    return told | {attack.name: in_one_process(attack) for attack in by_control[TOGETHER]}


def in_one_process(attack):
    """The verdict where an answer and its check share a process, as they do in a notebook."""
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            os.environ["GRADER_SECRET"] = "secret"
            os.write(writer, json.dumps(_together(attack)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(told)


def _together(attack):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    namespace, source = {}, small_source()
    exec(source.cells[0].source, namespace)
    cell = next(c.source for c in source.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "kinds")
    try:
        exec((cell.split("### BEGIN")[0] if attack.exercise == "kinds" else "") + attack.code, namespace)
    except Exception as error:
        return "wrong", f"{type(error).__name__}: {error}"
    namespace["check"] = sys.modules.get("helpers.checks.concept_drift") or importlib.import_module(
        "helpers.checks.concept_drift"
    )
    feedback = eval(hearings_of(source)[attack.exercise].expression, namespace)
    return feedback.state, feedback.message


def test_there_are_enough_of_each_kind():
    assert len(ATTACKS) == len({attack.name for attack in ATTACKS}) >= 60
    assert all(bool(attack.control) != bool(attack.said) for attack in ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_fails_and_costs_its_own_exercise_only(attack, graded):
    verdicts = graded[attack.name]
    assert not succeeded(verdicts[attack.exercise])
    assert attack.said in ": ".join(verdicts[attack.exercise])
    others = {name: verdict for name, verdict in verdicts.items() if name != attack.exercise}
    assert len(others) == len(EXERCISES) - 1
    assert {state for state, _ in others.values()} == {"right"}, others


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.control], ids=lambda attack: attack.name)
def test_the_attack_succeeds_where_its_defense_is_off(attack, controls):
    if attack.control == OPEN and os.getuid() != 0 and attack.name in ("another root", "a mount", "namespaces"):
        pytest.skip("only root can do this without the sandbox")
    if attack.name == "what lies beside the course" and len(list(ROOT.parent.iterdir())) == 1:
        pytest.skip("nothing lies beside this checkout")
    assert succeeded(controls[attack.name]), controls[attack.name]


def test_what_one_answer_has_taken_the_next_one_lacks():
    """Two answers that wait: the second gets what the first has left of the seconds for the notebook."""
    source = small_source()
    wait = "import time\ntime.sleep(1000)"
    cells = [LearnerCell(wait, "kinds"), LearnerCell(wait, "panel")]
    verdicts = judge_class(source, {"ann": cells}, limits=replace(LIMITS, cell_seconds=3, seconds=4))["ann"]
    assert verdicts["kinds"] == ("wrong", "took longer than 3 s")
    assert verdicts["panel"][1] in ("took longer than 0 s", "took longer than 1 s")
