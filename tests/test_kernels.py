"""Forked kernels behave as freshly started ones."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from helpers import ONE_THREAD
from helpers.course.kernels import CAN_FORK, ForkServer, manager_class

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="kernels are forked on Linux only")


def outputs(*sources, forked=True, **options):
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    with tempfile.TemporaryDirectory() as folder:
        manager = manager_class(folder, forked=forked)
        NotebookClient(
            notebook, timeout=120, shutdown_kernel="immediate", kernel_manager_class=manager, **options
        ).execute()
    return [cell.outputs for cell in notebook.cells]


def text(output):
    return output.text if output.output_type == "stream" else output.data["text/plain"]


def test_a_kernel_is_forked_or_started_as_asked():
    code = "import os\nprint(os.path.basename(open(f'/proc/{os.getppid()}/cmdline').read().split('\\0')[2]))"
    assert text(outputs(code)[0][0]) == "helpers.course.forkserver\n"
    assert text(outputs("import sys\nprint('sklearn' in sys.modules)", forked=False)[0][0]) == "False\n"


def test_random_states_differ_between_kernels():
    code = "import random\nimport numpy as np\nprint(random.random(), np.random.rand())"
    first, second = (text(outputs(code)[0][0]) for _ in range(2))
    assert first != second


def test_no_option_or_variable_leaks_into_the_next_kernel():
    outputs(
        "import pandas, matplotlib\npandas.options.display.max_rows = 3\nmatplotlib.rcParams['font.size'] = 99\nx = 1"
    )
    code = """\
import pandas, matplotlib
print(pandas.options.display.max_rows, matplotlib.rcParams["font.size"], "x" in globals())"""
    assert text(outputs(code)[0][0]) == "60 10.0 False\n"


def test_figures_are_shown_as_in_a_plain_kernel():
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('a');"
    (forked,), (plain,) = outputs(code), outputs(code, forked=False)
    assert [output.data["image/png"] for output in forked] == [output.data["image/png"] for output in plain]


def test_the_environment_chooses_the_figures_backend(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint(plt.get_backend());"
    (shown,) = outputs(code)
    assert [text(output) for output in shown] == ["agg\n"]


def test_processes_threads_and_blas_work_in_the_child():
    code = """\
import multiprocessing, threading
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from joblib import Parallel, delayed
print(sum(ThreadPoolExecutor(2).map(abs, [-1, 2])))
print(multiprocessing.get_context("fork").Pool(2).map(abs, [-1, 2]))
print(Parallel(2)(delayed(abs)(i) for i in (-1, 2)))
print(np.linalg.solve(np.eye(200), np.ones(200)).sum())"""
    (shown,) = outputs(code)
    assert "".join(output.text for output in shown if output.get("name") == "stdout") == "3\n[1, 2]\n[1, 2]\n200.0\n"


@pytest.mark.parametrize("told", [None, "2"])
def test_arrays_are_computed_in_one_thread_unless_told_otherwise(told, monkeypatch):
    for name in ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    if told:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", told)
    code = "import helpers, numpy, threadpoolctl\nprint({p['num_threads'] for p in threadpoolctl.threadpool_info()})"
    plain = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (shown,) = outputs(code)
    assert plain.strip() == text(shown[0]).strip() == f"{{{min(int(told or 1), os.cpu_count())}}}"


def test_the_kernel_runs_where_and_as_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_TEST", "yes")
    code = "import os\nprint(os.getcwd(), os.environ['COURSE_TEST'])"
    (shown,) = outputs(code, resources={"metadata": {"path": str(tmp_path)}})
    assert text(shown[0]) == f"{tmp_path} yes\n"


def test_a_killed_kernel_is_noticed_and_the_next_one_runs():
    with pytest.raises(DeadKernelError):
        outputs("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    assert text(outputs("print(1)")[0][0]) == "1\n"


def test_nothing_is_left_when_the_server_is_closed_or_killed():
    for end in (ForkServer.close, lambda server: os.kill(server._process.pid, signal.SIGKILL)):
        server = ForkServer()
        connection = str(nbformat.__file__) + ".no-such-file"
        kernel = psutil.Process(server.launch(["-f", connection], dict(os.environ), os.getcwd()))
        end(server)
        psutil.wait_procs([kernel], timeout=60)
        assert not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE
        server.close()


@pytest.mark.parametrize("forked", [True, False])
def test_a_figure_is_drawn_once(forked):
    count = """\
from matplotlib.figure import Figure
from helpers import plotting
plotting.use_style()
draw, drawn = Figure.draw, []
Figure.draw = lambda figure, renderer: (drawn.append(figure), draw(figure, renderer))"""
    plot = "import matplotlib.pyplot as plt\n_ = plt.subplots()"
    *_, shown, number = outputs(count, plot, "print(len(drawn))", forked=forked)
    assert "image/png" in shown[0].data
    assert text(number[0]) == "1\n"
