"""What came of a client in one world: whether it held, was broken, or could not be judged, and why."""

from typing import Literal

import msgspec

from fakeseed.judge.client_clock import ClientClock
from fakeseed.judge.entries import Ending
from fakeseed.judge.evaluate import FAILS_ON, Judgement
from fakeseed.judge.queries.timeouts import timeout_diagnosis
from fakeseed.judge.rule import Severity

Result = Literal["held", "broken", "not judged"]
CALM = "calm"
"""The world in which nothing goes wrong."""


class ClientRun(msgspec.Struct, frozen=True):
    """A client in one world.

    ``refused_hosts``: hosts that the program asked for and did not get, with the reason. ``clock``: by whose clock it
    waited; ``rate``: world seconds a real second, where that was not its world's own. ``struck``: whether the trouble
    of the scenario struck, None where there is none. ``variables``: the names under which it was given its world;
    ``other_keys``: keys under which requests came that were not its world's.
    """

    name: str
    title: str
    ending: Ending | None
    judgement: Judgement
    fail_on: Severity = FAILS_ON
    refused_hosts: tuple[str, ...] = ()
    rate: float = 1.0
    clock: ClientClock = "real"
    struck: bool | None = None
    require_struck: bool = False
    variables: tuple[str, ...] = ()
    other_keys: tuple[str, ...] = ()

    @property
    def output(self) -> str:
        """What the program wrote."""
        return self.ending.text if self.ending else ""

    @property
    def started(self) -> bool:
        """Whether the program could be started."""
        return self.ending is None or self.ending.how != "not started"

    @property
    def result(self) -> Result:
        """*held* has to be earned: by requests, and by an end of the client's own."""
        if self.unjudged:
            return "not judged"
        return "broken" if self.complaints or self.judgement.fails(self.fail_on) else "held"

    @property
    def passed(self) -> bool | None:
        """Whether it held; None when it could not be judged."""
        return {"held": True, "broken": False, "not judged": None}[self.result]

    @property
    def unjudged(self) -> str:
        """Why it could not be judged; empty when it could."""
        if self.ending is None:
            return ""
        if self.ending.how == "not started":
            return f"the command could not be run: {self.ending.signal or 'unknown'}"
        if not self.judgement.history.requests:
            return self._no_request()
        stopped = self.ending.how == "timed out" and not self.ending.hung
        if stopped and not self.judgement.fails(self.fail_on):
            return f"it was stopped after {self.ending.seconds:.0f} s, before its end; give it longer with --timeout"
        return ""

    def _no_request(self) -> str:
        if self.other_keys:
            keys = ", ".join(self.other_keys)
            return f"its requests came under another key ({keys}) than the one that it was given in the environment"
        return "it sent no request to the emulator"

    @property
    def complaints(self) -> list[str]:
        """What its end alone says against it."""
        ending = self.ending
        if ending is None or self.unjudged:
            return []
        complaints = []
        if ending.hung:
            complaints.append("it hangs: it neither ends nor sends a request, and nothing would ever wake it")
        if ending.how == "killed":
            complaints.append(f"it crashed: killed by {ending.signal or 'a signal'}")
        if self.name == CALM and ending.how == "exited" and ending.code:
            complaints.append(f"it ended with exit code {ending.code} in a world where nothing goes wrong")
        if self.require_struck and self.struck is False:
            complaints.append("the trouble of the scenario never struck, and --require-struck wants it to")
        return complaints

    @property
    def diagnosis(self) -> str:
        """In words, where a timeout of the client's own was what ended it; else empty."""
        if self.ending is None or self.ending.successful:
            return ""
        return timeout_diagnosis(self.judgement.history)


def describe_ending(ending: Ending | None) -> str:
    """How a program ended, in a few words."""
    if ending is None:
        return "its end is not known"
    phrases = {
        "exited": f"exit {ending.code}",
        "killed": f"killed by {ending.signal or 'a signal'}",
        "timed out": "hangs" if ending.hung else "stopped: it took too long",
        "not started": f"did not start: {ending.signal or 'unknown'}",
    }
    parts = [phrases[ending.how], f"{ending.seconds:.1f} s"]
    parts += ["much output"] if ending.cut else []
    parts += [f"left {ending.stragglers} processes behind"] if ending.stragglers else []
    return ", ".join(parts)
