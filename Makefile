# SPDX-License-Identifier: Apache-2.0
# 'make' alone tells what there is.

KERNEL ?=
FILTER ?=
CELL ?=
FUZZ_SECONDS ?= 10
# In make test each target runs long enough to see that it builds and takes its seeds.
CHECK_FUZZ_SECONDS ?= $(if $(filter file,$(origin FUZZ_SECONDS)),4,$(FUZZ_SECONDS))
PREFIX ?= /usr/local
DESTDIR ?=
# Where Swift builds. The checks turn warnings into errors, which is another build, so they have a folder of their own.
SCRATCH ?= .build

# Where the tools are built: apart from the rest where both are to be built at the same time.
TOOLS_SCRATCH ?= $(SCRATCH)

# Nobody runs a debugger on what CI builds, and debug information is a good part of the work. The index of sources is
# needed: SwiftPM finds the tests by it.
WITHOUT_DEBUG_INFO = -debug-info-format none
# What the plug-in runs is built for itself, all modules once more: only where a package uses it.
export WITHOUT_PLUGIN = 1
SWIFT_BUILD = swift build --scratch-path $(SCRATCH) $(if $(CI),$(WITHOUT_DEBUG_INFO))
TOOLS = load-kp-bpf bpf-eventd print-event
RELEASE = $(TOOLS_SCRATCH)/release
# The measurement of the documents: two objects for the kernel and what sends the packets.
MEASUREMENT = $(addprefix Examples/measure-packet/,mes_chk.o mes_bridge.o mes_send)
EXAMPLES = Examples/test_prog.o Examples/test_prog1.o Examples/test_prog2.o \
    $(MEASUREMENT) \
    Examples/minimal.bpf.o Examples/kprobe_unlink.bpf.o Examples/bootstrap.bpf.o Examples/ringbuf_paced.bpf.o \
    Examples/xdp_count.bpf.o Examples/swift_calls.bpf.o
