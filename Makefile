# Everything a person does with this project. `make` lists it; each target sets up what it needs first.

SHELL := /bin/bash
PYTHON ?= python3
export PYTHON

JOBS := $(shell nproc)
PY := .venv/bin/python
# The tests of a file stay together: they share what took long to make.
PYTEST = $(PY) -m pytest -n $(JOBS) --dist loadfile
CXX_FILES = $(shell git ls-files '*.hpp' '*.cpp')

# A set-up step is done once for each state of the files it reads: its stamp carries their hash.
key = $(firstword $(shell cat $(1) | sha256sum))
stamp = .cache/setup/$(1)-$(call key,$(2))
VENV := $(call stamp,venv,pyproject.toml scripts/make-venv scripts/requirements scripts/constraints.txt)
LOWEST := $(call stamp,lowest,pyproject.toml scripts/make-venv scripts/requirements)
READSTAT := $(call stamp,readstat,scripts/fetch-readstat)
AXE := $(call stamp,axe,scripts/fetch-axe)
finish = @mkdir -p $(@D) && rm -f $(word 1,$(subst -, ,$@))-* && touch $@

.DEFAULT_GOAL := help
.PHONY: help setup packages build reproduce report test test-office attack validate test-lowest test-asan lint format bench coverage docs wheel lock clean

help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

reproduce: build ## Reproduce the NCB findings (ARGS="--iro FILE … --out DIR" for real files)
	.venv/bin/irosurvey reproduce $(ARGS)

report: build ## Write the study, whole, into report/ (ARGS="--iro FILE … --out DIR" for real files)
	.venv/bin/irosurvey report $(ARGS)

test: build $(AXE) ## Run every C++ and Python test, and the notebooks
	@scripts/install-packages test
	ctest --preset dev -j$(JOBS)
	$(PYTEST) --durations=12
	$(PYTEST) --nbmake notebooks

attack: build ## Run what takes an hour: attacks on four thousand random releases, the least cost, the study without each question
	$(PYTEST) --dist load -rP -m long

test-office: build ## Open the workbooks in LibreOffice and compare what it reads
	@scripts/install-packages office
	$(PY) -m pytest tests/office

validate: build ## Compare computed with published figures (CASES="FILE or FOLDER …" DATA=FOLDER)
	.venv/bin/irosurvey validate $(or $(CASES),tests/specs) --data-dir $(or $(DATA),tests/data)

test-lowest: build $(LOWEST) $(AXE) ## Run the Python tests on the lowest versions of the dependencies
	@scripts/install-packages test
	.venv-lowest/bin/python -m pytest -n $(JOBS) --dist loadfile -m "not slow"

test-asan: setup ## Run the C++ tests under the address and undefined-behaviour sanitizers
	cmake --preset asan
	cmake --build --preset asan -j$(JOBS)
	ctest --preset asan -j$(JOBS)

lint: setup ## Check the format, clang-tidy, ruff and mypy --strict
	@scripts/install-packages lint
	clang-format-19 --dry-run -Werror $(CXX_FILES)
	cmake --preset tidy
	cmake --build --preset tidy -j$(JOBS)
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

format: setup ## Write the format that lint asks for
	@scripts/install-packages lint
	clang-format-19 -i $(CXX_FILES)
	$(PY) -m ruff check --select I --fix
	$(PY) -m ruff format

bench: setup wheel ## Measure the engine, and beside svy and R survey (ARGS="--quick --lines mean …"; 30 idle minutes)
	@scripts/install-packages bench
	cmake --preset release -DIROSURVEY_BENCHMARKS=ON
	cmake --build --preset release -j$(JOBS) --target irosurvey_benchmarks irosurvey_bare_read
	build/release/benchmarks/irosurvey_benchmarks
	[ -x .venv-bench/bin/python ] || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --upgrade svy build/dist/irosurvey-*.whl
	.venv-bench/bin/python -m pip install --quiet --force-reinstall --no-deps build/dist/irosurvey-*.whl
	.venv-bench/bin/python benchmarks/peers.py $(ARGS)

coverage: setup ## Simulate how often intervals of shares hold the truth (ARGS="--draws 1000"), into docs/methods/coverage.md
	@scripts/install-packages bench
	cmake --preset release -DIROSURVEY_BENCHMARKS=ON
	cmake --build --preset release -j$(JOBS) --target irosurvey_coverage
	$(PY) benchmarks/coverage.py $(ARGS)

docs: build ## Write the Python reference to docs/_build
	$(PY) -m pdoc --docformat numpy --math -t docs/reference -o docs/_build irosurvey

wheel: setup ## Build a wheel into build/dist
	rm -f build/dist/irosurvey-*.whl
	$(PY) -m pip wheel --quiet --no-deps -w build/dist .

lock: setup ## Record the versions of the Python packages that the tests now pass with
	$(PY) -m pip freeze --exclude-editable >scripts/constraints.txt

clean: ## Remove what was built; the environments stay
	rm -rf build out docs/_build python/irosurvey/data python/irosurvey/_core*.so

# ── Set-up ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

setup: packages $(VENV) $(READSTAT)

packages:
	@scripts/install-packages build

$(VENV): | packages
	scripts/make-venv .venv
	$(finish)

$(LOWEST): | packages
	scripts/make-venv .venv-lowest --lowest
	$(finish)

$(READSTAT): | packages $(VENV)
	$(PY) scripts/fetch-readstat
	$(finish)

$(AXE): | packages $(VENV)
	$(PY) scripts/fetch-axe
	$(finish)

build/dev/build.ninja: CMakePresets.json $(VENV) $(READSTAT) | packages
	cmake --preset dev
	@touch $@

build: setup build/dev/build.ninja ## Build the libraries, the tests and the Python extension
	cmake --build --preset dev -j$(JOBS)
