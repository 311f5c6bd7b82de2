# SPDX-License-Identifier: Apache-2.0
"""Makes what a fleet of hosts would have sent: captures, and oracle.json with what is true of them.

Every host has two maps, 'requests' (a perf event array: time, CPU and process of each event) and 'opens' (a ring
buffer). Some have a fault, always the same ones: ROLES. The same seed makes the same bytes.
"""
import argparse
import json
import pathlib
import uuid

import numpy

import capture
from oracle import Oracle

BEGIN = 1_795_271_940_000_000_000           # 2026-11-21 14:39:00 UTC
MILLISECOND, SECOND = 10**6, 10**9
COMMANDS = ["nginx", "postgres", "redis-server", "java", "python3", "node", "sshd", "cron"]
SHARES = [0.34, 0.22, 0.15, 0.11, 0.08, 0.06, 0.03, 0.01]
MEDIANS = [180e3, 900e3, 25e3, 2.5e6, 4e6, 1.2e6, 60e3, 15e6]      # of the latency, in ns
# What is wrong with a host, by its number modulo 40.
ROLES = {
    3: "loses", 5: "sends twice", 7: "cut copy", 9: "damaged copy", 11: "two damaged copies", 12: "sends twice",
    13: "damaged", 15: "file never came", 17: "loses", 19: "cut", 21: "sends three times", 23: "clock is set",
    25: "clock is wrong", 27: "loses, nobody knows how much", 29: "boots again", 31: "no identity", 33: "slow",
}


class Host:
    """What does not change while the fleet is watched."""

    def __init__(self, number, options):
        self.number, self.options = number, options
        self.name = f"host-{number + 1:04}"
        self.role = ROLES.get(number % 40, "")
        self.random = numpy.random.Generator(numpy.random.PCG64([options.seed, number]))
        self.machine = self.random.bytes(16).hex()
        self.kernel = ["6.1.0-41-amd64", "6.12.48+deb13-amd64"][number % 2]
        self.booted = BEGIN - int(self.random.integers(1 * 86400, 90 * 86400)) * SECOND
        self.skew = int(self.random.integers(-2 * MILLISECOND, 2 * MILLISECOND))
        self.error = abs(self.skew) + int(self.random.integers(100_000, 3 * MILLISECOND))
        if self.role == "clock is wrong":
            self.skew, self.error = int(1.5 * SECOND), None
        self.steps_to = None
        if self.role == "clock is set":
            self.steps_to = (self.skew, self.error)
            self.skew, self.error = int(-4.2 * SECOND), None

    def boot(self):
        """A boot's id; a host of an old writer has none."""
        made = str(uuid.UUID(bytes=self.random.bytes(16), version=4))
        return None if self.role == "no identity" else made


