"""What is set up to happen in a world beside its own rules, as data: armed faults, and the acts of a scenario.

What each fault does stands in ``fakeseed.faults``; here is only what a world has to keep of it.
"""

from typing import Any, Literal

import msgspec


class FaultCondition(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which requests a fault meets.

    ``on`` is the word for a vendor's route; without it ``method`` and ``path`` are patterns (``*`` for anything).
    ``task_type`` is a pattern too. ``nth`` and ``times`` count matching
    requests from 1; ``probability`` is drawn from the world's seed. ``opens`` and ``closes`` are instants.
    """

    method: str = "*"
    path: str = "*"
    task_type: str = ""
    nth: tuple[int, ...] = ()
    times: int | None = None
    probability: float | None = None
    opens: int = 0
    closes: int | None = None
    on: str = ""


class ArmedFault(msgspec.Struct):
    """One armed fault. ``order``: what was asked for; ``met`` counts matching requests, ``fired`` those it touched."""

    fault_id: str
    name: str
    options: dict[str, Any]
    when: FaultCondition
    order: dict[str, Any]
    met: int = 0
    fired: int = 0


Verb = Literal["set", "complete", "fail", "hold", "release", "activate", "revoke", "delete"]


class ScheduledAction(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happens.

    ``subject`` is a record's name: ``task 1`` is the first task of the world, ``asset 2`` its second asset, or a name
    that the scenario gave. ``change`` is what ``set`` sets (a WorldPatch), ``cause`` what ``fail`` fails of.
    """

    verb: Verb
    subject: str = ""
    cause: str = ""
    change: dict[str, Any] = {}
