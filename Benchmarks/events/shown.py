# SPDX-License-Identifier: Apache-2.0
"""What it takes to see events: load-kp-bpf --events beside bpf-eventd and print-event together."""

import contextlib
import json
import os
import select
import subprocess
import tempfile
import time

from processes import CONSUMER_CPU, PRODUCER_CPU, READY_SECONDS, Failure, _end, _line, _prepare

RATE = 100_000
SECONDS = 1.0


class Shown:
    """One way from an object to lines of JSON."""

    def __init__(self, tools, name):
        self.tools, self.name = tools, name
        self.processes, self.generator, self.folder = [], None, None

    @property
    def is_alone(self):
        return "load-kp-bpf" in self.name

    def start(self, stdout):
        """Starts the processes; the generator last where the tool itself loads the program."""
        tools = self.tools
        begin = time.monotonic()
        if self.is_alone:
            self.folder = tempfile.mkdtemp(prefix="bench_")
            if subprocess.run(["mount", "-t", "cgroup2", "none", self.folder], capture_output=True).returncode != 0:
                raise Failure("control groups of version 2 cannot be mounted")
            os.mkdir(f"{self.folder}/bench_{os.getpid()}")
            begin = time.monotonic()
            self.spawn([tools.loader, tools.program, "--program", "show_ring", "--events", "--json", "--attach",
                        f"show_ring=cgroup:{self.folder}/bench_{os.getpid()}"], stdout)
            self.generate("loaded", "ring")
        else:
            pin = f"/sys/fs/bpf/bench_shown_{os.getpid()}"
            # Somebody has to load the program here too, which takes the verifier most of the time.
            self.generate(tools.program, "ring", "16", pin)
            daemon = self.spawn([tools.daemon, "--format", "capture", "--object", tools.program, pin, "-"],
                                subprocess.PIPE)
            self.spawn([tools.printer, "--json"], stdout, daemon.stdout)
            daemon.stdout.close()
        return begin

    def spawn(self, command, stdout, stdin=subprocess.DEVNULL):
        process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, bufsize=0,
                                   preexec_fn=_prepare({CONSUMER_CPU}))
        self.processes.append(process)
        return process

    def generate(self, *arguments):
        self.generator = subprocess.Popen([self.tools.generator, *arguments], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, preexec_fn=_prepare({PRODUCER_CPU}))
        _line(self.generator, self.generator.stdout, "the generator")

    def ask(self, rate, seconds):
        self.generator.stdin.write(f"run {rate} {seconds} 1\n".encode())
        self.generator.stdin.flush()

    def run(self, rate, seconds):
        self.ask(rate, seconds)
        result = json.loads(self.generator.stdout.readline() or "{}")
        if not result:
            raise Failure("the generator ended")
        return result

    def cpu_nanoseconds(self):
        total = 0
        for process in self.processes:
            for thread in os.listdir(f"/proc/{process.pid}/task"):
                with open(f"/proc/{process.pid}/task/{thread}/schedstat") as file:
                    total += int(file.read().split()[0])
        return total

    def first_line(self):
        """Milliseconds from the object to the first byte on stdout, while events come."""
        reading, writing = os.pipe()
        try:
            begin = self.start(writing)
            self.ask(1000, 2)
            if not select.select([reading], [], [], READY_SECONDS)[0]:
                raise Failure(f"{self.name} prints nothing")
            return (time.monotonic() - begin) * 1e3
        finally:
            self.end()
            os.close(reading)
            os.close(writing)

    def cost(self):
        """Nanoseconds of CPU of all processes for each event that is printed."""
        try:
            self.start(subprocess.DEVNULL)
            self.run(RATE, 0.5)
            time.sleep(0.1)
            before = self.cpu_nanoseconds()
            result = self.run(RATE, SECONDS)
            time.sleep(0.1)
            return (self.cpu_nanoseconds() - before) / max(1, result["ok"]), result["full"]
        finally:
            self.end()

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(READY_SECONDS)
            _end(process)
        if self.generator:
            self.generator.terminate()
            self.generator.wait()
        if self.folder:
            with contextlib.suppress(OSError):
                os.rmdir(f"{self.folder}/bench_{os.getpid()}")
            subprocess.run(["umount", self.folder], capture_output=True)
            with contextlib.suppress(OSError):
                os.rmdir(self.folder)
        self.processes, self.generator, self.folder = [], None, None


WAYS = ("load-kp-bpf --events", "daemon, print-event")
