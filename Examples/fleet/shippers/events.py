# SPDX-License-Identifier: Apache-2.0
"""The events of the check: a capture, its lines as print-event has them, and what of them has come."""

import json
import os
import random
import struct
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks/printing"))

from streams import block, fields, xxh64  # noqa: E402

LAYOUT = "struct { u64 time; u32 number; u32 part; char data[%d]; }"
BOOT = b"6f1c54a8-3e0b-4a3b-9d1e-8f5c2b7a9d10"
KEY = ("_boot", "_capture", "_block", "_index")


def write_capture(path, count, each=500, size=16, began=10**12):
    """A capture of so many events with so many bytes of text, and a loss after every tenth block of events."""
    numbers, now, sequence = random.Random(count), began, 0
    preamble = [
        (1, fields((1, struct.pack("<HH", 1, 4)), (2, struct.pack("<I", 1)), (3, struct.pack("<q", 10**18)),
                   (4, struct.pack("<Q", now)), (5, b"host1"), (6, b"6.12.48"), (7, b"x86_64"), (11, BOOT))),
        (2, fields((1, struct.pack("<I", 0)), (4, b"calls"), (8, struct.pack("<I", 2))))]
    lost = 0
    with open(path, "wb") as file:
        def put(kind, payload):
            nonlocal sequence
            sequence += 1
            file.write(block(kind, payload, xxh64(payload), sequence))

        for kind, payload in preamble:
            file.write(block(kind, payload, xxh64(payload), 0, True))
        for part in range(count // each):
            first, records = now + 1, b""
            for number in range(each):
                now += numbers.randrange(1, 5000)
                text = numbers.randbytes(size // 2).hex().encode()
                body = struct.pack("<QII", now, number, part) + text
                frame = struct.pack("<I", len(body) + 4) + body
                records += struct.pack("<IIQ", 1234, 1235, now) + frame + bytes(-len(frame) % 8)
            put(4, struct.pack("<IIQQII", 0, part % 2, first, now, each, 5) + records)
            if part % 10 == 9:
                lost += 7
                put(5, struct.pack("<IIQQQII", 0, part % 2, 7, now, 0, 1, 0))
        put(6, fields((1, struct.pack("<Q", count)), (3, struct.pack("<Q", lost))))


def lines_of(printer, capture, size=16):
    """What print-event prints of a capture, a line for each record."""
    printed = subprocess.run(
        [printer, "--json", "--context", "full", "--layout", LAYOUT % size, capture], check=True,
        stdout=subprocess.PIPE).stdout
    return printed.splitlines()


def key(line):
    """The key of a record; nil where the line is no record."""
    try:
        record = json.loads(line)
        return tuple(record[member] for member in KEY) + (record["_record"],)
    except (ValueError, KeyError, TypeError):
        return None


class Follower(threading.Thread):
    """Appends lines to a file, as 'print-event --follow' does while a capture grows; where the file was renamed, to a
    new one, as it does after a restart."""

    def __init__(self, path, lines, seconds):
        super().__init__(daemon=True)
        self.path, self.lines, self.seconds = path, lines, seconds

    def run(self):
        parts = max(int(self.seconds * 20), 1)
        each = -(-len(self.lines) // parts)
        for at in range(0, len(self.lines), each):
            with open(self.path, "ab") as file:
                file.write(b"".join(line + b"\n" for line in self.lines[at:at + each]))
            time.sleep(0.05)


class Came:
    """What has come: the lines of a file with the keys that they have."""

    def __init__(self, paths):
        self.records, self.twice, self.broken = {}, 0, 0
        for path in paths:
            with open(path, "rb") as file:
                for line in file:
                    found = key(line)
                    if found is None:
                        self.broken += 1
                    elif found in self.records:
                        self.twice += 1
                    else:
                        self.records[found] = line.rstrip(b"\n")

    def missing(self, lines):
        """The lines that have not come, or not as they were."""
        return [line for line in lines if self.records.get(key(line)) != line]
