# SPDX-License-Identifier: GPL-3.0-or-later
# slubcheck: find out what is corrupt in the slab allocator of a crashed kernel.
#
#   make            build/slubcheck.so, the crash extension, and build/slubcheck, the program; says
#                   what it leaves out for want of a header or library. CC, CPPFLAGS, CFLAGS and
#                   LDFLAGS are honoured; WERROR= lets warnings pass
#   make demo       install what is missing, build, and run it on a recorded dump
#   make check      install what is missing, build, and run the tests
#   make analyze    gcc -fanalyzer and clang-tidy
#   make coverage   print how many lines the unit tests run, per folder; with ROOM=triage, which
#                   lines of that folder they do not
#   make bench      install what is missing, make a large dump, and measure; make bench-scale: how
#                   time and memory grow with the heap: takes 6 GiB and some minutes
#   make install    into PREFIX/lib/crash/extensions, PREFIX/bin, ... (PREFIX is /usr)
#   make dist       a release as a tarball; make deb: Debian's packages of it, in clean chroots of
#                   bookworm and sid; SUITES=sid: in that one; make rpm: RPMs, by the spec file
#   make format     format the sources; make format-check: only look
#   make readme     what the program prints today into the documentation
#   make clean      remove what was built
#
# What make check does, one by one:
#   lint            the documentation and its tables against the sources; the sources with
#                   cppcheck, shellcheck, flake8 and codespell
#   check-unit      unit tests; with SANITIZE=1 under ASan and UBSan; check-valgrind: in valgrind
#   check-fuzz      the fuzzers' corpora
#   check-replayed  the model against what real kernels did with the same operations
#   check-proof     the checker against the model; check-model does more, check-million a million
#   check-recorded  recorded dumps in sessions of crash, and the documentation's examples
#   check-program   the program on recorded dumps
#   check-log-recorded   the kernel's log out of recorded dumps, against crash
#   check-formats   the program on one dump in every format
#
# What it leaves out, since it takes long or needs a network, root or QEMU:
#   check-suites    build and unit tests without a warning in chroots of Debian bookworm, trixie
#                   and sid; SUITES=sid: in that one
#   check-slice     some of the recorded dumps, in two versions of crash
#   check-crash-versions            builds for newer versions of crash, in each of them
#   check-kernels   all dumps of stock kernels that were made: the matrix of docs/eras.md
#   check-causes    each cause that is named, against what was really done: the recorded dumps and
#                   those of stock kernels that were made
#   check-why       each story of -w, against what the kernel really died of: the same dumps
#   check-types     types that are told for objects, where the true type is known: dumps of stock kernels
#   check-refs      who points to a free object, in guests that planted such pointers
#   check-moments   guests under load, stopped at any moment
#   check-live      the program over kernels of guests that run, under load: build/slubcheck --live
#   check-log       the kernel's log out of dumps, against crash and the guests' consoles
#   check-arm64     a guest of arm64
#   check-drgn, check-slabinfo      against what others say: docs/peers.md
#   check-filtered  the dumps of stock kernels as makedumpfile filters them
#   check-slurm     a cluster of one node
#   check-html      pages in chromium: reading, sorting, keyboard, print, policy; installs chromium,
#                   and the npm package playwright-core below build/

PREFIX ?= /usr
DESTDIR ?=
EXTENSIONS_DIR ?= $(PREFIX)/lib/crash/extensions
MANDIR ?= $(PREFIX)/share/man
COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
UNITS ?= $(PREFIX)/lib/systemd/system
BUILD ?= build
CRASH ?= crash
CRASH_INCLUDE ?= /usr/include/crash

JOBS := $(shell nproc)
ifeq ($(origin CC),default)
CC = gcc
endif
PKG_CONFIG ?= pkg-config
# V=1 shows the commands.
Q = $(if $(V),,@)
say = @echo "  $(1) $(2)"
# CPPFLAGS, CFLAGS and LDFLAGS belong to whoever builds: nothing here is added to them. WERROR= lets
# warnings pass.
WERROR ?= -Werror
WARNINGS = -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes
# clang warns of the inner braces of a designated initializer too: what they leave out is meant.
WARNINGS += $(if $(findstring clang,$(CC)),-Wno-missing-field-initializers)
CFLAGS ?= -O2 -g
INSTRUMENT =
ifdef SANITIZE
override BUILD := $(BUILD)/sanitize
INSTRUMENT = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifdef ANALYZE
override BUILD := $(BUILD)/analyze
INSTRUMENT = -fanalyzer
endif
ifdef COVERAGE
override BUILD := $(BUILD)/coverage
INSTRUMENT = --coverage -fprofile-abs-path -O0
endif

