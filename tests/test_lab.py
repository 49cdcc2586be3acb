"""``workbook lab``: what JupyterLab is started with, and a newcomer's first minutes in it."""

import contextlib
import json
import sys
import time
from pathlib import Path

import nbformat
import pytest
from browser import browser, find_browser
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from newcomer import lab as running_lab
from newcomer import walk

from helpers.course import kernels, lab
from helpers.course.kernels import CAN_FORK, ForkServer, manager_class


def test_what_instructors_need_is_off_and_the_start_page_is_first():
    arguments = dict(text.removeprefix("--").split("=", 1) for text in lab.lab_arguments("mine"))
    assert arguments["LabApp.default_url"] == "/lab/tree/START.md"
    assert json.loads(Path(arguments["LabApp.app_settings_dir"], "overrides.json").read_text())
    extension = Path(arguments["LabApp.extra_labextensions_path"], "workbook")
    package = json.loads((extension / "package.json").read_text())["jupyterlab"]
    assert package["disabledExtensions"] == ["@jupyter/nbgrader"]
    assert (extension / package["_build"]["load"]).is_file()


@pytest.mark.skipif(not CAN_FORK, reason="kernels are forked on Linux only")
def test_a_warm_server_imports_more_while_nobody_asks(monkeypatch, tmp_path):
    server = ForkServer()
    monkeypatch.setattr(kernels, "_server", server)
    server.warm_up(["no_such_module", "colorsys"])
    notebook = new_notebook(cells=[new_code_cell("import sys\nprint('colorsys' in sys.modules)")])
    end = time.monotonic() + 120
    with contextlib.closing(server):
        while time.monotonic() < end:
            NotebookClient(notebook, timeout=120, kernel_manager_class=manager_class(tmp_path, forked=True)).execute()
            if notebook.cells[0].outputs[0].text == "True\n":
                return
            time.sleep(1)
    raise AssertionError("never imported")


@pytest.mark.skipif(find_browser() is None, reason="needs Chromium")
def test_a_newcomer_finds_the_way(tmp_path):
    options = "--no-browser --allow-root --ServerApp.port=0".split()
    command = [sys.executable, "-m", "helpers.course.cli", "lab", "mine", "--", *options]
    own = {"JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "JUPYTER_DATA_DIR": str(tmp_path / "data")}
    with running_lab(command, tmp_path, tmp_path / "lab.log", **own) as address, browser() as page:
        try:
            walk(page, address)
        finally:
            page.screenshot(tmp_path / "page.png")
    saved = nbformat.read(tmp_path / "mine/week1/03_concept_drift.ipynb", as_version=4)
    assert any("Right" in str(cell.get("outputs")) for cell in saved.cells)
