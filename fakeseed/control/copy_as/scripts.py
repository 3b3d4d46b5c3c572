"""Steps as scripts in the languages that clients are written in."""

import json
import shlex
from collections.abc import Sequence

from fakeseed.control.copy_as.recording import Capture, RecordedStep, parts
from fakeseed.control.views import span_text

ABOUT = "{count} of a fakeseed world. FAKESEED_URL and FAKESEED_KEY say where and whose."


def about(steps: Sequence[RecordedStep]) -> str:
    """The line that says what a script is."""
    return ABOUT.format(count="one request" if len(steps) == 1 else f"{len(steps)} requests")


# -- curl -------------------------------------------------------------------------------------------------------------

_SHELL = '''URL="${FAKESEED_URL:-http://127.0.0.1:8787}"
KEY="${FAKESEED_KEY:-fakeseed}"'''

_SHELL_FUNCTIONS = """set -eu
ask() { # METHOD PATH STATUS [curl's options]
  method=$1 path=$2 expected=$3; shift 3
  answer=$(curl -sS -X "$method" "$URL$path" -H "X-API-Key: $KEY" -w '\\n%{http_code}' "$@" | tr -d '\\000')
  status=$(printf '%s' "$answer" | tail -n 1)
  echo "$method $path -> $status"
  [ "$expected" = any ] || [ "$status" = "$expected" ] || { echo "expected $expected: $answer" >&2; exit 1; }
}
text() { # KEY NUMBER: a text of the answer
  printf '%s' "$answer" | grep -ao "\\"$1\\": *\\"[^\\"]*\\"" | sed -n "$2p" | cut -d'"' -f4
}
pass() { # SPAN: world time passes
  curl -sS -o /dev/null "$URL/_fakeseed/clock/advance" -H "X-API-Key: $KEY" -d "{\\"by\\": \\"$1\\"}"
}"""


def _quoted(text: str) -> str:
    """A text for the shell, its variables in place."""
    pieces = [f'"${{{piece}}}"' if marked else shlex.quote(piece) for marked, piece in parts(text)]
    return "".join(pieces) or "''"


def _shell_options(step: RecordedStep) -> list[str]:
    headers = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in step.headers.items()]
    return [*headers, *([f"--data-binary {_quoted(step.body)}"] if step.body else [])]


def curl(steps: Sequence[RecordedStep]) -> str:
    """A shell script; one request is one command."""
    if len(steps) == 1:
        (step,) = steps
        words = [f'curl -sS -X {step.method} "$URL"{_quoted(step.path)}', '-H "X-API-Key: $KEY"', *_shell_options(step)]
        return "\n".join([f"# {about(steps)}", _SHELL, " \\\n  ".join(words), ""])
    lines = ["#!/bin/sh", f"# {about(steps)}", _SHELL, _SHELL_FUNCTIONS]
    for step in steps:
        if step.gap:
            lines.append(f"pass {span_text(step.gap)}")
        expected = "any" if step.faults else str(step.status)
        lines.append(" ".join([f"ask {step.method} {_quoted(step.path)} {expected}", *_shell_options(step)]))
        lines += [_shell_capture(one) for one in step.captures]
    return "\n".join([*lines, ""])


def _shell_capture(one: Capture) -> str:
    line = f"{one.variable}=$(text {one.key} {one.nth + 1})"
    return (
        f'{line}; {one.variable}=${{{one.variable}#*://}}; {one.variable}="/${{{one.variable}#*/}}"'
        if one.path
        else line
    )


# -- Python -----------------------------------------------------------------------------------------------------------


def python_text(text: str) -> str:
    """A text as a Python expression, its variables in place."""
    if not any(marked for marked, _ in parts(text)):
        return repr(text)
    return " + ".join(piece if marked else repr(piece) for marked, piece in parts(text))