class Recording:
    """One capture of a host with what is true of its events, which stand in the order of their blocks."""

    def __init__(self, host, begin, seconds, events):
        self.host, self.seconds = host, seconds
        random, self.booted, self.skew, self.error = host.random, host.booted, host.skew, host.error
        self.began = begin - self.booted
        self.capture = capture.Capture({
            "host": host.name, "kernel": host.kernel, "boot": host.boot(),
            "machine": None if host.role == "no identity" else host.machine,
            "offset": self.booted + self.skew, "error": self.error, "began": self.began,
        }, host.options.cpus)
        self.losses = []                    # (block, map, cause, count, time)
        rounds = max(6, -(-events // host.options.round_events))
        self.step = (self.began + int(seconds * SECOND) // 2, *host.steps_to) if host.steps_to else None
        self._requests(random, events, rounds)
        self._opens(random, events // 4, rounds)
        self._write(rounds)

    def _requests(self, random, events, rounds):
        times = numpy.sort(random.integers(0, int(self.seconds * SECOND), events)) + self.began
        round_of = numpy.minimum(numpy.arange(events) * rounds // events, rounds - 1)
        cpus = random.integers(0, self.host.options.cpus, events)
        order = numpy.lexsort((times, cpus, round_of))
        self.request_round, self.request_cpu = round_of[order], cpus[order]
        self.command = random.choice(len(COMMANDS), events, p=SHARES)
        scale = numpy.array(MEDIANS)[self.command] * (8 if self.host.role == "slow" else random.uniform(0.7, 1.4))
        self.latency = numpy.maximum(scale * random.lognormal(0, 0.9, events), 200).astype("u8")
        made = numpy.zeros(events, capture.PERF_RECORD)
        made["pid"] = made["event"]["pid"] = 1000 + self.command * 10 + random.integers(0, 10, events)
        made["tid"] = made["pid"] + random.integers(0, 4, events)
        made["time"], made["size"] = times[order], capture.REQUEST.itemsize + 4
        event = made["event"]
        event["status"] = random.choice([200, 404, 500], events, p=[0.97, 0.02, 0.01])
        event["comm"], event["latency_ns"] = numpy.array(COMMANDS, "S16")[self.command], self.latency
        event["address"] = 0x0A000000 + random.integers(0, 1 << 16, events)
        event["port"], event["zone"] = random.integers(1024, 1 << 16, events), random.integers(0, 3, events)
        self.requests, self.request_time = made, made["time"].astype("i8")
        self.request_block = numpy.zeros(events, "i8")

    def _opens(self, random, events, rounds):
        self.open_round = numpy.sort(random.integers(0, rounds, events))
        made = numpy.zeros(events, capture.RING_RECORD)
        made["size"] = capture.OPEN.itemsize
        event = made["event"]
        event["pid"], event["result"] = random.integers(1000, 1080, events), random.integers(-2, 40, events)
        event["comm"] = numpy.array(COMMANDS, "S16")[random.choice(len(COMMANDS), events, p=SHARES)]
        # All 64 bits: what a reader that takes numbers for doubles would round.
        event["inode"] = random.integers(0, 1 << 64, events, dtype="u8")
        self.opened, self.inode = made, event["inode"].copy()
        self.open_time, self.open_block = numpy.zeros(events, "i8"), numpy.zeros(events, "i8")

    def _write(self, rounds):
        starts = numpy.flatnonzero(numpy.diff(self.request_round * 1024 + self.request_cpu, prepend=-1))
        ends = numpy.append(starts[1:], len(self.requests))
        opens = numpy.searchsorted(self.open_round, numpy.arange(rounds + 1))
        losing = self._losing_rounds(rounds)
        at, stepped = 0, self.step is None
        for number in range(rounds):
            latest = self.began
            # A writer notices before it reads what was sent since.
            if not stepped and (self.request_time[self.request_round == number] >= self.step[0]).any():
                self.capture.step(self.step[0], self.booted + self.step[1], self.step[2])
                stepped = True
            while at < len(starts) and self.request_round[starts[at]] == number:
                part = slice(starts[at], ends[at])
                self.request_block[part] = self.capture.requests(int(self.request_cpu[starts[at]]),
                                                                 self.requests[part])
                latest = max(latest, int(self.request_time[part].max()))
                at += 1
            for loss in losing.get(number, []):
                self._lose(latest, *loss)
            part = slice(opens[number], opens[number + 1])
            if part.stop > part.start:
                self.open_time[part] = latest + 1
                self.open_block[part] = self.capture.opens(latest + 1, self.opened[part])
        self.capture.end()

    def _losing_rounds(self, rounds):
        """By round: (map, CPU, count, cause)."""
        random = self.host.random
        if self.host.role == "loses, nobody knows how much":
            return {rounds // 2: [("requests", 1, None, "damaged-ring")]}
        if self.host.role != "loses":
            return {}
        found = {}
        for number in random.choice(rounds, min(rounds, 5), replace=False):
            found[int(number)] = [("requests", int(random.integers(0, self.host.options.cpus)),
                                   int(random.integers(1, 40)), "ring-full")]
        found.setdefault(rounds - 1, []).append(("opens", None, int(random.integers(1, 20)), "no-reader"))
        return found

    def _lose(self, time, name, cpu, count, cause):
        source = 0 if name == "requests" else 1
        number = self.capture.loss(source, cpu, count, cause, time, time + 1000)
        self.losses.append((number, name, cause, count, time))

    def wall(self, times):
        """The time of day that the host gives to times of its clock."""
        offset = numpy.full(len(times), self.booted + self.skew, "i8")
        if self.step:
            offset[times >= self.step[0]] = self.booted + self.step[1]
        return times + offset

    # The files.

    def parts(self, files):
        """(first, last) number of the blocks of each file, the oldest first."""
        edges = numpy.linspace(0, len(self.capture.blocks), files + 1).astype(int)
        return [(int(edges[index]) + 1, int(edges[index + 1])) for index in range(files)]

    def record_blocks(self, first, last):
        return [number for number in range(first, last + 1) if self.capture.blocks[number - 1][0] == capture.RECORDS]


def write(path, recording, part, damaged=(), cut=None):
    """Writes a file; the numbers of the blocks that a reader finds in it.

    Of a damaged block a byte is another one; cut is the number of the block in which the file ends.
    """
    first, last = part
    step = recording.capture.clock
    if step and not any(kind == capture.CLOCK for kind, _ in recording.capture.blocks[:first - 1]):
        recording.capture.clock = None
    content = bytearray(recording.capture.preamble())
    recording.capture.clock = step
    found = []
    for number in range(first, last + 1):
        made = bytearray(recording.capture.blocks[number - 1][1])
        if number == cut:
            content += made[:capture.BLOCK_HEADER + 8]
            break
        if number in damaged:
            made[capture.BLOCK_HEADER + 40] ^= 0x5A
        else:
            found.append(number)
        content += made
    path.write_bytes(content)
    return found


def send(host, recordings, folder, oracle):
    """Writes the files of a host as its role has it, and tells the oracle what came."""
    folder.mkdir(parents=True)
    for generation, recording in enumerate(recordings):
        name = "events.bev" if len(recordings) == 1 else f"boot-{generation + 1}.bev"
        parts = recording.parts(host.options.files)
        names = [f"{name}.{len(parts) - 1 - index}" if index < len(parts) - 1 else name for index in range(len(parts))]
        came = []

        def put(index, suffix="", **damage):
            came.append(write(folder / (names[index] + suffix), recording, parts[index], **damage))
            if damage:
                oracle.damaged.append(f"{host.name}/{names[index]}{suffix}")

        last, role = len(parts) - 1, host.role
        blocks = recording.record_blocks(*parts[last])
        middle = len(blocks) // 2
        for index in range(len(parts)):
            if role == "file never came" and index == last // 2 and last > 0:
                continue
            if index < last:
                put(index)
        if role == "damaged":
            put(last, damaged=blocks[middle:middle + 1])
        elif role == "two damaged copies":
            put(last, damaged=blocks[middle - 2:middle + 1])
            put(last, ".copy", damaged=blocks[middle:middle + 3])
        elif role == "cut":
            put(last, cut=blocks[middle])
        else:
            put(last)
        if role in ("sends twice", "sends three times"):
            for index in range(len(parts)):
                put(index, ".again")
                if role == "sends three times":
                    put(index, ".once-more")
        if role == "cut copy":
            put(last, ".copy", cut=blocks[middle])
        if role == "damaged copy":
            put(last, ".copy", damaged=blocks[middle:middle + 2])
        oracle.add(recording, came)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="a new folder, for captures/ and oracle.json")
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--events", type=int, default=5000, help="requests of a host, on average")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--files", type=int, default=3, help="files into which a capture is rotated")
    parser.add_argument("--cpus", type=int, default=4)
    parser.add_argument("--round-events", type=int, default=400, help="requests that are read from the rings at once")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    oracle = Oracle(COMMANDS)
    for number in range(options.hosts):
        host = Host(number, options)
        events = max(options.round_events, int(options.events * host.random.lognormal(-0.125, 0.5)))
        if host.role == "boots again":
            half = options.seconds / 2
            recordings = [Recording(host, BEGIN, half, events // 2)]
            host.booted = BEGIN + int((half - 5) * SECOND)
            recordings.append(Recording(host, BEGIN + int(half * SECOND), half, events // 2))
        else:
            recordings = [Recording(host, BEGIN, options.seconds, events)]
        send(host, recordings, options.folder / "captures" / host.name, oracle)
    with open(options.folder / "oracle.json", "w", encoding="utf-8") as file:
        json.dump(oracle.truth(), file, indent=1)


if __name__ == "__main__":
    main()
