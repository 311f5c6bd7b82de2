# SPDX-License-Identifier: Apache-2.0
"""Prints streams of the 16-byte event with print-event and with printers in C, in turn, and compares them.

Figures are user and system time of the printer, so that a busy machine disturbs them little; the output goes to
/dev/null. Memory is the largest resident set, with a stream and with one ten times as long.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile

import streams

LAYOUT = "struct event { short idx, cmd; unsigned cpu; unsigned long long time; }"
GOALS = {"lines": ("original", 3), "typed line": (None, 2e6), "NDJSON": (None, 1e6)}


def run(tools, arguments, path):
    """CPU seconds and KiB of a printer that reads a stream."""
    outcome = subprocess.run([f"{tools}/measure", path] + arguments, stdout=subprocess.PIPE, text=True, check=False)
    if outcome.returncode != 0:
        raise SystemExit(f"bench: {' '.join(arguments)} ended with {outcome.returncode}")
    microseconds, kib = outcome.stdout.split()
    return int(microseconds) / 1e6, int(kib)


def variants(tools, printer):
    typed = [printer, "--layout", LAYOUT]
    return {
        "original": ([f"{tools}/original"], "frames"),
        "printf, buffered": ([f"{tools}/handwritten"], "frames"),
        "libbpf btf_dump": ([f"{tools}/walker", f"{tools}/event.o", "event"], "frames"),
        "lines": ([printer], "frames"),
        "typed line": (typed, "frames"),
        "NDJSON": (typed + ["--json"], "frames"),
        "CSV": (typed + ["--csv"], "frames"),
        "table": (typed + ["--table"], "frames"),
        "template": (typed + ["--format", "{idx} {cmd:hex} {time}"], "frames"),
        "where, one of 38": (typed + ["--where", "cmd == 5 && time > 1ms"], "frames"),
        "summary": (typed + ["--summary", "time", "--by", "cmd"], "frames"),
        "capture, line": ([printer], "capture"),
        "capture, NDJSON with context": ([printer, "--json", "--context"], "capture"),
        "capture, sorted": ([printer, "--sorted"], "capture"),
    }


def works(tools, arguments, path):
    try:
        run(tools, arguments, path)
        return True
    except SystemExit:
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tools", required=True)
    parser.add_argument("--printer", required=True)
    parser.add_argument("--results")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--events", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: f"{folder}/{name}" for name in ("few", "frames", "capture", "long")}
        streams.write_frames(paths["few"], 20_000)
        streams.write_frames(paths["frames"], options.events)
        streams.write_frames(paths["long"], options.events * 10)
        streams.write_capture(paths["capture"], options.events, f"{options.tools}/event.o")
        all_variants = variants(options.tools, options.printer)
        left_out = [name for name, (command, kind) in all_variants.items()
                    if not works(options.tools, command, paths["few" if kind == "frames" else kind])]
        for name in left_out:
            print(f"bench: {name} is left out, the printer does not know it")
            del all_variants[name]
        times = {name: [] for name in all_variants}
        memory = {}
        for _ in range(options.repeat):
            for name, (command, kind) in all_variants.items():
                seconds, kib = run(options.tools, command, paths[kind])
                times[name].append(seconds)
                memory[name] = max(memory.get(name, 0), kib)
        longest = {name: run(options.tools, all_variants[name][0], paths["long"])[1]
                   for name in ("lines", "NDJSON", "summary") if name in all_variants}
    report(times, memory, longest, options)


def report(times, memory, longest, options):
    rates = {name: options.events / statistics.median(each) for name, each in times.items()}
    print(f"{'':30} {'M events/s':>10} {'of original':>11} {'of btf_dump':>11} {'spread':>7} {'MiB':>6}")
    for name, rate in rates.items():
        spread = (max(times[name]) - min(times[name])) / statistics.median(times[name])
        print(f"{name:30} {rate / 1e6:10.2f} {rate / rates['original']:11.1f} {rate / rates['libbpf btf_dump']:11.1f}"
              f" {spread:7.0%} {memory[name] / 1024:6.1f}")
    for name, kib in longest.items():
        print(f"{name + ', ten times as long':30} {'':42} {kib / 1024:6.1f}")
    for name, (other, goal) in GOALS.items():
        reached = rates[name] / rates[other] if other else rates[name]
        shown = f"{reached:.1f} times the {other}, goal {goal}" if other else f"{reached / 1e6:.2f} M/s, goal {goal / 1e6:.0f}"
        print(f"{'reached' if reached >= goal else 'MISSED '} {name}: {shown}")
    if options.results:
        with open(f"{options.results}/printing.json", "w") as file:
            json.dump({"rates": rates, "memory_kib": memory, "long_memory_kib": longest}, file, indent=1)


if __name__ == "__main__":
    main()
