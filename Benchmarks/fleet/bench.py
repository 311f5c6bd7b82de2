# SPDX-License-Identifier: Apache-2.0
"""What a fleet costs: bytes of a record in each form, and records a second of a core in each step, at 1,000 hosts.

Times are of the processors, user and system, of all processes and threads of a step, so that another program disturbs
them little. Answers are compared with the oracle first: a wrong answer has no speed.
"""
import argparse
import gzip
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import time

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "Examples/fleet"
sys.path.insert(0, str(EXAMPLES))

import check    # noqa: E402
import duck     # noqa: E402
import fleet    # noqa: E402

SAMPLE = 64 << 20       # bytes that are compressed to see how small they become


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measured(body, clock):
    """What a body gives, and the seconds of processor time that it took."""
    begin = clock()
    result = body()
    return result, clock() - begin


def size(files):
    return sum(path.stat().st_size for path in files)


def compressed(files):
    """The share that is left of files by gzip -6 and zstd -3, of a sample of them."""
    sample, left = [], SAMPLE
    for path in files:
        sample.append(path.read_bytes()[:left])
        left -= len(sample[-1])
        if left <= 0:
            break
    content = b"".join(sample)
    found = {"gzip": len(gzip.compress(content, 6)) / len(content)}
    if shutil.which("zstd"):
        outcome = subprocess.run(["zstd", "-3", "-c", "-q"], input=content, stdout=subprocess.PIPE, check=True)
        found["zstd"] = len(outcome.stdout) / len(content)
    return found


def print_large(printer, captures, folder):
    """Records a second that print-event makes of one large file: captures one after the other are a capture."""
    large = folder / "large.bev"
    with open(large, "wb") as file:
        for path in captures:
            file.write(path.read_bytes())
    command = [printer, "--json", "--context", "full", "--flat", large]
    outcome, seconds = measured(lambda: subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                                       check=False), children_seconds)
    large.unlink()
    return outcome.stdout.count(b"\n") / seconds


def columns(session, folder):
    """Sizes and times of the records and of the sketches as Parquet."""
    database, found = session.database, {}
    for name in ("records", "sketches"):
        path = folder / f"{name}.parquet"
        _, seconds = measured(lambda: database.execute(f"COPY {name} TO '{path}' (COMPRESSION zstd)"),
                              time.process_time)
        found[name] = {"bytes": path.stat().st_size, "seconds": seconds}
    found["sketches"]["rows"] = database.execute("SELECT count(*) FROM sketches").fetchone()[0]
    return found


def duckdb(folder, truth, threads):
    session = duck.Session(folder, threads)
    _, load = measured(session.load, time.process_time)
    answers, queries = measured(session.answers, time.process_time)
    if mistakes := check.check(answers, truth):
        raise SystemExit("\n".join(["DuckDB differs from the oracle:"] + mistakes[:5]))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"load": load, "queries": queries, "memory_mib": memory, **columns(session, folder)}


def spark(folder, truth):
    with open(folder / "spark.log", "w", encoding="utf-8") as log:
        outcome = subprocess.run(
            [sys.executable, "-B", EXAMPLES / "spark_job.py", f"{folder}/fleet/*/*.ndjson", "--partition",
             str(32 << 20), "--memory", "1536"], stdout=subprocess.PIPE, stderr=log, check=True)
    found = json.loads(outcome.stdout)
    if mistakes := check.check(found["answers"], truth):
        raise SystemExit("\n".join(["Spark differs from the oracle:"] + mistakes[:5]))
    return {"cpu": found["cpu"], "seconds": found["seconds"], "told": found["told"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="a folder for some GiB, which is removed first")
    parser.add_argument("--print-event", required=True, type=pathlib.Path)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--events", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--results", type=pathlib.Path)
    options = parser.parse_args()
    options.folder, printer = options.folder.resolve(), options.print_event.resolve()
    # A round of 10 ms at 10,000 events a second has 100: so small are the blocks that a host of this kind writes.
    options.round_events = 100
    truth, write = measured(lambda: fleet.simulate(options), children_seconds)
    captures = sorted((options.folder / "captures").glob("*/*"))
    _, print_seconds = measured(lambda: fleet.convert(printer, options.folder), children_seconds)
    few = captures[:len(captures) // 4]
    lines = sorted((options.folder / "fleet").glob("*/*"))
    sent = truth["fleet"]["events"] + truth["fleet"]["copies_dropped"]
    found = {
        "hosts": options.hosts, "events": truth["fleet"]["events"], "sent": sent, "files": len(captures),
        "bytes": {"capture": size(captures) / sent, "NDJSON": size(lines) / sent},
        "compressed": {"capture": compressed(captures), "NDJSON": compressed(lines)},
        "write": write, "print": print_seconds, "print_large": print_large(printer, few, options.folder),
        "duckdb": duckdb(options.folder, truth, None),
    }
    if options.spark:
        found["spark"] = spark(options.folder, truth)
    report(found)
    if options.results:
        options.results.write_text(json.dumps(found, indent=1), encoding="utf-8")


def report(found):
    sent, bytes_of = found["sent"], found["bytes"]
    print(f"{found['hosts']:,} hosts, {found['events']:,} events, {sent:,} with those that came more than once\n")
    print("| form | bytes a record | of the capture | 10^9 records | 10,000 hosts at 10 k/s |")
    print("|---|---|---|---|---|")
    forms = {}
    for name, value in bytes_of.items():
        forms[name] = value
        for method, share in found["compressed"][name].items():
            forms[f"{name}, {method}"] = value * share
    forms["Parquet, zstd, without copies"] = found["duckdb"]["records"]["bytes"] / found["events"]
    for name, value in forms.items():
        print(f"| {name} | {value:.1f} | {value / bytes_of['capture']:.2f}x | {value:,.0f} GB "
              f"| {value / 10:,.1f} GB/s |")
    print("\n| step | records/s of a core | of the first | 10^9 records, core hours | cores for 10^8 records/s |")
    print("|---|---|---|---|---|")
    steps = {"print-event, a large capture to NDJSON": sent / found["print_large"],
             f"print-event, files of {sent // found['files']:,} records": found["print"],
             "simulate.py writes captures": found["write"],
             "DuckDB, NDJSON to records without copies": found["duckdb"]["load"],
             "DuckDB, all queries": found["duckdb"]["queries"],
             "DuckDB, records to Parquet": found["duckdb"]["records"]["seconds"]}
    if "spark" in found:
        steps["Spark, all of it"] = found["spark"]["cpu"]
    for name, seconds in steps.items():
        rate = sent / seconds
        print(f"| {name} | {rate:,.0f} | {rate / found['print_large']:.2f}x | {1e9 / rate / 3600:.2f} "
              f"| {1e8 / rate:,.0f} |")
    sketches = found["duckdb"]["sketches"]
    print(f"\nSketches: {sketches['rows'] / found['hosts']:,.0f} rows and {sketches['bytes'] / found['hosts']:,.0f} "
          f"bytes a host. DuckDB had {found['duckdb']['memory_mib']:,.0f} MiB.")


if __name__ == "__main__":
    main()
