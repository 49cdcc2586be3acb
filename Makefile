PYTHON ?= python3
BIN = .venv/bin

.PHONY: run test lab lint portable lock site test-site help .venv/ready

run: .venv/ready  ## execute every notebook, several at once
	$(BIN)/workbook run

test: .venv/ready  ## unit tests, every notebook, every exercise
	$(BIN)/pytest

lab: .venv/ready  ## JupyterLab on a learner's copy
	$(BIN)/workbook lab my-workbook

site: .venv/ready  ## the course as pages, in site/ (SLIDERS=none: sooner; SLIDERS=all: about half an hour more the first time)
	@$(PYTHON) .ci/install.py site && $(BIN)/workbook site $(SLIDERS:%=--sliders %)

test-site: .venv/ready  ## every page of site/ in a headless Chromium (PAGES="index week1": some)
	$(BIN)/python tests/walk_site.py $(PAGES)

lint: .venv/ready  ## style of code and notebooks, types of helpers/course
	$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/ty check

portable: .venv/ready  ## every notebook as other processors and other Pythons would run it (SIZE=quick: sooner)
	$(BIN)/python tests/portable.py $(SIZE)

lock: .venv/ready  ## rebuild requirements.txt; every pin must have a wheel wherever the course runs
	$(BIN)/python .ci/lock.py $(LOCK)

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1  /p' Makefile

.venv/ready:
	@$(PYTHON) .ci/install.py
