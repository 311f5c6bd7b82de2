// SPDX-License-Identifier: Apache-2.0

/// What a daemon writes into the lock file of its map, for the one that comes after it.
///
/// Lines of text, and of one length as long as the daemon lives, so that it is renewed by one pwrite(2).
struct LockRecord: Equatable {
    /// Whether the daemon was in the middle of its work.
    enum State: String {
        /// It drains; if nobody holds the lock any more, it was killed.
        case running
        /// It ended in order, and could not remove the file.
        case ended = "ended  "
    }

    /// The boot of the machine, from `/proc/sys/kernel/random/boot_id`: map ids and times are those of one boot.
    var boot: String
    /// The process.
    var pid: Int32
    /// Whether it is in the middle of its work.
    var state: State
    /// When it last said so, in nanoseconds of `CLOCK_MONOTONIC`.
    var alive: UInt64
    /// Where the map is pinned.
    var pin: String

    /// The most bytes of a file that are looked at: three for each byte of a path, and the rest.
    static let limit = 16 << 10
    private static let magic = "bpf-eventd lock 1"

    /// Creates a record.
    init(boot: String, pid: Int32, state: State, alive: UInt64, pin: String) {
        (self.boot, self.pid, self.state, self.alive, self.pin) = (boot, pid, state, alive, pin)
    }

    /// Reads a record; nil if the bytes are none.
    ///
    /// What follows it, from a longer one before, is left alone.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.limit else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 6, omittingEmptySubsequences: false)
        guard lines.count == 7, String(decoding: lines[0], as: UTF8.self) == Self.magic,
            let boot = Self.value("boot", lines[1]), Self.isBootID(boot),
            let pid = Self.value("pid", lines[2]).flatMap({ Int32($0) }), pid > 0,
            let state = Self.value("state", lines[3]).flatMap({ State(rawValue: $0) }),
            let alive = Self.value("alive", lines[4]).flatMap({ UInt64($0) }),
            let pin = Self.value("pin", lines[5]).flatMap({ Self.unescaped($0) })
        else { return nil }
        self.init(boot: boot, pid: pid, state: state, alive: alive, pin: pin)
    }

    /// The record as it is in the file.
    var bytes: [UInt8] {
        let time = String(alive)
        let padded = String(repeating: "0", count: max(0, 20 - time.utf8.count)) + time
        let text =
            "\(Self.magic)\nboot \(boot)\npid \(pid)\nstate \(state.rawValue)\nalive \(padded)\n"
            + "pin \(Self.escaped(pin))\n"
        return Array(text.utf8)
    }

    /// Whether a text looks like the id of a boot: letters, digits and dashes.
    static func isBootID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private static func value(_ name: String, _ line: [UInt8].SubSequence) -> String? {
        let prefix = Array("\(name) ".utf8)
        guard line.starts(with: prefix) else { return nil }
        return String(decoding: line.dropFirst(prefix.count), as: UTF8.self)
    }

    /// A path on one line: what is not printable ASCII, and the percent sign, as `%NN`.
    private static func escaped(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            if (0x21...0x7e).contains(byte), byte != UInt8(ascii: "%") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text
    }

    private static func unescaped(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
