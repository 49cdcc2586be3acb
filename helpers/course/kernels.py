"""Kernels that start in a fraction of the time: forked from one process that has already imported what they need.

:class:`ForkedProvisioner` is registered with jupyter_client under the name ``forked``. Only :func:`forked_kernels`
selects it, and only on Linux; any other kernel, and any other platform, starts the ordinary way.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading

from jupyter_client.provisioning import LocalProvisioner

SELECT = "JUPYTER_DEFAULT_PROVISIONER_NAME"  # jupyter_client's own switch
LIMITS = "WORKBOOK_SANDBOX"  # environment variable with the sandbox's limits as JSON, for one kernel
FORKED, PLAIN = "forked", "local-provisioner"
CAN_FORK = sys.platform == "linux"  # elsewhere forking after imports is unsafe (macOS) or unknown (Windows)


class ForkServer:
    """This process's end of a fork server, started at the first request and again if it died."""

    def __init__(self):
        self._lock = threading.Lock()
        self._socket = self._process = None

    def launch(self, argv, env, cwd, limits=None):
        """Fork a kernel, in a sandbox with the given limits if any, and return its process id."""
        request = json.dumps({"argv": argv, "env": env, "cwd": cwd, "limits": limits}).encode() + b"\n"
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            self._socket.sendall(request)
            answer = self._socket.recv(64)
        if not answer:
            raise RuntimeError("the kernels' fork server stopped; the notebook can be run again")
        return int(answer)

    def close(self):
        """Stop the server and every kernel that it forked."""
        with self._lock:
            if self._process is not None:
                self._socket.close()
                self._process.wait()
                self._process = None

    def _start(self):
        if self._socket is not None:
            self._socket.close()
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-m", "helpers.course.forkserver", str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )


class ForkedProcess:
    """As much of ``subprocess.Popen`` as jupyter_client asks of a kernel that is not this process's child."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid, self.returncode = pid, None
        self._pidfd = os.pidfd_open(pid)

    def poll(self):
        """None while the kernel runs; its exit code is not known here, so 0 afterwards."""
        return self._wait(0)

    def wait(self, timeout=None):
        """Wait for the end of the kernel."""
        if self._wait(timeout) is None:
            raise subprocess.TimeoutExpired("kernel", timeout)
        return self.returncode

    def send_signal(self, signum):
        """Send a signal unless the kernel has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signum)

    def terminate(self):
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self):
        """End the kernel."""
        self.send_signal(signal.SIGKILL)

    def _wait(self, timeout):
        if self.returncode is None and select.select([self._pidfd], [], [], timeout)[0]:
            os.close(self._pidfd)
            self.returncode = 0
        return self.returncode


_server = ForkServer()
atexit.register(_server.close)


class ForkedProvisioner(LocalProvisioner):
    """Launches this environment's IPython kernels by forking, and every other kernel as its parent class does."""

    async def launch_kernel(self, cmd, **kwargs):
        """Fork the kernel where that gives the same as starting it."""
        env = kwargs.get("env") or dict(os.environ)
        ours = cmd[1:3] == ["-m", "ipykernel_launcher"] and os.path.samefile(cmd[0], sys.executable)
        same_hashes = env.get("PYTHONHASHSEED") == os.environ.get("PYTHONHASHSEED")  # fixed when Python starts
        if not (CAN_FORK and ours and same_hashes):
            return await super().launch_kernel(cmd, **kwargs)
        self.cwd = os.path.abspath(kwargs.get("cwd") or os.getcwd())
        limits = json.loads(env.pop(LIMITS, "null"))
        self.process = ForkedProcess(_server.launch(cmd[3:], env, self.cwd, limits))
        self.pid = self.pgid = self.process.pid
        return self.connection_info


@contextlib.contextmanager
def forked_kernels(enabled=CAN_FORK):
    """Within this context, kernels of this process are forked, or not; leaving it stops the forked ones."""
    before = os.environ.get(SELECT, PLAIN)
    os.environ[SELECT] = FORKED if enabled else PLAIN
    try:
        yield
    finally:
        os.environ[SELECT] = before
        if enabled:
            _server.close()
