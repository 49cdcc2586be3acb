"""A process that can do little harm: Linux namespaces and limits around code that is not ours, without root.

Inside, every file is read-only, `hide` and the temporary folders are empty but for Python's own homes, other processes
are neither seen nor signaled, and the whole group ends with its time, memory or number of processes. Not enforced: the
network stays reachable, and what the process may read elsewhere, it can read here too.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_PIDS = 0x00020000, 0x08000000, 0x10000000, 0x20000000  # clone(2)
RECURSIVE_PRIVATE, RECURSIVE_BIND = 0x4000 | 0x40000, 0x4000 | 0x1000  # MS_REC | MS_PRIVATE or MS_BIND, mount(2)
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, READ_ONLY = 442, -100, 0x8000, 1  # mount_setattr(2)
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 8, 24, 38  # prctl(2)
CAPABILITY_VERSION, CAPABILITIES, CAP_DAC_READ_SEARCH = 0x20080522, 41, 1 << 2  # capset(2), capabilities(7)
NOBODY = 65534
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")
HOMES = (str(Path(__file__).resolve().parents[2]), sys.prefix, sys.base_prefix)  # what Python imports from
LOOK_EVERY_S = 0.05


def enter(*, hide, keep, seconds, memory_mb, processes):
    """Put this process, which must have one thread, into the sandbox; returns only inside, in a new process.

    Parameters
    ----------
    hide : list of str
        Folders that are empty inside.
    keep : list of str
        Files in temporary folders that stay readable inside.
    seconds : float
        Wall-clock time until everything inside is killed.
    memory_mb : int
        Address space of each process, and resident memory of all together, in MB.
    processes : int
        Processes inside at once.

    Raises
    ------
    OSError
        Where the platform does not offer what is needed.
    """
    kept = {name: Path(name).read_bytes() for name in keep}
    _new_namespaces()
    _call("mount", None, b"/", None, RECURSIVE_PRIVATE, None)
    read_only = (ctypes.c_uint64 * 4)(READ_ONLY, 0, 0, 0)
    _call("syscall", MOUNT_SETATTR, AT_FDCWD, b"/", AT_RECURSIVE, read_only, ctypes.sizeof(read_only))
    for folder in (*TEMPORARY, *hide):
        if os.path.isdir(folder):
            _cover(folder)
    ready, tell = os.pipe()
    inside = os.fork()
    if inside:
        os.close(tell)
        os.read(ready, 1)  # from here on, /proc shows the processes inside only
        os._exit(_watch(inside, time.monotonic() + seconds, memory_mb, processes))
    _call("mount", b"proc", b"/proc", b"proc", 0, None)
    os.write(tell, b".")
    os.close(tell)
    os.close(ready)
    for name, data in kept.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data)
    _drop_privileges()
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which clears it
    import resource  # not on Windows

    size = memory_mb * 2**20
    limits = {resource.RLIMIT_AS: size, resource.RLIMIT_CORE: 0, resource.RLIMIT_NPROC: processes}
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def is_available():
    """Whether this platform offers the sandbox; tried in a process of its own."""
    if sys.platform != "linux":
        return False
    pid = os.fork()
    if pid == 0:
        try:
            enter(hide=[], keep=[], seconds=10, memory_mb=4096, processes=4)
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def _cover(folder):
    """Put an empty folder over `folder`; where a home of Python lies in it, that one still shows."""
    homes = {home: os.open(home, os.O_PATH) for home in HOMES if Path(home).is_relative_to(folder)}
    _call("mount", b"none", os.fsencode(folder), b"tmpfs", 0, b"size=64m,mode=1777")
    for home, descriptor in homes.items():
        os.makedirs(home, exist_ok=True)
        _call("mount", f"/proc/self/fd/{descriptor}".encode(), os.fsencode(home), None, RECURSIVE_BIND, None)
        os.close(descriptor)


def _new_namespaces():
    """Enter new namespaces in which this user, and for root also an unprivileged one, exists."""
    parent, uids = os.getpid(), sorted({os.getuid(), NOBODY if os.getuid() == 0 else os.getuid()})
    ready, tell = os.pipe()
    mapper = os.fork()
    if mapper == 0:  # a process outside must say which users exist inside
        os.read(ready, 1)
        if os.getuid():
            Path(f"/proc/{parent}/setgroups").write_text("deny")
        for name, ids in (("uid_map", uids), ("gid_map", uids if os.getuid() == 0 else [os.getgid()])):
            Path(f"/proc/{parent}/{name}").write_text("".join(f"{i} {i} 1\n" for i in ids))
        os._exit(0)
    try:
        _call("unshare", NEW_USER | NEW_MOUNTS | NEW_PIDS | NEW_IPC)
    finally:
        os.write(tell, b".")
        os.close(tell)
        os.close(ready)
    if os.waitpid(mapper, 0)[1]:
        raise OSError("the users of a new namespace cannot be set")


def _drop_privileges():
    """Give up what undoing the mounts would take, also for programs started from here.

    Root becomes an unprivileged user, whose processes the kernel counts, but keeps reading what it could read.
    """
    keep = 0
    if os.getuid() == 0:
        _call("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        keep = CAP_DAC_READ_SEARCH
    for capability in range(CAPABILITIES):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)(keep, keep))
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _watch(inside, deadline, memory_mb, processes):
    """Wait for the first process inside, with which all others end; kill it when a limit is passed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pid, status = os.waitpid(inside, os.WNOHANG)
        if pid:
            return abs(os.waitstatus_to_exitcode(status)) % 256
        group = [name for name in os.listdir("/proc") if name.isdigit()]
        if time.monotonic() > deadline or len(group) > processes or sum(map(_resident_mb, group)) > memory_mb:
            os.kill(inside, signal.SIGKILL)
        time.sleep(LOOK_EVERY_S)


def _resident_mb(pid):
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE") / 2**20  # resident and not shared
