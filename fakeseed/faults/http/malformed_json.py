"""A body that is no JSON."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import Fault, Share, is_json
from fakeseed.piapi.dispatch import Call
from fakeseed.piapi.responses import Answer
from fakeseed.world.world import World


class MalformedJson(Fault, frozen=True):
    """The JSON of the answer breaks off; status, Content-Length and Content-Type are in order."""

    correct: ClassVar[str] = "Treats it as a lost answer; does not crash."
    keep: Share = 0.6

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Cut the body, at least by its last byte; what is no JSON stays whole."""
        if not is_json(answer):
            return answer
        cut = min(int(len(answer.body) * self.keep), max(len(answer.body) - 1, 0))
        return replace(answer, body=answer.body[:cut])
