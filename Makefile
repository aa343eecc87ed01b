# make run          the window (or, with no display, a terminal chat);  make run ARGS="…"  the command line
# make test         every check and every test;  make bench  the benchmarks
# Each does all of its own set-up, is safe to repeat, and is quick the second time, without a network.

PYTHON ?= python3
VENV := .venv
BENCH_VENV := .venv-bench
CONTROL_VENV := .venv-control
DATA ?=
PY := $(VENV)/bin/python
ON_TWO_CORES := --numprocesses 2 --dist loadfile --no-loadscope-reorder
PIP = $(1)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes

.PHONY: run test check unit bench models system-run system-test lock clean
.DELETE_ON_ERROR:

run: models
ifeq ($(strip $(ARGS)),)
	@$(PY) -m app
else
	@$(PY) -m engine $(ARGS)
endif

test: check
	$(PY) -m pytest $(ON_TWO_CORES)

check: models system-test $(VENV)/.tested $(CONTROL_VENV)/.installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache

# The quick half of the tests: no models, no journeys.
unit: check
	$(PY) -m pytest $(ON_TWO_CORES) -m "not model and not journey"

bench: models $(VENV)/.tested $(BENCH_VENV)/.installed
	$(PY) -m tests.benchmarks --data "$(DATA)" $(BENCH)

# The default models, fetched once as data, hash-checked and converted to their serving format.
models: system-run $(VENV)/.installed
	@$(PY) packaging/fetch_models.py

system-run:
	@sh packaging/system_libraries.sh run

system-test:
	@sh packaging/system_libraries.sh test

$(VENV)/bin/python:
	@sh packaging/system_libraries.sh build
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: packaging/requirements.lock packaging/pip.lock packaging/build.lock | $(VENV)/bin/python
	@echo "Installing Hearthside (the first time takes some minutes: llama.cpp is compiled for this machine)"
	@$(call PIP,$(VENV)) -r packaging/pip.lock
	@$(call PIP,$(VENV)) --build-constraint packaging/build.lock -r packaging/requirements.lock
	@touch $@

$(VENV)/.tested: packaging/requirements-dev.lock $(VENV)/.installed
	@$(call PIP,$(VENV)) --build-constraint packaging/build.lock -r packaging/requirements-dev.lock
	@touch $@

# A package known to phone home, apart from everything else: the control of the egress tests.
$(CONTROL_VENV)/.installed: packaging/control.lock packaging/pip.lock
	@$(PYTHON) -m venv $(CONTROL_VENV)
	@$(call PIP,$(CONTROL_VENV)) -r packaging/pip.lock
	@$(call PIP,$(CONTROL_VENV)) -r packaging/control.lock
	@touch $@

# What the benchmarks compare with, apart from everything else.
$(BENCH_VENV)/.installed: packaging/bench-baseline.txt packaging/pip.lock
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(call PIP,$(BENCH_VENV)) -r packaging/pip.lock
	@$(BENCH_VENV)/bin/python -m pip install --quiet --no-deps -r packaging/bench-baseline.txt
	@touch $@

lock:
	$(PYTHON) packaging/lock.py

clean:
	rm -rf $(VENV) $(BENCH_VENV) $(CONTROL_VENV) build
