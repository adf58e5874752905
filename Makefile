# Works with GNU make 3.81 (macOS) and later. Everything it installs lands in .venv, save what `make picture` and
# `make bench` need; `make clean` takes it away.

# Where to find Python: the first that fits is taken, once, when .venv is made.
PYTHON ?= python3 python3.13 python3.12 python3.11
# PyTorch's index of CPU builds, asked besides the usual one: the usual Linux build brings several GB of CUDA.
# Where it cannot be reached, pip goes on without it; TORCH_INDEX= leaves it out from the start.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
TORCH := 2.13.0
# Questions files for `make eval`, in SQuAD's JSON format.
EVAL ?=
# `make bench DATA=DIR` measures on the evaluation files in DIR; without it, on the project's own questions.
DATA ?=
# `make bench LARGE=1` searches among a million passages too, which takes hours.
LARGE ?=
# The browser of `make picture`: the first that is there.
CHROMIUM ?= chromium chromium-browser google-chrome
# `make lock UPGRADE=--upgrade` takes the newest versions; without it the locked ones stay where they still fit.
UPGRADE ?=

VENV := .venv
PY := $(VENV)/bin/python
PREGONERO := $(VENV)/bin/pregonero
# --no-deps: the lock files name everything, so nothing can ask for CUDA on the way.
PIP := $(PY) -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --quiet --no-deps
# pip's warnings (an index that cannot be reached) matter only where the step fails.
QUIETLY = >$@.log 2>&1 || { cat $@.log >&2; echo 'Set-up stopped here; the same command goes on from this step.' >&2; exit 1; }

# A step that ended leaves a stamp: the next call skips it, and one that was interrupted is done again.
STAMPS := $(VENV)/stamps
MADE := $(STAMPS)/venv
TORCH_IN := $(STAMPS)/torch-$(TORCH)
LOCKED_IN := $(STAMPS)/locked
READY := $(STAMPS)/ready
DEV_READY := $(STAMPS)/dev-ready
# The systems that `make bench` measures beside this one ask for other versions of what both use.
BENCH_VENV := .venv-bench
BENCH_PY := $(BENCH_VENV)/bin/python
BENCH_PIP := $(BENCH_PY) -m pip --disable-pip-version-check --no-input
BENCH_MADE := $(BENCH_VENV)/stamps/venv
BENCH_READY := $(BENCH_VENV)/stamps/ready
# npm's own stamp.
PICTURE_READY := docs/picture/node_modules/.package-lock.json

# The question as typed: neither make nor the shell reads the `$`, quotes or backticks in it.
override Q := $(value Q)
export Q

.DEFAULT_GOAL := help
.PHONY: help setup dev ask chat index eval bench bot test lint format lock picture image clean
.PHONY: question eval-files picture-tools force

help:  ## list what can be made
	@echo 'make ask Q="¿cuánto invierte Alibaba?" answers from the articles in seeds/. The others:'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

ask: question $(READY)  ## answer Q="..." from the articles, indexing them when they have changed
	@$(PREGONERO) build --if-stale
	@$(PREGONERO) ask -- "$$Q"

chat: $(READY)  ## the same, question after question
	@$(PREGONERO) build --if-stale
	@$(PREGONERO) chat

index: $(READY)  ## index the articles in seeds/
	@$(PREGONERO) build

eval: eval-files $(READY)  ## measure the answers on EVAL="file.json ..."
	@$(PREGONERO) eval $(EVAL)

bench: $(READY) $(BENCH_READY)  ## measure it beside other systems, and write docs/benchmarks.md
	@$(PREGONERO) bench --out docs --peers $(BENCH_PY) $(if $(DATA),--data '$(DATA)') $(if $(LARGE),--large)
	@$(PY) -m scripts.benchmark.report docs README.md

bot: $(READY)  ## run the Discord bot
	@$(PY) -m bot

test: lint  ## everything that must hold before a change: lint, then the tests
	@echo '==> pytest'
	@$(PY) -m pytest

lint: $(DEV_READY)  ## ruff and mypy
	@echo '==> ruff'
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check . || { echo 'Run `make format`: these files are not formatted.' >&2; exit 1; }
	@echo '==> mypy'
	@$(PY) -m mypy

format: $(DEV_READY)  ## mend what ruff can mend
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

LOCK := -m uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-package torch --custom-compile-command 'make lock' $(UPGRADE)

# Not after `dev`: a dependency that no lock has yet would stop it.
lock: $(MADE)  ## write the lock files from pyproject.toml
	@$(INSTALL) $$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements-dev.lock)
	@echo '==> requirements.lock'
	@$(PY) $(LOCK) --group build pyproject.toml -o requirements.lock >/dev/null
	@echo '==> requirements-dev.lock'
	@$(PY) $(LOCK) --group dev -c requirements.lock -o requirements-dev.lock >/dev/null
	@echo '==> requirements-bench.lock'
	@$(PY) $(LOCK) --group bench -o requirements-bench.lock >/dev/null

BROWSER = $$(for name in $(CHROMIUM); do command -v "$$name" && break; done)

