"""Headless runs: the cache, provenance, faults told in one line, and nothing left behind."""

import contextlib
import gc
import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.course.cli import main
from helpers.course.notebooks import read_notebook
from helpers.course.provenance import provenance_of

PARAMETERS = "seed: int = 0  # random seed, 0 to 1000\nn: int = 2  # how many, 1 to 9"
WORK = """\
from helpers.course.claims import claim, record
record("n_squared", n**2)
claim("The square is small", n**2, at_most=16)"""


def save(folder, name, *sources, parameters=PARAMETERS):
    cells = [new_markdown_cell("# A notebook")]
    if parameters:
        cells.append(new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    cells += [new_code_cell(source) for source in sources]
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
    return str(folder / f"{name}.ipynb")


@pytest.fixture
def run(tmp_path, capsys):
    """Run the command; give its exit code and what it printed."""

    def call(command, *arguments):
        code = main(
            [command, *arguments, *(["--output", str(tmp_path / "out")] if command in ("run", "sweep") else [])]
        )
        out = capsys.readouterr()
        return code, out.out + out.err

    return call


def test_a_run_reports_claims_and_stamps_its_output(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    code, printed = run("run", source)
    assert code == 0
    assert "✔ good: The square is small (4; expected at most 16)" in printed
    target = tmp_path / "out/good.ipynb"
    stamped = provenance_of(read_notebook(target))
    assert stamped["seconds"] > 0
    assert set(stamped["helpers"]) >= {"helpers/course/claims.py"}
    assert run("verify", str(target)) == (0, f"✔ {target}: as stamped\n")


def test_an_unchanged_notebook_comes_from_the_cache_until_something_changes(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    assert "ran" in run("run", source)[1]
    assert "cached" in run("run", source)[1]
    assert "cached" not in run("run", source, "--fresh")[1]
    assert "cached" not in run("run", source, "-p", "n=3")[1]
    assert "cached" in run("run", source, "-p", "n=3")[1]
    save(tmp_path, "good", WORK, "1 + 1")
    assert "cached" not in run("run", source, "-p", "n=3")[1]


def test_outputs_may_come_long_after_the_reply(run, tmp_path):
    slow = """\
import time
kernel = get_ipython().kernel
send = kernel.session.send
def late(stream, message, *args, **options):
    if stream is kernel.iopub_socket:
        time.sleep(5)
    return send(stream, message, *args, **options)
kernel.session.send = late"""
    code, printed = run("run", save(tmp_path, "late", slow, parameters=None))
    assert (code, "took longer" in printed) == (0, False)


def test_what_is_printed_in_parts_is_one_output(run, tmp_path):
    work = "import time\nfor part in 'ab':\n    print(part, flush=True)\n    time.sleep(1)"
    run("run", save(tmp_path, "parts", work, parameters=None))
    (output,) = read_notebook(tmp_path / "out/parts.ipynb").cells[-1].outputs
    assert output.text == "a\nb\n"


def test_a_broken_claim_is_reported_by_the_exit_code(run, tmp_path):
    code, printed = run("run", save(tmp_path, "good", WORK), "-p", "n=5")
    assert code == 1
    assert "✘ good: The square is small (25; expected at most 16)" in printed
    assert "1 claim does not hold" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "n=0"], "n must be an int from 1 to 9 (got 0)"),
        (["-p", "n=two"], "n must be an int from 1 to 9 (got 'two')"),
        (["-p", "m=1"], "unknown parameter 'm'; this notebook has seed, n"),
    ],
)
@pytest.mark.parametrize("command", ["run", "sweep"])
def test_wrong_parameters_are_refused_before_anything_starts(run, tmp_path, command, arguments, message):
    assert run(command, save(tmp_path, "good", WORK), *arguments) == (2, f"workbook: {message}\n")
    assert not (tmp_path / "out").exists()


