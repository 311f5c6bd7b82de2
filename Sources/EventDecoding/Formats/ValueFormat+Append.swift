// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension ValueFormat {
    /// Appends a number in this format.
    ///
    /// A format that says nothing of numbers of this width (``accepts(_:bytes:)``) writes it in decimal.
    ///
    /// - Parameters:
    ///   - value: The number.
    ///   - bits: The bits of its place in the event, 1 to 128.
    ///   - line: The text that it is appended to.
    ///   - environment: What the format needs beside.
    package func append(_ value: Int128, bits: Int, to line: inout LineBuffer, _ environment: FormatEnvironment) {
        let bits = min(max(bits, 1), 128)
        let unused = UInt128(128 - bits)
        let pattern = UInt128(truncatingIfNeeded: value) & (.max >> unused)
        switch self {
        case .hex:
            line.append("0x")
            line.append(pattern, bitsPerDigit: 4)
        case .flags where pattern != 0:
            line.append("0x")
            line.append(pattern, bitsPerDigit: 4)
        case .oct:
            if pattern != 0 { line.append("0") }
            line.append(pattern, bitsPerDigit: 3)
        case .bin:
            line.append("0b")
            line.append(pattern, bitsPerDigit: 1)
        case .ip4 where bits == 32: line.appendIPv4(UInt32(truncatingIfNeeded: environment.memory(pattern, bits)))
        case .ip6 where bits == 128: line.appendIPv6(environment.memory(pattern, bits))
        case .port where bits == 16: line.append(UInt64(truncatingIfNeeded: environment.memory(pattern, bits)))
        case .bytes:
            let bytes = (bits + 7) / 8
            line.append(environment.memory(pattern, bytes * 8), bitsPerDigit: 4, minimum: bytes * 2)
        case .iso: line.appendTime(value, environment.bootOffset(at: value), mayCountFrom1970: true)
        case .ktime: line.appendTime(value, environment.bootOffset(at: value), mayCountFrom1970: false)
        case .ns: line.appendDuration(value)
        case .ksym: line.appendSymbol(UInt64(truncatingIfNeeded: value), environment.symbols)
        case .errno, .ret:
            // Programs often keep a negative result in an unsigned field.
            let signed = (Int128(truncatingIfNeeded: pattern) << unused) >> unused
            // What the kernel takes for an error (`IS_ERR_VALUE`), or its number without the sign.
            guard (-4095...4095).contains(signed) else { return line.append(value) }
            if signed < 0, let name = NumberNames.errno(-signed) {
                line.append("-")
                line.append(name)
            } else if self == .errno, let name = NumberNames.errno(signed) {
                line.append(name)
            } else {
                line.append(signed)
            }
        case .syscall:
            if let name = NumberNames.syscall(value, machine: environment.machine) {
                line.append(name)
            } else {
                line.append(value)
            }
        case .be where (bits & 7) == 0: line.append(environment.memory(pattern, bits))
        case .ethertype where bits == 16:
            let type = environment.memory(pattern, bits)
            Vocabulary.etherTypes.append(Int128(type), pattern: type, to: &line)
        case .mode: line.appendMode(pattern)
        case .dev: line.appendDevice(major: pattern >> 20, minor: pattern & 0xfffff)
        case .userdev:
            line.appendDevice(
                major: pattern >> 8 & 0xfff | pattern >> 32 & 0xffff_f000,
                minor: pattern & 0xff | pattern >> 12 & 0xffff_ff00)
        case .uid, .gid: line.appendAccount(self, value, environment.names)
        case .cgroup, .unit, .container: line.appendGroup(self, value, environment.names)
        case .signal, .sigset, .openflags, .prot, .mapflags, .family, .socktype, .protocol, .tcpstate, .cap, .caps,
            .clone:
            guard let vocabulary = vocabulary(on: environment.architecture) else { return line.append(value) }
            vocabulary.append(value, pattern: pattern, to: &line)
        case .stackid, .kstack, .ustack:
            if value >= 0, let id = UInt32(exactly: value), let stack = environment.stacks?.stack(id) {
                switch stack {
                case .addresses(let addresses): line.appendStack(addresses, environment)
                case .buildIDs(let bytes): unsafe line.appendStack(buildIDs: bytes.span.bytes, environment)
                }
            } else {
                environment.stacks?.note(missing: value)
                // Programs that ask for no stack write -1.
                if value < -1 { Self.ret.append(value, bits: bits, to: &line, environment) } else { line.append(value) }
            }
        case .stack, .buildid, .dec, .ip4, .ip6, .mac, .port, .comm, .flags, .be, .ethertype, .endpoint:
            line.append(value)
        }
    }

    /// Appends the bytes of a place in this format.
    ///
    /// A format that says nothing of so many bytes (an event may end within the place) writes them as ``bytes`` does.
    ///
    /// - Parameters:
    ///   - bytes: The bytes as they lie in the event; of a text all of them, or those up to its first NUL.
    ///   - line: The text that they are appended to.
    ///   - environment: What the format needs beside.
    package func append(_ bytes: RawSpan, to line: inout LineBuffer, _ environment: FormatEnvironment) {
        switch (self, bytes.byteCount) {
        case (.ip4, 4): line.appendIPv4(UInt32(truncatingIfNeeded: bytes.networkOrder))
        case (.ip6, 16): line.appendIPv6(bytes.networkOrder)
        case (.port, 2): line.append(UInt64(truncatingIfNeeded: bytes.networkOrder))
        case (.mac, 6): line.appendHardwareAddress(bytes)
        case (.ethertype, 2):
            let type = bytes.networkOrder
            Vocabulary.etherTypes.append(Int128(type), pattern: type, to: &line)
        case (.comm, _): line.appendEscaped(bytes.upToNUL, quoted: false)
        case (.unit, _): line.appendUnit(ofPath: bytes.upToNUL)
        case (.container, _): line.appendContainer(ofPath: bytes.upToNUL)
        case (.uid, 4), (.gid, 4), (.sigset, 8), (.caps, 8):
            append(Int128(environment.number(bytes)), bits: bytes.byteCount * 8, to: &line, environment)
        case (.buildid, _): line.appendStack(buildIDs: bytes, environment)
        case (.stack, _), (.kstack, _), (.ustack, _): line.appendStack(environment.addresses(bytes), environment)
        case (.endpoint, _): line.appendEndpoint(bytes, environment.byteOrder)
        default: line.appendHexadecimal(bytes)
        }
    }
}

extension FormatEnvironment {
    /// The bytes of a number as they lay in memory, the first one highest.
    fileprivate func memory(_ value: UInt128, _ bits: Int) -> UInt128 {
        byteOrder == .big ? value : value.byteSwapped >> UInt128(128 - bits)
    }

    /// The addresses of a stack.
    package func addresses(_ bytes: RawSpan) -> [UInt64] { bytes.stackAddresses(isForeign: byteOrder != .native) }

    /// The number that bytes of memory are on this machine.
    func number(_ bytes: RawSpan) -> UInt128 {
        memory(bytes.networkOrder, bytes.byteCount * 8)
    }
}

extension RawSpan {
    /// The bytes, at most sixteen, as a number whose highest byte is the first.
    fileprivate var networkOrder: UInt128 {
        var value: UInt128 = 0
        for index in 0..<min(byteCount, 16) {
            value = value << 8 | UInt128(unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self))
        }
        return value
    }

    /// The bytes in front of the first NUL.
    var upToNUL: RawSpan {
        @_lifetime(copy self)
        get {
            var end = 0
            while end < byteCount, unsafe unsafeLoadUnaligned(fromByteOffset: end, as: UInt8.self) != 0 { end += 1 }
            return extracting(0..<end)
        }
    }
}
