# SPDX-License-Identifier: Apache-2.0
"""The session of docs/fleet-engines.md: simulates a fleet, has print-event make lines of it, asks DuckDB and Spark.

Compares all answers with what is true, and ends with 0 if everything agrees.
"""
import argparse
import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys
import time

import check
import duck

HERE = pathlib.Path(__file__).resolve().parent
DAMAGED = 65                # print-event's exit code where a file is not whole
HISTOGRAM_BOUND = 0.001     # of the percentiles of print-event --summary


def simulate(options):
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-B", HERE / "simulate.py", options.folder, "--hosts", str(options.hosts),
                    "--events", str(options.events), "--seed", str(options.seed),
                    "--round-events", str(options.round_events)], check=True)
    with open(options.folder / "oracle.json", encoding="utf-8") as file:
        return json.load(file)


def convert(printer, folder):
    """Prints each file as lines, as shippers of many hosts would; the files of which print-event complained."""
    def one(path):
        lines = folder / "fleet" / path.parent.name / (path.name + ".ndjson")
        lines.parent.mkdir(parents=True, exist_ok=True)
        with open(lines, "wb") as output:
            outcome = subprocess.run([printer, "--json", "--context", "full", "--flat", path], stdout=output,
                                     stderr=subprocess.PIPE, check=False)
        if outcome.returncode not in (0, DAMAGED):
            raise SystemExit(f"fleet: print-event ended with {outcome.returncode}: {outcome.stderr.decode()}")
        return path if outcome.returncode else None

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = pool.map(one, sorted((folder / "captures").glob("*/*")))
    return sorted(str(path.relative_to(folder / "captures")) for path in found if path)


def times(nanoseconds):
    for unit, name in ((10**9, "s"), (10**6, "ms"), (10**3, "us")):
        if nanoseconds >= unit:
            return f"{nanoseconds / unit:.2f} {name}"
    return f"{nanoseconds:.0f} ns"


def table(head, rows):
    rows = [head] + [["" if cell is None else f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row]
                     for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        print("  ".join(cell.ljust(width) if index == 0 else cell.rjust(width)
                        for index, (cell, width) in enumerate(zip(row, widths))).rstrip())
    print()


def show(answers):
    """The example's table: losses stand beside every figure."""
    fleet = answers["1-fleet"][0]
    print(f"\n{fleet['events']:,} events of {fleet['hosts']} hosts. Lost: {fleet['lost']:,} "
          f"({fleet['lost_percent']} %), on {fleet['hosts_that_lost']} of {fleet['hosts']} hosts;\nlosses whose size nobody knows: "
          f"{fleet['lost_unknown']}. Missing, in blocks and files that did not come: {fleet['events_missing']:,};\n"
          f"hosts whose captures have no end, so that nobody knows: {fleet['hosts_not_ended']}.\n")
    table(["host", "events", "lost", "%", "unknown", "missing", "blocks", "no end"],
          [[row["_host"], row["events"], row["lost"], row["lost_percent"], row["lost_unknown"], row["events_missing"],
            row["blocks_missing"], row["not_ended"]] for row in answers["2-hosts"][:8]])
    losses = {(row["scope"], row["name"]): row["lost"] for row in answers["6-percentiles"]}
    groups = [row for row in answers["6-percentiles"] if row["scope"] != "host"]
    slowest = [row for row in answers["6-percentiles"] if row["scope"] == "host"][:3]
    table(["latency within 0.8 %", "events", "p50", "p90", "p99", "p99.9", "lost"],
          [[row["name"] or row["scope"], row["events"], *(times(row[name]) for name in ("p50", "p90", "p99", "p999")),
            losses[row["scope"], row["name"]]] for row in groups + slowest])
    table(["from", "events", "a second", "uncertain", "lost"],
          [[time.strftime("%H:%M:%S", time.gmtime(row["begins"] // 10**9)), row["events"], row["per_second"],
            row["uncertain"], row["lost"]] for row in answers["5-rates"]])


def merged_summary(printer, folder):
    """What print-event says of the same files without an engine."""
    files = sorted((folder / "captures").glob("*/*"))
    outcome = subprocess.run([printer, "--merge", "--map", "requests", "--summary", "latency_ns", "--json", *files],
                             capture_output=True, text=True, check=False)
    if outcome.returncode not in (0, DAMAGED):
        raise SystemExit(f"fleet: print-event --merge ended with {outcome.returncode}: {outcome.stderr}")
    return json.loads(outcome.stdout.splitlines()[0])


def compare_summary(summary, answers, truth):
    mistakes = check.Mistakes()
    fleet = next(row for row in answers["6-percentiles"] if row["scope"] == "fleet")
    figures = summary["values"]["latency_ns"]
    mistakes.compare("requests", summary["count"], truth["fleet"]["requests"])
    for ours, theirs in (("p50", "p50"), ("p90", "p90"), ("p99", "p99"), ("p999", "p99.9")):
        if abs(figures[theirs] - fleet[ours]) > (check.BOUND + HISTOGRAM_BOUND) * fleet[ours]:
            mistakes.append(f"{ours}: {fleet[ours]} of the sketch, {figures[theirs]} of print-event --summary")
    return mistakes


def spark(options, answers):
    """The answers of Spark, which must be those of DuckDB to the last digit."""
    log = options.folder / "spark.log"
    with open(log, "w", encoding="utf-8") as errors:
        outcome = subprocess.run([sys.executable, "-B", HERE / "spark_job.py", f"{options.folder}/fleet/*/*.ndjson"],
                                 stdout=subprocess.PIPE, stderr=errors, check=False)
    if outcome.returncode != 0:
        raise SystemExit(f"fleet: the job of Spark failed: {log}")
    found = json.loads(outcome.stdout)
    print(f"Spark, three workers: {found['told']}")
    mistakes = check.Mistakes()
    for name, answer in answers.items():
        if found["answers"].get(name) != answer:
            mistakes.append(f"Spark answers {name} otherwise than DuckDB")
    return found["answers"], mistakes


def verdict(what, mistakes):
    print(f"{what}: {'agrees' if not mistakes else 'DIFFERS'}")
    for mistake in mistakes:
        print(f"    {mistake}")
    return not mistakes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--print-event", required=True, type=pathlib.Path)
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--round-events", type=int, default=400)
    parser.add_argument("--spark", action="store_true")
    options = parser.parse_args()
    options.folder, printer = options.folder.resolve(), options.print_event.resolve()
    truth = simulate(options)
    complained = convert(printer, options.folder)
    session = duck.Session(options.folder)
    session.load()
    answers = session.answers()
    show(answers)
    good = [verdict("files that print-event finds damaged, with the oracle",
                    [] if complained == truth["damaged"] else [f"{complained}, and {truth['damaged']} are"]),
            verdict("DuckDB with the oracle", check.check(answers, truth))]
    print(f"    worst percentile: {check.worst(answers, truth):.2%} from the true value; "
          f"{truth['fleet']['copies_dropped']:,} events had come more than once")
    parts = duck.merged_of_parts(options.folder, ["host-*[13579]", "host-*[02468]"])
    good.append(verdict("percentiles of two databases, of half the hosts each, whose sketches were merged",
                        [] if parts == answers["6-percentiles"] else ["they are others than those of one database"]))
    summary = merged_summary(printer, options.folder)
    good.append(verdict("print-event --merge --summary with DuckDB", compare_summary(summary, answers, truth)))
    if options.spark:
        found, mistakes = spark(options, answers)
        good += [verdict("Spark with the oracle", check.check(found, truth)), verdict("Spark with DuckDB", mistakes)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
