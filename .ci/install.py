"""Make ``.venv`` and install what ``requirements.txt`` pins, unless that is done already; needs Python only.

Stopped half-way, it starts anew; two at once wait for each other; what it cannot do it says in one line.
"""

import hashlib
import os
import re
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
READY = VENV / "ready"  # holds the state that was installed
PYTHON = VENV / "bin/python"


def wanted():
    """What an environment depends on: the pins, the package's description, and where it lies."""
    files = b"".join((ROOT / name).read_bytes() for name in ("requirements.txt", "pyproject.toml"))
    return hashlib.sha256(files + str(ROOT).encode()).hexdigest()


def is_ready():
    """Whether `wanted` is what was installed."""
    return PYTHON.exists() and READY.exists() and READY.read_text() == wanted()


@contextmanager
def alone():
    """Wait until no other installation is under way in this folder."""
    import fcntl

    folder = os.open(ROOT, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install():
    """Build the environment; a half-made one, or one that was made elsewhere, is cleared first."""
    if not (PYTHON.exists() and READY.exists()):
        run(sys.executable, "-m", "venv", "--clear", VENV)
    READY.write_text("")
    uv = re.search(r"^uv==\S+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", uv[0])
    run(PYTHON, "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", "requirements.txt")
    run(PYTHON, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--editable", ".")
    READY.write_text(wanted())


def run(*command):
    """Run one step in the course's folder; end with one line if it fails."""
    if subprocess.run([str(part) for part in command], cwd=ROOT).returncode:
        sys.exit("the packages could not be installed; with a network, the same command goes on from here")


def main():
    """Install unless done; `SystemExit` with one line where that is impossible."""
    if sys.version_info < (3, 11):
        sys.exit("Python 3.11 or later is needed: make PYTHON=python3.12")
    if is_ready():
        return
    try:
        VENV.mkdir(exist_ok=True)
        with alone():
            if not is_ready():
                install()
    except OSError as error:
        sys.exit(f"cannot write {VENV}: {error.strerror}; copy the course to a folder of yours")
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")


if __name__ == "__main__":
    main()
