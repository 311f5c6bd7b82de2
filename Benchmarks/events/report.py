# SPDX-License-Identifier: Apache-2.0
"""What a run of the benchmark says: tables, the goals, and the change since another run."""

import json
import os
import re
import sys

ORIGINAL, BEST = "original", ("libbpf-500", "libbpf-500/512")


def machine():
    """The machine, without its name."""
    with open("/proc/cpuinfo") as file:
        text = file.read()
    model = re.search(r"model name\s*:\s*(.*)", text)
    return {
        "cpu": model[1] if model else os.uname().machine,
        "cpus": os.cpu_count(),
        "kernel": ".".join(os.uname().release.split("-")[0].split(".")[:2]),
        "virtual": "hypervisor" in text,
    }


def short(value):
    """A number in at most six characters."""
    if value is None:
        return "-"
    size = abs(value)
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if size >= 9995 and size >= limit:
            scaled = value / limit
            return f"{scaled:.0f}{unit}" if abs(scaled) >= 99.5 else f"{scaled:.1f}{unit}"
    return f"{value:.0f}" if size >= 99.5 else f"{value:.1f}" if size >= 1 else "0" if size == 0 else f"{value:.2g}"


class Figures:
    """The medians of a run."""

    def __init__(self, result):
        self.tables = result["figures"]

    def get(self, table, name):
        return self.tables.get(table, {}).get(name, {}).get("median")

    def span(self, table, name, baseline):
        """The least and the greatest ratio that any two repetitions make."""
        figures, base = self.tables.get(table, {}).get(name, {}), self.tables.get(table, {}).get(baseline, {})
        median = lambda of: of.get("median") or 0
        low, high = figures.get("least", median(figures)), figures.get("most", median(figures))
        return low / (base.get("most") or median(base) or 1), high / (base.get("least") or median(base) or 1)

    def names(self, prefix):
        seen = {}
        for table, row in self.tables.items():
            if table.startswith(prefix):
                seen.update(dict.fromkeys(row))
        return list(seen)

    def ratio(self, table, name, *others, best=max):
        mine = self.get(table, name)
        theirs = [value for value in (self.get(table, each) for each in others) if value is not None]
        if mine is None or not theirs or best(theirs) == 0:
            return None
        return mine / best(theirs)


def print_table(title, figures, prefix, columns, baseline=True):
    """Rows are consumers; columns are tables with a heading and a factor."""
    columns = [column for column in columns if any(figures.get(column[1], name) is not None
                                                   for name in figures.names(prefix))]
    if not columns:
        return
    print(f"\n{title}")
    print(f"{'':22}" + "".join(f"{heading:>20}" for heading, *_ in columns))
    for name in figures.names(prefix):
        cells = ""
        for _, table, *best in columns:
            value = figures.get(table, name)
            cell = short(value)
            if figures.get(table.removesuffix("rate") + "unreached", name) == 1:
                cell += "*"
            ratio = figures.ratio(table, name, *BEST, best=best[0] if best else min)
            if baseline and value is not None and ratio is not None:
                cell += f" ({ratio:.2f}x)" if ratio < 99.5 else f" ({ratio:.0f}x)"
            cells += f"{cell:>20}"
        print(f"{name:22}{cells}")


