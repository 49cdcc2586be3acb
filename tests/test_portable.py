"""The settings of ``make portable`` do what their names say, on this processor."""

import platform
import subprocess
import sys

import nbformat
import portable
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output


def test_no_setting_asks_for_what_this_processor_lacks():
    features, _ = portable.seen()
    for settings in portable.processors().values():
        assert set(settings.get("NPY_DISABLE_CPU_FEATURES", "").split()) <= set(features)


def test_each_setting_is_what_numpy_and_openblas_then_use():
    features, _ = portable.seen()
    found = [portable.seen(**settings) for settings in portable.processors().values()]
    for settings, (used, kernels) in zip(portable.processors().values(), found, strict=True):
        assert set(used) == set(features) - set(settings.get("NPY_DISABLE_CPU_FEATURES", "").split())
        assert kernels == [settings.get("OPENBLAS_CORETYPE", *kernels)]
    assert len({str(setting) for setting in found}) == len(found) >= 2


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc" or platform.machine() != "x86_64", reason="glibc on x86-64 only")
def test_the_c_library_rounds_differently_without_fused_operations():
    tunables = portable.processors()["no AVX2, no FMA"]["GLIBC_TUNABLES"]
    code = "import math; print([math.exp(i / 1000) for i in range(20000)])"

    def printed(**settings):
        return subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, check=True).stdout

    assert printed() != printed(GLIBC_TUNABLES=tunables)


def test_an_interpreter_that_only_seems_to_be_there_is_none(tmp_path, monkeypatch):
    other = next(version for version in portable.VERSIONS if version != f"3.{sys.version_info.minor}")
    fake = tmp_path / f"python{other}"
    fake.write_text("#!/bin/sh\nexit 127\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert portable.pythons() == {}
    fake.write_text("#!/bin/sh\nexit 0\n")
    assert portable.pythons() == {other: str(fake)}


def test_the_outcome_of_each_setting_is_told(monkeypatch, capsys):
    monkeypatch.setattr(portable, "processors", lambda python="": {"good": {}, "bad": {"DIFFERS": "1"}})
    monkeypatch.setattr(portable, "pythons", lambda: {"3.99": "python3.99"})
    monkeypatch.setattr(portable, "environment", lambda version, program: program)
    monkeypatch.setattr(portable, "passes", lambda name, checked, python, **settings: not settings)
    assert portable.main(["notebooks/week1"]) == ["bad, Python 3.99"]
    assert capsys.readouterr().out.split("\n")[1:3] == [f"✔ good, Python {portable.OWN}", "✘ bad, Python 3.99"]
    assert len(portable.main(["all"])) == 2


@pytest.mark.parametrize(("settings", "versions"), [(3, 1), (3, 3), (2, 4), (1, 1)])
def test_each_setting_and_each_python_has_its_turn(settings, versions):
    names = [f"s{i}" for i in range(settings)], [f"p{i}" for i in range(versions)]
    pairs = portable.plan(*names, every=False)
    assert len(pairs) == max(settings, versions)
    assert [set(side) for side in zip(*pairs, strict=True)] == [set(side) for side in names]
    assert len(portable.plan(*names, every=True)) == settings * versions


def test_what_two_processors_print_is_compared_cell_by_cell(tmp_path):
    for folder, text in (("one", "0.33"), ("two", "0.30")):
        cells = [
            new_code_cell("a"),
            new_code_cell("b"),
            new_code_cell("time", metadata={"tags": ["nbval-ignore-output"]}),
        ]
        cells[0].outputs = [new_output("stream", text="the same\n")]
        cells[1].outputs = [new_output("display_data", data={"text/plain": text})]
        cells[2].outputs = [new_output("stream", text=folder)]
        (tmp_path / folder / "week9").mkdir(parents=True)
        nbformat.write(new_notebook(cells=cells), tmp_path / folder / "week9/x.ipynb")
    one, two = tmp_path / "one", tmp_path / "two"
    assert portable.differences(one, one) == []
    assert portable.differences(one, one, two) == ["week9/x.ipynb: two differs from one in 'b'"]
