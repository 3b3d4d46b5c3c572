"""A real PostgreSQL for tests: started from the installed binaries, on a free port, in a directory of its own."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STARTS_WITHIN = 30
# Nothing here has to survive a loss of power, only what tests do to it.
QUICK = {"fsync": "off", "synchronous_commit": "on", "full_page_writes": "off", "max_connections": "200"}


def binary(name: str) -> str | None:
    """Where one of PostgreSQL's programs is, if it is installed."""
    found = [*sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True), shutil.which(name)]
    return next((path for path in found if path), None)


class Cluster:
    """A running server that can be stopped, killed and started again."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        # PostgreSQL does not run as root; whoever owns the folder runs it.
        self._user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-D", str(folder / "data"), "-U", "fakeseed", "-A", "trust", "--no-sync", "-E", "UTF8")

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [str(binary(name)), *arguments], check=True, capture_output=True, cwd=self.folder, timeout=60, **self._user
        )

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        return f"postgresql://fakeseed@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start, and return when it can be connected to."""
        options = {**QUICK, "port": str(self.port), "unix_socket_directories": "", "listen_addresses": "127.0.0.1"}
        arguments = [argument for name, value in options.items() for argument in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(binary("postgres")), "-D", str(self.folder / "data"), *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._user,
            )
        end = time.monotonic() + STARTS_WITHIN
        ready = [str(binary("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "fakeseed"]
        while subprocess.run(ready, timeout=10, check=False).returncode:
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self, signal_name: signal.Signals = signal.SIGINT) -> None:
        """Stop: at once with SIGINT or SIGQUIT, cutting off who is connected."""
        if self._process is not None:
            self._process.send_signal(signal_name)
            self._process.wait(30)
            self._process = None

    def pause(self, paused: bool) -> None:
        """Make it hang, or go on: its first process and those that serve connections."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, signal.SIGSTOP if paused else signal.SIGCONT)

    def read_only(self, read_only: bool) -> None:
        """Take no writes in transactions that begin from now on, or take them again."""
        setting = f"default_transaction_read_only = {'on' if read_only else 'off'}"
        for statement in (f"ALTER SYSTEM SET {setting}", "SELECT pg_reload_conf()"):
            self._run("psql", "-q", "-d", self.url(), "-c", "SET default_transaction_read_only = off", "-c", statement)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A fresh server for as long as the context lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="fakeseed-postgresql-"))
    try:
        server = Cluster(folder, port)
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
