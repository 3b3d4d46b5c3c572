"""How hard properties are tried: Hypothesis settings by the name of a profile."""

from typing import NamedTuple

from hypothesis import HealthCheck, Phase, settings


class Effort(NamedTuple):
    """Stories that the state machine tries, and steps of a story."""

    stories: int
    steps: int


EFFORTS = {"quick": Effort(12, 40), "ci": Effort(120, 60), "deep": Effort(1500, 80)}
DEFAULT = "quick"


QUICK_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def load(name: str, *, shrink: bool = True) -> None:
    """Make a profile the one that holds. Examples are kept in ``.hypothesis``, failures print what replays them."""
    effort = EFFORTS[name]
    phases = (*QUICK_PHASES, Phase.shrink) if shrink else QUICK_PHASES
    settings.register_profile(
        f"contract-{name}",
        max_examples=effort.stories,
        stateful_step_count=effort.steps,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile(f"contract-{name}")
