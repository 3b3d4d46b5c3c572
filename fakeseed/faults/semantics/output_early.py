"""A running task that names the URL of its output."""

from typing import Any, ClassVar

from fakeseed.faults.fault import ClientSees, Evidence, Fault, task_reshaped
from fakeseed.model.routes import OUTPUT_PATH
from fakeseed.model.task import ACTIVE
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class OutputEarly(Fault, frozen=True):
    """``output.video`` names a URL while the task still runs; nothing is behind it until the end."""

    routes: ClassVar[tuple[str, ...]] = ("GET task", "POST task")
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = ({"answer": {"data": {"status": "~^(?!completed)", "output": {"video": "*"}}}},)
    correct: ClassVar[str] = "Goes by the status, not by whether there is a URL."

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Show the URL that the video will have."""

        def show(data: dict[str, Any]) -> None:
            task = world.tasks.get(data["task_id"])
            if task is not None and task.status in ACTIVE:
                name = world.chance.file_id(f"output {task.seq}")
                data["output"] = {"video": f"{call.base_url}{OUTPUT_PATH}/{name}.mp4"}

        return task_reshaped(response, show)