picture: picture-tools $(READY) $(PICTURE_READY)  ## make docs/answer.png again, with npm and Chromium
	@$(PY) docs/picture/messages.py | node docs/picture/render.mjs "$(BROWSER)" docs/answer.png

image: $(READY)  ## build the container image without Docker, and try the bot in it
	@PYTHON=$(PY) scripts/check_image.sh

clean:  ## take what was installed and the caches away; the index in var/ stays
	rm -rf $(VENV) $(BENCH_VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist docs/picture/node_modules
	find bot index scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(READY)  ## make .venv with everything that running needs
dev: $(DEV_READY)  ## the same, with what development needs

question:
	@test -n "$$Q" || { echo 'Give the question: make ask Q="¿cuánto invierte Alibaba?"' >&2; exit 2; }

eval-files:
	@test -n "$(EVAL)" || { echo 'Name files of questions in the SQuAD format: make eval EVAL="questions.json"' >&2; exit 2; }

picture-tools:
	@command -v npm >/dev/null && command -v node >/dev/null || { \
		echo 'Install Node.js 20.9 or later, with its npm.' >&2; exit 1; }
	@test -n "$(BROWSER)" || { \
		echo 'Install Chromium (Debian: apt install chromium), or name yours: make picture CHROMIUM=/path/to/it' >&2; exit 1; }

# Exit codes of the probe: 0 fits, 1 has no venv or ensurepip (Debian ships them apart), 3 is of another version.
PROBE := import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.exit(3); import ensurepip, venv

# Made again where .venv no longer works: its Python was upgraded or taken away, or the checkout was moved.
$(MADE): $(shell test -x $(PY) && test "$$(cat $(MADE) 2>&1)" = '$(CURDIR)' || echo force)
	@fit=; bare=; \
	for python in $(PYTHON); do \
		"$$python" -c '$(PROBE)' 2>/dev/null; \
		case $$? in 0) fit=$$python; break;; 1) bare=$$python;; esac; \
	done; \
	if [ -n "$$fit" ]; then \
		echo "==> $(VENV), with $$("$$fit" --version 2>&1) ($$fit)"; \
		"$$fit" -m venv --clear $(VENV); \
	elif [ -n "$$bare" ]; then \
		echo "$$bare has no venv module: install it (Debian and Ubuntu: apt install python3-venv), or name another Python: make PYTHON=/path/to/python3" >&2; exit 1; \
	else \
		echo 'Python 3.11, 3.12 or 3.13 is needed and none of these is one: $(PYTHON). Install one, or name it: make PYTHON=/path/to/python3' >&2; exit 1; \
	fi
	@mkdir $(STAMPS) && echo '$(CURDIR)' > $@

# One retry and 6 s: where the index cannot be reached, that is all it costs.
$(TORCH_IN): $(MADE)
	@echo '==> PyTorch $(TORCH) (about 200 MB)'
	@$(INSTALL) --retries 1 --timeout 6 torch==$(TORCH) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) $(QUIETLY)
	@touch $@

$(LOCKED_IN): requirements.lock $(TORCH_IN)
	@echo '==> the libraries of requirements.lock (about 100, a minute or two)'
	@$(INSTALL) -r requirements.lock $(QUIETLY)
	@$(PIP) check >/dev/null 2>&1 || { \
		echo '==> no CPU build of PyTorch was found; this one needs its GPU libraries (about 3 GB)'; \
		$(PIP) install --quiet torch==$(TORCH) $(QUIETLY); }
	@touch $@

$(READY): pyproject.toml $(LOCKED_IN)
	@echo '==> pregonero'
	@$(INSTALL) --no-build-isolation --editable . $(QUIETLY)
	@$(PIP) check $(QUIETLY)
	@touch $@

$(DEV_READY): requirements-dev.lock $(READY)
	@echo '==> the tools of requirements-dev.lock'
	@$(INSTALL) -r requirements-dev.lock $(QUIETLY)
	@$(PIP) check $(QUIETLY)
	@touch $@

$(BENCH_MADE): $(MADE)
	@echo '==> $(BENCH_VENV)'
	@$(PY) -m venv --clear $(BENCH_VENV)
	@mkdir $(dir $@) && touch $@

$(BENCH_READY): requirements-bench.lock $(BENCH_MADE)
	@echo '==> the libraries of requirements-bench.lock (about 150, 2 GB, some minutes)'
	@$(BENCH_PIP) install --quiet --no-deps --retries 1 --timeout 6 torch==$(TORCH) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) $(QUIETLY)
	@$(BENCH_PIP) install --quiet --no-deps -r requirements-bench.lock $(QUIETLY)
	@$(BENCH_PIP) check >/dev/null 2>&1 || $(BENCH_PIP) install --quiet torch==$(TORCH) $(QUIETLY)
	@touch $@

$(PICTURE_READY): docs/picture/package-lock.json
	@echo '==> the libraries of docs/picture/package-lock.json'
	@npm ci --prefix docs/picture --loglevel=error >/dev/null

force:
