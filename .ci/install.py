"""Make ``.venv`` and install what ``requirements.txt`` pins, unless that is done already; needs Python only.

Stopped half-way, it starts anew; two at once wait for each other; what it cannot do it says in one line.
``python .ci/install.py site`` adds what builds the site, in a folder of its own.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
READY = VENV / "ready"  # holds where the environment lies and what was installed
SITE = VENV / "for-site"  # apart, so that neither a notebook nor its cache sees these packages
PYTHON = VENV / "bin/python"


def wanted():
    """What an environment depends on: where it lies, the pins, and the package's description."""
    files = b"".join((ROOT / name).read_bytes() for name in ("requirements.txt", "pyproject.toml"))
    return [str(ROOT), hashlib.sha256(files).hexdigest()]


def installed():
    """The same of the environment that is there; nothing if there is none, or a half-made one."""
    return READY.read_text(encoding="utf-8").split("\n") if READY.exists() and PYTHON.exists() else []


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
    if installed()[:1] != [str(ROOT)]:
        run(sys.executable, "-m", "venv", "--clear", VENV)
    READY.unlink(missing_ok=True)
    uv = re.search(r"^uv==\S+", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", uv[0])
    compiled = "--compile-bytecode"  # here once; where Python may not write it, every kernel would do it anew
    run(PYTHON, "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", compiled, "requirements.txt")
    run(PYTHON, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--editable", ".")
    READY.write_text("\n".join(wanted()), encoding="utf-8")


def install_site():
    """Install the packages that build the site in a folder of their own, unless they are there."""
    done, pins = SITE / "pins.txt", (ROOT / "requirements-site.txt").read_text(encoding="utf-8")
    if done.exists() and done.read_text(encoding="utf-8") == pins:
        return
    shutil.rmtree(SITE, ignore_errors=True)
    options = ("--quiet", "--no-deps", "--require-hashes", "--target", SITE, "--requirements", "requirements-site.txt")
    run(PYTHON, "-m", "uv", "pip", "install", *options)
    done.write_text(pins, encoding="utf-8")


def run(*command):
    """Run one step in the course's folder; end with one line if it fails."""
    if subprocess.run([str(part) for part in command], cwd=ROOT).returncode:
        sys.exit("the packages could not be installed; with a network, the same command tries again")


def main(options):
    """Install unless done; `SystemExit` with one line where that is impossible."""
    if sys.version_info < (3, 11):  # noqa: UP036  told before pip says it in its own way
        sys.exit("Python 3.11 or later is needed: make PYTHON=python3.12")
    if installed() == wanted() and not options:
        return
    try:
        VENV.mkdir(exist_ok=True)
        with alone():
            if installed() != wanted():
                install()
            if options == ["site"]:
                install_site()
    except OSError as error:
        sys.exit(f"cannot write {VENV}: {error.strerror}; copy the course to a folder of yours")
    except KeyboardInterrupt:
        sys.exit("stopped; the same command starts again")


if __name__ == "__main__":
    main(sys.argv[1:])
