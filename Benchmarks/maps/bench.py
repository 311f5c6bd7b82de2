#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Snapshots of maps: bpf-eventd --once beside bpftool map dump -j, elements a second and memory.

The two run one after the other, as often as there are repetitions; medians. Both write to /dev/null.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

MOUNT = pathlib.Path("/sys/fs/bpf")


def measure(command):
    """Runs a command: seconds, and the most memory it had, in MiB."""
    begin = time.monotonic()
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(command, stdout=nothing, stderr=subprocess.PIPE)
        words = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}\n{words}")
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fill", required=True)
    parser.add_argument("--daemon", required=True)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--types", default="hash,percpu_hash,lru_hash,array,lpm_trie")
    options = parser.parse_args()
    print(f"{options.count} elements of 8 + 16 bytes, medians of {options.repeat}\n")
    print("| map | bpftool -j, elements/s | bpf-eventd, elements/s | | bpftool, MiB | bpf-eventd, MiB |")
    print("|---|---|---|---|---|---|")
    slowest = None
    for kind in options.types.split(","):
        pin = MOUNT / f"bench_{kind}_{os.getpid()}"
        try:
            subprocess.run([options.fill, pin, kind, str(options.count)], check=True)
            tools = {
                "bpftool": ["bpftool", "-j", "map", "dump", "pinned", pin],
                "daemon": [options.daemon, "--quiet", "--once", pin, "-"],
            }
            runs = {name: [] for name in tools}
            for _ in range(options.repeat):
                for name, command in tools.items():
                    runs[name].append(measure(command))
        finally:
            pin.unlink(missing_ok=True)
        rate = {name: options.count / statistics.median(run[0] for run in found) for name, found in runs.items()}
        memory = {name: statistics.median(run[1] for run in found) for name, found in runs.items()}
        ratio = rate["daemon"] / rate["bpftool"]
        slowest = min(slowest or ratio, ratio)
        print(f"| {kind} | {rate['bpftool']:,.0f} | {rate['daemon']:,.0f} | {ratio:.1f}x | {memory['bpftool']:.0f} "
              f"| {memory['daemon']:.0f} |", flush=True)
    if slowest < 5:
        print(f"\nless than 5 times: {slowest:.1f}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
