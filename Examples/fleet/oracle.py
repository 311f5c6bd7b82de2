# SPDX-License-Identifier: Apache-2.0
"""What is true of a simulated fleet: what came of each host, what was lost, percentiles of the sorted latencies."""
import collections

import numpy

SECOND = 10**9
WIDTH = 10 * SECOND                 # of the bins of rates.sql
PERCENTILES = {"p50": 500, "p90": 900, "p99": 990, "p999": 999, "max": 1000}        # in thousandths


def percentiles(values):
    """The value at each rank of the sorted values: the smallest that so many thousandths are not above."""
    values = numpy.sort(values)
    found = {"events": len(values)}
    for name, share in PERCENTILES.items():
        found[name] = int(values[-(-len(values) * share // 1000) - 1])
    return found


def claimed(found):
    """The blocks that a reader of one file finds missing: those between two that it has."""
    return set(range(min(found), max(found))) - set(found) if found else set()


class Oracle:
    def __init__(self, commands):
        self.commands, self.hosts = commands, {}
        self.latency, self.command, self.bins = [], [], collections.defaultdict(lambda: [0, 0, 0])
        self.by_host = collections.defaultdict(list)
        self.inodes = self.copies = 0
        self.damaged = []           # the files of which a reader complains

    def add(self, recording, came):
        """Takes in what a recording has in the blocks that came in the files, each a list of blocks."""
        host = recording.host
        blocks = sorted(set().union(*came))
        requests = numpy.isin(recording.request_block, blocks)
        opens = numpy.isin(recording.open_block, blocks)
        ended = len(recording.capture.blocks) in blocks
        received = int(requests.sum() + opens.sum())
        truth = self.hosts.setdefault(host.name, {
            "role": host.role, "captures": 0, "ended": 0, "events": {"requests": 0, "opens": 0}, "lost": {},
            "lost_unknown": 0, "blocks_missing": 0, "events_missing": 0, "skew_ns": [], "error_ns": [],
        })
        truth["captures"] += 1
        truth["ended"] += ended
        truth["events"]["requests"] += int(requests.sum())
        truth["events"]["opens"] += int(opens.sum())
        for number, name, cause, count, time in recording.losses:
            if number in blocks and count is None:
                truth["lost_unknown"] += 1
            elif number in blocks:
                truth["lost"][f"{name} {cause}"] = truth["lost"].get(f"{name} {cause}", 0) + count
                if name == "requests":
                    wall = int(recording.wall(numpy.array([time]))[0])
                    self.bins[wall - wall % WIDTH][2] += count
        missing = set().union(*(claimed(found) for found in came))
        truth["blocks_missing"] += len(missing - set(blocks))
        truth["events_missing"] += recording.capture.events - received if ended else 0
        truth["skew_ns"].append(recording.step[1] if recording.step else recording.skew)
        truth["error_ns"].append(recording.error)
        self.latency.append(recording.latency[requests])
        self.command.append(recording.command[requests])
        self.by_host[host.name].append(recording.latency[requests])
        self.inodes += sum(map(int, recording.inode[opens]))
        self.copies += self._events_in(recording, came) - received
        self._count_bins(recording.wall(recording.request_time[requests]), recording.error)

    @staticmethod
    def _events_in(recording, came):
        """The events in all files, with those that came more than once."""
        sizes = numpy.bincount(recording.request_block, minlength=len(recording.capture.blocks) + 1)
        sizes += numpy.bincount(recording.open_block, minlength=len(sizes))
        return int(sum(sizes[found].sum() for found in came))

    def _count_bins(self, times, error):
        """Events by the host's time of day, and how many may truly be of another time: they are near an edge."""
        inside = times % WIDTH
        doubtful = numpy.ones(len(times), bool) if error is None else (inside < error) | (WIDTH - inside <= error)
        for begin, count in zip(*numpy.unique(times - inside, return_counts=True)):
            self.bins[int(begin)][0] += int(count)
        for begin, count in zip(*numpy.unique((times - inside)[doubtful], return_counts=True)):
            self.bins[int(begin)][1] += int(count)

    def truth(self):
        latency, command = numpy.concatenate(self.latency), numpy.concatenate(self.command)
        hosts = self.hosts.values()
        return {
            "hosts": self.hosts, "damaged": sorted(self.damaged),
            "fleet": {
                "hosts": len(self.hosts),
                "events": sum(sum(host["events"].values()) for host in hosts),
                "requests": len(latency),
                "lost": sum(sum(host["lost"].values()) for host in hosts),
                "hosts_that_lost": sum(bool(host["lost"]) or host["lost_unknown"] > 0 for host in hosts),
                "lost_unknown": sum(host["lost_unknown"] for host in hosts),
                "events_missing": sum(host["events_missing"] for host in hosts),
                "blocks_missing": sum(host["blocks_missing"] for host in hosts),
                "hosts_not_ended": sum(host["ended"] < host["captures"] for host in hosts),
                "copies_dropped": self.copies, "inodes": str(self.inodes),
            },
            "rates": {str(begin): counts for begin, counts in sorted(self.bins.items())},
            "percentiles": {
                "fleet": {"": percentiles(latency)},
                "command": {name: percentiles(latency[command == number])
                            for number, name in enumerate(self.commands) if (command == number).any()},
                "host": {name: percentiles(numpy.concatenate(parts)) for name, parts in self.by_host.items()},
            },
        }
