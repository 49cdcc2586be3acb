"""A process that can do little harm: Linux namespaces, limits and a filter of system calls, without root.

It takes two steps. :func:`enter` puts a process that is trusted into namespaces of its own, where :class:`View` lays
out what is to be seen inside. There, :func:`fork_alone` starts a process in a process namespace of its own, and
:func:`confine` shuts it in: no network, no terminal, no other process, no file but what the view shows, all of it
read-only, one empty place to write, and neither sockets nor programs nor processes of its own.

``python -m helpers.course.sandbox MODULE ARGUMENT…`` runs a module after the first step, for which a process must have
one thread; libraries that the module imports may start more.
"""

import ctypes
import functools
import os
import platform
import runpy
import signal
import struct
import sys
import tempfile
from pathlib import Path

NEW_MOUNTS, NEW_UTS, NEW_IPC = 0x00020000, 0x04000000, 0x08000000  # clone(2)
NEW_USER, NEW_PIDS, NEW_NET, THREAD = 0x10000000, 0x20000000, 0x40000000, 0x00010000
RECURSIVE_PRIVATE, RECURSIVE_BIND, DETACH = 0x4000 | 0x40000, 0x4000 | 0x1000, 2  # mount(2), umount(2)
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, READ_ONLY, NO_SUID = 442, -100, 0x8000, 1, 2  # mount_setattr(2)
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 22, 24, 38  # prctl(2)
CAPABILITY_VERSION, CAPABILITIES = 0x20080522, 41  # capset(2), capabilities(7)
NOBODY = 65534
SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts",
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
)  # fmt: skip
# What no answer needs. By name: the numbers on x86_64 and on aarch64, None where there is none.
DENIED = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "fork": (57, None), "vfork": (58, None), "execve": (59, 221),
    "execveat": (322, 281), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "bpf": (321, 280),
    "perf_event_open": (298, 241), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "kcmp": (312, 272), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "personality": (135, 92),
}  # fmt: skip
CLONE, CLONE3 = (56, 220), (435, 435)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # which number, and AUDIT_ARCH
X32, EPERM, ENOSYS = 0x40000000, 1, 38


def enter():
    """Go on in a new process with its own users, mounts and processes; this one waits for it and ends with it.

    The process must have one thread. When the new one ends, everything that it started is killed.

    Raises
    ------
    OSError
        Where the platform does not offer what is needed.
    """
    if platform.machine() not in ARCHITECTURES:
        raise OSError(f"no filter of system calls is known for {platform.machine()}")
    _new_namespaces(NEW_USER | NEW_MOUNTS | NEW_PIDS)
    _call("mount", None, b"/", None, RECURSIVE_PRIVATE, None)
    inside = os.fork()
    if inside:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os._exit(abs(os.waitstatus_to_exitcode(os.waitpid(inside, 0)[1])) % 256)
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _call("mount", b"proc", b"/proc", b"proc", 0, None)


