# SPDX-License-Identifier: Apache-2.0
"""Writes captures (docs/capture.md, version 1.5) without anything of the project: blocks, fields, types, records."""
import struct

import numpy
import xxhash

MAGIC = b"\x89BPFEV"
NOT_KNOWN = 0xFFFFFFFF
CLOCK_MONOTONIC = 1
HEADER, SOURCE, SCHEMA, RECORDS, LOSS, END, CLOCK = range(1, 8)
PERF_EVENT_ARRAY, RINGBUF = 4, 27
CAUSES = {"ring-full": 1, "no-reader": 2, "too-large": 3, "damaged-ring": 4}
BLOCK_HEADER = 32


def block(kind, payload, sequence=None):
    """A block; one without a number belongs to the preamble."""
    flags, number = (2, 0) if sequence is None else (0, sequence)
    start = MAGIC + struct.pack("<HHHIQ", 0x0102, kind, flags, len(payload), number)
    start += struct.pack("<I", xxhash.xxh64_intdigest(payload) & 0xFFFFFFFF)
    return start + struct.pack("<I", xxhash.xxh64_intdigest(start[:24]) & 0xFFFFFFFF) + payload


def fields(*pairs):
    """Fields of a payload; those whose value is None are left out."""
    payload = b""
    for tag, value in pairs:
        if value is not None:
            payload += struct.pack("<HHI", tag, 0, len(value)) + value + bytes(-len(value) % 8)
    return payload


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return None if value is None else struct.pack("<Q", value)


def i64(value):
    return struct.pack("<q", value)


def text(value):
    return None if value is None else value.encode()


class Types:
    """BTF of a few types, as in a .BTF section."""

    def __init__(self):
        self.count, self.types, self.strings = 0, b"", b"\0"

    def _add(self, name, kind, length, size, more=b""):
        at = 0
        if name:
            at = len(self.strings)
            self.strings += name.encode() + b"\0"
        self.types += struct.pack("<III", at, kind << 24 | length, size) + more
        self.count += 1
        return self.count

    def integer(self, name, size, signed=False):
        return self._add(name, 1, 0, size, struct.pack("<I", (1 << 24 if signed else 0) | size * 8))

    def array(self, element, index, count):
        return self._add("", 3, 0, 0, struct.pack("<III", element, index, count))

    def structure(self, name, size, members):
        """Members are (name, type, offset in bytes)."""
        parts = []
        for member, type_, offset in members:
            parts.append(struct.pack("<III", len(self.strings), type_, offset * 8))
            self.strings += member.encode() + b"\0"
        return self._add(name, 4, len(members), size, b"".join(parts))

    def section(self):
        header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self.types), len(self.types), len(self.strings))
        return header + self.types + self.strings


# What the two maps of a host send, as numpy and as BTF have it.
REQUEST = numpy.dtype([("pid", "<u4"), ("status", "<u4"), ("comm", "S16"), ("latency_ns", "<u8"),
                       ("address", "<u4"), ("port", "<u2"), ("zone", "<u2")])
OPEN = numpy.dtype([("pid", "<u4"), ("result", "<i4"), ("comm", "S16"), ("inode", "<u8")])
# Perf rings pad the event and its size to 8 bytes, and count the padding.
PERF_RECORD = numpy.dtype([("pid", "<u4"), ("tid", "<u4"), ("time", "<u8"), ("size", "<u4"), ("event", REQUEST),
                           ("padding", "<u4")])
RING_RECORD = numpy.dtype([("size", "<u4"), ("event", OPEN), ("padding", "<u4")])


def event_types():
    """The section with both types, and the numbers of struct request and struct open in it."""
    types = Types()
    word, signed, long_word = types.integer("unsigned int", 4), types.integer("int", 4, True), \
        types.integer("unsigned long long", 8)
    half, character = types.integer("unsigned short", 2), types.integer("char", 1, True)
    name = types.array(character, word, 16)
    peer = types.structure("peer", 8, [("address", word, 0), ("port", half, 4), ("zone", half, 6)])
    request = types.structure("request", 40, [("pid", word, 0), ("status", word, 4), ("comm", name, 8),
                                              ("latency_ns", long_word, 24), ("peer", peer, 32)])
    opened = types.structure("open", 32, [("pid", word, 0), ("result", signed, 4), ("comm", name, 8),
                                          ("inode", long_word, 24)])
    return types.section(), request, opened


class Capture:
    """The blocks of one capture, each with its bytes; files are put together of them by the caller."""

    def __init__(self, header, cpus):
        self.header, self.cpus = header, cpus
        self.blocks = []            # (kind, bytes), numbered from 1
        self.clock = None           # the last clock block's payload, for the preamble of further files
        self.events = self.lost = self.size = 0

    def preamble(self):
        header = self.header
        section, request, opened = event_types()
        began = fields((1, struct.pack("<HH", 1, 5)), (2, u32(CLOCK_MONOTONIC)), (3, i64(header["offset"])),
                       (4, u64(header["began"])), (5, text(header["host"])), (6, text(header["kernel"])),
                       (7, text("x86_64")), (8, u32(self.cpus)), (9, text(f"0-{self.cpus - 1}")),
                       (10, text("simulate.py 1")), (11, text(header["boot"])), (12, text(header["machine"])),
                       (13, u64(header["error"])))
        parts = [block(HEADER, began)]
        if self.clock:
            parts.append(block(CLOCK, self.clock))
        for number, (kind, name, exact, size) in enumerate(((PERF_EVENT_ARRAY, "requests", 2, 1 << 16),
                                                            (RINGBUF, "opens", 1, 1 << 20))):
            parts.append(block(SOURCE, fields((1, u32(number)), (2, u32(10 + number)), (3, u32(kind)),
                                              (4, text(name)), (6, u64(size)), (8, u32(exact)))))
        for number, (name, type_, size) in enumerate((("struct request", request, REQUEST.itemsize),
                                                      ("struct open", opened, OPEN.itemsize))):
            parts.append(block(SCHEMA, fields((1, u32(number)), (2, text(name)), (3, section), (4, u32(type_)),
                                              (5, u32(size)))))
        return b"".join(parts)

    def _add(self, kind, payload):
        made = block(kind, payload, len(self.blocks) + 1)
        self.blocks.append((kind, made))
        self.size += len(made)
        return len(self.blocks)

    def requests(self, cpu, records):
        """Records of the perf event array on one CPU; the number of their block."""
        self.events += len(records)
        return self._add(RECORDS, struct.pack("<IIQQII", 0, cpu, int(records["time"].min()),
                                              int(records["time"].max()), len(records), 1 | 4) + records.tobytes())

    def opens(self, read_time, records):
        """Records of the ring buffer, which have nothing but the time at which they were read."""
        self.events += len(records)
        return self._add(RECORDS, struct.pack("<IIQQII", 1, NOT_KNOWN, read_time, read_time, len(records), 0)
                         + records.tobytes())

    def loss(self, source, cpu, count, cause, before, after):
        """A loss; a count of None is not known."""
        self.lost += count or 0
        return self._add(LOSS, struct.pack("<IIQQQII", source, NOT_KNOWN if cpu is None else cpu,
                                           (1 << 64) - 1 if count is None else count, before, after,
                                           CAUSES[cause], 0))

    def step(self, time, offset, error):
        """The clock was set."""
        self.clock = fields((1, u64(time)), (2, i64(offset)), (3, u64(error)))
        return self._add(CLOCK, self.clock)

    def end(self):
        return self._add(END, fields((1, u64(self.events)), (2, u64(self.size)), (3, u64(self.lost)), (4, u64(0))))
