import math
from types import SimpleNamespace

import papermill
import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook

from helpers.course.parameters import ParameterError, check_parameters, check_values, corners, read_parameters

CELL = """\
seed: int = 0  # random seed of every draw, 0 to 1000000
share: float = 0.5  # share of marked items, 0.1 to 1e0
detector: str = "ADWIN"  # detector to draw, one of ADWIN, KSWIN
labels_csv: str = ""  # table of a session, any text
fresh: bool = False  # draw new streams
"""


def test_a_declaration_has_type_default_help_and_limits():
    declared = read_parameters(CELL)
    assert list(declared) == ["seed", "share", "detector", "labels_csv", "fresh"]
    assert declared["seed"].allowed == "an int from 0 to 1000000"
    assert declared["share"].allowed == "a float from 0.1 to 1"
    assert declared["detector"].choices == ("ADWIN", "KSWIN")
    assert declared["fresh"].default is False


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("seed", -1, "seed must be an int from 0 to 1000000 (got -1)"),
        ("seed", 1.0, "seed must be an int from 0 to 1000000 (got 1.0)"),
        ("seed", True, "seed must be an int from 0 to 1000000 (got True)"),
        ("seed", None, "seed must be an int from 0 to 1000000 (got None)"),
        ("share", math.nan, "share must be a float from 0.1 to 1 (got nan)"),
        ("share", math.inf, "share must be a float from 0.1 to 1 (got inf)"),
        ("share", "0.5", "share must be a float from 0.1 to 1 (got '0.5')"),
        ("detector", "adwin", "detector must be one of ADWIN, KSWIN (got 'adwin')"),
        ("fresh", 1, "fresh must be a bool (got 1)"),
        ("n", 1, "unknown parameter 'n'; this notebook has seed, share, detector, labels_csv, fresh"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_in_one_line(name, value, message):
    with pytest.raises(ParameterError) as caught:
        check_values(read_parameters(CELL), {name: value})
    assert str(caught.value) == message
    assert caught.value._render_traceback_() == [f"ParameterError: {message}"]


def test_an_int_serves_as_a_float_and_comes_back_as_one():
    value = check_values(read_parameters(CELL), {"share": 1})["share"]
    assert (value, type(value)) == (1.0, float)


@pytest.mark.parametrize("line", ["a: int", "x.a: int = 1", "a[0]: int = 1", "a = 1", "a: list = []", "print(1)"])
def test_what_is_no_declaration_is_told_with_its_line(line):
    with pytest.raises(ParameterError, match=r"a parameter must be 'name: int\|float\|str\|bool = default  # help'"):
        read_parameters(f"{line}  # a, 1 to 5")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("seed", "7", 7), ("share", "0.2", 0.2), ("fresh", "True", True), ("labels_csv", "1", "1")],
)
def test_command_line_texts_are_read_in_the_declared_type(name, text, value):
    assert read_parameters(CELL)[name].parse(text) == value


@pytest.mark.parametrize(("name", "text"), [("seed", "x"), ("seed", "1.5"), ("share", "nan"), ("fresh", "yes")])
def test_command_line_texts_that_do_not_fit_are_refused(name, text):
    with pytest.raises(ParameterError, match=f"^{name} must be"):
        read_parameters(CELL)[name].parse(text)


@pytest.mark.parametrize(
    "line",
    [
        "seed = 0  # untyped, 0 to 1",
        "seed: int = 0",
        "seed: int = 0  # no range",
        "seed: list = 0  # unknown type, 0 to 1",
        "seed: int = 2  # default outside, 0 to 1",
    ],
)
def test_a_malformed_declaration_is_named(line):
    with pytest.raises(ParameterError, match="seed"):
        read_parameters(line)


def test_the_corners_take_every_parameter_to_both_ends_alone_and_together():
    declared = read_parameters(
        "seed: int = 0  # seed, 0 to 1000000\n"
        "n: int = 5  # size, 1 to 9\n"
        "rate: float = 0.5  # rate, 0.1 to 1\n"
        "kind: str = 'a'  # kind, one of a, b\n"
        "loud: bool = False  # noise\n"
        "note: str = ''  # a note, any text"
    )
    points = corners(declared)
    assert {point["seed"] for point in points} == {1, 7, 77, 31337, 1000000}
    without_seed = [{name: value for name, value in point.items() if name != "seed"} for point in points[::5]]
    assert without_seed == [
        {"n": 1}, {"n": 9}, {"rate": 0.1}, {"rate": 1.0}, {"kind": "a"}, {"kind": "b"}, {"loud": False}, {"loud": True},
        {"n": 1, "rate": 0.1, "kind": "a", "loud": False}, {"n": 9, "rate": 1.0, "kind": "b", "loud": True},
    ]  # fmt: skip
    for point in points:
        assert check_values(declared, point) == point


def test_the_declaration_that_was_run_last_counts(monkeypatch):
    """In a notebook whose parameters cell is edited and run again."""
    shell = SimpleNamespace(user_ns={"In": ["", "check_parameters()"]})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    with pytest.raises(ParameterError, match="run the parameters cell first"):
        check_parameters()
    first, second = ("n: int = 1  # how many, 1 to 5", "n: int = 7  # how many, 1 to 9")
    shell.user_ns |= {"In": ["", first, "# Parameters\ngone = 1", second, "check_parameters()"], "n": 7}
    check_parameters()
    shell.user_ns["n"] = 10
    with pytest.raises(ParameterError, match="n must be an int from 1 to 9"):
        check_parameters()


@pytest.fixture
def opening(tmp_path):
    """A notebook that opens as the course's do, and then works."""
    parameters = new_code_cell("n_runs: int = 3  # simulated streams, 1 to 5", metadata={"tags": ["parameters"]})
    check = new_code_cell("from helpers.course.parameters import check_parameters\n\ncheck_parameters()")
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    write(
        new_notebook(cells=[parameters, check, new_code_cell("n_runs * 2")], metadata=metadata), tmp_path / "in.ipynb"
    )
    return tmp_path / "in.ipynb"


def through_papermill(notebook, parameters):
    return papermill.execute_notebook(str(notebook), None, parameters, progress_bar=False)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_runs": -5}, "n_runs must be an int from 1 to 5 (got -5)"),
        ({"n_run": 5}, "unknown parameter 'n_run'; this notebook has n_runs"),
    ],
)
def test_plain_papermill_is_stopped_in_the_second_cell(opening, parameters, message):
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        through_papermill(opening, parameters)
    assert (caught.value.ename, caught.value.evalue) == ("ParameterError", message)
    assert "check_parameters()" in caught.value.source
    assert list(caught.value.traceback) == [f"ParameterError: {message}"]


def test_plain_papermill_goes_on_with_what_is_allowed(opening):
    assert through_papermill(opening, {"n_runs": 5}).cells[-1].outputs[0].data["text/plain"] == "10"
