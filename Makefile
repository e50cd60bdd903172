# Two doors for a fresh machine: `make figures` and `make test`; each sets up .venv by itself.
#
#   make figures [STUDY=paper] [CORES=n]   every figure, table and the report of a study
#   make test    [PYTESTFLAGS=…]           all tests
#   make bench [BENCH=regex]               every asv benchmark once, against this checkout
#   make bench-check                       asv's own look at the benchmarks: do they load?
#   make bench-compare BASE=commit [BENCH=regex]  asv: this commit against another, each in its own environment
#   make bench-site                        asv: the history as web pages, in .asv/html
#   make check [BASE=commit]               nothing worse than the reference, or slower than BASE (HEAD~1)
#   make accept WHAT=… REASON=…            new reference of plans, timings or smoke
#   make peers   [PEERS="qulacs …"]        other simulators on our work, beside our own kernels
#   make docs                              the documentation as a site, in .site/html
#   make lint                              ruff, mypy, import-linter, snakefmt, snakemake --lint
#   make lock    [UVFLAGS=--upgrade]       resolve envs/requirements.in into envs/lock.txt (needs uv)
#   make publish [STUDY=paper]             a finished study's pictures and networks into the repository
#   make clean                             caches only; results/ and .venv stay

PYTHON ?= python3
STUDY ?= paper
CORES ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
UV ?= uv
BIN := .venv/bin
STAMP := .venv/.complete

# A checkout that was moved, or whose Python has gone, has a .venv that cannot run: set up again.
ifneq ($(shell $(BIN)/python -c pass 2>/dev/null && cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

.PHONY: help cores figures publish test bench bench-check bench-compare bench-site check accept peers docs lint lock clean
.DEFAULT_GOAL := help

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

cores:
	@case "$(CORES)" in ''|0*|*[!0-9]*) echo "CORES must be a whole number of at least 1 (got '$(CORES)')" >&2; exit 1;; esac

figures: cores $(STAMP)
	@$(BIN)/snakemake --cores $(CORES) --config "study=$(or $(STUDY),paper)"

publish: figures
	@$(BIN)/python -m figures.publish --study "$(or $(STUDY),paper)"
	@$(BIN)/python -m replication expected "$(or $(STUDY),paper)" --cores $(CORES) --record

test: cores $(STAMP)
	@$(BIN)/python -m pytest -n $(CORES) --dist loadfile $(PYTESTFLAGS)

# asv wants to know the machine's name once; an answer given earlier is kept.
ASV = $(BIN)/asv $(1) --config bench/asv.conf.json
SELECTED = $(if $(BENCH),--bench "$(BENCH)")
MACHINE = test -f ~/.asv-machine.json || $(call ASV,machine) --yes >/dev/null

bench: $(STAMP)
	@$(MACHINE)
	@$(call ASV,run) --quick --python=same --show-stderr $(SELECTED)

bench-check: $(STAMP)
	@$(MACHINE)
	@$(call ASV,check) --python=same

bench-compare: $(STAMP)
	@test -n "$(BASE)" || { echo "make bench-compare needs a commit to compare with: BASE=…" >&2; exit 1; }
	@$(MACHINE)
	@$(call ASV,continuous) --cpu-affinity "$$($(BIN)/python -c "import os; print(min(os.sched_getaffinity(0)))")" --factor 1.5 $(SELECTED) "$(BASE)" HEAD

bench-site: $(STAMP)
	@$(call ASV,publish)
	@echo "Open .asv/html/index.html through a server: $(BIN)/asv preview --config bench/asv.conf.json"

check: $(STAMP)
	@$(BIN)/python -m bench.regression check plans timings smoke $(if $(BASE),--base "$(BASE)")

accept: $(STAMP)
	@$(BIN)/python -m bench.regression accept "$(WHAT)" --reason "$(REASON)" $(if $(BASE),--base "$(BASE)")

peers: $(STAMP)
	@$(BIN)/python -m bench.peers $(PEERSFLAGS) $(PEERS)

docs: $(STAMP)
	@$(BIN)/python -m figures.site .site/pages
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/site_pages.py
	@echo "Open .site/html/index.html"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/snakefmt --check Snakefile replication/rules
	$(BIN)/snakemake --lint

lock:
	@command -v "$(UV)" >/dev/null || { echo "make lock needs uv: put it on PATH or give its place as UV=…" >&2; exit 1; }
	"$(UV)" pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url $(UVFLAGS) envs/requirements.in -o envs/lock.txt

clean:
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .jax_cache .asv .site build dist *.egg-info
	find replication figures bench tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Built afresh each time, and the stamp comes last: a set-up cut short starts over at the next call.
# The checkout itself needs no installation: one .pth file makes `import replication` find it.
$(STAMP): envs/lock.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "No $(PYTHON) found: this project needs Python 3.11 or newer (make PYTHON=…)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("This project needs Python 3.11 or newer, but $(PYTHON) is %d.%d: give another one with make PYTHON=…" % sys.version_info[:2])'
	@echo "Setting up .venv from envs/lock.txt: about a minute and 1.3 GB, once (log: .venv/setup.log)."
	@test ! -L .venv || rm .venv # to clear through a link would empty another checkout's
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r envs/lock.txt >.venv/setup.log 2>&1 \
	    || { grep -A2 '^ERROR' .venv/setup.log | tail -n 12; echo "The set-up failed, see .venv/setup.log; the next make tries again."; exit 1; } >&2
	@$(BIN)/python -c 'import os, pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "replication.pth").write_text(os.getcwd() + "\n", encoding="utf-8")'
	@pwd -P >$@
