"""The process between fakeseed and a child: it starts the child, ends it in time, and sees to it that nothing is left.

Run as a script of its own, with the standard library alone, by ``fakeseed.runner.process``. On Linux it is the
"subreaper" of all that comes from the child: a process that loses its parent, whatever session it has gone to, becomes
the keeper's own, so nothing can hide, and "no children left" means that all are gone. On other systems the child's
process group is ended, and a daemon that left it is not found. When fakeseed itself dies, the keeper's input ends, and
that ends the child too.

Orders come in on standard input: JSON, its length in ten digits before it, then a byte for each signal to send. News
goes out on the file descriptor named by the only argument: ``started PID``, ``failed ERRNO``, and
``ended STATUS STRAGGLERS TIMED_OUT``.
"""

import contextlib
import json
import os
import select
import signal
import sys

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LENGTH = 10
TICK_SECONDS = 0.02
"""How often those who have to be gone are looked for."""
LAST_TICKS = 500
"""How often at most: a process of another user, or one that hangs in the kernel, cannot be killed."""


def prctl(option: int, value: int) -> None:
    """Ask the kernel for something on Linux; nowhere else is it to be had."""
    if LINUX:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def parents() -> dict[int, int]:
    """Every process of the machine -> its parent; only Linux tells."""
    found = {}
    for name in os.listdir("/proc") if LINUX else ():
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    state, parent = stat.read().rpartition(b")")[2].split()[:2]
            except OSError:
                continue  # it has just gone
            if state != b"Z":
                found[int(name)] = int(parent)
    return found


def descendants() -> set[int]:
    """Every living process that comes from this one."""
    tree = parents()
    found: set[int] = set()
    while new := {pid for pid, parent in tree.items() if parent in found | {os.getpid()}} - found:
        found |= new
    return found


def forget_clock(pid: int) -> None:
    """Remove what libfaketime leaves in shared memory; a later process of the same number would stumble over it."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        with contextlib.suppress(OSError):
            os.unlink(f"/dev/shm/{name}")  # noqa: S108 - not ours to choose


class Supervisor:
    """One child, and all that comes from it."""

    def __init__(self, news: int, order: dict[str, object]) -> None:
        self._news = news
        self._order = order
        self._status: int | None = None
        self._timed_out = False
        self._ending = False
        self._asked = False
        self.child = 0
        # Signals that were blocked when fakeseed began would never be noticed, and the child would inherit that.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        self._wake, waking = os.pipe()
        os.set_blocking(waking, False)
        signal.set_wakeup_fd(waking)
        for number in (signal.SIGCHLD, signal.SIGALRM, signal.SIGTERM):
            signal.signal(number, lambda *_: None)

    def tell(self, news: str) -> None:
        """Send news; if nobody listens any more, that is no reason to stop."""
        with contextlib.suppress(OSError):
            os.write(self._news, f"{news}\n".encode())

    def start(self) -> None:
        """Start the child."""
        failed, failing = os.pipe()  # closed by a successful exec
        self.child = os.fork()
        if self.child == 0:
            self._become(failing)
        os.close(failing)
        with os.fdopen(failed, "rb") as pipe:
            problem = pipe.read().decode()
        if problem:
            self.tell(f"failed {problem}")

    def _become(self, failing: int) -> None:
        """The child's side of the fork: never returns."""
        try:
            os.setsid()
            self.tell(f"started {os.getpid()}")
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.set_wakeup_fd(-1)
            for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_DFL)
            forget_clock(os.getpid())
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            command, env = self._order["command"], self._order["env"]
            os.execvpe(command[0], command, env)  # type: ignore[index,arg-type]  # noqa: S606 - what was asked for
        except OSError as problem:
            os.write(failing, str(problem.errno).encode())
        finally:
            os._exit(127)

    def keep(self) -> None:
        """Wait until the child has ended, by itself, in time, or as ordered; then end what it left."""
        seconds = self._order["seconds"]
        if seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, max(float(seconds), 0.001))  # type: ignore[arg-type]
        while self._reap() and self._status is None:
            self._listen()
        signal.setitimer(signal.ITIMER_REAL, 0)
        stragglers = descendants()
        self._sweep()
        self.tell(f"ended {self._status} {len(stragglers)} {int(self._timed_out)}")

    def _listen(self) -> None:
        sources = [self._wake] if self._asked else [self._wake, 0]
        ready, _, _ = select.select(sources, [], [])
        if 0 in ready:
            asked = os.read(0, 1)
            self._asked = not asked or asked[0] == signal.SIGKILL
            self._end(asked[0] if asked else signal.SIGTERM)
        if self._wake in ready:
            woken = set(os.read(self._wake, 512))
            if signal.SIGALRM in woken:
                self._late()
            if signal.SIGTERM in woken:
                self._end(signal.SIGTERM)

    def _late(self) -> None:
        """The time is over: the first time for the child, the second time for its patience with SIGTERM."""
        if self._ending:
            self._end(signal.SIGKILL)
        else:
            self._timed_out = True
            self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        """Ask all to end, and see after a while whether they did."""
        self._ending = True
        signal.setitimer(signal.ITIMER_REAL, float(self._order["grace"]))  # type: ignore[arg-type]
        self._signal(number)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self.child, number)
        for pid in descendants():
            try:
                if os.getpgid(pid) != self.child:
                    os.kill(pid, number)
            except OSError:
                pass

    def _reap(self) -> bool:
        """Take in who has ended; whether any is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            forget_clock(pid)
            if pid == self.child:
                self._status = status

    def _sweep(self) -> None:
        """Kill until nobody is left: who is killed may have started another one in its last moment."""
        for _ in range(LAST_TICKS):
            if not self._reap():
                break
            self._signal(signal.SIGKILL)
            select.select([], [], [], TICK_SECONDS)


def read(length: int) -> bytes:
    """So many bytes of the input, and none of what follows; without them there is nothing to keep."""
    found = b""
    while len(found) < length:
        chunk = os.read(0, length - len(found))
        if not chunk:
            sys.exit()
        found += chunk
    return found


def main() -> None:
    """Keep one child."""
    news = int(sys.argv[1])
    os.set_inheritable(news, False)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    keeper = Supervisor(news, json.loads(read(int(read(LENGTH)))))
    keeper.start()
    keeper.keep()


if __name__ == "__main__":
    main()
