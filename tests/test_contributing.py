"""What contributors are told is true: the commands exist, the links lead somewhere, CI runs what CI runs here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
WORKFLOWS: dict[str, Any] = {
    path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")
}


def commands(workflow: str) -> str:
    """All commands of a workflow's jobs."""
    steps = [step for job in WORKFLOWS[workflow]["jobs"].values() for step in job["steps"]]
    return "\n".join(step.get("run", "") for step in steps)


def test_every_recipe_it_names_is_in_the_justfile() -> None:
    recipes = set(re.findall(r"^([a-z]+)[^:\n]*:$", (ROOT / "justfile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`just ([a-z]+)", CONTRIBUTING))
    assert len(named) >= 8
    assert named <= recipes


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", CONTRIBUTING)
    assert links
    for link in links:
        assert (ROOT / link).is_file(), link


@pytest.mark.skipif(shutil.which("just") is None, reason="just is not on PATH: pip install rust-just")
def test_just_reads_the_justfile() -> None:
    listing = subprocess.run(["just", "--list"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"test", "fast", "docs", "regenerate", "check"} <= set(re.findall(r"^ {4}([a-z]+)", listing, re.MULTILINE))


def test_the_workflow_for_ci_calls_the_script_and_the_lowest_versions() -> None:
    assert "bash .ci/run" in commands("ci")
    assert "just lowest" in commands("ci")
    assert "pytest -m slow" in commands("ci")


def test_a_release_needs_its_version_in_the_changelog() -> None:
    assert "CHANGELOG.md" in commands("release")
    assert "verify" in commands("release")
