# SPDX-License-Identifier: Apache-2.0
"""The queries as a Spark job, on a cluster of several workers, one of which is killed while the job reads the lines.

Prints what each query answered and what became of the worker, as JSON.
"""
import argparse
import decimal
import json
import os
import pathlib
import sys
import tempfile
import threading
import time

from pyspark.sql import SparkSession

import cluster

HERE = pathlib.Path(__file__).resolve().parent
# The columns of load.sql, in Spark's types; it has none without a sign.
COLUMNS = """
    pid BIGINT, comm STRING, status BIGINT, latency_ns DECIMAL(20, 0),
    peer_address BIGINT, peer_port INT, peer_zone INT, result INT, inode DECIMAL(20, 0),
    _record STRING, _time STRING, _cpu INT, _pid BIGINT, _tid BIGINT, _map STRING, _type STRING,
    _host STRING, _machine STRING, _boot STRING, _capture STRING, _block BIGINT, _index BIGINT,
    _lost BIGINT, _cause STRING, _missing_blocks BIGINT, _events BIGINT, _clock_offset BIGINT, _clock_error BIGINT"""
KEY = ["origin", "_capture", "_block", "_index", "_gap"]


def session(machines, memory_mib, partition, folder):
    settings = {
        "spark.driver.host": cluster.LOOPBACK, "spark.driver.bindAddress": cluster.LOOPBACK,
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
        "spark.executor.memory": f"{memory_mib}m", "spark.executor.cores": "1",
        "spark.driver.memory": "768m", "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "8",
        # Small pieces, so that there are many tasks: a worker fails in the middle of them.
        "spark.sql.files.maxPartitionBytes": str(partition), "spark.sql.files.openCostInBytes": str(partition // 16),
        "spark.driver.extraJavaOptions": "-XX:+UseSerialGC", "spark.executor.extraJavaOptions": "-XX:+UseSerialGC",
        # The driver lists the files, not a job of a task for each.
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000000", "spark.log.level": "ERROR",
        "spark.eventLog.enabled": "true", "spark.eventLog.compress": "false", "spark.eventLog.dir": f"file:{folder}",
    }
    os.environ.update(machines.environment)
    builder = SparkSession.builder.master(machines.url).appName("fleet")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def load(spark, lines):
    """The view 'records': every line once. A line that is no JSON ends the job."""
    read = spark.read.schema(COLUMNS).option("mode", "FAILFAST").json(lines)
    records = read.selectExpr(
        "*", "coalesce(_boot, _host) AS origin", "coalesce(_missing_blocks, 0) AS _gap",
        "unix_seconds(to_timestamp(substring(_time, 1, 19) || 'Z')) * 1000000000"
        " + CAST(substring(_time, 21, 9) AS BIGINT) AS _ns").dropDuplicates(KEY).persist()
    records.createOrReplaceTempView("records")
    return records


class Killer(threading.Thread):
    """Kills a worker once some tasks of the job are done and others are not."""

    def __init__(self, spark, machines, number):
        super().__init__(daemon=True)
        self.tracker, self.machines, self.number, self.told = spark.sparkContext.statusTracker(), machines, number, None

    def run(self):
        end = time.monotonic() + cluster.PATIENCE
        while time.monotonic() < end:
            for stage in self.tracker.getActiveStageIds():
                info = self.tracker.getStageInfo(stage)
                if info and info.numTasks > 4 and info.numTasks / 3 <= info.numCompletedTasks < info.numTasks:
                    gone = self.machines.kill_worker(self.number)
                    self.told = (f"killed worker {self.number} and its executor (processes "
                                 f"{', '.join(map(str, gone))}) when {info.numCompletedTasks} of "
                                 f"{info.numTasks} tasks were done")
                    return
            time.sleep(0.01)


def tasks(folder):
    """How many tasks failed or were lost and ran once more, and the seconds of processor time of all of them."""
    again, nanoseconds = 0, 0
    for path in (path for path in pathlib.Path(folder).rglob("*") if path.is_file()):
        with open(path, encoding="utf-8") as file:
            for line in file:
                if '"SparkListenerTaskEnd"' in line:
                    task = json.loads(line)
                    again += task["Task End Reason"]["Reason"] != "Success"
                    metrics = task.get("Task Metrics") or {}
                    nanoseconds += sum(metrics.get(f"Executor {part}CPU Time", 0) for part in ("", "Deserialize "))
    return again, nanoseconds / 1e9


def plain(value):
    return int(value) if isinstance(value, decimal.Decimal) and value == int(value) else \
        float(value) if isinstance(value, decimal.Decimal) else value


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", help="the lines, as a pattern of file names")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--memory", type=int, default=640, help="MiB of an executor")
    parser.add_argument("--partition", type=int, default=4 << 20, help="bytes of lines to a task")
    parser.add_argument("--kill", type=int, default=1, help="the worker that is killed; 0 for none")
    options = parser.parse_args()
    answers, seconds = {}, {}
    with cluster.Cluster(options.workers, options.memory + 512) as machines, tempfile.TemporaryDirectory() as folder:
        spark = session(machines, options.memory, options.partition, folder)
        try:
            killer = Killer(spark, machines, options.kill)
            if options.kill:
                killer.start()
            begin = time.monotonic()
            load(spark, options.lines).count()
            seconds["load"] = time.monotonic() - begin
            for name in ("gaps", "captures", "sketches"):
                spark.sql((HERE / f"views/{name}.sql").read_text().rstrip().rstrip(";"))
            for path in sorted((HERE / "queries").glob("*.sql")):
                begin = time.monotonic()
                rows = spark.sql(path.read_text().rstrip().rstrip(";")).collect()
                seconds[path.stem] = time.monotonic() - begin
                answers[path.stem] = [{name: plain(value) for name, value in row.asDict().items()} for row in rows]
        finally:
            spark.stop()
        again, cpu = tasks(folder)
        if options.kill and not killer.told:
            raise SystemExit("fleet: the job was done before a worker could be killed: give it more lines")
        if options.kill:
            killer.told += f"; {again} tasks were run again"
    json.dump({"answers": answers, "seconds": seconds, "cpu": cpu, "told": killer.told}, sys.stdout)


if __name__ == "__main__":
    main()