def tables(result):
    figures = Figures(result)
    print_table("Highest rate without loss, events/s; (x libbpf with 500 events a wakeup, the better of 64 and 512 pages)\n"
                "* all that the generator could output",
                figures, "lossless",
                [(f"{size} B", f"lossless {size} null 1 rate", max) for size in (16, 64, 256)] +
                [(f"16 B, {output}", f"lossless 16 {output} 1 rate", max) for output in ("tmpfs", "pipe")] +
                [("16 B, 2 producers", "lossless 16 null 2 rate", max)])
    print_table("All that can be offered, to /dev/null: accepted events/s", figures, "lossless",
                [(f"{size} B", f"lossless {size} null 1 accepted", max) for size in (16, 64, 256)] +
                [("16 B, 2 producers", "lossless 16 null 2 accepted", max)])
    print_table("- and the consumer's ns of CPU an event then: what limits the rates above where the generator does not",
                figures, "lossless",
                [(f"{size} B", f"lossless {size} null 1 consumer") for size in (16, 64, 256)] +
                [("16 B, 2 producers", "lossless 16 null 2 consumer")])
    names = {1_000: "1 k/s", 20_000: "20 k/s", 100_000: "100 k/s", 1_000_000: "1 M/s"}
    for what in ("consumer", "producer"):
        print_table(f"{what.capitalize()}, ns of CPU an event, to a file in memory", figures, "cost",
                    [(text, f"cost 16 tmpfs {rate} 1 {what}") for rate, text in names.items()] +
                    [(f"{size} B, 1 M/s", f"cost {size} tmpfs 1000000 1 {what}") for size in (64, 256)] +
                    [(f"{output}, 1 M/s", f"cost 16 {output} 1000000 1 {what}") for output in ("null", "disk", "pipe")] +
                    [("2 x 100 k/s", f"cost 16 tmpfs 100000 2 {what}")])
    print_table("Of 1 M/s offered: accepted events/s", figures, "cost",
                [(f"{size} B", f"cost {size} tmpfs 1000000 1 accepted", max) for size in (16, 64, 256)])
    for part in ("p50", "p99", "max"):
        print_table(f"Age of an event when it comes out of the consumer's pipe, us, {part}", figures, "latency",
                    [(text, f"latency {rate} {part}") for rate, text in {100: "100/s", **names}.items()],
                    baseline=False)
    print_table("Producer, ns an event in the first 100 ms after silence", figures, "onset",
                [("1 M/s", "onset 1000000 producer")])
    print_table("To see events of a ring buffer as JSON: CPU of all processes, and from the object to the first line",
                figures, "shown",
                [("ns an event, 100 k/s", "shown cost"), ("first line, ms", "shown first"), ("lost", "shown lost")],
                baseline=False)
    print_table("And", figures, "",
                [("calls/event, 100 k/s", "cost 16 tmpfs 100000 1 calls"), ("MiB, 1 M/s", "cost 16 tmpfs 1000000 1 memory"),
                 ("MiB, idle", "idle memory"), ("idle, % of a CPU", "idle percent"), ("lost in a stall", "stall lost"),
                 ("not accounted for", "account unaccounted"), ("refused", "account refused")], baseline=False)


