# SPDX-License-Identifier: Apache-2.0
"""Streams of the 16-byte event, as frames and as captures with its type (docs/capture.md)."""

import random
import struct

WORD = (1 << 64) - 1
PRIMES = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


def rotated(value, bits):
    return (value << bits | value >> (64 - bits)) & WORD


def round_of(value, lane):
    return rotated((value + lane * PRIMES[1]) & WORD, 31) * PRIMES[0] & WORD


def xxh64(data):
    """XXH64 with seed 0."""
    at, size = 0, len(data)
    if size >= 32:
        lanes = [(PRIMES[0] + PRIMES[1]) & WORD, PRIMES[1], 0, -PRIMES[0] & WORD]
        while at + 32 <= size:
            words = struct.unpack_from("<4Q", data, at)
            lanes = [round_of(lane, word) for lane, word in zip(lanes, words)]
            at += 32
        value = sum(rotated(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & WORD
        for lane in lanes:
            value = ((value ^ round_of(0, lane)) * PRIMES[0] + PRIMES[3]) & WORD
    else:
        value = PRIMES[4]
    value = (value + size) & WORD
    while at + 8 <= size:
        value ^= round_of(0, struct.unpack_from("<Q", data, at)[0])
        value = (rotated(value, 27) * PRIMES[0] + PRIMES[3]) & WORD
        at += 8
    if at + 4 <= size:
        value ^= struct.unpack_from("<I", data, at)[0] * PRIMES[0] & WORD
        value = (rotated(value, 23) * PRIMES[1] + PRIMES[2]) & WORD
        at += 4
    for byte in data[at:]:
        value = rotated(value ^ byte * PRIMES[4] & WORD, 11) * PRIMES[0] & WORD
    for shift, prime in ((33, PRIMES[1]), (29, PRIMES[2]), (32, 1)):
        value = (value ^ value >> shift) * prime & WORD
    return value


def block(kind, payload, check, sequence, preamble=False):
    start = b"\x89BPFEV" + struct.pack("<HHHIQ", 0x0102, kind, 2 if preamble else 0, len(payload), sequence)
    return start + struct.pack("<II", check & 0xFFFFFFFF, xxh64(start) & 0xFFFFFFFF) + payload


def fields(*pairs):
    payload = b""
    for tag, value in pairs:
        payload += struct.pack("<HHI", tag, 0, len(value)) + value + bytes(-len(value) % 8)
    return payload


def btf_of(path, name):
    """The types of an object, and the number of a structure."""
    with open(path, "rb") as file:
        data = file.read()
    table, = struct.unpack_from("<Q", data, 40)
    count, names = struct.unpack_from("<HH", data, 60)
    sections = [struct.unpack_from("<IIQQQQ", data, table + 64 * index) for index in range(count)]
    texts = data[sections[names][4]:][:sections[names][5]]
    found = next(each for each in sections if texts[each[0]:].startswith(b".BTF\0"))
    btf = data[found[4]:found[4] + found[5]]
    header, types, size, strings = struct.unpack_from("<IIII", btf, 4)
    at, end, number = header + types, header + types + size, 0
    extra = {1: lambda n: 4, 3: lambda n: 12, 4: lambda n: 12 * n, 5: lambda n: 12 * n, 6: lambda n: 8 * n,
             13: lambda n: 8 * n, 14: lambda n: 4, 15: lambda n: 12 * n, 17: lambda n: 4, 19: lambda n: 12 * n}
    while at < end:
        number += 1
        text, info, _ = struct.unpack_from("<III", btf, at)
        if info >> 24 & 31 == 4 and btf[header + strings + text:].startswith(name.encode() + b"\0"):
            return btf, number
        at += 12 + extra.get(info >> 24 & 31, lambda n: 0)(info & 0xFFFF)
    raise LookupError(name)


def events(count):
    """Bytes of events that look like those of the examples."""
    numbers = random.Random(1)
    time = 1_234_567_890_123
    for _ in range(count):
        time += numbers.randrange(100, 5000)
        yield time, struct.pack("<hhIQ", numbers.randrange(3), numbers.randrange(38), numbers.randrange(8), time)


def write_frames(path, count):
    """The original's stream, with the kernel's padding."""
    part = b"".join(struct.pack("<I", 20) + event + bytes(4) for _, event in events(20_000))
    with open(path, "wb") as file:
        for _ in range(count // 20_000):
            file.write(part)


def write_capture(path, count, object_path):
    """A capture with process, thread and time of each event, and with its type."""
    btf, number = btf_of(object_path, "event")
    each = 4000
    preamble = [
        (1, fields((1, struct.pack("<HH", 1, 1)), (2, struct.pack("<I", 1)), (3, struct.pack("<q", 10**18)),
                   (7, b"x86_64"))),
        (2, fields((1, struct.pack("<I", 0)), (4, b"map_event"), (8, struct.pack("<I", 2)))),
        (3, fields((1, struct.pack("<I", 0)), (2, b"struct event"), (3, btf), (4, struct.pack("<I", number)),
                   (5, struct.pack("<I", 16)))),
    ]
    with open(path, "wb") as file:
        for kind, content in preamble:
            file.write(block(kind, content, xxh64(content), 0, True))
        made = events(count)
        for sequence in range(1, count // each + 1):
            part = [next(made) for _ in range(each)]
            payload = struct.pack("<IIQQII", 0, sequence % 2, part[0][0], part[-1][0], each, 5) + b"".join(
                struct.pack("<IIQI", 1234, 1235, time, 20) + event + bytes(4) for time, event in part)
            file.write(block(4, payload, xxh64(payload), sequence))
        end = fields((1, struct.pack("<Q", count)))
        file.write(block(6, end, xxh64(end), count // each + 1))
