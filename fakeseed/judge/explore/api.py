"""``fakeseed.explore``: the exploration of a client that is a function."""

import os
from collections.abc import Iterable

from fakeseed.judge.explore.clients import function
from fakeseed.judge.explore.search import Budget, Exploration
from fakeseed.judge.explore.search import explore as search
from fakeseed.judge.property_test import Client
from fakeseed.judge.rule import Severity


def explore(
    client: Client,
    *,
    seconds: float | None = None,
    trials: int | None = None,
    jobs: int | None = None,
    allow: Iterable[str] = (),
    fail_on: Severity = "warning",
) -> Exploration:
    """Try what could go wrong at each request of a client, and in worlds that are short of something.

    ``client(base_url, api_key)`` or ``client(base_url, api_key, sleep)``, as ``fakeseed.judge.hold`` takes it. It stops
    after ``seconds`` (real ones) or ``trials``, else when all that can be tried has been; ``jobs`` worlds at a time, by
    default as many as there are cores. ``allow``: rules or areas that are not held against it. Raises UsageError,
    StartError.
    """
    budget = Budget(seconds, trials, jobs or os.cpu_count() or 1)
    with function(client, allow=allow, fail_on=fail_on) as attempt:
        return search(attempt, budget)
