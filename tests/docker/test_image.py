"""The image's files hold together: what they name exists, and what they promise of safety is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from fakeseed.cli.main import fakeseed

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
OURS = sorted(name for name, service in COMPOSE["services"].items() if service["image"] == "fakeseed")


def words(command: list[str]) -> set[str]:
    return {option for option in command if option.startswith("--")}


def test_the_image_runs_without_root_and_asks_itself_whether_it_is_well() -> None:
    assert "\nUSER 10001:10001\n" in DOCKERFILE
    assert "HEALTHCHECK" in DOCKERFILE
    assert '["fakeseed", "healthcheck"]' in DOCKERFILE
    assert "curl" not in DOCKERFILE.replace("no curl", "")


def test_what_is_copied_is_there_and_not_ignored() -> None:
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    for instruction in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for name in instruction.split()[:-1]:
            assert (ROOT / name).exists(), name
            assert name in let_in, name


def test_three_services_are_ours() -> None:
    assert OURS == ["fakeseed", "replica-1", "replica-2"]


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_locked_down_and_its_command_exists(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    help_text = CliRunner().invoke(fakeseed, ["serve", "--help"]).output
    for option in words(service["command"]):
        assert re.search(rf"{option}\b", help_text), option


def test_ports_are_open_on_loopback_alone() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
