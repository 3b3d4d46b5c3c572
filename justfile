# The commands of this project; `just` (pip install rust-just) runs them, `just --list` shows them.

# Tests, on all cores (what README says); further words go to pytest: just test tests/world -x
test *words:
    pytest {{words}}

# What changes most often, in half a minute: everything in process but the slow, the pictures and the children
fast *words:
    pytest tests/model tests/world tests/control tests/faults tests/scenario tests/test_house.py -m "not slow" {{words}}

# What is slow: real databases, kills, whole contract runs, browsers
slow *words:
    pytest -m slow {{words}}

# Lint, format and types
check:
    ruff check .
    ruff format --check .
    mypy

# Mend what can be mended by itself
format:
    ruff check --fix .
    ruff format .

# Write every generated file anew
regenerate:
    just write fakeseed/faults/README.md fakeseed faults --page
    just write fakeseed/judge/README.md fakeseed rules --page
    just write scenarios/README.md fakeseed scenario list --page
    just write scenarios/schema.json fakeseed scenario schema
    just write contracts/BEHAVIOURS.md fakeseed behaviours --page
    fakeseed openapi --output contracts/openapi.yaml

# A file from what a command prints; as it was when the command fails
[private]
write file +command:
    {{command}} > {{file}}.new && mv {{file}}.new {{file}} || (rm -f {{file}}.new; exit 1)

# What the documentation says is true: its examples run, its tables are fresh
docs:
    pytest tests/test_readme.py tests/test_catalogue.py tests/faults/test_docs.py tests/openapi

# Branch coverage of fakeseed/, over the whole suite
coverage:
    pytest --cov --cov-report=
    pytest -m slow --cov --cov-append

# Figures, measured side by side in one run
bench name:
    python -m tests.benchmarks.bench_{{name}}

# The suite on the lowest versions that pyproject.toml admits
lowest:
    uv venv --quiet .venv-lowest
    uv pip install --quiet --python .venv-lowest --resolution lowest-direct --editable '.[dev]'
    .venv-lowest/bin/pytest

# All that CI does
ci:
    bash .ci/run