def test_faults_are_told_in_one_line_and_the_others_finish(run, tmp_path):
    folder = tmp_path / "nbs"
    save(folder, "good", WORK)
    save(folder, "raises", "def f():\n    return 1 / 0", "f()")
    save(folder, "dies", "import os\nos._exit(3)")
    save(folder, "sleeps", "import time\ntime.sleep(1000)")
    save(folder, "foreign", "print(1)", parameters=None)
    (folder / "torn.ipynb").write_text('{"cells": [')
    code, printed = run("run", str(folder), "--timeout", "20")
    assert code == 1
    assert "✘ raises: cell [3]: ZeroDivisionError: division by zero" in printed
    assert "✘ dies: cell [2]: the kernel died" in printed
    assert "✘ sleeps: cell [2]: took longer than --timeout allows" in printed
    assert f"✘ torn: {folder}/torn.ipynb: not a notebook" in printed
    assert "2 of 6 notebooks ran, 4 failed" in printed
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["dies.failed.ipynb", "foreign.ipynb", "good.ipynb", "raises.failed.ipynb", "sleeps.failed.ipynb"]


def test_a_notebook_whose_kernel_dies_is_not_begun_again(run, tmp_path):
    """Only a kernel that dies before its first cell is started once more: what a cell does may not happen twice."""
    begun = tmp_path / "begun"
    source = save(tmp_path, "dies", f"import os\nos.write(os.open({str(begun)!r}, 0o2101), b'x')\nos._exit(3)")
    assert run("run", source)[0] == 1
    assert begun.read_text() == "x"


def test_a_mended_notebook_loses_its_failed_output(run, tmp_path):
    source = save(tmp_path, "good", "1 / 0")
    assert run("run", source)[0] == 1
    save(tmp_path, "good", WORK)
    assert run("run", source)[0] == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.ipynb"]


