"""Plans of an account: what each allows."""

import msgspec

from fakeseed.model.times import DAY


class Plan(msgspec.Struct, frozen=True):
    """One row of the plan table.

    Times are spans in nanoseconds; limits count things.
    """

    name: str
    rank: int
    managed_limit: int
    idle_ttl: int
    ephemeral_cap: int
    concurrency: int

    @property
    def has_assets(self) -> bool:
        """Asset endpoints need at least hobbyist (behaviour ``asset.plan-gate``)."""
        return self.managed_limit > 0


def _plan(name: str, rank: int, managed: int, days: int, ephemeral: int, concurrency: int = 2) -> Plan:
    return Plan(name, rank, managed, days * DAY, ephemeral, concurrency)


# Managed limit and TTL: documented for hobbyist, developer, premium and enterprise (plan.managed-limit,
# plan.idle-ttl). Ephemeral caps: 20 on hobbyist was seen, the others are 40 % of the managed limit by assumption
# (plan.ephemeral-cap). Concurrency: one data point, 2, taken for all (plan.concurrency). "creator" is named by two
# documents without figures; it gets hobbyist's, the least a paying plan has (plan.creator).
PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        _plan("free", 0, managed=0, days=3, ephemeral=0),
        _plan("hobbyist", 1, managed=50, days=3, ephemeral=20),
        _plan("creator", 2, managed=50, days=3, ephemeral=20),
        _plan("developer", 3, managed=200, days=7, ephemeral=80),
        _plan("premium", 4, managed=500, days=15, ephemeral=200),
        _plan("enterprise", 5, managed=1000, days=15, ephemeral=400),
    )
}

PLAN_BEHAVIOURS = {
    "managed_limit": "plan.managed-limit",
    "idle_ttl": "plan.idle-ttl",
    "ephemeral_cap": "plan.ephemeral-cap",
    "concurrency": "plan.concurrency",
    "creator": "plan.creator",
}

DEFAULT_PLAN = "premium"
EPHEMERAL_UPLOAD_PLAN = PLANS["creator"]
"""The least plan that may use ``POST /api/ephemeral_resource`` (behaviour ``upload.plan-gate``)."""
