"""A running task's status that the documents do not have."""

from typing import Annotated, Any, ClassVar

import msgspec

from fakeseed.faults.fault import ClientSees, Evidence, Fault, Samples, task_reshaped
from fakeseed.model.task import ACTIVE
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class UnknownStatus(Fault, frozen=True):
    """The status of a running task is a word that the documents do not have."""

    routes: ClassVar[tuple[str, ...]] = ("GET task", "POST task", "DELETE task")
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({"word": "queued", "nth": [2, 3]},)
    evidence: ClassVar[Evidence] = ({"answer": {"data": {"status": "~^(?!completed|failed)"}}},)
    correct: ClassVar[str] = "Takes an unknown word for not yet ended, within a bounded wait."
    word: Annotated[str, msgspec.Meta(min_length=1, max_length=40, description="the word")] = "staged"

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Change the word while the task runs."""

        def change(data: dict[str, Any]) -> None:
            if data["status"] in ACTIVE:
                data["status"] = self.word

        return task_reshaped(response, change)
