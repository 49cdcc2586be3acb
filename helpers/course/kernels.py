"""Kernels that start in a fraction of the time: forked from one process that has already imported what they need.

:class:`ForkedProvisioner` is registered with jupyter_client under the name ``forked``. Only :func:`manager_class` and
``make lab`` select it, and only on Linux; any other kernel, and any other platform, starts the ordinary way.
"""

import asyncio
import atexit
import contextlib
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

SELECT = "JUPYTER_DEFAULT_PROVISIONER_NAME"  # jupyter_client's own switch, which it reads once in a process
FORKED, PLAIN = "forked", "local-provisioner"
CAN_FORK = sys.platform == "linux"  # elsewhere forking after imports is unsafe (macOS) or unknown (Windows)
LONGEST_SOCKET = 90  # characters of a socket's path that every Unix takes, with room for its ending


class ForkServer:
    """This process's end of a fork server, started at the first request and again if it died."""

    def __init__(self):
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen | None = None

    def launch(self, argv, env, cwd, quiet=False):
        """Fork a kernel and return its process id; what a quiet one logs to its own stderr is dropped."""
        request = json.dumps({"argv": argv, "env": env, "cwd": cwd, "quiet": quiet}).encode() + b"\n"
        with self._lock:
            channel = self._socket
            if channel is None or self._process is None or self._process.poll() is not None:
                channel = self._start()
            channel.sendall(request)
            answer = channel.recv(64)
        if not answer:
            raise RuntimeError("the kernels' fork server stopped; the notebook can be run again")
        return int(answer)

    def warm_up(self, also=()):
        """Let the server begin to import, unless it runs already; it answers as soon as it is done.

        Modules in `also` it imports while nobody asks.
        """
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start(also)

    def close(self):
        """Stop the server and every kernel that it forked."""
        with self._lock:
            if self._socket is not None and self._process is not None:
                self._socket.close()
                self._process.wait()
                self._process = None

    def _start(self, also=()) -> socket.socket:
        if self._socket is not None:
            self._socket.close()
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-m", "helpers.course.forkserver", str(theirs.fileno()), *also]
        with theirs:
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._socket


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
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
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
warm_up = _server.warm_up


def use_files(manager, folder):
    """Let a kernel and its client talk through sockets in `folder`: unlike a port, no other process can take one."""
    address = os.path.join(folder, "kernel")
    if os.name == "posix" and len(address) <= LONGEST_SOCKET:
        manager.transport, manager.ip = "ipc", address


def manager_class(folder, *, forked):
    """A kernel manager whose sockets lie in `folder`, and whose kernel is forked or started the plain way.

    What the kernel logs to its own stderr is not the notebook's, and is dropped.

    Returns
    -------
    type
        Its ``last`` is the manager that was made last.
    """

    class FolderKernelManager(AsyncKernelManager):
        last = None

        async def _start_quietly(self, **kwargs):
            await AsyncKernelManager.start_kernel(self, stderr=subprocess.DEVNULL, **kwargs)

        start_kernel = _start_quietly

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.connection_file = os.path.join(folder, "kernel.json")
            use_files(self, folder)
            type(self).last = self

        @property
        def kernel_spec(self):
            spec = super().kernel_spec
            if spec is not None:
                name = FORKED if forked and CAN_FORK else PLAIN
                spec.metadata = spec.metadata | {"kernel_provisioner": {"provisioner_name": name, "config": {}}}
            return spec

    return FolderKernelManager


class ForkedProvisioner(LocalProvisioner):
    """Launches this environment's IPython kernels by forking, and every other kernel as its parent class does."""

    _folder = None

    async def pre_launch(self, **kwargs):
        """Choose sockets in the file system before the connection file is written, unless they are already chosen."""
        if self.parent and self.parent.transport == "tcp" and not self.parent.has_kernel:
            self._folder = tempfile.TemporaryDirectory(prefix="workbook-")
            use_files(self.parent, self._folder.name)
        return await super().pre_launch(**kwargs)

    async def cleanup(self, restart=False):
        """Remove the sockets' folder with the kernel's other files."""
        await super().cleanup(restart)
        if self._folder and not restart:
            self._folder.cleanup()

    async def launch_kernel(self, cmd, **kwargs):
        """Fork the kernel where that gives the same as starting it."""
        env = kwargs.get("env") or dict(os.environ)
        ours = cmd[1:3] == ["-m", "ipykernel_launcher"] and os.path.samefile(cmd[0], sys.executable)
        same_hashes = env.get("PYTHONHASHSEED") == os.environ.get("PYTHONHASHSEED")  # fixed when Python starts
        if not (CAN_FORK and ours and same_hashes):
            return await super().launch_kernel(cmd, **kwargs)
        self.cwd = os.path.abspath(kwargs.get("cwd") or os.getcwd())
        quiet = kwargs.get("stderr") == subprocess.DEVNULL
        launch = functools.partial(_server.launch, cmd[3:], env, self.cwd, quiet)
        pid = await asyncio.get_running_loop().run_in_executor(None, launch)  # the first one may have to wait
        self.process = ForkedProcess(pid)
        self.pid = self.pgid = self.process.pid
        return self.connection_info