def python_arguments(step: RecordedStep) -> str:
    """Method, path and the rest of a request as Python's arguments."""
    words = [repr(step.method), python_text(step.path)]
    if step.body:
        words.append(f"content=({python_text(step.body)}).encode()")
    if step.headers:
        words.append(f"headers={step.headers!r}")
    return ", ".join(words)


def python_capture(one: Capture) -> str:
    """A line that takes a variable from ``response``."""
    value = f'text_of(response, "{one.key}", {one.nth})'
    return f"{one.variable} = " + (f'"/" + {value}.split("://")[1].partition("/")[2]' if one.path else value)


TEXT_OF = """def text_of(response, key, number):
    return re.findall(f'"{key}":\\\\s*"([^"]+)"', response.text)[number]"""


def httpx(steps: Sequence[RecordedStep]) -> str:
    """A Python program."""
    single = len(steps) == 1
    lines = [f'"""{about(steps)[0].upper()}{about(steps)[1:]}"""', ""]
    lines += ["import os", *([] if single else ["import re"]), "", "import httpx", ""]
    lines += [
        'URL = os.environ.get("FAKESEED_URL", "http://127.0.0.1:8787")',
        'KEY = os.environ.get("FAKESEED_KEY", "fakeseed")',
    ]
    lines += ['client = httpx.Client(base_url=URL, headers={"X-API-Key": KEY}, timeout=60)', ""]
    if not single:
        lines += ["", TEXT_OF, "", ""]
    for step in steps:
        if step.gap:
            lines.append(f'client.post("/_fakeseed/clock/advance", json={{"by": "{span_text(step.gap)}"}})')
        lines.append(f"response = client.request({python_arguments(step)})")
        lines.append(
            f"print({step.method!r}, response.url.path, response.status_code{', response.text' if single else ''})"
        )
        if not single and not step.faults:
            lines.append(f"assert response.status_code == {step.status}, response.text")
        lines += [python_capture(one) for one in step.captures]
    return "\n".join([*lines, ""])


# -- JavaScript -------------------------------------------------------------------------------------------------------


def _script_text(text: str) -> str:
    return " + ".join(piece if marked else json.dumps(piece) for marked, piece in parts(text)) or '""'


_SCRIPT = """const URL_ = process.env.FAKESEED_URL ?? "http://127.0.0.1:8787";
const KEY = process.env.FAKESEED_KEY ?? "fakeseed";
let answer;
async function ask(method, path, expected, options = {}) {
  const headers = { "X-API-Key": KEY, ...options.headers };
  const response = await fetch(URL_ + path, { method, ...options, headers });
  answer = await response.text();
  console.log(method, path, response.status);
  if (expected && response.status !== expected) throw new Error(`expected ${expected}: ${answer}`);
}"""
_SCRIPT_MORE = """function textOf(key, number) {
  return [...answer.matchAll(new RegExp(`"${key}":\\\\s*"([^"]+)"`, "g"))][number][1];
}
const pass = (by) => ask("POST", "/_fakeseed/clock/advance", 200, { body: JSON.stringify({ by }) });"""


def fetch(steps: Sequence[RecordedStep]) -> str:
    """A JavaScript module for Node 18 and later."""
    single = len(steps) == 1
    lines = [f"// {about(steps)}", _SCRIPT, *([] if single else [_SCRIPT_MORE])]
    for step in steps:
        if step.gap:
            lines.append(f'await pass("{span_text(step.gap)}");')
        options = [f"headers: {json.dumps(step.headers)}"] if step.headers else []
        options += [f"body: {_script_text(step.body)}"] if step.body else []
        expected = 0 if single or step.faults else step.status
        more = f", {{ {', '.join(options)} }}" if options else ""
        lines.append(f'await ask("{step.method}", {_script_text(step.path)}, {expected}{more});')
        lines += [f"const {one.variable} = {_script_capture(one)};" for one in step.captures]
    return "\n".join([*lines, *(["console.log(answer);"] if single else []), ""])


def _script_capture(one: Capture) -> str:
    value = f'textOf("{one.key}", {one.nth})'
    return f"new URL({value}).pathname" if one.path else value
