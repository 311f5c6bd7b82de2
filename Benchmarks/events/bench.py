# SPDX-License-Identifier: Apache-2.0
"""bench.py --tools FOLDER --daemon FILE --results FOLDER: bpf-eventd beside others, README.md says what and how.

Interleaved: within a repetition each figure is taken of one consumer after the other, so that what disturbs one
disturbs all; medians over the repetitions.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time
from types import SimpleNamespace

import report
from processes import COARSE, SILENT, WARM_SECONDS, Consumer, Failure, Generator, Session
from shown import WAYS, Shown

LOWEST, HIGHEST = 10_000, 40_000_000
RATES = (1_000, 20_000, 100_000, 1_000_000)


def other(kind, *rest):
    return lambda tools, pin, output: [tools.consumer, kind, pin, output, *map(str, rest)]


def ours(*options):
    return lambda tools, pin, output: [tools.daemon, "--json", "--stats", *options, pin, output]


CONSUMERS = [
    Consumer("original", "perf", other("original"), is_main=True),
    Consumer("libbpf", "perf", other("perf", 64), is_main=True),
    Consumer("libbpf-500", "perf", other("perf", 64, 500), is_main=True),
    Consumer("libbpf-500/512", "perf", other("perf", 512, 500), is_main=True),
    Consumer("ours", "perf", ours(), is_ours=True, is_main=True),
    Consumer("ours/64", "perf", ours("--pages", "64"), is_ours=True),
    Consumer("ours/512", "perf", ours("--pages", "512"), is_ours=True, is_main=True),
    Consumer("ours capture", "perf", ours("--format", "capture"), is_ours=True, frames=False),
    Consumer("libbpf ring", "ring", other("ring"), is_main=True),
    Consumer("libbpf ring, paced", "ring", other("ring"), policy="paced"),
    Consumer("ours ring", "ring", ours(), is_ours=True, is_main=True),
    Consumer("ours ring, no wakeup", "ring", ours(), policy="no-wakeup", is_ours=True),
    Consumer("ours ring, paced", "ring", ours(), policy="paced", is_ours=True),
]


class Bench:
    def __init__(self, tools, options):
        self.tools, self.options = tools, options
        self.quick = options.quick
        self.figures = {}
        text = subprocess.run([tools.daemon, "--help"], capture_output=True, text=True).stdout
        self.consumers = [each for each in CONSUMERS if "--format" in text or each.name != "ours capture"]
        if options.only:
            self.consumers = [each for each in self.consumers if each.name in options.only]
        self.floors = {}

    def note(self, table, consumer, /, **values):
        for name, value in values.items():
            self.figures.setdefault(f"{table} {name}", {}).setdefault(consumer.name, []).append(value)

    def session(self, consumer, size=16, output="tmpfs", cpus=1):
        return Session(self.tools, consumer, size, output, cpus)

    def check(self, session):
        """Compares the account with the truth."""
        self.note("account", session.consumer, unaccounted=abs(session.unaccounted()), refused=session.refused)

    # The measurements.

    def lossless(self, consumer, size, output, cpus):
        """The highest rate, of both CPUs together, at which nothing is lost; and what is accepted of all that can be offered."""
        seconds = 0.2 if self.quick else 0.3
        with self.session(consumer, size, output, cpus) as session:

            def attempt(rate):
                # Thrice: a moment in which the machine had other things to do is not the consumer's.
                for _ in range(3):
                    result = session.run(rate / cpus, seconds, COARSE)
                    session.settle()
                    if result["full"] == 0:
                        return result["ok"] / result["seconds"]
                return None

            session.run(0, 0.1, COARSE)
            session.settle()
            spent = session.cpu_nanoseconds()
            flood = session.run(0, seconds, COARSE)
            session.settle()
            spent = session.cpu_nanoseconds() - spent
            best = flood["ok"] / flood["seconds"] if flood["full"] == 0 else 0
            low, high = LOWEST, min(HIGHEST, flood["emitted"] / flood["seconds"])
            # What it takes while it loses is a first guess.
            middle = flood["ok"] / flood["seconds"] / 2
            while not best and high / low > 1.06:
                middle = middle if low < middle < high else (low * high) ** 0.5
                reached = attempt(middle)
                if reached is None:
                    high, middle = middle, max(low, middle / 4)
                elif reached < 0.85 * middle:
                    best = reached  # the producer cannot do more: it pays for the wakeups
                else:
                    low, middle = middle, min(high, middle * 1.4)
            session.stop()
            self.check(session)
        self.note(f"lossless {size} {output} {cpus}", consumer, rate=best or low,
                  accepted=flood["ok"] / flood["seconds"],
                  lost=flood["full"] / max(1, flood["emitted"]), consumer=spent / max(1, flood["ok"]),
                  unreached=1 if best else 0)

    def cost(self, consumer, size, output, rate, cpus=1):
        """Nanoseconds an event at a fixed rate, for the consumer and for the producer."""
        seconds = 0.6
        with self.session(consumer, size, output, cpus) as session:
            key = (consumer.kind, size, rate, cpus)
            if key not in self.floors:
                # The program without the output, at the same pace.
                floor = session.run(rate, seconds / 2, SILENT)
                self.floors[key] = floor["ns"] / floor["emitted"]
            session.run(rate, WARM_SECONDS)
            before = session.cpu_nanoseconds()
            result = session.run(rate, seconds)
            session.settle()
            spent = session.cpu_nanoseconds() - before
            values = {}
            if rate == 1_000_000 and output == "tmpfs":
                values["memory"] = session.memory()
            if rate == 100_000 and cpus == 1 and consumer.is_ours:
                counter = session.calls(0.5)
                time.sleep(0.05)
                traced = session.run(rate, 0.7)
                text = counter.communicate()[0]
                if text:
                    values["calls"] = int(text) / (0.5 * traced["ok"] / traced["seconds"])
            account, _ = session.stop()
            self.check(session)
            if rate == 100_000 and cpus == 1 and not consumer.is_ours:
                values["calls"] = (account["wakeups"] + account["writes"]) / max(1, account["events"])
            self.note(f"cost {size} {output} {rate} {cpus}", consumer, consumer=spent / max(1, result["ok"]),
                      producer=result["ns"] / result["emitted"] - self.floors[key],
                      accepted=result["ok"] / result["seconds"], lost=result["full"] / result["emitted"], **values)

    def latency(self, consumer, rate):
        """How old events are when they come out of the consumer's pipe, in microseconds."""
        with self.session(consumer, 16, "pipe") as session:
            session.run(rate, WARM_SECONDS + (2 if rate < 1000 else 0.6 if self.quick else 1))
            time.sleep(0.15)
            _, sink = session.stop()
            self.check(session)
            if sink["events"] != session.account["events"] or sink["disorder"] or sink["cut"]:
                raise Failure(f"{consumer.name}: the stream is not what was told: {sink} {session.account}")
            self.note(f"latency {rate}", consumer, p50=sink["p50"] / 1e3, p99=sink["p99"] / 1e3, max=sink["max"] / 1e3)

    def onset(self, consumer, rate):
        """What the producer pays an event in the first 100 ms after silence."""
        with self.session(consumer) as session:
            session.run(rate, 0.1)
            time.sleep(1)
            result = session.run(rate, 0.1)
            session.stop()
            self.check(session)
        self.note(f"onset {rate}", consumer, producer=result["ns"] / result["emitted"], lost=result["full"])

    def stall(self, consumer):
        """The consumer stands still for 100 ms, at 100 k/s on each of two CPUs."""
        with self.session(consumer, 16, "tmpfs", 2) as session:
            session.run(100_000, 0.3)
            session.settle()
            session.ask(100_000, 0.5)
            time.sleep(0.15)
            os.kill(session.process.pid, signal.SIGSTOP)
            time.sleep(0.1)
            os.kill(session.process.pid, signal.SIGCONT)
            result = session.answer()
            session.stop()
            self.check(session)
        self.note("stall", consumer, lost=result["full"])

    def shown(self, name):
        """What it takes to see events: CPU of all processes, and the time to the first line."""
        way = Shown(self.tools, name)
        spent, lost = way.cost()
        self.note("shown", way, cost=spent, lost=lost, first=way.first_line())

    def idle(self):
        """All at once, since they do nothing."""
        sessions = []
        seconds = 2 if self.quick else 5
        try:
            for consumer in self.consumers:
                session = self.session(consumer, 16, "null")
                session.__enter__()
                sessions.append(session)
                session.run(10_000, 0.05)
            time.sleep(0.5)
            before = [each.cpu_nanoseconds() for each in sessions]
            time.sleep(seconds)
            for session, start in zip(sessions, before):
                self.note("idle", session.consumer, percent=(session.cpu_nanoseconds() - start) / seconds / 1e7,
                          memory=session.memory())
            for session in sessions:
                session.stop()
        finally:
            for session in sessions:
                session.__exit__()

    def repetition(self, wanted):
        """Each table once."""
        self.floors = {}
        every = self.consumers
        main = [each for each in every if each.is_main]
        perf = [each for each in every if each.kind == "perf"]
        framed = [each for each in every if each.frames]
        full = not self.quick
        plan = []

        def add(part, measure, consumers, *arguments):
            if part in wanted:
                plan.extend((measure, consumer, arguments) for consumer in consumers)

        add("lossless", self.lossless, every, 16, "null", 1)
        for rate in RATES:
            add("cost", self.cost, every, 16, "tmpfs", rate)
        for rate in (1_000, 100_000):
            add("latency", self.latency, framed, rate)
        add("onset", self.onset, every, 1_000_000)
        add("stall", self.stall, every)
        if full:
            for rate in (100, 20_000, 1_000_000):
                add("latency", self.latency, [each for each in main if each.frames], rate)
            for size in (64, 256):
                add("lossless", self.lossless, perf, size, "null", 1)
                add("cost", self.cost, perf, size, "tmpfs", 1_000_000)
            for output in ("tmpfs", "pipe"):
                add("lossless", self.lossless, main, 16, output, 1)
            for output in ("null", "disk", "pipe"):
                add("cost", self.cost, main, 16, output, 1_000_000)
            add("lossless", self.lossless, every, 16, "null", 2)
            add("cost", self.cost, every, 16, "tmpfs", 100_000, 2)
        for measure, consumer, arguments in plan:
            measure(consumer, *arguments)
        if "shown" in wanted:
            for name in WAYS:
                self.shown(name)
        if "idle" in wanted:
            self.idle()


