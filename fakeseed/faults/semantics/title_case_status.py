"""A task's status in title case."""

from typing import Any, ClassVar

from fakeseed.faults.fault import ClientSees, Evidence, Fault, task_reshaped
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class TitleCaseStatus(Fault, frozen=True):
    """The status of a task is written in title case, as the documents' tables have it."""

    routes: ClassVar[tuple[str, ...]] = ("GET task", "POST task", "DELETE task")
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = ({"answer": {"data": {"status": "*"}}},)
    correct: ClassVar[str] = "Compares statuses without regard to case."

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Change the case."""

        def change(data: dict[str, Any]) -> None:
            data["status"] = data["status"].title()

        return task_reshaped(response, change)
