"""Rebuild ``requirements.txt`` from ``pyproject.toml``, and see that every pin has a wheel wherever the course runs.

``requirements-site.txt`` holds what the site needs beyond it, so that a learner does not install that.

Pins stay as they are while they fit; ``make lock LOCK=--upgrade-package=NAME`` moves one. Needs the network.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = [ROOT / "requirements.txt", ROOT / "requirements-site.txt"]
UV = [sys.executable, "-m", "uv", "pip"]
COMPILE = "--universal --python-version 3.11 --generate-hashes --no-header --no-annotate".split()
EXTRAS, SITE = ["--extra=cluster", "--extra=dev"], ["--extra=site", "--constraint=requirements.txt"]
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
PLATFORMS = ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"]


def missing(version, platform):
    """What uv says about the pins without a wheel for that Python on that platform; empty if there is none."""
    where = ["--python-version", version, "--python-platform", platform]
    with tempfile.TemporaryDirectory() as nowhere:
        files = ["--requirements", "requirements.txt", "--requirements", "requirements-site.txt"]
        pins = [*files, "--no-deps", "--target", nowhere]
        command = [*UV, "install", "--dry-run", "--only-binary", ":all:", *where, *pins]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


def compile_pins(*options):
    """What uv chooses, as it would write it into a file of requirements."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pins.txt")
        if (ROOT / "requirements.txt").exists():
            file.write_text(
                "".join(path.read_text(encoding="utf-8") for path in FILES if path.exists()), encoding="utf-8"
            )
        command = [*UV, "compile", "--quiet", *COMPILE, *options, "pyproject.toml", "--output-file", str(file)]
        subprocess.run(command, cwd=ROOT, check=True)
        return file.read_text(encoding="utf-8")


def pins_in(text):
    """The entries of a file of requirements: each a pin with its hashes."""
    return re.findall(r"^\S.*(?:\n    .*)*\n", text, re.MULTILINE)


def main(options):
    """Compile, then ask for each Python and platform; return 1 if a wheel is missing."""
    course, site = FILES
    course.write_text(compile_pins(*EXTRAS, *options), encoding="utf-8")
    have = pins_in(course.read_text(encoding="utf-8"))
    more = [pin for pin in pins_in(compile_pins(*EXTRAS, *SITE, *options)) if pin not in have]
    site.write_text("".join(more), encoding="utf-8")
    failed = 0
    for version in VERSIONS:
        for platform in PLATFORMS:
            said = missing(version, platform)
            print(f"{'✘' if said else '✔'} Python {version} on {platform} {said}".rstrip())
            failed |= bool(said)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
