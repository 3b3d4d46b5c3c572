"""One mistake a line; both type checkers find each."""

import fakeseed
from fakeseed import Contrl  # mistake
from fakeseed import Control, Emulator


def test_it(fakeseed: Emulator) -> None:
    """Mistakes with the fixture."""
    fakeseed.clock.advanced("1d")  # mistake
    fakeseed.faults.arm(503)  # mistake
    fakeseed.judge(fail_on="eror")  # mistake


fakeseed.judge([])  # mistake
fakeseed.judge.jugde([])  # mistake
fakeseed.judge.hold(lambda: None, exmples=3)  # mistake
Control(5)  # mistake
number: int = fakeseed.judge.judge([]).ok.real + "x"  # mistake
