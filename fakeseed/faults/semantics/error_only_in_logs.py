"""The reason stands only in the log."""

from typing import Any, ClassVar

from fakeseed.faults.fault import Fault, task_reshaped
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class ErrorOnlyInLogs(Fault, frozen=True):
    """A failed task's error object is all zero; what happened stands in its logs."""

    routes: ClassVar[tuple[str, ...]] = ("GET task", "POST task", "DELETE task")
    correct: ClassVar[str] = "Shows the log's lines beside the error object."

    def transform_response(self, world: World, call: ApiRequest, json_response: Response) -> Response:
        """Empty the error object, and keep its message in the log."""

        def empty(data: dict[str, Any]) -> None:
            if data["status"] == "failed":
                told = data["error"]["message"]
                data["logs"] = [*data["logs"], *([told] if told and told not in data["logs"] else [])]
                data["error"] = {"code": 0, "raw_message": "", "message": "", "detail": None}

        return task_reshaped(json_response, empty)
