"""A task that runs its whole time and then fails."""

from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import ClientSees, Evidence, Fault, Samples
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task import OUTCOMES, Task
from fakeseed.world.world import World

FAILING = tuple(name for name, outcome in OUTCOMES.items() if not outcome.completes)


class FailsAtTheEnd(Fault, frozen=True):
    """The task runs its whole time and then fails; its points come back."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({"outcome": "refused-copyright", "task_type": "seedance-2*"}, {})
    evidence: ClassVar[Evidence] = ({"status": "<300"}, {"kind": "event", "to": "failed"}, {"kind": "request"})
    correct: ClassVar[str] = "Stops at failed as at completed, and tells code, message and log."
    outcome: Annotated[str, msgspec.Meta(description=f"how it fails: {', '.join(FAILING)}")] = "internal-error"

    def __post_init__(self) -> None:
        if self.outcome not in FAILING:
            raise ValueError(f"unknown outcome {self.outcome!r}{did_you_mean(self.outcome, FAILING)}")

    def task_made(self, world: World, task: Task) -> None:
        """Change how the task will end."""
        task.fate = replace(task.fate, outcome=self.outcome)
