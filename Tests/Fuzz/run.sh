#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fuzzes one pure reader with libFuzzer, guided by coverage and watched by the address sanitizer:
#     Tests/Fuzz/run.sh TARGET SECONDS [libFuzzer option ...]
# TARGET is a Swift file of this folder. The pure modules are compiled directly, since SwiftPM does not link with
# -sanitize=fuzzer. New inputs stay in the build folder; a crash is kept there too, and its path is printed.
set -eu

# Which modules a target needs, in the order of their imports, and what else it links.
modules_of() {
    case $1 in
    btf | check | core | log | syscalls | user_file) echo "Diagnostics BTF BPFObject" ;;
    object | dwarf | layout) echo "Diagnostics BTF BPFObject EventTypes" ;;
    stream* | capture) echo "Diagnostics Records EventStream" ;;
    decod* | print | where | times) echo "Diagnostics BTF BPFObject EventTypes EventDecoding" ;;
    maps) echo "Diagnostics BTF BPFObject EventTypes EventDecoding EventSummaries Records EventStream MapTables" ;;
    summary) echo "Diagnostics BTF BPFObject EventTypes EventDecoding EventSummaries" ;;
    symbols) echo "Diagnostics BTF BPFObject Symbolication" ;;
    probes) echo "Diagnostics BTF BPFObject ProbeCompiler" ;;
    kernel_*) echo "Diagnostics BTF BPFObject Symbolication Records BPFCore" ;;
    *) echo "$0: no modules are known for the target $1" >&2; return 64 ;;
    esac
}
# The target whose seeds a target begins with.
seeds_of() {
    case $1 in
    check) echo object ;;
    *) echo "$1" ;;
    esac
}
# The sources of a module; of the compiler of probes what reads and writes text, and runs nothing.
sources_of() {
    case $1 in
    ProbeCompiler)
        set -- "$root/Sources/ProbeCompiler"
        find "$1/IR" "$1/Reading" "$1/Writing" "$1/Reports" "$1/CName.swift" "$1/ProbeError.swift" -name '*.swift'
        ;;
    *) find "$root/Sources/$1" -name '*.swift' ;;
    esac
}
libraries_of() {
    case $1 in
    BPFObject) echo "-lelf" ;;
    BPFCore) echo "-lz -lstdc++" ;;
    esac
}
# What a module needs of other packages, or of C: taken as SwiftPM has built it, since it is not what is fuzzed.
packages_of() {
    case $1 in
    BPFCore) echo "BasicContainers ContainersPreview InternalCollectionsUtilities CSourceLines" ;;
    EventSummaries) echo "Histogram RealModule Numerics ComplexModule _NumericsShims" ;;
    esac
}

[ $# -ge 2 ] || { echo "usage: $0 TARGET SECONDS [libFuzzer option ...]" >&2; exit 64; }
target=$1
seconds=$2
shift 2

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ -f "$here/$target.swift" ] || { echo "$0: there is no target $here/$target.swift" >&2; exit 64; }
modules=$(modules_of "$target")
all=${FUZZ_BUILD:-$root/.build/fuzz}
build=$all/$target
shared=$all/modules
scratch=${SCRATCH:-$root/.build}
mkdir -p "$build/found" "$build/corpus" "$shared"

# FUZZ_OPTIMIZATION=-Onone is for a few seconds of each: its modules are compiled in a third of the time.
# The settings of Package.swift; coverage and the sanitizer go into every module. Checks stay on with -O.
settings="${FUZZ_OPTIMIZATION:--O} -gline-tables-only -swift-version 6 -sanitize=fuzzer,address -parse-as-library -I $shared -I $root/Sources/CElf
    -I $root/Sources/CBPF/include -I $root/Sources/CSourceLines/include -I $root/Sources/CZlib -I $scratch/debug/Modules
    -I $scratch/checkouts/swift-numerics/Sources/_NumericsShims/include -package-name swift_bpf -enable-testing
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -enable-experimental-feature Lifetimes"
objects=""
libraries=""
# Targets share modules and may run side by side: the first one that needs a module makes it.
for module in $modules; do
    packages=$(packages_of "$module")
    (
        flock 9
        for package in $packages; do
            [ -d "$scratch/debug/$package.build" ] && continue
            swift build --package-path "$root" --scratch-path "$scratch" --target "$module"
            break
        done
        sources=$(sources_of "$module")
        # shellcheck disable=SC2086
        if [ ! -f "$shared/$module.o" ] || [ -n "$(find "$root/Sources/$module" "$0" -newer "$shared/$module.o")" ]; then
            swiftc $settings -wmo -module-name "$module" -emit-module -emit-module-path "$shared/$module.swiftmodule" \
                -emit-object -o "$shared/$module.new.o" $sources
            mv "$shared/$module.new.o" "$shared/$module.o"
        fi
    ) 9>"$shared/$module.lock"
    objects="$objects $shared/$module.o"
    libraries="$libraries $(libraries_of "$module")"
    if [ -n "$packages" ]; then
        # In an archive, since files of packages have spaces in their names.
        archive=$build/$module-packages.a
        rm -f "$archive"
        for package in $packages; do
            [ ! -d "$scratch/debug/$package.build" ] ||
                find "$scratch/debug/$package.build" -name '*.o' -exec ar qcS "$archive" '{}' +
        done
        ranlib "$archive"
        objects="$objects $archive"
    fi
done
# shellcheck disable=SC2086
swiftc $settings -module-name "Fuzz_$target" -o "$build/fuzzer" "$here/$target.swift" $objects $libraries

# What the project promises for hostile input: 256 MB, and seconds. The sanitizer's own memory counts too, so it keeps
# little of what was freed. libFuzzer measures by the clock, and the machine may be busy: a minute is for what hangs; the
# seconds of processor time are held to by make attack.
# The backtracer hangs under libFuzzer, and the Swift runtime's caches look like leaks.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0:quarantine_size_mb=8:allocator_release_to_os_interval_ms=500}"
seeds=$here/corpus/$(seeds_of "$target")
mkdir -p "$seeds"
exec "$build/fuzzer" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=256 -max_len=16384 -print_final_stats=1 \
    -artifact_prefix="$build/found/" "$@" "$build/corpus" "$seeds"
