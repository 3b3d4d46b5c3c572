"""A client of the zoo as a program: makes one video, of the emulator that its environment names.

``python program.py NAME``: a client of ``broken.py`` by name, or ``correct``.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.zoo import broken
from tests.zoo.correct import ApiError, CorrectClient


def main(name: str) -> int:
    """Make one video; 0 when it is there."""
    kind = CorrectClient if name == "correct" else getattr(broken, name)
    client = kind(os.environ["PIAPI_BASE_URL"], os.environ["PIAPI_API_KEY"], time.sleep, timeout=10.0)
    try:
        print(len(client.video("a corgi on a skateboard")), "bytes")
    except ApiError as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
