"""Rebuild ``requirements.txt`` from ``pyproject.toml``, and see that every pin has a wheel wherever the course runs.

Pins stay as they are while they fit; ``make lock LOCK=--upgrade-package=NAME`` moves one. Needs the network.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = [sys.executable, "-m", "uv", "pip"]
COMPILE = "--universal --python-version 3.11 --generate-hashes --no-header --no-annotate --all-extras".split()
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
PLATFORMS = ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"]


def missing(version, platform):
    """What uv says about the pins without a wheel for that Python on that platform; empty if there is none."""
    where = ["--python-version", version, "--python-platform", platform]
    with tempfile.TemporaryDirectory() as nowhere:
        pins = ["--requirements", "requirements.txt", "--no-deps", "--target", nowhere]
        command = [*UV, "install", "--dry-run", "--only-binary", ":all:", *where, *pins]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


def main(options):
    """Compile, then ask for each Python and platform; return 1 if a wheel is missing."""
    command = [*UV, "compile", "--quiet", *COMPILE, *options, "pyproject.toml", "--output-file", "requirements.txt"]
    subprocess.run(command, cwd=ROOT, check=True)
    failed = 0
    for version in VERSIONS:
        for platform in PLATFORMS:
            said = missing(version, platform)
            print(f"{'✘' if said else '✔'} Python {version} on {platform} {said}".rstrip())
            failed |= bool(said)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
