# SPDX-License-Identifier: Apache-2.0
"""A Spark cluster of its own on the loopback: a master and workers as processes, each with one executor of one core."""
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import tempfile
import time

import pyspark

HOME = pathlib.Path(pyspark.__file__).parent
LOOPBACK = "127.0.0.1"
PATIENCE = 300      # seconds; a limit against a hang only
CLASSES = "org.apache.spark.deploy"


def free_port():
    with socket.socket() as door:
        door.bind((LOOPBACK, 0))
        return door.getsockname()[1]


def eventually(condition, what):
    """Waits until a condition has a value that is true, and gives it."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"fleet: waited in vain for {what}")
        time.sleep(0.05)
    return value


def children(pid):
    """The processes that a process has started."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == pid:
            found.append(int(stat.parent.name))
    return found


class Cluster:
    def __init__(self, workers, memory_mib):
        self.workers, self.memory_mib, self.processes = workers, memory_mib, []
        self.folder = tempfile.TemporaryDirectory(prefix="fleet-spark-")
        self.url = f"spark://{LOOPBACK}:{free_port()}"
        # Whoever reaches the master runs programs as this user: the loopback is open to all users of the machine.
        (pathlib.Path(self.folder.name) / "spark-defaults.conf").write_text(
            f"spark.authenticate true\nspark.authenticate.secret {secrets.token_hex(32)}\n", encoding="utf-8")
        # What Spark would find out from the names of the machine, and bind to.
        self.environment = {"SPARK_LOCAL_IP": LOOPBACK, "SPARK_PUBLIC_DNS": LOOPBACK, "SPARK_HOME": str(HOME),
                            "SPARK_CONF_DIR": self.folder.name}

    def _start(self, name, *arguments):
        log = pathlib.Path(self.folder.name) / f"{name}.log"
        environment = os.environ | self.environment | {
            "SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": "-XX:+UseSerialGC",
            "SPARK_WORKER_DIR": f"{self.folder.name}/{name}", "SPARK_LOCAL_DIRS": f"{self.folder.name}/{name}-local",
        }
        with open(log, "w", encoding="utf-8") as file:
            process = subprocess.Popen([HOME / "bin/spark-class", *arguments], env=environment, stdout=file,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        self.processes.append(process)
        return process, log

    def __enter__(self):
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _begin(self):
        port = self.url.rpartition(":")[2]
        _, log = self._start("master", f"{CLASSES}.master.Master", "--host", LOOPBACK, "--port", port,
                             "--webui-port", "0")
        eventually(lambda: "New state: ALIVE" in log.read_text(), "Spark's master")
        logs = [self._start(f"worker-{number}", f"{CLASSES}.worker.Worker", "--host", LOOPBACK, "--webui-port", "0",
                            "--cores", "1", "--memory", f"{self.memory_mib}m", self.url)[1]
                for number in range(1, self.workers + 1)]
        for log in logs:
            eventually(lambda: re.search("Successfully registered with master", log.read_text()), "Spark's workers")

    def kill_worker(self, number):
        """Ends a worker and its executor at once, as a machine that fails does; their process ids."""
        worker = self.processes[number].pid
        gone = [worker] + children(worker)
        for pid in gone:
            os.kill(pid, signal.SIGKILL)
        return gone

    def __exit__(self, *_):
        for process in reversed(self.processes):
            executors = children(process.pid)
            process.terminate()
            process.wait(PATIENCE)
            for pid in executors:
                eventually(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the end of an executor")
        self.folder.cleanup()