# What single files are told.
DEFINES =
# Everything but extension/ is plain C17; crash's header needs GNU C and names the machine.
PLAIN = -std=c17 -D_POSIX_C_SOURCE=200809L
MACHINE := $(if $(filter aarch64%,$(shell $(CC) -dumpmachine)),ARM64,X86_64)
GNU = -std=gnu17 -D_GNU_SOURCE -D$(MACHINE) -isystem $(CRASH_INCLUDE)
COMMON = $(WARNINGS) -I. -include banned.h $(DEFINES) $(CPPFLAGS) $(CFLAGS) $(INSTRUMENT) -pthread -fPIC -fvisibility=hidden -MMD -MP
LINK = $(CC) $(CFLAGS) $(INSTRUMENT) $(LDFLAGS) -pthread

DECODERS := $(wildcard decoders/*.c)
CHECKER := $(wildcard checker/*.c checker/*/*.c)
MODEL := $(wildcard model/*.c model/*/*.c)
EXTENSION := $(filter-out extension/floor.c,$(wildcard extension/*.c))
ENGINE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(DECODERS) $(CHECKER))
MODEL_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(MODEL))
EXTENSION_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(EXTENSION))
SOURCES := $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h' 2>/dev/null || \
	find . -name '*.[ch]' -not -path './build/*')

# What make builds when it is told nothing.
.DEFAULT_GOAL := all
.PHONY: all help demo analyze analyze-run coverage coverage-run check check-unit check-fuzz \
	check-valgrind check-replayed check-proof check-model check-million check-recorded \
	check-program check-formats check-html check-slurm check-suites check-crash-versions check-kernels \
	check-causes check-why check-types check-moments check-live check-refs check-log \
	check-log-recorded check-arm64 check-slice check-drgn \
	check-slabinfo check-filtered lint readme bench bench-scale install dist deb rpm format format-check \
	clean \
	deps-build deps-unit deps-lint deps-check deps-slice deps-bench deps-html

# What --version and the summaries say. A tree in git says which one it is, too.
VERSION := $(shell cat VERSION)
ifeq ($(origin REVISION),undefined)
REVISION := $(shell git describe --always --dirty 2>/dev/null)
endif
VERSION_TEXT := $(VERSION)$(if $(REVISION), ($(REVISION)))
SAYS_VERSION := $(foreach o,triage/main triage/diff_run triage/result triage/run extension/slubcheck checker/report/json checker/report/html,$(BUILD)/$(o).o $(BUILD)/$(o).tidy)
$(SAYS_VERSION): DEFINES += -DSLUBCHECK_VERSION='"$(VERSION)"' \
	-DSLUBCHECK_VERSION_TEXT='"$(VERSION_TEXT)"'
$(SAYS_VERSION): VERSION

# The extension needs crash's header, which includes zlib.h; the program needs libraries that the
# extension does without. What cannot be built is left out, and said.
PACKAGE_libkdumpfile = libkdumpfile-dev
PACKAGE_libbpf = libbpf-dev
PACKAGE_libdw = libdw-dev
PACKAGE_jansson = libjansson-dev
PROGRAM_LACKS := $(shell for library in libkdumpfile libbpf libdw jansson; do \
	$(PKG_CONFIG) --exists $$library 2>/dev/null || echo $$library; done)
includes = $(shell echo '\#include <$(1)>' | $(CC) $(GNU) $(CPPFLAGS) -E -x c - >/dev/null 2>&1 && echo yes)
EXTENSION_LACKS := $(if $(call includes,zlib.h),,zlib1g-dev) $(if $(wildcard $(CRASH_INCLUDE)/defs.h),,crash)
# What unpacks the pages of a dump; pages that none of these unpacks are left to libkdumpfile.
UNPACK := $(shell for library in libdeflate lzo2 snappy libzstd; do \
	$(PKG_CONFIG) --exists $$library 2>/dev/null && echo $$library; done)
UNPACK_LACKS := $(filter-out $(UNPACK),libdeflate lzo2 snappy libzstd)
UNPACK_LIBS := $(if $(UNPACK),$(shell $(PKG_CONFIG) --libs $(UNPACK)))
PACKAGE_libdeflate = libdeflate-dev
PACKAGE_lzo2 = liblzo2-dev
PACKAGE_snappy = libsnappy-dev
PACKAGE_libzstd = libzstd-dev
PROGRAM := $(if $(PROGRAM_LACKS),,$(BUILD)/slubcheck)
COMMAND := $(if $(strip $(EXTENSION_LACKS)),,$(BUILD)/slubcheck.so)

all: $(COMMAND) $(PROGRAM)
ifeq ($(COMMAND),)
	@echo "left out: $(BUILD)/slubcheck.so, the crash extension. It needs crash's header and the zlib.h that" \
		"it includes; on Debian: apt-get install $(strip $(EXTENSION_LACKS))"
endif
ifeq ($(PROGRAM),)
	@echo "left out: $(BUILD)/slubcheck, the program. pkg-config does not find $(PROGRAM_LACKS); on Debian:" \
		"apt-get install pkg-config $(foreach library,$(PROGRAM_LACKS),$(PACKAGE_$(library)))"
endif
ifneq ($(and $(PROGRAM),$(UNPACK_LACKS)),)
	@echo "left out: what reads dumps fast that are compressed in the way of $(UNPACK_LACKS), which pkg-config does" \
		"not find; on Debian: apt-get install $(foreach library,$(UNPACK_LACKS),$(PACKAGE_$(library)))"
endif
	@$(if $(COMMAND)$(PROGRAM),true,echo "nothing can be built"; false)

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

$(BUILD)/slubcheck.so: $(ENGINE_OBJECTS) $(MODEL_OBJECTS) $(EXTENSION_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -shared -o $@ $^

$(BUILD)/slubfloor.so: $(BUILD)/extension/floor.o
	$(call say,LINK,$@)
	$(Q)$(LINK) -shared -o $@ $^

$(BUILD)/extension/%.o: extension/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(GNU) $(COMMON) -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(PLAIN) $(COMMON) -c -o $@ $<

# The kernel's own anonymous members. gcc takes no notice of a -Wno- that it does not know.
MS_TYPES := -fms-extensions -Wno-microsoft-anon-tag
# Types as kernels have them, for what the unit tests find in the debug information of these objects.
FIXTURE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fixtures/eras/*.c))
$(BUILD)/tests/fixtures/%.o: tests/fixtures/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=gnu17 $(WARNINGS) $(MS_TYPES) -I. $(CPPFLAGS) -MMD -MP -O0 -g \
		-fno-eliminate-unused-debug-types -c -o $@ $<

# The same types in debug information of different kinds.
DWARF_2 := -gdwarf-2 -gstrict-dwarf
DWARF_3 := -gdwarf-3
DWARF_4 := -gdwarf-4
DWARF_5 := -gdwarf-5
DWARF_strict := -gdwarf-4 -gstrict-dwarf
DWARF_compressed := -gdwarf-5 -gz
DWARF_inline := $(if $(findstring clang,$(CC)),-gdwarf-4 -mllvm -dwarf-inlined-strings=Enable,\
	-gdwarf-5 -fno-merge-debug-strings)
DWARF_none := -g0
DWARF_FIXTURES := $(patsubst %,$(BUILD)/tests/fixtures/dwarf/types-%.o,\
	2 3 4 5 strict compressed inline none $(if $(shell command -v clang),clang))
$(BUILD)/tests/fixtures/dwarf/types-%.o: tests/fixtures/dwarf/types.c tests/fixtures/dwarf/types.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(if $(filter clang,$*),clang -gdwarf-5,$(CC) $(DWARF_$*)) \
		-std=gnu17 $(MS_TYPES) -fno-eliminate-unused-debug-types -I. -c -o $@ $<

# The program. libdw, libkdumpfile and libbpf stay in triage/: the extension does without.
$(BUILD)/triage/unpack.o $(BUILD)/triage/unpack.tidy $(BUILD)/tests/unit/kdump_image.o: DEFINES += $(addprefix -DUNPACK_,$(UNPACK))
TRIAGE_LIBS := $(UNPACK_LIBS) -ljansson -lkdumpfile -laddrxlat -lbpf -ldw -lelf
TRIAGE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out triage/main.c,$(wildcard triage/*.c)))
# memmem() and what else POSIX does not have.
GNU_OBJECTS := $(patsubst %,$(BUILD)/triage/%.o,terminal batch options dwarf_names writer packed page_link)
$(GNU_OBJECTS) $(GNU_OBJECTS:.o=.tidy): PLAIN += -D_GNU_SOURCE
# realpath() is of XSI.
$(BUILD)/checker/report/page_file.o $(BUILD)/checker/report/page_file.tidy: PLAIN += -D_XOPEN_SOURCE=700
$(BUILD)/slubcheck: $(BUILD)/triage/main.o $(TRIAGE_OBJECTS) $(ENGINE_OBJECTS) $(MODEL_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(TRIAGE_LIBS)

# The script and the stylesheet of pages are part of every build; a page allows those alone, by hash.
sha256 = $(shell env printf "$$(sha256sum <$(1) | cut -c1-64 | sed 's/../\\x&/g')" | base64)
PAGE := checker/report/html
HASHED := $(BUILD)/checker/report/html_writer.o $(BUILD)/checker/report/html_writer.tidy
$(HASHED): DEFINES += -DHTML_SCRIPT_HASH='"$(call sha256,$(PAGE)/page.js)"' \
	-DHTML_STYLE_HASH='"$(call sha256,$(PAGE)/page.css)"'
$(HASHED): $(PAGE)/page.js $(PAGE)/page.css

# The page of findings is part of every build.
$(BUILD)/checker/findings/page.o: docs/findings.md

UNIT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/*.c))
$(UNIT_OBJECTS): PLAIN += -DFIXTURES='"$(abspath $(BUILD)/tests/fixtures)"' \
	-DLISTED_TYPES='"$(abspath tests/fixtures/layouts)"'
$(BUILD)/tests/unit/core_file.o: PLAIN += -D_GNU_SOURCE
$(BUILD)/tests/unit/test_triage_dwarf.o: PLAIN += $(MS_TYPES)
$(BUILD)/unit: | $(DWARF_FIXTURES)
$(BUILD)/unit: LIBS += $(shell pkg-config --libs check) $(TRIAGE_LIBS)
$(BUILD)/unit: $(ENGINE_OBJECTS) $(MODEL_OBJECTS) $(TRIAGE_OBJECTS) $(FIXTURE_OBJECTS) $(UNIT_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

-include $(patsubst %.c,$(BUILD)/%.d,$(wildcard tests/model/*.c tests/bench/*.c tests/fuzz/*.c))
-include $(patsubst %.o,%.d,$(ENGINE_OBJECTS) $(MODEL_OBJECTS) $(EXTENSION_OBJECTS) $(UNIT_OBJECTS) \
	$(TRIAGE_OBJECTS) $(BUILD)/triage/main.o $(FIXTURE_OBJECTS))

# What each target needs beside gcc and make; nothing happens when it is all there.
deps-build:
	tests/install-deps gcc libc6-dev zlib1g-dev $(if $(filter crash,$(CRASH)),crash)
deps-unit: deps-build
	tests/install-deps check pkg-config libdw-dev libelf-dev libkdumpfile-dev libbpf-dev libjansson-dev \
		libdeflate-dev liblzo2-dev libsnappy-dev libzstd-dev xz-utils zstd bzip2
deps-lint:
	tests/install-deps cppcheck shellcheck flake8 codespell python3 git
deps-check: deps-unit deps-lint
	tests/install-deps python3 xz-utils python3-jsonschema makedumpfile
deps-slice: deps-check
	tests/install-deps debian-archive-keyring pahole
deps-bench: deps-check
	testdata/record/install-deps

RECORDED := testdata/recorded/small-6.1
UNPACKED := $(BUILD)/recorded/small-6.1

demo: deps-check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@testdata/record/unpack $(BUILD)/recorded
	@CRASH=$(CRASH) tests/crash/demo $(BUILD)/slubcheck.so $(UNPACKED)

check: deps-check
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BUILD)/unit
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory check-unit
	@$(MAKE) --no-print-directory check-fuzz
	@$(MAKE) --no-print-directory check-replayed
	@$(MAKE) --no-print-directory check-proof
	@$(MAKE) --no-print-directory check-recorded
	@$(MAKE) --no-print-directory check-program
	@$(MAKE) --no-print-directory check-log-recorded
	@$(MAKE) --no-print-directory check-formats

# One line for each rule of the house.
lint: deps-lint
	tests/lint-findings
	tests/lint-eras
	tests/lint-rooms
	tests/lint-floors
	tests/lint-contrast
	tests/lint-functions
	tests/lint-version
	tests/lint-scripts
	tests/lint-units
	packaging/man-crash extension/slubcheck.c | cmp - extension/slubcheck-crash.8
	@mkdir -p $(BUILD)/cppcheck
	cppcheck $(CPPCHECK) decoders checker model extension triage tests

# What it found out about a file stays in the build folder until the file changes.
CPPCHECK = --quiet -j $(JOBS) --cppcheck-build-dir=$(BUILD)/cppcheck --error-exitcode=1 \
	--enable=warning,performance,portability --std=c11 --max-configs=1 -I. -D$(MACHINE) -i tests/fixtures \
	--library=tests/cppcheck.cfg --suppressions-list=tests/cppcheck.suppress --inline-suppr

check-unit: $(BUILD)/unit
	$(BUILD)/unit

# How many lines of each room the unit tests run; make coverage ROOM=triage: which they do not.
GCOV ?= gcov
coverage: deps-unit
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) COVERAGE=1 coverage-run
coverage-run: $(BUILD)/unit $(BUILD)/triage/main.o $(if $(COMMAND),$(EXTENSION_OBJECTS))
	@find $(BUILD) -name '*.gcda' -delete
	CK_FORK=no CK_VERBOSITY=minimal $(BUILD)/unit
	tests/coverage --build $(BUILD) --gcov $(GCOV) $(if $(ROOM),--room $(ROOM))

# gcc -fanalyzer and clang-tidy (.clang-tidy) over what is shipped. A file is looked at again when it
# or what it includes has changed.
ANALYZED := $(ENGINE_OBJECTS) $(MODEL_OBJECTS) $(TRIAGE_OBJECTS) $(BUILD)/triage/main.o $(EXTENSION_OBJECTS)
analyze: deps-unit
	tests/install-deps clang-tidy
	$(Q)$(MAKE) --no-print-directory -k -j$(JOBS) ANALYZE=1 analyze-run
analyze-run: $(ANALYZED) $(ANALYZED:.o=.tidy)
tidy = $(Q)clang-tidy --quiet $(1) -- $(2) $(DEFINES) -I. -include banned.h >$@.log 2>&1 || { cat $@.log; false; }
$(BUILD)/extension/%.tidy: $(BUILD)/extension/%.o .clang-tidy
	$(call say,TIDY,extension/$*.c)
	$(call tidy,extension/$*.c,$(GNU))
	@touch $@
$(BUILD)/%.tidy: $(BUILD)/%.o .clang-tidy
	$(call say,TIDY,$*.c)
	$(call tidy,$*.c,$(PLAIN))
	@touch $@
ifdef ANALYZE
# What gcc 12 gets wrong. It loses sight of memory whose address is stored behind a pointer: the unit
# tests in valgrind and under ASan look for leaks.
$(ANALYZED): INSTRUMENT += -Wno-analyzer-malloc-leak
# finding_new() takes rules without a cache; the rules that read one are never run without it.
$(BUILD)/checker/slub/rules_%.o $(BUILD)/checker/slab/rules_%.o: INSTRUMENT += -Wno-analyzer-null-dereference
# config_read() gives every model a range of memory, of the configuration or one for each node.
$(BUILD)/model/machine/image.o: INSTRUMENT += -Wno-analyzer-use-of-uninitialized-value
endif

check-valgrind: $(BUILD)/unit
	CK_FORK=no valgrind -q --error-exitcode=1 --leak-check=full $(BUILD)/unit

# The fuzzers' corpora, replayed: what once went wrong stays right.
.SECONDARY:
FUZZ_IMAGE := $(patsubst %,$(BUILD)/tests/unit/%.o,image image_types world json_read)
$(BUILD)/replay-decoders: $(BUILD)/tests/fuzz/fuzz_decoders.o
$(BUILD)/replay-checker: $(BUILD)/tests/fuzz/fuzz_checker.o $(FUZZ_IMAGE)
$(BUILD)/replay-%: $(ENGINE_OBJECTS) $(BUILD)/tests/fuzz/replay.o
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(BUILD)/replay-kernel_info: $(BUILD)/tests/fuzz/fuzz_kernel_info.o \
	$(patsubst %,$(BUILD)/triage/%.o,btf error kallsyms kallsyms_search names vmcoreinfo)
$(BUILD)/replay-kernel_info: LIBS += -lbpf

$(BUILD)/replay-files: $(BUILD)/tests/fuzz/fuzz_files.o $(patsubst %,$(BUILD)/triage/%.o,error flat kdump_file lost)
$(BUILD)/replay-files: LIBS += -lelf

$(BUILD)/replay-kdump: $(BUILD)/tests/fuzz/fuzz_kdump.o $(BUILD)/tests/unit/kdump_image.o \
	$(patsubst %,$(BUILD)/triage/%.o,kdump_file kdump_memory unpack)
$(BUILD)/replay-kdump: LIBS += $(UNPACK_LIBS)

$(BUILD)/replay-modules: $(BUILD)/tests/fuzz/fuzz_modules.o $(BUILD)/triage/modules.o

$(BUILD)/replay-log: $(BUILD)/tests/fuzz/fuzz_log.o $(BUILD)/tests/unit/log_image.o

$(BUILD)/tests/fuzz/fuzz_results.o: PLAIN += -D_GNU_SOURCE
$(BUILD)/replay-results: $(BUILD)/tests/fuzz/fuzz_results.o $(BUILD)/triage/json_scan.o
$(BUILD)/replay-results: LIBS += -ljansson

check-fuzz: $(BUILD)/replay-decoders $(BUILD)/replay-checker $(BUILD)/replay-kernel_info $(BUILD)/replay-files \
	$(BUILD)/replay-modules $(BUILD)/replay-log $(BUILD)/replay-kdump $(BUILD)/replay-results
	$(BUILD)/replay-results tests/fuzz/corpus/results/*
	$(BUILD)/replay-kdump tests/fuzz/corpus/kdump/*
	$(BUILD)/replay-log tests/fuzz/corpus/log/*
	$(BUILD)/replay-modules tests/fuzz/corpus/modules/*
	$(BUILD)/replay-files tests/fuzz/corpus/files/*
	$(BUILD)/replay-kernel_info tests/fuzz/corpus/kernel_info/*
	$(BUILD)/replay-decoders tests/fuzz/corpus/decoders/*
	$(BUILD)/replay-checker tests/fuzz/corpus/checker/*

# The model against what real kernels did with the same operations: testdata/replayed/.
REPLAYED := $(BUILD)/replayed
$(BUILD)/replay: $(BUILD)/tests/model/replay.o $(MODEL_OBJECTS) $(ENGINE_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^

# The checker against the model. `make check` does a tenth of what check-model does.
$(BUILD)/prove: $(BUILD)/tests/model/prove.o $(MODEL_OBJECTS) $(ENGINE_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^

$(BUILD)/tests/model/prove.o: PLAIN += -D_GNU_SOURCE
PROVE = $(BUILD)/prove -j $(JOBS)
check-proof: $(BUILD)/prove
	$(PROVE) -n 400 -p 4 -u
	$(PROVE) -S -n 400 -p 4 -u -c

check-model: $(BUILD)/prove
	$(PROVE) -n 6000 -p 4 -t

# A million histories and faults: half an hour of two cores.
check-million: $(BUILD)/prove
	$(PROVE) -n 40000 -p 4 -t

check-replayed: $(BUILD)/replay
	tests/model/check-replayed $(BUILD)/replay testdata/replayed $(REPLAYED)

check-recorded: $(BUILD)/slubcheck.so $(BUILD)/slubcheck
	testdata/record/unpack $(BUILD)/recorded
	$(EXAMPLES) --check
	CRASH=$(CRASH) tests/crash/check-recorded $(BUILD)/slubcheck.so $(BUILD)/slubcheck \
		$(BUILD)/recorded

check-program: $(BUILD)/slubcheck $(BUILD)/slubcheck.so
	testdata/record/unpack $(BUILD)/recorded
	$(CHECK_PROGRAM) --crash $(CRASH) --extension $(BUILD)/slubcheck.so

# Pages in chromium, driven by the npm package playwright-core; not part of make check. Needs the network.
deps-html:
	tests/install-deps chromium $(if $(shell command -v npm),,nodejs npm)
	tests/html/driver $(BUILD)/html
check-html: $(BUILD)/slubcheck deps-html
	testdata/record/unpack $(BUILD)/recorded
	tests/html/check-html $(BUILD)/slubcheck $(UNPACKED) $(BUILD)/html

# What make check does of check-log.
check-log-recorded: $(BUILD)/log-print
	testdata/record/unpack $(BUILD)/recorded
	tests/triage/check-log --print $(BUILD)/log-print --recorded $(BUILD)/recorded \
		--recorded-only --crash $(CRASH) --each 2

CHECK_PROGRAM = tests/triage/check-program --program $(BUILD)/slubcheck --dumps $(UNPACKED)

# Every page of a dump, as the program reads it and as libkdumpfile does.
$(BUILD)/pages-compare: $(BUILD)/tests/triage/pages_compare.o $(TRIAGE_OBJECTS) $(ENGINE_OBJECTS) $(MODEL_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(TRIAGE_LIBS)

# The same dump in every format.
check-formats: $(BUILD)/slubcheck $(BUILD)/pages-compare
	testdata/record/unpack $(BUILD)/recorded
	tests/triage/check-formats --program $(BUILD)/slubcheck --compare $(BUILD)/pages-compare \
		--dumps $(UNPACKED)

# A cluster of one node, on this machine and as root; not part of make check.
check-slurm: deps-check $(BUILD)/slubcheck
	tests/install-deps slurm-wlm munge
	testdata/record/unpack $(BUILD)/recorded
	tests/triage/check-slurm --program $(BUILD)/slubcheck --dumps $(UNPACKED)

# Not part of make check: builds and runs the unit tests in chroots of Debian bookworm, trixie and sid.
check-suites:
	tests/install-deps debootstrap debian-archive-keyring
	tests/check-suites $(SUITES)

# Not part of make check: fetches other versions of crash, or needs dumps that take long to make.
check-crash-versions: deps-check
	testdata/record/unpack $(BUILD)/recorded
	tests/crash/check-versions --build $(BUILD) --vmlinux $(UNPACKED)/vmlinux-small-6.1 $(UNPACKED)/*/

check-kernels: deps-check $(BUILD)/slubcheck.so $(BUILD)/slubcheck
	tests/crash/check-kernels --extension $(BUILD)/slubcheck.so --program $(BUILD)/slubcheck
	tests/triage/check-sources --program $(BUILD)/slubcheck

# How often the diagnosis is right, by fault: on dumps, and on states of the model.
check-causes: $(BUILD)/slubcheck $(BUILD)/prove
	testdata/record/unpack $(BUILD)/recorded
	$(PROVE) -n 2000 -p 3 -m rest --causes
	tests/crash/check-causes --program $(BUILD)/slubcheck --dumps $(BUILD)/recorded --cache

# What -w tells of kernels that died, against the truth: the recorded dumps and those of stock kernels.
check-why: $(BUILD)/slubcheck
	testdata/record/unpack $(BUILD)/recorded
	tests/crash/check-why --program $(BUILD)/slubcheck --dumps $(BUILD)/recorded --cache

# Guests under load, stopped at any moment: no state of a half-done operation is called corrupt.
check-moments: deps-bench $(BUILD)/slubcheck
	tests/triage/check-moments --program $(BUILD)/slubcheck $$(testdata/record/stock-kernel | tail -n 1)

# Kernels that run, of guests under load; PASSES over each.
PASSES ?= 20
check-live: deps-bench $(BUILD)/slubcheck
	tests/triage/check-units packaging $(BUILD)/slubcheck
	tests/triage/check-live --program $(BUILD)/slubcheck --passes $(PASSES) \
		$$(testdata/record/stock-kernel | tail -n 1)

# Who points to a free object, in guests that planted such pointers; dumps that exist are kept.
REFS_KERNELS = $(wildcard $(or $(SLUBCHECK_CACHE),$(HOME)/.cache/slubcheck)/kernels/stock-*)
check-refs: deps-bench $(BUILD)/slubcheck
	for k in $(REFS_KERNELS); do out=$(BUILD)/refs/$$(basename $$k); test -e $$out/truth.json || \
		testdata/record/record --kernel $$k --fault holders -o $$out || exit 1; done
	tests/triage/check-refs $(BUILD)/slubcheck $(addprefix $(BUILD)/refs/,$(notdir $(REFS_KERNELS)))

# The kernel's log as it is read out of dumps, against crash's own reading and the guests' consoles.
$(BUILD)/log-print: $(BUILD)/tests/triage/log_print.o $(TRIAGE_OBJECTS) $(ENGINE_OBJECTS) $(MODEL_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(TRIAGE_LIBS)

# Which types are told for objects whose type is known, in the dumps of stock kernels that were made.
check-types: $(BUILD)/types-print
	tests/triage/check-types $(BUILD)/types-print

$(BUILD)/types-print: $(BUILD)/tests/triage/types_print.o $(TRIAGE_OBJECTS) $(ENGINE_OBJECTS) $(MODEL_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(TRIAGE_LIBS)

check-log: deps-check $(BUILD)/log-print
	testdata/record/unpack $(BUILD)/recorded
	tests/triage/check-log --print $(BUILD)/log-print --recorded $(BUILD)/recorded

# A guest of arm64, in QEMU as well.
check-arm64: deps-bench $(BUILD)/slubcheck
	tests/install-deps qemu-system-arm debian-archive-keyring
	tests/triage/check-arm64 --program $(BUILD)/slubcheck

# The same table of a slice of the recorded dumps, in two versions of crash.
check-slice: deps-slice $(BUILD)/slubcheck.so
	tests/crash/check-kernels --slice --extension $(BUILD)/slubcheck.so

# Against what others say of the same memory; these record what is missing, or take what is there.
check-drgn check-slabinfo check-filtered: deps-bench $(BUILD)/slubcheck.so
	tests/crash/$@ --extension $(BUILD)/slubcheck.so

# What the documentation shows is what is printed on a recorded dump.
EXAMPLES = tests/crash/doc-examples --crash $(CRASH) --extension $(BUILD)/slubcheck.so \
	--vmlinux $(UNPACKED)/vmlinux-small-6.1 --dumps $(UNPACKED) --file vmcore \
	--program $(BUILD)/slubcheck --recorded $(BUILD)/recorded README.md docs/usage.md docs/json.md docs/findings.md

readme: $(BUILD)/slubcheck.so $(BUILD)/slubcheck
	packaging/man-crash extension/slubcheck.c >extension/slubcheck-crash.8
	testdata/record/unpack $(BUILD)/recorded
	$(EXAMPLES)
	$(CHECK_PROGRAM) --write what_the_docs_print_is_printed

$(BUILD)/pairs: $(BUILD)/tests/bench/pairs.o $(MODEL_OBJECTS) $(ENGINE_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^

# How a check grows with the heap and the machine.
$(BUILD)/scale: $(BUILD)/tests/bench/scale.o $(MODEL_OBJECTS) $(ENGINE_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ -lm

bench-scale: $(BUILD)/scale
	$(BUILD)/scale

# What the program reads, read and thrown away.
$(BUILD)/floor: $(BUILD)/tests/bench/floor.o
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ -lkdumpfile

# The pages that the program unpacks, unpacked.
$(BUILD)/unpack: $(BUILD)/tests/bench/unpack.o $(patsubst %,$(BUILD)/triage/%.o,kdump_file unpack)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(UNPACK_LIBS)

$(BUILD)/pass: $(BUILD)/tests/bench/pass.o
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^

bench: deps-bench
	$(MAKE) --no-print-directory all $(BUILD)/slubfloor.so $(BUILD)/pairs $(BUILD)/floor $(BUILD)/pass $(BUILD)/unpack
	$(BUILD)/pairs
	tests/bench/bench
	tests/bench/program
	tests/bench/formats
	tests/bench/drgn

install: all
	$(if $(COMMAND),install -D -m 0644 $(COMMAND) $(DESTDIR)$(EXTENSIONS_DIR)/slubcheck.so)
	$(if $(COMMAND),install -D -m 0644 extension/slubcheck-crash.8 $(DESTDIR)$(MANDIR)/man8/slubcheck-crash.8)
	$(if $(PROGRAM),install -D -m 0755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/slubcheck)
	$(if $(PROGRAM),install -D -m 0644 triage/slubcheck.1 $(DESTDIR)$(MANDIR)/man1/slubcheck.1)
	$(if $(PROGRAM),install -D -m 0644 triage/slubcheck.bash $(DESTDIR)$(COMPLETIONS)/slubcheck)
	$(if $(PROGRAM),install -D -m 0644 packaging/slubcheck.service $(DESTDIR)$(UNITS)/slubcheck.service)
	$(if $(PROGRAM),install -D -m 0644 packaging/slubcheck.timer $(DESTDIR)$(UNITS)/slubcheck.timer)

# A release: without the recorded dumps, whose tests are left out then, and with them. The same
# commit gives the same bytes. debian/ is Debian's own part of its source package.
DIST := slubcheck-$(VERSION)
DIST_SMALL := ':!testdata/recorded' ':!testdata/replayed'
dist:
	@mkdir -p $(BUILD)
	git archive --prefix=$(DIST)/ HEAD -- . ':!debian' $(DIST_SMALL) | xz -T1 >$(BUILD)/$(DIST).tar.xz
	git archive --prefix=$(DIST)/ HEAD -- . ':!debian' | xz -1 -T1 >$(BUILD)/$(DIST)-testdata.tar.xz
	cd $(BUILD) && sha256sum $(DIST).tar.xz $(DIST)-testdata.tar.xz

# Debian's packages, in clean chroots. Needs root and the network.
deb: dist
	tests/install-deps debootstrap debian-archive-keyring
	packaging/deb $(BUILD)/$(DIST).tar.xz $(SUITES)

# RPMs by the spec file, with Debian's libraries: that the spec file builds and installs, not for use.
rpm: dist
	tests/install-deps debootstrap debian-archive-keyring
	packaging/rpm $(BUILD)/$(DIST).tar.xz

format:
	clang-format -i $(SOURCES)

format-check:
	clang-format --dry-run -Werror $(SOURCES)

clean:
	rm -rf build
