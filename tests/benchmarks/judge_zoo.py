"""Every correct client as a program, in every scenario, again and again: how many runs, and how many accusations.

``python -m tests.benchmarks.judge_zoo [--rounds 10] [--jobs 2] [--busy] [--client NAME ...]``; ``--busy`` keeps one
core busy beside it. Exit 1 when anything was said against a client.
"""

import argparse
import sys
from time import perf_counter

from tests.zoo.programs import NODE, PYTHON, UnavailableError, accusations, busy_core, judged


def main() -> int:
    """Run them all, and print each accusation as it comes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--client", action="append", choices=[*PYTHON, *NODE])
    options = parser.parse_args()
    runs = accused = 0
    with busy_core(busy=options.busy):
        for number in range(1, options.rounds + 1):
            for client in options.client or [*PYTHON, *NODE]:
                began = perf_counter()
                try:
                    results = judged(client, "--all", "--jobs", str(options.jobs))
                except UnavailableError as error:
                    print(f"round {number}  {client:17} not run: {error}", flush=True)
                    continue
                against = accusations(results)
                runs, accused = runs + len(results), accused + len(against)
                seconds = perf_counter() - began
                print(
                    f"round {number}  {client:17} {len(results)} runs, {len(against)} accused, {seconds:.0f} s",
                    flush=True,
                )
                for scenario, statements in against.items():
                    print(f"    {scenario}: {'; '.join(statements)}", flush=True)
    print(f"{runs} runs, {accused} accused")
    return 1 if accused else 0


if __name__ == "__main__":
    sys.exit(main())
