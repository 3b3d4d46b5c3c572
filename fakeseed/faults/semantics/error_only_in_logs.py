"""A failed task whose reason stands only in its logs."""

from typing import Any, ClassVar

from fakeseed.faults.fault import ClientSees, Evidence, Fault, task_reshaped
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class ErrorOnlyInLogs(Fault, frozen=True):
    """A failed task's error object is all zero; what happened stands in its logs."""

    routes: ClassVar[tuple[str, ...]] = ("GET task", "POST task", "DELETE task")
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = ({"answer": {"data": {"status": "failed"}}},)
    correct: ClassVar[str] = "Shows the log's lines beside the error object."

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Empty the error object, and keep its message in the log."""

        def empty(data: dict[str, Any]) -> None:
            if data["status"] == "failed":
                message = data["error"]["message"]
                data["logs"] = [*data["logs"], *([message] if message and message not in data["logs"] else [])]
                data["error"] = {"code": 0, "raw_message": "", "message": "", "detail": None}

        return task_reshaped(response, empty)
