"""Those who make client code of the document lose nothing of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from fakeseed.catalogue import folder

pytest.importorskip("openapi_python_client", reason="pip install openapi-python-client")


@pytest.mark.slow
def test_openapi_python_client_makes_every_operation_without_a_warning(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("post_hooks: []\n")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"]
    command += ["--path", str(folder() / "openapi.yaml"), "--output-path", str(tmp_path / "made")]
    run = subprocess.run([*command, "--config", str(config)], capture_output=True, text=True, check=False)
    assert (run.returncode, "WARNING" in run.stdout + run.stderr) == (0, False), run.stdout + run.stderr
    made = {path.stem for path in tmp_path.glob("made/*/api/*/*.py")} - {"__init__"}
    assert {"create_task", "get_task", "upload_assets", "download_file", "list_ended_tasks"} <= made
    assert len(made) == 13
