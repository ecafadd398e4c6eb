"""The last step before a launch's own program: gives up what it must not have, then becomes it.

Runs as `python3 -I -S launcher.py HOME OPTIONS COMMAND…`, often under another Python than Serai's
and inside the sandbox: standard library only, few imports, since every start pays for them (json
alone is 5 ms). OPTIONS is `name=number,…` of uid, parent, files, disk, processes, memory; what is
absent stays as it is.
"""

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_EXIT_NOT_FOUND = 127
_EXIT_NOT_EXECUTABLE = 126


def main(arguments: list[str]) -> None:
    home, pairs, *command = arguments
    options = {name: int(value) for name, value in (pair.split("=") for pair in pairs.split(","))}
    os.umask(0o077)
    _become_session_leader()
    _limit(options)
    if "uid" in options:
        os.setgroups([])
        os.setgid(options["uid"])
        os.setuid(options["uid"])
    if sys.platform == "linux":
        # After setuid: a change of identity clears the parent-death signal.
        _harden(options.get("parent"))
    os.chdir(home)
    _exec(command)


def _become_session_leader() -> None:
    if os.getsid(0) != os.getpid():
        try:
            os.setsid()
        except OSError:
            pass


def _limit(options: dict[str, int]) -> None:
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: options.get("files"),
        resource.RLIMIT_FSIZE: options.get("disk"),
        resource.RLIMIT_NPROC: options.get("processes"),
        resource.RLIMIT_DATA: options.get("memory"),
    }
    for kind, value in wanted.items():
        if value is None:
            continue
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, value))


def _harden(parent: int | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        sys.exit("launcher: no_new_privs was refused")
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit("launcher: the parent-death signal was refused")
    if parent is not None and os.getppid() != parent:
        sys.exit("launcher: the agent died meanwhile")


def _exec(command: list[str]) -> None:
    # Python ignores these two; a launched program expects them as they are by default.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        print("launcher: no such program:", command[0], file=sys.stderr, flush=True)
        os._exit(_EXIT_NOT_FOUND)
    except OSError as error:
        print("launcher: cannot run", command[0], error, file=sys.stderr, flush=True)
        os._exit(_EXIT_NOT_EXECUTABLE)


if __name__ == "__main__":
    main(sys.argv[1:])
