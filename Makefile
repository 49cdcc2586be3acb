PYTHON ?= python3
BIN = .venv/bin

.PHONY: run test lab lint

run: .venv/ready  ## execute every notebook, several at once
	$(BIN)/workbook run

test: .venv/ready  ## unit tests, every notebook, every exercise
	$(BIN)/pytest

lab: .venv/ready  ## JupyterLab on a learner's copy
	$(BIN)/workbook start my-workbook && $(BIN)/jupyter lab my-workbook

lint: .venv/ready  ## style of code and notebooks
	$(BIN)/ruff check && $(BIN)/ruff format --check

.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "$$(grep -o '^uv==[^ ]*' requirements.txt)"
	$(BIN)/uv pip sync --quiet --require-hashes requirements.txt
	$(BIN)/uv pip install --quiet --no-deps --editable .
	@touch .venv/ready