def goals(result):
    """The figures that the project wants to reach: text, figure, limit, whether it is met."""
    figures = Figures(result)
    rows = []

    def at_least(text, value, limit):
        rows.append((text, value, f">= {limit}", value is not None and value >= limit))

    def at_most(text, value, limit):
        rows.append((text, value, f"<= {limit}", value is not None and value <= limit))

    our_best = lambda table: max((figures.get(table, name) or 0 for name in ("ours", "ours/64", "ours/512")), default=0)
    for size in (16, 64, 256):
        table = f"lossless {size} null 1 rate"
        if figures.get(table, "ours") is None:
            continue
        at_least(f"lossless rate, {size} B: x libbpf-500 at its best ring", figures.ratio(table, "ours", *BEST), 1.2)
        at_least(f"lossless rate, {size} B: x libbpf-500, 512 pages both",
                 figures.ratio(table, "ours/512", "libbpf-500/512"), 1.2)
        spent = figures.ratio(f"lossless {size} null 1 consumer", "ours", *BEST, best=min)
        at_least(f"rate that the consumer's CPU allows, {size} B: x libbpf-500", 1 / spent if spent else None, 1.2)
        at_least(f"lossless rate, {size} B: x original", figures.ratio(table, "ours", ORIGINAL), 30)
    for size, limit in ((16, 0.5), (64, 0.6)):
        table = f"cost {size} tmpfs 1000000 1 consumer"
        if figures.get(table, "ours") is None:
            continue
        at_most(f"consumer CPU, 1 M/s, file, {size} B: x libbpf-500", figures.ratio(table, "ours", "libbpf-500"), limit)
        at_most(f"consumer CPU, 1 M/s, file, {size} B: x libbpf-500, 512 pages both",
                figures.ratio(table, "ours/512", "libbpf-500/512"), limit)
        at_most(f"consumer CPU, 1 M/s, file, {size} B: x original", figures.ratio(table, "ours", ORIGINAL), 0.03)
    for rate, text in ((20_000, "20 k/s"), (100_000, "100 k/s"), (1_000_000, "1 M/s")):
        table = f"cost 16 tmpfs {rate} 1 producer"
        at_most(f"producer cost, {text}: x libbpf-500", figures.ratio(table, "ours", "libbpf-500"), 1.0)
        at_most(f"producer cost, {text}: x original", figures.ratio(table, "ours", ORIGINAL), 0.02)
    for rate, text in ((100, "100/s"), (1_000, "1 k/s")):
        at_most(f"latency p99, {text}: x a wakeup an event (libbpf)", figures.ratio(f"latency {rate} p99", "ours", "libbpf"), 1.5)
    for rate, text in ((100, "100/s"), (1_000, "1 k/s"), (20_000, "20 k/s"), (100_000, "100 k/s"), (1_000_000, "1 M/s")):
        value = figures.get(f"latency {rate} p99", "ours")
        at_most(f"latency p99, {text}: ms", None if value is None else value / 1000, 20)
    at_most("stall of 100 ms at 100 k/s and CPU: lost", figures.get("stall lost", "ours"), 0)
    at_most("idle: % of a CPU", figures.get("idle percent", "ours"), 0.1)
    at_most("idle, ring buffer: % of a CPU", figures.get("idle percent", "ours ring"), 0.1)
    at_most("resident beside the rings: MiB", figures.get("cost 16 tmpfs 1000000 1 memory", "ours"), 12)
    at_most("system calls an event, 100 k/s", figures.get("cost 16 tmpfs 100000 1 calls", "ours"), 0.01)
    table = "lossless 16 null 1 rate"
    at_least("ring buffer, lossless rate: x libbpf's reader", figures.ratio(table, "ours ring", "libbpf ring"), 1.0)
    at_least("ring buffer, paced, lossless rate: x libbpf's default",
             figures.ratio(table, "ours ring, paced", "libbpf ring"), 5)
    at_most("ring buffer, consumer CPU, 1 M/s: x libbpf's reader",
            figures.ratio("cost 16 tmpfs 1000000 1 consumer", "ours ring", "libbpf ring"), 1.0)
    at_most("ring buffer, producer cost, 1 M/s: x libbpf's reader",
            figures.ratio("cost 16 tmpfs 1000000 1 producer", "ours ring", "libbpf ring"), 1.0)
    both = figures.ratio("shown cost", "load-kp-bpf --events", "daemon, print-event")
    at_most("load-kp-bpf --events, CPU an event: x daemon and print-event together", both, 1.0)
    at_most("events that nobody accounted for", max((figures.get("account unaccounted", name) or 0
            for name in figures.names("account unaccounted") if name.startswith("ours") and "ring" not in name), default=None), 0)
    return [row for row in rows if row[1] is not None]


def changes(result, earlier, label):
    """The ratio of our figures to those of libbpf with 500 events a wakeup, now and then."""
    now, then = Figures(result), Figures(earlier)
    lines, noisy = [], 0
    for table in result["figures"]:
        for name in ("ours", "ours/512", "ours ring"):
            baseline = "libbpf ring" if name == "ours ring" else "libbpf-500"
            new, old = now.ratio(table, name, baseline), then.ratio(table, name, baseline)
            if not new or not old or 0.8 < new / old < 1.25:
                continue
            (least, most), (old_least, old_most) = now.span(table, name, baseline), then.span(table, name, baseline)
            # What single repetitions of the two runs have in common is the machine's noise.
            if least <= old_most and old_least <= most:
                noisy += 1
                continue
            lines.append(f"  {table}, {name} / {baseline}: {old:.3g} then ({old_least:.3g} to {old_most:.3g}), "
                         f"{new:.3g} now ({least:.3g} to {most:.3g})")
    print(f"\nAgainst {label}: " + ("no ratio changed by more than a fifth" if not lines and not noisy else ""))
    print("\n".join(lines))
    if noisy:
        print(f"  {noisy} more changed by a fifth, within the spread of the repetitions: noise")
    if min(result["repetitions"], earlier["repetitions"]) < 3:
        print("  with fewer than 3 repetitions the spread is not known: take more before you believe a change")