class View:
    """The files that confined processes see: programs and libraries, the folders `shown`, and nothing else.

    Parameters
    ----------
    shown : list of str
        Files and folders that stay visible under their own names, read-only.
    hidden : list of str
        Folders within these that are empty.
    """

    def __init__(self, shown, hidden):
        self.folder = tempfile.mkdtemp(prefix="view-")
        _call("mount", b"none", os.fsencode(self.folder), b"tmpfs", 0, b"size=1m,mode=755")
        done = []
        for name in sorted({os.path.abspath(name) for name in (*SYSTEM, *shown) if os.path.exists(name)}):
            if not any(Path(name).is_relative_to(other) for other in done):
                self._show(name)
                done.append(name)
        for name in hidden:
            if os.path.isdir(self._inside(name)):
                _call("mount", b"none", os.fsencode(self._inside(name)), b"tmpfs", 0, b"size=1m,nr_inodes=4,mode=755")
        below_tmp = any(Path(name).is_relative_to("/tmp") for name in done)
        self.room = "/room" if below_tmp else "/tmp"  # the one place to write, which hides what lay there
        os.makedirs(self._inside(self.room), exist_ok=True)
        read_only = (ctypes.c_uint64 * 4)(READ_ONLY | NO_SUID, 0, 0, 0)
        size = ctypes.sizeof(read_only)
        _call("syscall", MOUNT_SETATTR, AT_FDCWD, os.fsencode(self.folder), AT_RECURSIVE, read_only, size)

    def _inside(self, name):
        return self.folder + name

    def _show(self, name):
        target = self._inside(name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.isdir(name):
            os.makedirs(target, exist_ok=True)
        else:
            Path(target).touch()
        _call("mount", os.fsencode(name), os.fsencode(target), None, RECURSIVE_BIND, None)


def fork_alone():
    """Fork a process that is the first of a process namespace of its own; it sees and signals no other.

    Returns
    -------
    int
        As ``os.fork`` does.
    """
    home = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    _call("unshare", NEW_PIDS)
    pid = os.fork()
    if pid:
        _call("setns", home, NEW_PIDS)
    os.close(home)
    return pid


def confine(view, *, temporary_mb, files):
    """Shut this process in, for good; it must have one thread.

    Parameters
    ----------
    view : View
        What it sees.
    temporary_mb, files : int
        What its place to write holds at most.
    """
    _call("unshare", NEW_MOUNTS | NEW_IPC | NEW_UTS | NEW_NET)
    _call("sethostname", b"judge", len(b"judge"))
    room = f"size={temporary_mb}m,nr_inodes={files},mode=1777".encode()
    _call("mount", b"none", os.fsencode(view.folder + view.room), b"tmpfs", 0, room)
    os.chdir(view.folder)
    _call("syscall", 155 if platform.machine() == "x86_64" else 41, b".", b".")  # pivot_root(2)
    _call("umount2", b".", DETACH)
    os.chdir(view.room)
    _drop_privileges()
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # after the change of user, which clears it
    _filter_calls()


def limit(*, seconds, memory_mb, processes, file_mb):
    """Bound what this process may use: processor time, address space beyond what it has, threads, size of a file."""
    import resource  # not on Windows

    limit_memory(memory_mb)
    bounds = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_FSIZE: file_mb * 2**20,
        resource.RLIMIT_NOFILE: 64,
    }
    for name, value in bounds.items():
        resource.setrlimit(name, (value, value))


def limit_memory(memory_mb):
    """Bound the address space of this process, beyond what it has."""
    import resource

    statm = Path("/proc/self/statm")
    now = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
    most = now + memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def is_available():
    """Whether this platform offers the sandbox; tried in a process of its own."""
    if sys.platform != "linux":
        return False
    pid = os.fork()
    if pid == 0:
        try:
            enter()
            view = View([], [])
            inside = fork_alone()
            if inside == 0:
                confine(view, temporary_mb=1, files=10)
                os._exit(0)
            os._exit(os.waitstatus_to_exitcode(os.waitpid(inside, 0)[1]))
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@functools.cache
def _libc():
    return ctypes.CDLL(None, use_errno=True)  # not at import: Windows has none


def _call(name, *arguments):
    if getattr(_libc(), name)(*arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def _new_namespaces(flags):
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
        _call("unshare", flags)
    finally:
        os.write(tell, b".")
        os.close(tell)
        os.close(ready)
    if os.waitpid(mapper, 0)[1]:
        raise OSError("the users of a new namespace cannot be set")


def _drop_privileges():
    """Give up every capability, for good; root becomes an unprivileged user, whose processes the kernel counts."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    for capability in range(CAPABILITIES):
        _libc().prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _filter_calls():
    """Let the kernel refuse the system calls that no answer needs: a program of its packet filter, seccomp(2)."""
    place, architecture = ARCHITECTURES[platform.machine()]
    load, equal, at_least, has_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    refuse, unknown, allow, kill = 0x00050000 | EPERM, 0x00050000 | ENOSYS, 0x7FFF0000, 0x80000000
    denied = [numbers[place] for numbers in DENIED.values() if numbers[place] is not None]
    program = [
        (load, 0, 0, 4),  # the architecture
        (equal, 1, 0, architecture),
        (give, 0, 0, kill),
        (load, 0, 0, 0),  # the number of the call
        (at_least, 0, 1, X32),
        (give, 0, 0, refuse),
        (equal, 0, 1, CLONE3[place]),  # its flags cannot be seen; who is told so uses clone
        (give, 0, 0, unknown),
        (equal, 0, 4, CLONE[place]),
        (load, 0, 0, 16),  # its flags
        (has_bit, 0, 1, THREAD),
        (give, 0, 0, allow),
        (give, 0, 0, refuse),
        *((equal, len(denied) - at, 0, number) for at, number in enumerate(denied)),
        (give, 0, 0, allow),
        (give, 0, 0, refuse),
    ]
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
    _call("prctl", PR_SET_SECCOMP, 2, ctypes.create_string_buffer(header, len(header)), 0, 0)


def main():
    """Enter, then run a module."""
    enter()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
