"""A process that has imported what notebooks import, and forks one Jupyter kernel per request.

``python -m helpers.course.forkserver FD [MODULE…]`` serves requests, one JSON line each, on the inherited socket FD and
answers each with the kernel's process id. While nobody asks, it imports the further modules one by one. When the socket
closes, every kernel still running is killed.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import traceback
from collections.abc import Sequence

PRELOAD = """
    ipykernel.kernelapp ipykernel.ipkernel ipykernel.zmqshell IPython.core.completer IPython.core.magics
    matplotlib.pyplot matplotlib.backends.backend_agg matplotlib_inline.backend_inline numpy pandas scipy.stats
    seaborn sklearn.ensemble sklearn.linear_model sklearn.metrics sklearn.model_selection sklearn.neighbors
    sklearn.neural_network sklearn.pipeline sklearn.preprocessing sklearn.svm threadpoolctl
""".split()
INLINE = "module://matplotlib_inline.backend_inline"
PR_SET_PDEATHSIG = 1


def serve(connection: socket.socket, later: Sequence[str] = ()) -> None:
    """Answer requests until the other side closes, and kill the kernels that are left; import `later` meanwhile."""
    kernels, buffer, later = set(), b"", list(later)
    while True:
        idle = not select.select([connection], [], [], 1.0)[0]
        if idle and later:
            import_once(later.pop(0))
        elif not idle:
            data = connection.recv(1 << 20)
            if not data:
                break
            buffer += data
        kernels -= {pid for pid in kernels if os.waitpid(pid, os.WNOHANG)[0]}
        while b"\n" in buffer:
            line, buffer = buffer.split(b"\n", 1)
            pid = os.fork()
            if pid == 0:
                connection.close()
                become_kernel(**json.loads(line))
            set_own_group(pid)
            kernels.add(pid)
            connection.sendall(f"{pid}\n".encode())
    for pid in kernels:  # not yet waited for, so the number cannot have been given to another process
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def import_once(name: str) -> None:
    """Import a module that may be missing, and keep its pages shared."""
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def set_own_group(pid: int) -> None:
    """Make `pid` its own process group; both sides of the fork do it, so it holds for whichever runs on first."""
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)


def become_kernel(argv: list[str], env: dict[str, str], cwd: str, quiet: bool) -> None:
    """Run an IPython kernel in this forked process, and never return; drop what a quiet one logs."""
    code = 1
    try:
        set_own_group(os.getpid())
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if quiet:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.environ.clear()
        os.environ.update(env)
        os.chdir(cwd)
        sys.argv = ["ipykernel_launcher", *argv]
        start_afresh()
        code = run_kernel([*argv, f"--IPKernelApp.parent_handle={os.getppid()}"])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # the exit functions of a kernel that is half started may wait for ever
    atexit._run_exitfuncs()
    os._exit(code or 0)


def start_afresh() -> None:
    """Undo what a fork shares with its parent but a new process would not: random state, threads, table width."""
    import numpy as np
    import pandas as pd
    from threadpoolctl import threadpool_limits

    random.seed()
    np.random.seed()  # noqa: NPY002  the legacy global state is the one that is inherited
    threadpool_limits(int(os.environ.get("OPENBLAS_NUM_THREADS") or 1))
    pd.set_option("display.max_columns", 20)  # pandas, imported outside a kernel, took it for a terminal


def run_kernel(argv: list[str]) -> int:
    """Start ipykernel as its launcher does, with matplotlib's backend set up as on its first import."""
    import matplotlib
    from ipykernel.kernelapp import IPKernelApp
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline.backend_inline import configure_inline_support

    backend = os.environ.get("MPLBACKEND", INLINE)
    app = IPKernelApp.instance()
    app.initialize(argv)
    if backend == INLINE:
        activate_matplotlib(backend)
        configure_inline_support(app.shell, backend)
    else:
        matplotlib.use(backend)
    app.start()
    return 0


def main() -> None:
    """Import the preload list, then serve."""
    os.environ["MPLBACKEND"] = INLINE
    for name in PRELOAD:
        importlib.import_module(name)
    if sys.path[0] == os.getcwd():  # of this process; a kernel has the folder of its notebook there
        del sys.path[0]
    gc.collect()
    gc.freeze()  # keep the shared pages shared
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(socket.socket(fileno=int(sys.argv[1])), later=sys.argv[2:])


if __name__ == "__main__":
    main()
