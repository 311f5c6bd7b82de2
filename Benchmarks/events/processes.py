# SPDX-License-Identifier: Apache-2.0
"""The processes of a measurement: a generator, a consumer, and what reads the consumer's output."""

import contextlib
import ctypes
import json
import os
import re
import select
import signal
import subprocess
import time

PIN_FOLDER = "/sys/fs/bpf"
PRODUCER_CPU = 0
CONSUMER_CPU = 1
RING_BYTES = 2 << 20
READY_SECONDS = 10
# Until a consumer that adapts itself has done so.
WARM_SECONDS = 0.5
# generator.h
SILENT, COARSE = 1, 2


class Failure(Exception):
    """What ends the benchmark, told to the user as it is."""


class Consumer:
    """One of those compared; those that are not main are in fewer tables."""

    def __init__(self, name, kind, command, policy="adaptive", is_ours=False, is_main=False, frames=True):
        self.name, self.kind, self.command = name, kind, command
        self.policy, self.is_ours, self.is_main, self.frames = policy, is_ours, is_main, frames


def _prepare(cpus, priority=0):
    """Runs in each child before its program does: it ends with the benchmark, and other processes disturb it little."""

    def prepare():
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the benchmark, which ends the others in order
        os.setpriority(os.PRIO_PROCESS, 0, -20)
        if cpus:
            os.sched_setaffinity(0, cpus)
        if priority:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))

    return prepare


def _line(process, stream, what):
    """The next line of a child, which has a limited time for it."""
    if not select.select([stream], [], [], READY_SECONDS)[0]:
        raise Failure(f"{what} says nothing")
    line = stream.readline()
    if not line:
        raise Failure(f"{what} ended with {process.wait()}")
    return line.decode(errors="replace")


def _end(process):
    if process and process.poll() is None:
        process.kill()
        process.wait()


class Generator:
    """A generator and the pin of its map; kept from one session to the next, since the verifier takes its time."""

    idle = {}
    number = 0

    @classmethod
    def take(cls, tools, *key):
        """One that nobody uses: kind, bytes of an event, policy, priority."""
        free = cls.idle.setdefault(key, [])
        return free.pop() if free else cls(tools, *key)

    @classmethod
    def end_all(cls):
        for free in cls.idle.values():
            for each in free:
                each.end()
        cls.idle.clear()

    def __init__(self, tools, *key):
        Generator.number += 1
        self.key = key
        kind, size, policy, priority = key
        self.pin = f"{PIN_FOLDER}/bench_{os.getpid()}_{Generator.number}"
        self.process = subprocess.Popen(
            [tools.generator, tools.program, kind, str(size), self.pin, str(RING_BYTES), policy],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=_prepare(None, priority))
        try:
            _line(self.process, self.process.stdout, "the generator")
        except BaseException:
            self.end()
            raise

    def give_back(self):
        self.idle[self.key].append(self)

    def end(self):
        """It removes its pin, if it can."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.pin)


class Session:
    """A generator and a consumer of its map, from start to account."""

    number = 0

    def __init__(self, tools, consumer, size, output, cpus=1):
        Session.number += 1
        self.consumer, self.size, self.output, self.cpus = consumer, size, output, cpus
        self.tools = tools
        self.path = None
        self.generator = self.process = self.sink = None
        self.ok = self.full = self.refused = 0
        self.account = None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        _end(self.process)
        if self.generator:
            # The map of one that ended in order is empty.
            if self.account is not None:
                self.generator.give_back()
            else:
                self.generator.end()
        _end(self.sink)
        if self.path:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)

    def _start(self):
        tools = self.tools
        # The generator keeps to its rate whatever else runs. Not so the consumers: where others use their CPU, a
        # real-time priority makes those that are woken for each event look worse than they are. And of two producers
        # that share their CPUs with the consumer each gets its part.
        priority = 1 if self.cpus == 1 else 0
        self.generator = Generator.take(tools, self.consumer.kind, self.size, self.consumer.policy, priority)

        target, stdout = self.output, None
        if self.output == "null":
            target = "/dev/null"
        elif self.output == "pipe":
            reading, stdout = os.pipe()
            self.sink = subprocess.Popen(
                [tools.sink, str(WARM_SECONDS)], stdin=reading, stdout=subprocess.PIPE, preexec_fn=_prepare({PRODUCER_CPU}, 2))
            os.close(reading)
            target = "-"
        else:
            folder = "/dev/shm" if self.output == "tmpfs" else tools.folder
            self.path = target = f"{folder}/bench_{os.getpid()}_{Session.number}"
        # With one producer each has a CPU to itself.
        place = {CONSUMER_CPU} if self.cpus == 1 else None
        self.process = subprocess.Popen(
            self.consumer.command(tools, self.generator.pin, target), stdout=stdout, stderr=subprocess.PIPE, bufsize=0,
            preexec_fn=_prepare(place))
        if stdout is not None:
            os.close(stdout)
        while True:
            line = _line(self.process, self.process.stderr, self.consumer.name)
            if line.startswith("ready") or '"running"' in line:
                break

    def ask(self, rate, seconds, how=0):
        """Has the generator output events."""
        self.generator.process.stdin.write(f"run {rate} {seconds} {self.cpus} {how}\n".encode())
        self.generator.process.stdin.flush()

    def answer(self):
        """The generator's counters, when it is done."""
        result = json.loads(self.generator.process.stdout.readline() or "{}")
        if not result:
            raise Failure("the generator ended")
        self.ok += result["ok"]
        self.full += result["full"]
        self.refused += result["absent"] + result["other"]
        return result

    def run(self, rate, seconds, how=0):
        self.ask(rate, seconds, how)
        return self.answer()

    def settle(self):
        """Gives the consumer time to take what is left."""
        time.sleep(0.06)
        if self.path:
            os.truncate(self.path, 0)

    def cpu_nanoseconds(self):
        total = 0
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[0])
        return total

    def memory(self):
        """The most memory resident so far without the rings that are mapped, in MiB."""
        with open(f"/proc/{self.process.pid}/status") as file:
            most = int(re.search(r"VmHWM:\s*(\d+)", file.read())[1])
        rings, is_ring = 0, False
        with open(f"/proc/{self.process.pid}/smaps") as file:
            for line in file:
                if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                    is_ring = "perf_event" in line or "bpf-map" in line or "bpf_ringbuf" in line
                elif is_ring and line.startswith("Rss:"):
                    rings += int(line.split()[1])
        return (most - rings) / 1024

    def calls(self, seconds):
        """Starts to count the consumer's system calls."""
        return subprocess.Popen(
            [self.tools.calls, str(self.process.pid), str(seconds)], stdout=subprocess.PIPE, preexec_fn=_prepare(None))

    def stop(self):
        """Ends the consumer: what it says, and the sink where the output is a pipe."""
        self.process.terminate()
        try:
            _, said = self.process.communicate(timeout=READY_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.consumer.name} does not end")
        for line in said.decode(errors="replace").splitlines():
            if line.startswith("{") and '"events"' in line and '"writes"' in line:
                self.account = json.loads(line)
        if self.account is None:
            raise Failure(f"{self.consumer.name} gave no account: {said.decode(errors='replace')}")
        sink = None
        if self.sink:
            sink = json.loads(self.sink.communicate(timeout=READY_SECONDS)[0])
        return self.account, sink

    def unaccounted(self):
        """Events that were neither written nor told as lost (or, below zero, too many)."""
        return self.ok + self.full - self.account["events"] - (self.account.get("lost") or 0)