# Programs that load-kp-bpf finds by their names: docs/tools.md.
TOOL_OBJECTS = $(patsubst %.c,%.o,$(wildcard Examples/tools/*.bpf.c))
# What programs include.
HEADERS = Examples/bpf_elf_map.h Examples/event.h $(wildcard Examples/include/*.h)
# What is installed, as FROM:TO:MODE with TO below PREFIX; install, uninstall, deb and tarball have this one list.
MANUAL = $(wildcard docs/man/*.[1-8])
ZSH_COMPLETIONS = share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
INSTALLED = $(foreach tool,$(TOOLS),$(RELEASE)/$(tool):bin/$(tool):755 \
    $(RELEASE)/completions/bash/$(tool):share/bash-completion/completions/$(tool):644 \
    $(RELEASE)/completions/zsh/_$(tool):$(ZSH_COMPLETIONS)/_$(tool):644 \
    $(RELEASE)/completions/fish/$(tool).fish:share/fish/vendor_completions.d/$(tool).fish:644) \
    $(foreach file,$(TOOL_OBJECTS),$(file):lib/swift-bpf/tools/$(notdir $(file)):644) \
    $(foreach file,$(HEADERS),$(file):include/swift-bpf/$(notdir $(file)):644) \
    $(foreach file,$(MANUAL),$(file):share/man/man$(patsubst .%,%,$(suffix $(file)))/$(notdir $(file)):644) \
    $(foreach file,$(wildcard Packaging/systemd/*.service),$(file):lib/systemd/system/$(notdir $(file)):644) \
    $(foreach file,$(wildcard docs/*.md),$(file):share/doc/swift-bpf/docs/$(notdir $(file)):644) \
    $(foreach file,README.md CHANGELOG.md LICENSE Packaging/copyright,$(file):share/doc/swift-bpf/$(notdir $(file)):644)
# Where 'make deb' and 'make tarball' put what they make.
PACKAGES = $(SCRATCH)/packages
# The table of bootstrap.bpf.o, a package of its own that uses the library.
BOOTSTRAP = $(SCRATCH)/bootstrap/debug/bootstrap
# As libbpf's headers name the architecture of the kernel.
BPF_ARCH = $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86)
# Objects for the kernel tests; those of names.c differ in the name of their map, those of broken_maps.c in the map.
BROKEN_MAPS = $(shell sed -n 's/^.define MAP_\([a-z_]*\) .*/\1/p' Tests/Fixtures/kernel/broken_maps.c)
FIXTURES = $(patsubst Tests/Fixtures/kernel/%.c,$(SCRATCH)/fixtures/%.o,\
    $(filter-out %/names.c %/broken_maps.c,$(wildcard Tests/Fixtures/kernel/*.c))) \
    $(BROKEN_MAPS:%=$(SCRATCH)/fixtures/broken_%.o) \
    $(SCRATCH)/fixtures/name_dotted.o $(SCRATCH)/fixtures/name_long.o $(SCRATCH)/fixtures/raw_arguments_unlicensed.o $(SCRATCH)/fixtures/probed \
    $(SCRATCH)/fixtures/stacked $(SCRATCH)/fixtures/stripped
# Probes in Swift, compiled here for the kernel tests: a guest has no toolchain.
SWIFT_PROBES = $(patsubst Examples/SwiftProbes/%.swift,$(SCRATCH)/fixtures/swift/%.o,$(wildcard Examples/SwiftProbes/*.swift))
# Programs of language features with a known result, every other one compiled with checks; LAB_ALL=1 compiles each in both
# ways.
LANGUAGE_SOURCES = $(wildcard Tests/Fixtures/swift/ok_*.swift)
EVERY_OTHER = $(shell printf '%s\n' $(LANGUAGE_SOURCES) | $(if $(filter 1,$(LAB_ALL)),cat,sed -n $1))
LANGUAGE_PROBES = \
    $(patsubst Tests/Fixtures/swift/%.swift,$(SCRATCH)/fixtures/swift/language/%.o,$(call EVERY_OTHER,'1~2p')) \
    $(patsubst Tests/Fixtures/swift/%.swift,$(SCRATCH)/fixtures/swift/checked/%.o,$(call EVERY_OTHER,'2~2p'))
SWIFT_SOURCES = Sources Tests Package.swift Examples/Library/Sources Examples/Library/Package.swift
STRICT = CI=true SCRATCH=.build-check TOOLS_SCRATCH=.build-check-tools

.PHONY: swift-probes fleet help setup tools examples ready-tools bootstrap corpus documents docs compare check-kernels bench bench-print bench-maps bench-micro bench-load bench-fleet fleet-metrics fleet-shippers demo test test-unit lab fuzz attack check format lint install uninstall deb tarball manual test-package clean test-pictures

help:
	@echo 'make demo [KERNEL=6.12]            the session of the documents, on a kernel in a virtual machine'
	@echo 'make demo HOST=1                   the same on this machine'"'"'s own kernel, where it has kprobes'
	@echo 'make test                          everything: lint, unit tests, all kernels, fuzzing'
	@echo 'make test-unit                     the unit tests: no kernel, no root'
	@echo 'make lab [KERNEL=6.12] [CELL=bare] [FILTER=regex]'
	@echo '                                   the kernel tests: 5.10, 6.1, 6.12, newest in default, bare, cpus'
	@echo 'make docs                          the documentation of the library (DocC), in .build/docs'
	@echo 'make documents                     checks that each block of code in a document has a rule, and compiles the programs'
	@echo 'make check-kernels OBJECT=prog.bpf.o [KERNEL=6.12] loads it on each kernel of the lab, and prints a table'
	@echo 'make compare [KERNEL=6.12] [HOST=1] a table of the corpus: what libbpf loads, what load-kp-bpf loads'
	@echo 'make bench [REPEAT=5] [QUICK=1]    bpf-eventd beside libbpf and the original'"'"'s policy, on this machine, as root'
	@echo 'make bench-print [REPEAT=5]        print-event beside printers in C'
	@echo 'make bench-maps [REPEAT=3]         snapshots of maps beside bpftool, as root'
	@echo 'make bench-micro                   what parsing, draining and printing take, without a kernel'
	@echo 'make bench-load [KERNEL=6.12]      time and memory of a load, beside bpftool'"'"'s'
	@echo 'make fleet [SPARK=1] [HOSTS=40]    what many hosts recorded, in DuckDB and Spark: Examples/fleet'
	@echo 'make bench-fleet [SPARK=1]         what 1,000 hosts take: bytes a record, records a second of a core'
	@echo 'make fleet-metrics                 the Prometheus example of Examples/fleet with the server of the distribution'
	@echo 'make fleet-shippers                events through rsyslog and the journal, with receivers that are killed'
	@echo 'make fuzz [FUZZ_SECONDS=10]        each fuzz target for that long'
	@echo 'make attack [ATTACK_SECONDS=30]    the release tools over hostile input, as processes and within limits'
	@echo 'make check                         before a commit: format, warnings as errors, unit tests'
	@echo 'make format                        formats the Swift sources'
	@echo 'make examples                      compiles Examples/*.c for the BPF machine'
	@echo 'make ready-tools                   compiles Examples/tools, the programs that load-kp-bpf finds by name'
	@echo 'make bootstrap                     builds the Swift programs of Examples/Library (Examples/README.md)'
	@echo 'make tools                         builds the three tools (release, static)'
	@echo 'make install [PREFIX=/usr/local] [DESTDIR=]     installs what make tools has built; also: uninstall'
	@echo 'make deb, make tarball             packages of what make tools has built, in .build/packages; test-package tries them'
	@echo 'make manual                        the man pages in docs/man, from the documents'
	@echo 'make test-pictures                 opens flame graphs and pages in Chromium, if that is installed'
	@echo 'make setup                         installs what is missing (apt-get); all of the above but install call it first'
	@echo 'make clean                         removes what was built'

setup:
	@Scripts/setup

# Static, so that the tools need only libelf and glibc where they run. The linker takes the C++ library that the Swift
# runtime needs from a folder where there is only the archive. Root runs them: position-independent, everything that is
# relocated read-only before main, and no folder but the system's that libraries are taken from. Packed relocations, where
# the C library knows them (glibc 2.36), save a megabyte to be read at each start.
PACKED = $(if $(shell readelf -V "$$(gcc -print-file-name=libc.so.6)" 2>/dev/null | grep GLIBC_ABI_DT_RELR),\
    -Xlinker -z -Xlinker pack-relative-relocs)
RELEASE_FLAGS = -c release --static-swift-stdlib --disable-local-rpath $(WITHOUT_DEBUG_INFO) \
    -Xlinker -L$(abspath $(TOOLS_SCRATCH)/archives) \
    -Xswiftc -Xclang-linker -Xswiftc -static-libgcc -Xswiftc -use-ld=lld -Xlinker --gc-sections \
    -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now $(PACKED) \
    -Xlinker --version-script=$(abspath Scripts/exports.map)
tools: setup $(TOOL_OBJECTS)
	@mkdir -p $(TOOLS_SCRATCH)/archives
	@ln -sf "$$(gcc -print-file-name=libstdc++.a)" $(TOOLS_SCRATCH)/archives/
	swift build --scratch-path $(TOOLS_SCRATCH) $(RELEASE_FLAGS)
	@Scripts/check-hardening $(addprefix $(RELEASE)/,$(TOOLS))
	@Scripts/completions $(RELEASE) $(RELEASE)/completions

examples: setup $(EXAMPLES) $(CORE_EXAMPLES) $(TOOL_OBJECTS)

ready-tools: setup $(TOOL_OBJECTS)

# The command line of the documents.
Examples/%.o: Examples/%.c Examples/bpf_elf_map.h Examples/event.h
	"$$(Scripts/bpf-clang)" -O2 -Wall -target bpf -c $< -o $@

Examples/measure-packet/mes_chk.o Examples/measure-packet/mes_bridge.o: Examples/measure-packet/mes_chk.h

Examples/measure-packet/mes_send: Examples/measure-packet/mes_send.c Examples/measure-packet/mes_chk.h
	gcc -O2 -Wall -static $< -o $@

$(TOOL_OBJECTS): $(wildcard Examples/tools/*.h)

# Programs with BTF and CO-RE, against the headers of libbpf-dev.
Examples/%.bpf.o: Examples/%.bpf.c $(wildcard Examples/include/*.h) Examples/bootstrap.h
	"$$(Scripts/bpf-clang)" -O2 -g -Wall -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -ffile-prefix-map=$(CURDIR)=. \
	    -IExamples/include -c $< -o $@

swift-probes: $(SWIFT_PROBES) $(LANGUAGE_PROBES)

# By the loader that is tested, or by the one that the tests are built with.
PROBE_COMPILER = $(firstword $(wildcard $(SCRATCH)/debug/load-kp-bpf $(RELEASE)/load-kp-bpf) $(RELEASE)/load-kp-bpf)
$(SCRATCH)/fixtures/swift/%.o: Examples/SwiftProbes/%.swift Sources/ProbeCompiler/Kit/KitSources.swift
	@mkdir -p $(@D)
	@$(PROBE_COMPILER) --compile $< -o $@

# What a program returns is in its first lines.
$(SCRATCH)/fixtures/swift/language/%.o: Tests/Fixtures/swift/%.swift Sources/ProbeCompiler/Kit/KitSources.swift
	@mkdir -p $(@D) && cp $< $(@:.o=.txt) && $(PROBE_COMPILER) --compile $< -o $@

$(SCRATCH)/fixtures/swift/checked/%.o: Tests/Fixtures/swift/%.swift Sources/ProbeCompiler/Kit/KitSources.swift
	@mkdir -p $(@D) && cp $< $(@:.o=.txt) && $(PROBE_COMPILER) --checked --compile $< -o $@

bootstrap: setup
	WITHOUT_PLUGIN= swift build --package-path Examples/Library --scratch-path $(SCRATCH)/bootstrap $(if $(CI),$(WITHOUT_DEBUG_INFO))

COMPILE_FIXTURE = @mkdir -p $(@D) && "$$(Scripts/bpf-clang)" -O2 -g -Wall -target bpf -D__TARGET_ARCH_$(BPF_ARCH) \
    -idirafter /usr/include/$(shell uname -m)-linux-gnu -IExamples

$(SCRATCH)/fixtures/name_dotted.o: Tests/Fixtures/kernel/names.c Examples/bpf_elf_map.h
	$(COMPILE_FIXTURE) '-DMAP_NAME="a.b"' -c $< -o $@

$(SCRATCH)/fixtures/name_long.o: Tests/Fixtures/kernel/names.c Examples/bpf_elf_map.h
	$(COMPILE_FIXTURE) '-DMAP_NAME="sixteen_letters_"' -c $< -o $@

$(SCRATCH)/fixtures/raw_arguments_unlicensed.o: Tests/Fixtures/kernel/raw_arguments.c
	$(COMPILE_FIXTURE) -DUNLICENSED -c $< -o $@

$(BROKEN_MAPS:%=$(SCRATCH)/fixtures/broken_%.o): $(SCRATCH)/fixtures/broken_%.o: Tests/Fixtures/kernel/broken_maps.c
	$(COMPILE_FIXTURE) -DNAME=$* -c $< -o $@

$(SCRATCH)/fixtures/answers.o: Tests/Fixtures/kernel/answers.c
	$(COMPILE_FIXTURE) -c $< -o $@ && llvm-strip -g $@

$(SCRATCH)/fixtures/%.o: Tests/Fixtures/kernel/%.c Examples/bpf_elf_map.h
	$(COMPILE_FIXTURE) -c $< -o $@

# A program that is traced.
$(SCRATCH)/fixtures/probed: Tests/Fixtures/host/probed.c
	@mkdir -p $(@D) && gcc -O2 -Wall -pthread $< -o $@

# Programs with known stacks: one with its symbols, and one whose symbols are in the file that its debug link names.
$(SCRATCH)/fixtures/stacked: Tests/Fixtures/host/stacked.c
	@mkdir -p $(@D) && gcc -O1 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-optimize-sibling-calls -Wall $< -o $@

$(SCRATCH)/fixtures/stripped: $(SCRATCH)/fixtures/stacked
	@cd $(@D) && objcopy --only-keep-debug stacked stripped.debug && strip -s -o stripped stacked && \
	    objcopy --remove-section=.gnu_debuglink --add-gnu-debuglink=stripped.debug stripped

demo: tools examples bootstrap
	@TOOLS=$(RELEASE) LIBRARY_TOOLS=$(dir $(BOOTSTRAP)) KERNEL="$(KERNEL)" HOST="$(HOST)" Scripts/demo

test: setup
	@$(STRICT) FUZZ_SECONDS=$(CHECK_FUZZ_SECONDS) Scripts/test

test-unit: setup
	@SCRATCH=$(SCRATCH) Scripts/test-unit

lab: tools examples bootstrap $(FIXTURES) corpus documents
	$(SWIFT_BUILD) --build-tests
	@$(MAKE) --no-print-directory swift-probes
	$(RANDOM_TYPES)
	@LAB_LOGS=$(SCRATCH)/lab LAB_EVENTS=$(LAB_EVENTS) Tests/Lab/test --bundle $(SCRATCH)/debug/swift-bpfPackageTests.xctest --tools $(RELEASE) \
	    --examples Examples --bootstrap $(BOOTSTRAP) --fixtures $(SCRATCH)/fixtures \
	    --kernel '$(KERNEL)' --cell '$(CELL)' --filter '$(FILTER)'

# bpf-eventd beside others: Benchmarks/README.md.
BENCH = $(SCRATCH)/bench
REPEAT ?= $(if $(QUICK),3,5)
bench: tools $(addprefix $(BENCH)/,generator.bpf.o generator consumer sink calls)
	@mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
	@python3 Benchmarks/events/bench.py --tools $(BENCH) --daemon $(RELEASE)/bpf-eventd \
	    --loader $(RELEASE)/load-kp-bpf --printer $(RELEASE)/print-event --results Benchmarks/results \
	    --repeat $(REPEAT) $(if $(QUICK),--quick)

$(BENCH)/generator.bpf.o: Benchmarks/events/generator.bpf.c Benchmarks/events/generator.h $(wildcard Examples/include/*.h)
	@mkdir -p $(@D)
	"$$(Scripts/bpf-clang)" -O2 -g -Wall -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -IExamples/include \
	    -idirafter /usr/include/$(shell uname -m)-linux-gnu -c $< -o $@

$(BENCH)/%: Benchmarks/events/%.c Benchmarks/events/generator.h
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra $< -o $@ -lbpf -pthread

# print-event beside printers in C.
bench-print: tools $(addprefix $(BENCH)/printing/,original handwritten walker measure event.o)
	@python3 Benchmarks/printing/bench.py --tools $(BENCH)/printing --printer $(RELEASE)/print-event \
	    --results Benchmarks/results --repeat $(REPEAT) $(if $(QUICK),--events 200000)

$(BENCH)/printing/event.o: Benchmarks/printing/event.c
	@mkdir -p $(@D)
	"$$(Scripts/bpf-clang)" -O2 -g -Wall -target bpf -c $< -o $@

$(BENCH)/printing/%: Benchmarks/printing/%.c
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra $< -o $@ -lbpf

# Snapshots of maps beside bpftool map dump -j.
bench-maps: tools
	@mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
	@mkdir -p $(BENCH)/maps && gcc -O2 -Wall -Wextra Benchmarks/maps/fill.c -o $(BENCH)/maps/fill -lbpf
	@python3 Benchmarks/maps/bench.py --fill $(BENCH)/maps/fill --daemon $(RELEASE)/bpf-eventd \
	    --repeat $(or $(REPEAT),3) $(if $(QUICK),--count 100000)

# The parts that make no system call. The benchmarks are a package of their own, so that nobody else needs what it needs;
# BENCHMARKS lets them measure what is no public interface.
bench-micro: setup examples
	cd Benchmarks/micro && BENCHMARKS=true swift package --scratch-path $(abspath $(SCRATCH))/micro benchmark

# Start to loaded beside bpftool, in the lab: Benchmarks/load.c.
BENCH_OBJECTS = minimal bootstrap
$(BENCH)/%.bpf.o: Benchmarks/%.bpf.c $(wildcard Examples/include/*.h)
	@mkdir -p $(@D)
	"$$(Scripts/bpf-clang)" -O2 -g -Wall -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -IExamples/include \
	    -idirafter /usr/include/$(shell uname -m)-linux-gnu -c $< -o $@

# One kprobe by an exact name, the objects of the examples, a uprobe, a USDT probe at 20 places.
BENCH_ATTACHED = ../vfs_read.bpf.o minimal.bpf.o bootstrap.bpf.o ../uprobe.bpf.o ../usdt.bpf.o
# Some 300 functions at once, where the kernel has links to many.
BENCH_MANY = case $$kernel in 5.10|6.1) many= ;; *) many=../tcp.bpf.o ;; esac
BENCH_LOADED = $(patsubst %,$(BENCH)/%.bpf.o,vfs_read tcp uprobe usdt)
bench-load: tools examples $(BENCH_LOADED)
	@mkdir -p $(BENCH) && gcc -O2 -Wall -static Benchmarks/load.c -o $(BENCH)/load
	@gcc -O2 -Wall Benchmarks/attach.c -o $(BENCH)/attach -lbpf
	@gcc -O2 -Wall Benchmarks/traced.c -o $(BENCH)/traced
	@for kernel in $(or $(KERNEL),5.10 6.1 6.12 newest); do \
	    $(BENCH_MANY) && echo "== $$kernel" && Tests/Lab/run --kernel $$kernel --add $(BENCH)/load:/usr/bin/load \
	        --add $(BENCH)/attach:/usr/bin/attach --add $(BENCH)/traced:/root/traced \
	        $(foreach object,$(BENCH_LOADED),--add $(object):/root/$(notdir $(object))) \
	        --add $(RELEASE)/load-kp-bpf:/usr/bin/load-kp-bpf --add Examples:/root/examples -- \
	        sh -c 'cd /root/examples && load 15 $(addsuffix .bpf.o,$(BENCH_OBJECTS)) && \
	        load --attach 15 $(BENCH_ATTACHED) '"$$many"; done

# What Examples/fleet has for programs of the distribution, tried with the real ones: unpacked there, not installed.
fleet-metrics:
	@Examples/fleet/prometheus/check --packages $(SCRATCH)/fleet/prometheus

fleet-shippers: tools
	@Examples/fleet/shippers/check --packages $(SCRATCH)/fleet/shippers --printer $(RELEASE)/print-event

# Objects of random types (Tests/RandomTypes); SEED=7 makes others. The files have the name of the seed.
RANDOM_TYPES = @rm -rf $(SCRATCH)/fixtures/random && mkdir -p $(SCRATCH)/fixtures/random && \
	for seed in 1 2 $(or $(SEED),3); do \
	    object=$(SCRATCH)/fixtures/random/random-$$seed && \
	    $(SCRATCH)/debug/random-types $$seed >$$object.c && \
	    "$$(Scripts/bpf-clang)" -O2 -g -w -target bpf -c $$object.c -o $$object.o || exit; done

# Objects as tracing programs make them: Tests/Fixtures/corpus.
corpus: setup
	@Tests/Fixtures/corpus/compile $(SCRATCH)/fixtures/corpus

# The programs and sessions of the documents, compiled by their commands with the headers of an installation.
documents: setup
	@Scripts/documents $(SCRATCH)/fixtures/documents $(HEADERS)

# The documentation of the library; a warning is an error.
docs: setup
	$(SWIFT_BUILD) --build-tests
	@SCRATCH=$(SCRATCH) Scripts/docs $(SCRATCH)/docs

# The corpus beside libbpf, as a table.
compare: tools corpus
	@Tests/Lab/corpus --objects $(SCRATCH)/fixtures/corpus --tool $(RELEASE)/load-kp-bpf --kernel '$(KERNEL)' $(if $(HOST),--host)

# Loads an object on each kernel of the lab and attaches nothing.
check-kernels: tools
	@Tests/Lab/check-object --object '$(OBJECT)' --tool $(RELEASE)/load-kp-bpf --kernel '$(KERNEL)'

# What many hosts recorded, in engines that exist; Python packages in a folder of their own.
PRINT_EVENT ?=
FLEET = $(SCRATCH)/fleet $(or $(PRINT_EVENT),$(RELEASE)/print-event) $(if $(SPARK),--spark) $(if $(HOSTS),--hosts $(HOSTS))
fleet: $(if $(PRINT_EVENT),,tools)
	@Scripts/fleet Examples/fleet/fleet.py $(FLEET)

bench-fleet: $(if $(PRINT_EVENT),,tools)
	@Scripts/fleet Benchmarks/fleet/bench.py $(FLEET)

fuzz: setup
	@Scripts/fuzz $(FUZZ_SECONDS)

# The release tools as processes, over hostile input and within limits.
ATTACK_SECONDS ?= 30
attack: tools
	@Scripts/attack --tools $(RELEASE) --seconds $(ATTACK_SECONDS) --seed $(or $(SEED),1)

lint:
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	@Scripts/check-arrows

check: setup lint
	@$(STRICT) Scripts/test-unit

format:
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

# Installs what 'make tools' has built: building needs Swift, which sudo's usual PATH does not have, and no root.
install:
	@Scripts/install '$(DESTDIR)' '$(PREFIX)' $(INSTALLED)

uninstall:
	@Scripts/install --remove '$(DESTDIR)' '$(PREFIX)' $(INSTALLED)

# A package for Debian and a tarball of the same, from what 'make tools' has built; the same bytes for the same commit.
deb tarball: tools
	@Scripts/package $@ $(RELEASE) $(PACKAGES)

# The man pages, from the documents.
manual:
	@Scripts/manual

# Packages that are made in a hurry, installed on a Debian that has nothing of them, in the lab.
test-package: export PACKAGE_LEVEL = 1
test-package: PACKAGES = $(SCRATCH)/packages/tried
test-package: deb tarball Examples/bootstrap.bpf.o
	@Tests/Lab/install $(PACKAGES)

# Not a part of make test, which has no browser. Screenshots stay there to be looked at.
test-pictures: setup
	@swift build --scratch-path $(SCRATCH) --product print-event
	@Scripts/test-pictures $(SCRATCH)/debug/print-event $(SCRATCH)/pictures

clean:
	rm -rf .build .build-* Examples/Library/.build $(EXAMPLES) $(TOOL_OBJECTS)
