"""Run every notebook against its committed output as other processors and other Pythons would.

``python tests/portable.py`` lets each processor and each Python have its turn, in pairs; ``all`` after it does every
pair. Whatever else is given goes on to pytest, such as ``notebooks/week1``. ``python tests/portable.py quick`` takes
the notebooks' quick profile on this Python instead, and compares what the two oldest processors print.

NumPy, OpenBLAS and the C library choose their code by what the processor can do, and each choice rounds, or orders
equal numbers, in its own way. A processor that can do much can be told to do as one that can do less.
"""

import itertools
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from helpers.course.notebooks import read_notebook, tags

ROOT = Path(__file__).resolve().parents[1]
CHECKED = ["notebooks"]  # their outputs hold the claims and what the checks said
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
SEEN = """\
import numpy, scipy.linalg, threadpoolctl
from numpy._core import _multiarray_umath as core
print(*(name for name in core.__cpu_dispatch__ if core.__cpu_features__[name]))
print(*{library["architecture"] for library in threadpoolctl.threadpool_info() if "architecture" in library})"""


def seen(python=sys.executable, **settings):
    """What `python` uses of this processor under `settings`: NumPy's optional features, and OpenBLAS's kernels."""
    done = subprocess.run([python, "-c", SEEN], env=os.environ | settings, capture_output=True, text=True, check=True)
    features, kernels = done.stdout.splitlines()
    return features.split(), kernels.split()


def processors(python=sys.executable):
    """The settings of the environment, by name, under which `python` uses this processor as older ones, or itself."""
    features, _ = seen(python)
    wide = [name for name in features if "512" in name or name == "X86_V4"]
    if platform.machine() in ("aarch64", "arm64"):
        return {"the plainest arm64": disabled(features, "ARMV8"), "this processor": {}}
    plain = disabled(features, "Nehalem") | {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4"}
    found = {"no AVX2, no FMA": plain, "no AVX-512": disabled(wide, "Haswell")}
    return found | {"AVX-512": {"OPENBLAS_CORETYPE": "SkylakeX"}} if wide else found


def disabled(features, kernels):
    """The environment in which NumPy does without `features` and OpenBLAS uses the `kernels` of that processor."""
    return {"OPENBLAS_CORETYPE": kernels} | ({"NPY_DISABLE_CPU_FEATURES": " ".join(features)} if features else {})


def pythons():
    """The other interpreters of this machine that run, by version: on the path, or installed by pyenv."""
    homes = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin")
    path = os.pathsep.join([*os.environ["PATH"].split(os.pathsep), *map(str, sorted(homes))])
    found = {}
    for version in VERSIONS:
        for folder in path.split(os.pathsep):
            program = shutil.which(f"python{version}", path=folder)
            if program and subprocess.run([program, "-c", "import ensurepip"], capture_output=True).returncode == 0:
                found.setdefault(version, program)
    found.pop(OWN, None)
    return found


def environment(version, program):
    """The interpreter of an environment with the locked packages, made below ``.venv`` on first use."""
    home = ROOT / ".venv/other" / version
    python = str(home / "bin/python")
    uv = [sys.executable, "-m", "uv"]
    if not (home / "ready").exists():
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", program, home], check=True)
    for arguments in (["sync", "--require-hashes", "requirements.txt"], ["install", "--no-deps", "--editable", "."]):
        subprocess.run([*uv, "pip", arguments[0], "--quiet", "--python", python, *arguments[1:]], cwd=ROOT, check=True)
    (home / "ready").touch()
    return python


def passes(name, checked, python=sys.executable, **settings):
    """Whether what is `checked` comes out as committed; says under which name and settings."""
    print(f"\n== {name}: {', '.join(f'{key}={value}' for key, value in settings.items()) or python}", flush=True)
    command = [python, "-m", "pytest", "-p", "no:cacheprovider", *checked]
    return subprocess.run(command, cwd=ROOT, env=os.environ | settings).returncode == 0


def plan(settings, versions, *, every):
    """Pairs of a setting and a version of Python: all of them, or as few as give each of both a turn.

    >>> plan(["old", "new"], ["3.11", "3.12", "3.13"], every=False)
    [('old', '3.11'), ('new', '3.12'), ('old', '3.13')]
    """
    if every:
        return list(itertools.product(settings, versions))
    longest = max(len(settings), len(versions))
    return list(itertools.islice(zip(itertools.cycle(settings), itertools.cycle(versions)), longest))


def quick(names):
    """Run notebooks at their quick size on the two oldest processors; return what differs, or failed, line by line."""
    with tempfile.TemporaryDirectory() as folder:
        folders, amiss = [], []
        for setting, variables in list(processors().items())[:2]:
            folders.append(Path(folder, setting))
            print(f"\n== {setting}", flush=True)
            options = ["--profile", "quick", "--fresh", "--output", folders[-1], *names]
            command = [sys.executable, "-m", "helpers.course.cli", "run", *options]
            done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True)
            print(done.stdout.strip().splitlines()[-1])
            amiss += [f"{setting}: {line}" for line in done.stdout.splitlines() if line.startswith("✘")]
            amiss += [f"{setting}: {done.stderr[-2000:]}"] if done.returncode else []
        amiss += differences(*folders)
    print("", *(f"✘ {line}" for line in amiss), f"{len(amiss)} differences between processors", sep="\n")
    return amiss


def differences(first, *others):
    """Where notebooks of one folder print something else than those of the others."""
    found = []
    for path, other in itertools.product(sorted(first.rglob("*.ipynb")), others):
        here, there = told(path), told(other / path.relative_to(first))
        changed = [source for (source, text), (_, text_there) in zip(here, there, strict=True) if text != text_there]
        found += [f"{path.relative_to(first)}: {other.name} differs from {first.name} in {code!r}" for code in changed]
    return found


def told(path):
    """The code of each cell of a notebook, and what it prints and shows as text, but where each run says another."""
    code = [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]
    code = [cell for cell in code if "nbval-ignore-output" not in tags(cell)]
    texts = [[o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs] for cell in code]
    return [(cell.source[:80], "".join(text)) for cell, text in zip(code, texts, strict=True)]


def main(arguments):
    """Run each setting and each interpreter in turn; return the names of the pairs that differ."""
    if arguments[:1] == ["quick"]:
        return quick(arguments[1:])
    every = arguments[:1] == ["all"]
    checked, others, outcome = arguments[every:] or CHECKED, pythons(), {}
    for setting, version in plan(list(processors()), [OWN, *others], every=every):
        python = environment(version, others[version]) if version in others else sys.executable
        name = f"{setting}, Python {version}"
        outcome[name] = passes(name, checked, python, **processors(python).get(setting, {}))
    print("", *(f"{'✔' if good else '✘'} {name}" for name, good in outcome.items()), sep="\n")
    return [name for name, good in outcome.items() if not good]


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