def test_unknown_things_are_named(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    assert "no kernel named 'no_such'" in run("run", source, "--kernel", "no_such")[1]
    assert run("run", "no/such")[0] == 2
    plain = save(tmp_path, "plain", "1", parameters=None)
    assert "has no cell tagged 'parameters'" in run("run", plain, "-p", "n=1")[1]
    assert "a sweep needs at least one -p" in run("sweep", source)[1]


def test_a_disk_that_refuses_is_a_clear_error(tmp_path, run):
    (tmp_path / "out").write_text("a file where a folder should be")
    code, printed = run("run", save(tmp_path, "good", WORK))
    assert code == 1
    assert "✘ good: cannot write" in printed


def test_a_sweep_gathers_claims_and_records(run, tmp_path):
    code, printed = run("sweep", save(tmp_path, "good", WORK), "-p", "n=2,5", "-p", "seed=0:2")
    assert code == 1
    assert "✘   2 of 4   good: The square is small" in printed
    rows = (tmp_path / "out/sweep.csv").read_text().splitlines()
    assert rows[0] == "notebook,n,seed,kind,name,value,holds,holds_in"
    assert len(rows) == 9
    assert (tmp_path / "out/sweep.png").stat().st_size > 1000


def wait_for(condition, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def descendants(process):
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_stopped_run_keeps_what_finished_and_leaves_nothing_running(tmp_path, signum, code):
    folder, marker = tmp_path / "nbs", tmp_path / "started"
    save(folder, "a_good", WORK)
    save(folder, "b_slow", f"open({str(marker)!r}, 'w').close()\nimport time\ntime.sleep(1000)")
    command = [
        sys.executable,
        "-m",
        "helpers.course.cli",
        "run",
        str(folder),
        "--jobs",
        "1",
        "--output",
        str(tmp_path / "out"),
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # ignored in the background
    )
    wait_for(marker.exists)
    left = descendants(process)
    process.send_signal(signum)
    assert process.wait(timeout=60) == code
    wait_for(lambda: not any(child.is_running() and child.status() != "zombie" for child in left))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a_good.ipynb"]
    assert main(["run", str(folder / "a_good.ipynb"), "--output", str(tmp_path / "out")]) == 0


def test_what_takes_longest_is_begun_first_and_told_in_its_place(run, tmp_path, monkeypatch):
    for name in "abc":
        save(tmp_path / "nbs", name, WORK)
    seconds = {str(tmp_path / f"nbs/{name}"): {"seconds": number} for name, number in {"b": 2.0, "c": 9.0}.items()}
    monkeypatch.setattr("helpers.course.ledger.load_ledger", lambda: seconds)
    code, printed = run("run", str(tmp_path / "nbs"), "--jobs", "1")
    assert code == 0
    assert re.findall(r"^✔ (\w) +ran", printed, re.MULTILINE) == ["c", "b", "a"]
    assert re.findall(r"^✔ (\w): The square", printed, re.MULTILINE) == ["a", "b", "c"]


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path):
    source = save(tmp_path, "good", WORK)
    command = [sys.executable, "-m", "helpers.course.cli", "run", source, "--output", str(tmp_path / "out")]
    runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in runs] == [0, 0]
    assert main(["verify", str(tmp_path / "out/good.ipynb")]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.ipynb"]


def test_verify_finds_a_changed_byte_parameter_and_stamp(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    run("run", source)
    target = tmp_path / "out/good.ipynb"
    executed = target.read_text()
    target.write_text(executed.replace("n squared = 4", "n squared = 5"))
    assert "content: the executed notebook was changed after its run" in run("verify", str(target))[1]
    forged = json.loads(executed)
    forged["metadata"]["workbook"]["provenance"]["parameters"] = {"n": {"value": 3}}
    target.write_text(json.dumps(forged))
    code, printed = run("verify", str(target))
    assert code == 1
    assert "key: the stamp was changed after the run" in printed
    save(tmp_path, "good", WORK, "1 + 1")
    target.write_text(executed)
    assert "source: now" in run("verify", str(target))[1]
    assert "carries no provenance" in run("verify", source)[1]


def test_files_of_one_name_in_two_folders_give_two_results(run, tmp_path):
    save(tmp_path / "coll/a", "report", "print('from a')", parameters=None)
    save(tmp_path / "coll/b", "report", "print('from b')", parameters=None)
    assert run("run", str(tmp_path / "coll"))[0] == 0
    shown = [(tmp_path / f"out/{name}/report.ipynb").read_text() for name in "ab"]
    assert ["from a" in shown[0], "from b" in shown[1]] == [True, True]


def test_two_folders_named_alike_are_told_apart(run, tmp_path):
    for name in "ab":
        save(tmp_path / name / "nbs", "report", f"print('from {name}')", parameters=None)
    assert run("run", str(tmp_path / "a/nbs"), str(tmp_path / "b/nbs"))[0] == 0
    results = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.ipynb"))
    assert results == ["a/nbs/report.ipynb", "b/nbs/report.ipynb"]


def test_a_source_is_never_written_onto(tmp_path, capsys):
    source = save(tmp_path / "nbs", "good", WORK)
    before = (tmp_path / "nbs/good.ipynb").read_bytes()
    for named in (source, str(tmp_path / "nbs")):
        assert main(["run", named, "--output", str(tmp_path / "nbs")]) == 2
        assert "--output must be another folder than that of the sources" in capsys.readouterr().err
    assert (tmp_path / "nbs/good.ipynb").read_bytes() == before


def test_sources_below_the_output_folder_are_run(tmp_path):
    save(tmp_path / "nbs", "good", WORK)
    assert main(["run", str(tmp_path / "nbs"), "--output", str(tmp_path)]) == 0
    assert (tmp_path / "good.ipynb").exists()


def test_a_link_is_a_notebook_under_its_own_name(run, tmp_path):
    save(tmp_path / "nbs", "here", "print('near')", parameters=None)
    far = save(tmp_path / "elsewhere", "there", "print('far')", parameters=None)
    (tmp_path / "nbs/sub").mkdir()
    (tmp_path / "nbs/sub/near.ipynb").symlink_to("../here.ipynb")
    (tmp_path / "nbs/sub/far.ipynb").symlink_to(far)
    (tmp_path / "nbs/loop.ipynb").symlink_to("loop.ipynb")
    code, printed = run("run", str(tmp_path / "nbs"))
    assert code == 1
    assert "3 of 4 notebooks ran, 1 failed" in printed
    results = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.ipynb"))
    assert results == ["here.ipynb", "sub/far.ipynb", "sub/near.ipynb"]


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_a_notebook_that_cannot_take_the_parameters_does_not_stop_those_that_can(run, tmp_path, command):
    save(tmp_path / "nbs", "good", WORK)
    save(tmp_path / "nbs", "other", "1", parameters="seed: int = 0  # random seed, 0 to 9")
    save(tmp_path / "nbs", "none", "1", parameters=None)
    code, printed = run(command, str(tmp_path / "nbs"), "-p", "n=3")
    assert code == 1
    assert "✘ other: unknown parameter 'n'; this notebook has seed" in printed.replace("other/defaults", "other")
    assert "has no cell tagged 'parameters'" in printed
    assert "The square is small" in printed


def test_a_sweep_whose_table_cannot_be_written_keeps_its_runs(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/sweep.csv").symlink_to("/dev/full")
    code, printed = run("sweep", source, "-p", "n=1:4")
    assert code == 2
    assert printed.splitlines()[-1].endswith(
        "No space left on device; the runs are kept, so the same command makes the table later"
    )
    assert len(list((tmp_path / "out/good").glob("*.ipynb"))) == 3
    (tmp_path / "out/sweep.csv").unlink()
    code, printed = run("sweep", source, "-p", "n=1:4")
    assert (code, printed.count("cached")) == (0, 3)


def test_a_notebook_that_takes_too_long_in_all_is_ended(run, tmp_path):
    source = save(tmp_path, "slow", "import time", "time.sleep(1000)")
    code, printed = run("run", source, "--notebook-timeout", "1")
    assert code == 1
    assert "the notebook took longer than --notebook-timeout allows" in printed


def test_a_claim_of_another_kind_of_notebook_is_none(run, tmp_path):
    odd = """\
from IPython.display import display
for data in ("text", None, {"kind": "claim", "value": "x"}, {"kind": "record", "name": 3, "value": []}):
    display({"application/vnd.workbook+json": data, "text/plain": ""}, raw=True)"""
    code, printed = run("run", save(tmp_path, "odd", odd, parameters=None))
    assert code == 0, printed
    assert "no claims" in printed


def test_results_inside_the_folder_are_not_run_again(tmp_path):
    save(tmp_path, "good", WORK)
    save(tmp_path, "old.failed", "1")
    for _ in range(2):
        assert main(["run", str(tmp_path), "--output", str(tmp_path / "out")]) == 0
    assert [path.name for path in (tmp_path / "out").rglob("*.ipynb")] == ["good.ipynb"]


def test_a_foreign_notebook_sees_a_plain_kernel_and_is_never_cached(run, tmp_path):
    folder = tmp_path / "foreign"
    look = """\
import os, sys, warnings
os.environ["OMP_NUM_THREADS"] = "2"
os.environ["MPLBACKEND"] = "svg"
import matplotlib.pyplot as plt
from helpers import double
print(double(2), plt.get_backend(), "sklearn" in sys.modules, len(warnings.filters) < 13)"""
    source = save(folder, "own", look, parameters="n = 1/3")
    (folder / "helpers.py").write_text("def double(x):\n    return 2 * x\n")
    for _ in range(2):
        code, printed = run("run", source)
        assert code == 0, printed
        assert "cached" not in printed
    assert "4 svg False" in (tmp_path / "out/own.ipynb").read_text()


def test_new_text_reaches_a_cached_result_without_a_run(run, tmp_path):
    source = save(tmp_path, "good", WORK)
    run("run", source, "-p", "n=3")
    notebook = nbformat.read(source, as_version=4)
    notebook.cells[0].source = "# Another heading"
    nbformat.write(notebook, source)
    code, printed = run("run", source, "-p", "n=3")
    assert code == 0
    assert "cached" in printed
    target = read_notebook(tmp_path / "out/good.ipynb")
    assert target.cells[0].source == "# Another heading"
    assert "n squared = 9" in str(target.cells[-1].outputs)
    assert run("verify", str(tmp_path / "out/good.ipynb"))[0] == 0


@pytest.mark.parametrize(
    "damage", ["{}", "[]", "null", "3", '{"metadata": []}', '{"cells": 1, "metadata": {"workbook": "x"}}']
)
def test_a_damaged_result_is_run_again(run, tmp_path, damage):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/good.ipynb").write_text(damage)
    code, printed = run("run", save(tmp_path / "nbs", "good", WORK))
    assert code == 0
    assert " ran " in printed


def test_a_result_that_was_changed_by_hand_is_run_again(run, tmp_path):
    source, target = save(tmp_path, "good", WORK), tmp_path / "out/good.ipynb"
    run("run", source)
    target.write_text(target.read_text().replace("n squared = 4", "n squared = 5"))
    assert "cached" not in run("run", source)[1]
    assert "n squared = 4" in target.read_text()


def test_a_claim_that_only_usually_holds_is_no_failure(run, tmp_path):
    work = 'from helpers.course.claims import claim\nclaim("Often", n, at_most=1, holds_in=0.5)'
    assert run("run", save(tmp_path, "often", work))[0] == 0
    code, printed = run("sweep", str(tmp_path / "often.ipynb"), "-p", "n=1,2")
    assert code == 0
    assert "✔   1 of 2   often: Often" in printed
    assert run("sweep", str(tmp_path / "often.ipynb"), "-p", "n=1,2,3")[0] == 1


def test_a_long_or_odd_text_parameter_names_a_short_file(run, tmp_path):
    source = save(tmp_path, "text", "print(note)", parameters=PARAMETERS + "\nnote: str = ''  # a note, any text")
    for note in ("x" * 5000, "../../up", "a/b"):
        assert run("sweep", source, "-p", f"note={note}")[0] == 0
    assert len(list((tmp_path / "out/text").glob("*.ipynb"))) == 3


def test_a_sweep_writes_its_table_as_it_grows(tmp_path):
    source = save(tmp_path, "good", WORK + "\nif n == 4:\n    import time\n    time.sleep(1000)")
    command = [sys.executable, "-m", "helpers.course.cli", "sweep", source, "-p", "n=1:5", "--jobs", "1"]
    table = tmp_path / "out/sweep.csv"
    process = subprocess.Popen([*command, "--output", str(table.parent)], stdout=subprocess.DEVNULL)
    wait_for(lambda: table.exists() and len(table.read_text().splitlines()) == 7)
    process.terminate()
    assert process.wait(timeout=60) == 143
    assert len(table.read_text().splitlines()) == 7


def test_a_full_disk_fails_one_notebook_and_leaves_the_old_file_whole(tmp_path):
    code = """\
import pathlib, resource, sys
from helpers.course.notebooks import CourseError, write_atomically
target = pathlib.Path(sys.argv[1])
target.write_text("old")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    write_atomically(target, "x" * 100_000)
except CourseError as error:
    print(error, target.read_text(), len(list(target.parent.iterdir())))"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "file")], capture_output=True, text=True)
    assert done.stdout == f"cannot write {tmp_path / 'file'}: File too large old 1\n", done.stderr


ODD_TEXTS = {
    "empty": "",
    "not_json": "cells: none",
    "torn": '{"cells": [',
    "null": "null",
    "number": "3",
    "list": "[]",
    "no_cells": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    "cells_are_text": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": "x"}',
    "future": '{"nbformat": 9, "nbformat_minor": 0, "metadata": {}, "cells": []}',
    "source_is_a_number": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", '
    '"source": 5, "metadata": {}, "outputs": [], "execution_count": null, "id": "a"}]}',
    "no_cell_type": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"source": "1"}]}',
    "deep": "[" * 100_000,
}
ODD_CELLS = {
    "tags_are_null": {"metadata": {"tags": None}},
    "no_metadata": {"metadata": None},
    "id_in_minor_4": {"id": "an-id"},
    "bad_output": {"outputs": [{"output_type": "stream", "text": "x"}]},
    "surrogate": {"source": "print('\ud800')"},
}
ODD_PARAMETERS = {
    "magic": "%matplotlib inline\na = 1",
    "expression": "a: float = 1/3",
    "no_value": "a: int",
    "attribute": "import types\nx = types.SimpleNamespace()\nx.a: int = 1",
    "range": "a: int = 1  # a, - to e",
    "choices": "a: int = 1  # a, one of x, y",
    "comment": "# only a comment",
    "shell": "!true",
    "unbalanced": "a = (",
    "tab": "if 1:\n\ta = 1\n        b = 2",
}

ODD_SOURCES = {
    "half_a_character": "print('\\ud800')",
    "group": "raise ExceptionGroup('two at once', [ValueError('a'), TypeError('b')])",
    "lost_magic": "x = 1\n%%timeit",
}


def test_thirty_odd_notebooks_end_in_thirty_lines(tmp_path, capfd):
    folder = tmp_path / "odd"
    save(folder, "good", WORK)
    for name, text in ODD_TEXTS.items():
        (folder / f"{name}.ipynb").write_text(text)
    for name, fields in ODD_CELLS.items():
        cell = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None} | fields
        if cell["metadata"] is None:
            del cell["metadata"]
        body = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
        (folder / f"{name}.ipynb").write_text(json.dumps(body))
    for name, parameters in ODD_PARAMETERS.items():
        save(folder, name, "1", parameters=parameters)
    for name, source in ODD_SOURCES.items():
        save(folder, name, source)
    (folder / "byte_order_mark.ipynb").write_bytes(b"\xef\xbb\xbf" + (folder / "good.ipynb").read_bytes())
    (folder / "folder.ipynb").mkdir()
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "dangling.ipynb").symlink_to("nowhere")
    with contextlib.suppress(OSError):  # a file system that takes any bytes as a name
        os.replace(save(folder, "latin", "1"), os.fsencode(folder) + b"/M\xfcller.ipynb")
    (tmp_path / "out/unwritable.ipynb").mkdir(parents=True)
    save(folder, "unwritable", "1")
    names = list(folder.iterdir())
    gc.collect()
    gc.disable()  # what other tests left would be finalized, and reported, in the depth of a torn file
    try:
        code = main(["run", str(folder), "--output", str(tmp_path / "out")])
    finally:
        gc.enable()
    printed = capfd.readouterr()
    lines = [line for line in printed.out.splitlines() if re.match(r"[✔✘] .* s  ", line)]
    assert len(names) >= 30
    assert len(lines) == len(names)
    assert code == 1
    assert "Traceback" not in printed.out + printed.err
    states = {line.split()[1]: line.split()[2] for line in lines}
    assert all(states[name] == "ran" for name in ("good", "byte_order_mark", "id_in_minor_4", "bad_output", "magic"))
    assert states["tags_are_null"] == "ran"
    failed = (*ODD_TEXTS, "folder", "pipe", "dangling", "unwritable", "unbalanced")
    assert all(states[name] == "failed" for name in failed)
    assert "ExceptionGroup: two at once" in printed.out
    assert "UsageError: Line magic function `%%timeit` not found." in printed.out