def main():
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--tools", required=True)
    parser.add_argument("--daemon", required=True)
    parser.add_argument("--loader", required=True)
    parser.add_argument("--printer", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", help="a consumer, by name")
    parser.add_argument("--part", action="append", choices=["lossless", "cost", "latency", "onset", "stall", "shown", "idle"])
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("bench: it loads BPF programs and maps rings: run it as root")
    if os.cpu_count() < 2:
        sys.exit("bench: it needs two CPUs, one for who outputs and one for who reads")
    folder = os.path.abspath(options.tools)
    tools = SimpleNamespace(
        folder=folder, program=f"{folder}/generator.bpf.o", daemon=os.path.abspath(options.daemon),
        loader=os.path.abspath(options.loader), printer=os.path.abspath(options.printer),
        **{name: f"{folder}/{name}" for name in ("generator", "consumer", "sink", "calls")})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))

    bench = Bench(tools, options)
    parts = options.part or ["lossless", "cost", "latency", "onset", "stall", "shown", "idle"]
    begin = time.monotonic()
    done = 0
    try:
        for number in range(options.repeat):
            bench.repetition(parts)
            done += 1
            print(f"bench: repetition {number + 1} of {options.repeat}, {time.monotonic() - begin:.0f} s",
                  file=sys.stderr, flush=True)
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        # What is known by then is told and kept.
        if not done:
            sys.exit(130)
    finally:
        Generator.end_all()
    result = {
        "machine": report.machine(),
        "repetitions": done,
        "quick": options.quick,
        "figures": {
            table: {name: {"median": statistics.median(values), "least": min(values), "most": max(values)}
                    for name, values in row.items()}
            for table, row in bench.figures.items()
        },
    }
    report.tell(result, options.results, save=not options.only and not options.part)


if __name__ == "__main__":
    main()
