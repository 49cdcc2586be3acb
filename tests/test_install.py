"""The installer starts anew when it was stopped, waits for another one, and says what it cannot do in one line."""

import importlib.util
import shutil
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


class Installer:
    """The installer in a folder of its own, with steps that install nothing and are written down instead."""

    def __init__(self, folder):
        (folder / ".ci").mkdir(parents=True)
        shutil.copy(ROOT / ".ci/install.py", folder / ".ci")
        (folder / "requirements.txt").write_text("uv==1.0 \\\n")
        (folder / "pyproject.toml").write_text("[project]\n")
        spec = importlib.util.spec_from_file_location("installer", folder / ".ci/install.py")
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        self.module.run = self.run
        self.steps, self.fails_at, self.may_go_on = [], None, threading.Event()
        self.may_go_on.set()

    def run(self, *command):
        """Note what a step installs, or be interrupted in it."""
        name = "venv" if "venv" in command else "pins" if "sync" in command else str(command[-1])
        self.may_go_on.wait(60)
        self.steps.append(name)
        if name == self.fails_at:
            raise KeyboardInterrupt
        if name == "venv":
            python = self.module.PYTHON
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()

    def __call__(self):
        """The steps of one more call."""
        self.steps.clear()
        self.module.main([])
        return list(self.steps)


@pytest.fixture
def installer(tmp_path):
    return Installer(tmp_path / "Übung mit Leerzeichen")


def test_a_second_call_installs_nothing_and_changed_pins_keep_the_environment(installer):
    assert installer() == ["venv", "uv==1.0", "pins", "."]
    assert installer() == []
    (installer.module.ROOT / "requirements.txt").write_text("uv==1.1 \\\n")
    assert installer() == ["uv==1.1", "pins", "."]


@pytest.mark.parametrize("step", ["venv", "pins", "."])
def test_what_was_stopped_starts_anew(installer, step):
    installer.fails_at = step
    with pytest.raises(SystemExit, match="stopped; the same command starts again"):
        installer()
    installer.fails_at = None
    assert installer() == ["venv", "uv==1.0", "pins", "."]


def test_a_folder_that_was_moved_gets_a_new_environment(installer):
    installer()
    installer.module.READY.write_text("/elsewhere\n" + installer.module.wanted()[1])
    assert installer()[0] == "venv"


def test_the_second_of_two_waits_and_finds_it_done(installer):
    installer.may_go_on.clear()
    both = [threading.Thread(target=installer.module.main, args=([],), daemon=True) for _ in range(2)]
    for one in both:
        one.start()
    installer.may_go_on.set()
    for one in both:
        one.join(60)
    assert installer.steps == ["venv", "uv==1.0", "pins", "."]


def test_what_cannot_be_written_is_one_line(installer):
    installer.module.VENV.touch()
    with pytest.raises(SystemExit, match=r"cannot write .*\.venv: File exists; copy the course"):
        installer()


def test_an_old_python_is_told_which_it_needs(installer, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or later is needed"):
        installer()


def test_an_update_that_was_stopped_leaves_no_half_made_environment(installer):
    installer()
    (installer.module.ROOT / "requirements.txt").write_text("uv==1.1 \\\n")
    installer.fails_at = "pins"
    with pytest.raises(SystemExit):
        installer()
    installer.fails_at = None
    assert installer() == ["venv", "uv==1.1", "pins", "."]
