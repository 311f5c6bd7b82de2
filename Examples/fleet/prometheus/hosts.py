# SPDX-License-Identifier: Apache-2.0
"""Hosts of a simulated fleet: files of metrics in the form that bpf-eventd writes (form.prom, which a unit test holds
to the daemon), with numbers that grow at known rates."""

import math
import os
import re
import threading
import time

SAMPLE = re.compile(r'([a-zA-Z_]\w*)(\{.*\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
# Values a second in each bucket of latency_us, on a host of weight 1: the largest value of the bucket, and how many.
BUCKETS = {"sda": {7: 20, 15: 40, 31: 80, 63: 40, 127: 20}, "sdb": {1: 10, 3: 30, 7: 60}}


class Host:
    """One host: events a second of the first CPU of 'opens', from which those of the others follow; how many of it are
    lost; how full the fullest ring of 'exits' was; how its latencies are spread."""

    def __init__(self, name, folder, rate, lost=0, fullest=2400, left_out=0, weights=(1, 1)):
        self.name, self.rate, self.lost, self.fullest, self.left_out = name, rate, lost, fullest, left_out
        self.weights = dict(zip(("sda", "sdb"), weights))
        self.path = os.path.join(folder, "bpf.prom")
        os.makedirs(folder)
        self.started, self.gaps, self.is_alive, self.written = time.time(), 0, True, {}

    def events(self, name, cpu=None):
        """Events a second of a map, or of one of its rings."""
        rings = {"opens": {"0": self.rate, "1": self.rate / 2}, "execs": {None: self.rate / 4},
                 "exits": {None: self.rate / 5}}[name]
        return sum(rings.values()) if cpu is None else rings[cpu]

    def buckets(self):
        """Values a second in the buckets of all disks, by their largest value."""
        found = {}
        for disk, counts in BUCKETS.items():
            for largest, count in counts.items():
                found[largest] = found.get(largest, 0) + count * self.weights[disk]
        return found

    def restart(self):
        """The daemon is started anew, after a time in which nobody drained 'opens'."""
        self.started, self.gaps = time.time(), 1

    def value(self, name, labels, old):
        """The number of a sample now; the one of the form where nothing else is said."""
        age, name = time.time() - self.started, name.removeprefix("bpf_eventd_")
        if name == "events_total":
            return math.floor(age * self.events(labels["map"], labels.get("cpu")))
        if name == "lost_events_total":
            return math.floor(age * self.lost) if labels.get("cpu") == "0" else 0
        if name == "ring_high_water_bytes" and labels["map"] == "exits":
            return self.fullest
        if name == "gaps_total" and labels["map"] == "opens":
            return self.gaps
        if name == "map_elements_left_out":
            return self.left_out if labels["map"] == "calls" else 0
        if name == "start_time_seconds":
            return round(self.started, 3)
        if name in ("latency_us_slots_bucket", "latency_us_slots_count"):
            bound = float(labels.get("le", "inf"))
            return sum(math.floor(age * count * self.weights[labels["disk"]])
                       for largest, count in BUCKETS[labels["disk"]].items() if largest <= bound)
        if name in ("calls", "bytes_total", "writes_total", "wakeups_total", "snapshots_total"):
            return math.floor(age * float(old))
        return old

    def write(self, form):
        """Replaces the file of metrics, as a whole."""
        lines, written = [], {}
        for line in form.splitlines():
            found = SAMPLE.fullmatch(line)
            if found and not line.startswith("#"):
                labels = dict(LABEL.findall(found[2] or ""))
                value = self.value(found[1], labels, found[3])
                line = f"{found[1]}{found[2] or ''} {value}"
                written.setdefault(found[1], []).append(float(value))
            lines.append(line)
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.replace(self.path + ".new", self.path)
        self.written = written


class Fleet(threading.Thread):
    """Writes the files of all hosts whose daemons live, some times a second."""

    def __init__(self, hosts, form):
        super().__init__(daemon=True)
        self.hosts, self.is_ended, self.error = hosts, threading.Event(), None
        with open(form, encoding="utf-8") as file:
            self.form = file.read()
        self.write()

    def write(self):
        for host in self.hosts:
            if host.is_alive:
                host.write(self.form)

    def run(self):
        while not self.is_ended.wait(0.2):
            self.write()

    def freeze(self):
        """From here on no number changes."""
        self.is_ended.set()
        self.join()


def quantile(share, buckets):
    """What a quantile is by buckets whose values are spread evenly, as Prometheus takes it: counts by the largest
    value, of which the bucket before has the smallest."""
    rank, seen, below = share * sum(buckets.values()), 0, 0
    for bound in (1, 3, 7, 15, 31, 63, 127):
        count = buckets.get(bound, 0)
        if count and seen + count >= rank:
            return below + (bound - below) * (rank - seen) / count
        seen, below = seen + count, bound
    return below
