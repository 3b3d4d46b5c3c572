"""An emulator in a process of its own, over a socket: for suites that send so much that it pays."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30


@contextmanager
def emulator(keys: Iterable[str], *options: str) -> Iterator[str]:
    """An emulator that lets only these keys in, each a line of its key file; gives the URL."""
    with tempfile.TemporaryDirectory(prefix="fakeseed-") as folder:
        listed, ready = Path(folder, "keys"), Path(folder, "ready")
        listed.write_text("\n".join(keys) + "\n")
        command = [sys.executable, "-m", "fakeseed", "serve", "--port", "0", "--seed", "contracts"]
        command += ["--keys", str(listed), "--ready-file", str(ready), *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        try:
            yield _url(process, ready)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _url(process: "subprocess.Popen[bytes]", ready: Path) -> str:
    for _ in range(START_SECONDS * 20):
        if ready.exists():
            return ready.read_text().strip()
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"the emulator did not start: exit status {process.poll()}")
