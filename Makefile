# Verbs only; meson.build builds, and tools/ holds what a verb does.
#
#   make                  the programs, in build/bin
#   make demo             two people talk in two browser windows, and what the relay sees
#   make demo-terminal    the same as a scripted talk, without a screen
#   make test             all tests; ends with "N passed, N failed"
#   make e2e              the end-to-end test at full size: ROUNDS=20 LINES=10000 SEED=
#   make check            format, lint, layers, symbols, headers, both compilers, sanitizers
#   make format           let clang-format change what it would complain about
#   make fuzz SECONDS=60  each fuzz target for so long
#   make bench            the benchmarks
#   make install          prefix=/usr/local DESTDIR=
#   make clean            all that was built here; the cached dependencies stay
#
# What a machine lacks is listed and asked for first; YES=1 answers.

SECONDS := 60
FUZZ_SECONDS := 10
ROUNDS := 20
LINES := 10000
SEED :=
WERROR := false
prefix := /usr/local
DESTDIR :=
MAIN := build/main
INSTALL := build/install
TARGETS := programs

.DELETE_ON_ERROR:
.PHONY: all programs tests web demo demo-terminal test e2e check fuzz bench install clean format

all:
	@tools/bootstrap build
	@$(MAKE) --no-print-directory programs

$(MAIN)/build.ninja:
	@rm -rf $(MAIN) && mkdir -p build
	@echo "setting up $(MAIN)"
	@meson setup $(MAIN) -Dwerror=$(WERROR) -Dtests=false $(MESON_ARGS) > build/setup.log 2>&1 \
	    || { tail -n 20 build/setup.log >&2; exit 1; }

programs: $(MAIN)/build.ninja
	@ninja -C $(MAIN) $(TARGETS)
	@tools/link-programs $(MAIN) build/bin

# The same build folder; the tests join it when they are first asked for.
tests: $(MAIN)/build.ninja
	@tools/set-option $(MAIN) tests true
	@$(MAKE) --no-print-directory programs TARGETS=all

web:
	@tools/build-web

demo demo-terminal:
	@tools/bootstrap demo
	@$(MAKE) --no-print-directory programs web
	@tools/run-if-there tools/$@

test:
	@tools/bootstrap test
	@$(MAKE) --no-print-directory tests web
	@tools/build-fuzz
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tools/run-tests $(MAIN)

# Two pages in Chromium, real processes: a talk and the seizure of the relay, kills, a long text.
e2e:
	@tools/bootstrap test
	@$(MAKE) --no-print-directory tests web
	node tests/e2e/run.mjs --bin $(MAIN)/apps --rounds $(ROUNDS) --lines $(LINES) $(if $(SEED),--seed $(SEED))

check:
	@tools/bootstrap check
	@$(MAKE) --no-print-directory programs web
	@tools/check

format:
	@tools/bootstrap check
	@tools/check-format --fix

fuzz:
	@tools/bootstrap test
	@tools/build-fuzz
	@tools/fuzz $(SECONDS)

bench:
	@tools/bootstrap test
	@tools/run-if-there tools/bench

# A folder of its own: what is installed is compiled with -O2 like all that was tested, without
# debugging information. The linker's cache is refreshed where that is possible.
$(INSTALL)/build.ninja:
	@mkdir -p build
	meson setup $(INSTALL) --prefix="$(prefix)" -Dtests=false -Dwerror=false -Ddebug=false \
	    > build/install.log 2>&1 || { tail -n 20 build/install.log >&2; exit 1; }

install:
	@tools/bootstrap build
	@$(MAKE) --no-print-directory $(INSTALL)/build.ninja
	@tools/set-option $(INSTALL) prefix "$(prefix)"
	ninja -C $(INSTALL)
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory web; \
	    elif [ ! -f web/dist/index.html ]; then echo "no npm here: the page is not built"; fi
	DESTDIR="$(DESTDIR)" meson install -C $(INSTALL) --no-rebuild
	@[ -n "$(DESTDIR)" ] || ldconfig 2> /dev/null || :

clean:
	rm -rf build web/dist