def tell(result, folder, save):
    where = result["machine"]
    print(f"{where['cpu']}{' (virtual machine)' if where['virtual'] else ''}, {where['cpus']} CPUs, Linux {where['kernel']}; "
          f"median of {result['repetitions']}{', quick' if result['quick'] else ''}")
    tables(result)
    print("\nGoals")
    for text, value, limit, is_met in goals(result):
        print(f"  {'met   ' if is_met else 'MISSED'}  {text:66} {short(value):>8}  {limit}")
    for name, label in (("last.json", "the last run"), ("reference.json", "the reference")):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path) as file:
                changes(result, json.load(file), label)
    if save:
        with open(os.path.join(folder, "last.json"), "w") as file:
            json.dump(result, file, indent=1)
            file.write("\n")


def markdown(result):
    """The tables of README.md."""
    figures = Figures(result)
    where = result["machine"]
    print(f"{where['cpu']}{', virtual machine' if where['virtual'] else ''}, {where['cpus']} CPUs, Linux {where['kernel']}; "
          f"16 bytes unless said otherwise, medians of {result['repetitions']}.\n")

    def table(title, columns, rows, best=min):
        print(f"{title}\n\n| | " + " | ".join(heading for heading, _ in columns) + " |\n|" + "---|" * (len(columns) + 1))
        for name in rows:
            cells = []
            for _, key in columns:
                star = "\\*" if figures.get(key.removesuffix("rate") + "unreached", name) == 1 else ""
                ratio = figures.ratio(key, name, *BEST, best=best)
                value = figures.get(key, name)
                cells.append("-" if value is None else f"{short(value)}{star}" + (
                    f" ({ratio:.2f}x)" if ratio is not None and ratio < 10 and not key.startswith("latency") else ""))
            print(f"| {name} | " + " | ".join(cells) + " |")
        print()

    perf = ["original", "libbpf", "libbpf-500", "libbpf-500/512", "ours", "ours/512"]
    rings = ["libbpf ring", "libbpf ring, paced", "ours ring", "ours ring, no wakeup", "ours ring, paced"]
    table("Events/s without loss, to /dev/null; \\* is all that the generator can output.",
          [("16 B", "lossless 16 null 1 rate"), ("64 B", "lossless 64 null 1 rate"), ("256 B", "lossless 256 null 1 rate"),
           ("16 B, two producers", "lossless 16 null 2 rate"), ("16 B, pipe", "lossless 16 pipe 1 rate"),
           ("16 B, file", "lossless 16 tmpfs 1 rate")], perf + rings, max)
    names = {1_000: "1 k/s", 20_000: "20 k/s", 100_000: "100 k/s", 1_000_000: "1 M/s"}
    for what, title in (("consumer", "Consumer, ns of CPU an event, to a file in memory."),
                        ("producer", "Producer, ns an event: what the traced task pays.")):
        table(title, [(text, f"cost 16 tmpfs {rate} 1 {what}") for rate, text in names.items()] +
              [(f"{size} B, 1 M/s", f"cost {size} tmpfs 1000000 1 {what}") for size in (64, 256)], perf + rings)
    table("Age of an event at the end of the pipe, us, 99 of 100.",
          [(text, f"latency {rate} p99") for rate, text in {100: "100/s", **names}.items()], perf + rings)
    print("| goal | | |\n|---|---|---|")
    for text, value, limit, is_met in goals(result):
        print(f"| {text} | {short(value)} ({limit}) | {'met' if is_met else '**missed**'} |")


if __name__ == "__main__":
    with open(sys.argv[1]) as source:
        markdown(json.load(source))
