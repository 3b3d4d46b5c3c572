"""Programs with the vendor's address built in, in several languages, under ``judge --intercept`` and ``run``."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT = 100.0
JAVA = """
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

public class Client {
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  static String call(String path, String body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("https://api.piapi.ai" + path))
        .header("X-API-Key", System.getenv("PIAPI_API_KEY")).header("Content-Type", "application/json");
    if (body != null) request.POST(HttpRequest.BodyPublishers.ofString(body));
    return CLIENT.send(request.build(), BodyHandlers.ofString()).body();
  }

  public static void main(String[] arguments) throws Exception {
    String task = call("/api/v1/task",
        "{\\"model\\":\\"seedance\\",\\"task_type\\":\\"seedance-2\\",\\"input\\":{\\"prompt\\":\\"a walk\\"}}");
    String id = task.replaceAll(".*\\"task_id\\":\\"([^\\"]+)\\".*", "$1");
    while (!call("/api/v1/task/" + id, null).contains("\\"status\\":\\"completed\\"")) Thread.sleep(5000);
    System.out.println("made");
  }
}
"""
SHELL = """
set -e
call() { curl -sf -H "X-API-Key: $PIAPI_API_KEY" -H 'Content-Type: application/json' "$@"; }
body='{"model":"seedance","task_type":"seedance-2","input":{"prompt":"a walk"}}'
id=$(call -d "$body" https://api.piapi.ai/api/v1/task | sed 's/.*"task_id":"\\([^"]*\\)".*/\\1/')
until call "https://api.piapi.ai/api/v1/task/$id" | grep -q '"status":"completed"'; do sleep 5; done
echo made
"""


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    if not (shutil.which("java") and shutil.which("javac")):
        pytest.skip("no JDK on this machine")
    folder = tmp_path_factory.mktemp("java")
    (folder / "Client.java").write_text(JAVA)
    subprocess.run(["javac", "Client.java"], cwd=folder, check=True, timeout=LIMIT)
    return "java", "-cp", str(folder), "Client"


@pytest.fixture
def shell(tmp_path: Path) -> tuple[str, ...]:
    if not shutil.which("curl"):
        pytest.skip("no curl on this machine")
    (tmp_path / "client.sh").write_text(SHELL)
    return "sh", str(tmp_path / "client.sh")


def fakeseed(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "fakeseed", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["java", "shell"])
def test_a_program_in_another_language_is_judged_with_the_vendors_address_built_in(
    request: pytest.FixtureRequest, language: str
) -> None:
    result = fakeseed("judge", "--intercept", "--pace", "fast", "--", *request.getfixturevalue(language))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "held in 1 scenario" in result.stdout
    text = " ".join(result.stdout.split()).lower()  # lines break where the rate, which the machine decides, ends
    assert "the program did not load what makes its waiting move the world" in text


@pytest.mark.slow
@pytest.mark.parametrize("language", ["java", "shell"])
def test_a_program_in_another_language_runs_with_the_vendors_address_built_in(
    request: pytest.FixtureRequest, language: str
) -> None:
    result = fakeseed("run", "--rate", "20", "--", *request.getfixturevalue(language))
    assert (result.returncode, result.stdout) == (0, "made\n"), result.stderr
    assert "1 task" in result.stderr


def test_run_in_virtual_time_says_so_and_takes_the_worlds_of_every_key(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        """
import requests, time
begin = time.time()
for key in ("mine", "another"):
    headers = {"X-API-Key": key}
    body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "fs-takes-5m"}}
    task = requests.post("https://api.piapi.ai/api/v1/task", headers=headers, json=body, timeout=5).json()["data"]
    url = f"https://api.piapi.ai/api/v1/task/{task['task_id']}"
    while requests.get(url, headers=headers, timeout=5).json()["data"]["status"] != "completed":
        time.sleep(60)
print(round(time.time() - begin))
"""
    )
    result = fakeseed("run", "--virtual-time", "--", sys.executable, str(program))
    assert (result.returncode, result.stdout) == (0, "720\n"), result.stderr
    assert "virtual time: the program's waiting moved the worlds' clocks" in result.stderr
