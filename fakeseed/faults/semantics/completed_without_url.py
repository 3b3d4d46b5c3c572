"""A completed task without an output."""

from typing import Any, ClassVar

from fakeseed.faults.fault import ClientSees, Evidence, Fault, task_reshaped
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class CompletedWithoutUrl(Fault, frozen=True):
    """A completed task has no output."""

    routes: ClassVar[tuple[str, ...]] = ("GET task", "POST task", "DELETE task")
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = ({"answer": {"data": {"status": "completed"}}},)
    correct: ClassVar[str] = (
        "Says so as an error of its own, after asking again a few times; does not crash on the missing key."
    )

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Take the output away."""

        def empty(data: dict[str, Any]) -> None:
            if data["status"] == "completed":
                data["output"] = None

        return task_reshaped(response, empty)
