// SPDX-License-Identifier: Apache-2.0

/// A sample of `bootstrap.bpf.c`: its `struct bootstrap_event` (bootstrap.h), read member by member.
struct ProcessEvent {
    enum Kind {
        case exec(filename: String)
        /// The code is as wait(2) has it; the duration is in nanoseconds, 0 where nobody saw the exec.
        case exit(code: UInt32, duration: UInt64)
    }

    let kind: Kind
    let pid: Int32
    let ppid: Int32
    let command: String

    /// Reads a sample; nil for one that is too short or of no known kind.
    init?(_ sample: RawSpan) {
        guard let duration = sample.integer(UInt64.self, at: 0), let kind = sample.integer(UInt32.self, at: 8),
            let pid = sample.integer(Int32.self, at: 12), let ppid = sample.integer(Int32.self, at: 16),
            let code = sample.integer(UInt32.self, at: 20), let command = sample.text(in: 24..<40),
            let filename = sample.text(in: 40..<168)
        else { return nil }
        switch kind {
        case 0: self.kind = .exec(filename: filename)
        case 1: self.kind = .exit(code: code, duration: duration)
        default: return nil
        }
        (self.pid, self.ppid, self.command) = (pid, ppid, command)
    }
}

extension RawSpan {
    /// The integer at an offset, in the machine's byte order; nil where it is not wholly inside.
    fileprivate func integer<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value? {
        guard offset >= 0, offset <= byteCount - MemoryLayout<Value>.size else { return nil }
        // Any pattern of bits is an integer, so within the bounds this is safe.
        return unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
    }

    /// The text of an array of `char`, up to its NUL; bytes that a terminal would obey are shown as `?`.
    fileprivate func text(in range: Range<Int>) -> String? {
        var bytes: [UInt8] = []
        for offset in range {
            guard let byte = integer(UInt8.self, at: offset) else { return nil }
            if byte == 0 { break }
            bytes.append(byte < 0x20 || byte == 0x7f ? UInt8(ascii: "?") : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
