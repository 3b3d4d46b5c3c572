"""A client of the zoo as a program, for the emulator that its environment names.

``python program.py NAME``: a client of ``broken.py`` by name, or ``correct``, makes one video. ``python program.py NAME
RULE``: it does what shows the rule, by the table of cases.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.zoo import broken
from tests.zoo.correct import ApiError, CorrectClient
from tests.zoo.hooked import HookedClient
from tests.zoo.missions import text


def main(name: str, rule: str = "") -> int:
    """Do it; 0 when it is done."""
    broken_kind, mission, _ = broken.CASES[rule] if rule else (CorrectClient, text, {})
    correct_kind = HookedClient if issubclass(broken_kind, HookedClient) else CorrectClient
    kind: type[CorrectClient] = correct_kind if name == "correct" else getattr(broken, name)
    client = kind(os.environ["PIAPI_BASE_URL"], os.environ["PIAPI_API_KEY"], time.sleep, timeout=10.0)
    try:
        result = mission(client)
        print(result if isinstance(result, str) else "done")
    except ApiError as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
