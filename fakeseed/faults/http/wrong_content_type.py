"""Content-Type lies."""

from typing import Annotated, ClassVar

import msgspec

from fakeseed.faults.fault import Fault, with_header
from fakeseed.piapi.dispatch import Call
from fakeseed.piapi.responses import Answer
from fakeseed.world.world import World


class WrongContentType(Fault, frozen=True):
    """The answer says that it is something else than it is."""

    correct: ClassVar[str] = "Reads a JSON body whose type says text/plain; refuses a video whose type says HTML."
    type: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.+/; =-]{1,100}\Z", description="what it says")] = (
        "text/html"
    )

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Change the header, where there is a body for it to speak of."""
        if not answer.body:
            return answer
        return with_header(answer, b"content-type", self.type.encode())
