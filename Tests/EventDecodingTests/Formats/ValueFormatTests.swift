// SPDX-License-Identifier: Apache-2.0

import BTF
import TestSupport
import BPFObject
import Diagnostics
import EventDecoding
import Foundation
import Testing

private struct TwoSymbols: SymbolNames {
    func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
        switch address {
        case 0xffff_ffff_8100_0000..<0xffff_ffff_8100_1000: ("do_sys_open", address - 0xffff_ffff_8100_0000)
        case 0xffff_ffff_a000_0000: ("evil\u{1b}[2J", 0)
        default: nil
        }
    }
}

private func number(
    _ format: ValueFormat, _ value: Int128, bits: Int = 64, _ environment: FormatEnvironment = FormatEnvironment()
) -> String {
    text { format.append(value, bits: bits, to: &$0, environment) }
}

private func bytes(_ format: ValueFormat, _ bytes: [UInt8]) -> String {
    text { format.append(bytes.span.bytes, to: &$0, FormatEnvironment()) }
}

/// The address as inet_ntop(3) writes it.
private func networkName(_ family: Int32, _ address: [UInt8]) -> String {
    var name = [CChar](repeating: 0, count: 64)
    guard inet_ntop(family, address, &name, 64) != nil else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

struct ValueFormatTests {
    @Test func `numbers are written in every base`() {
        #expect(number(.dec, -5) == "-5")
        #expect(number(.hex, 42) == "0x2a" && number(.hex, 0) == "0x0")
        #expect(number(.hex, -1, bits: 32) == "0xffffffff" && number(.hex, -1, bits: 5) == "0x1f")
        #expect(number(.hex, -1, bits: 128) == "0x" + String(repeating: "f", count: 32))
        #expect(number(.oct, 0o644) == "0644" && number(.oct, 0) == "0")
        #expect(number(.bin, 10) == "0b1010")
        #expect(number(.flags, 3) == "0x3" && number(.flags, 0) == "0")
        for value in [
            0, 1, -1, Int128.max, .min, Int128(UInt64.max), Int128(UInt64.max) + 1, 10_000_000_000_000_000_000,
        ] {
            #expect(number(.dec, value, bits: 128) == String(value))
            #expect(
                text { $0.append(UInt128(truncatingIfNeeded: value)) } == String(UInt128(truncatingIfNeeded: value)))
        }
    }

    @Test func `an address of IPv4 is written as it lies in memory, in both byte orders`() {
        let memory: [UInt8] = [192, 168, 0, 255]
        #expect(bytes(.ip4, memory) == "192.168.0.255")
        #expect(number(.ip4, 0xff00_a8c0, bits: 32, FormatEnvironment(byteOrder: .little)) == "192.168.0.255")
        #expect(number(.ip4, 0xc0a8_00ff, bits: 32, FormatEnvironment(byteOrder: .big)) == "192.168.0.255")
        #expect(
            number(.ip4, Int128(Int32(bitPattern: 0xff00_a8c0)), bits: 32, FormatEnvironment(byteOrder: .little))
                == "192.168.0.255")
        #expect(bytes(.port, [0x1f, 0x90]) == "8080")
        #expect(number(.port, 0x901f, bits: 16, FormatEnvironment(byteOrder: .little)) == "8080")
        #expect(number(.port, 0x1f90, bits: 16, FormatEnvironment(byteOrder: .big)) == "8080")
        #expect(bytes(.mac, [0x52, 0x54, 0, 0x12, 0x34, 0xff]) == "52:54:00:12:34:ff")
    }

    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("2001:db8::1", "2001:db8::1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"), ("fe80::", "fe80::"), ("0:0:1::", "0:0:1::"), ("1::2:0:0", "1::2:0:0"),
        ("ABCD:EF01::00A0", "abcd:ef01::a0"),
    ])
    func `an address of IPv6 has the form of RFC 5952`(text: String, form: String) {
        var address = [UInt8](repeating: 0, count: 16)
        #expect(inet_pton(AF_INET6, text, &address) == 1)
        #expect(bytes(.ip6, address) == form)
        let value = Int128(truncatingIfNeeded: address.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
        #expect(number(.ip6, value, bits: 128, FormatEnvironment(byteOrder: .big)) == form)
        #expect(number(.ip6, value.byteSwapped, bits: 128, FormatEnvironment(byteOrder: .little)) == form)
    }

    @Test func `addresses are written as inet_ntop writes them`() {
        var generator = SeededNumbers(seed: 5)
        for _ in 0..<3000 {
            // Many zero groups, and none of the deprecated form that only inet_ntop writes as IPv4.
            var address = (0..<8).flatMap { _ -> [UInt8] in
                Bool.random(using: &generator) ? [0, 0] : [generator.next(), generator.next()]
            }
            if address.prefix(12).allSatisfy({ $0 == 0 }) { address[1] = 1 }
            #expect(bytes(.ip6, address) == networkName(AF_INET6, address))
            #expect(bytes(.ip4, Array(address.prefix(4))) == networkName(AF_INET, Array(address.prefix(4))))
        }
    }

    @Test func `characters end at the first NUL and are escaped`() {
        #expect(bytes(.comm, Array("bash\0garbage".utf8)) == "bash")
        #expect(bytes(.comm, Array("full".utf8)) == "full")
        #expect(bytes(.comm, [0x1b, 0x5b, 0x32, 0x4a]) == #"\x1b[2J"#)
        #expect(bytes(.bytes, [0xde, 0xad, 0, 0x0f]) == "dead000f")
        #expect(bytes(.hex, [0xde, 0xad]) == "dead")
        #expect(number(.bytes, 42, bits: 32, FormatEnvironment(byteOrder: .little)) == "2a000000")
        #expect(number(.bytes, 42, bits: 32, FormatEnvironment(byteOrder: .big)) == "0000002a")
    }

    @Test func `a place that the event ends within is written as bytes`() {
        #expect(bytes(.ip4, [10, 0, 0]) == "0a0000" && bytes(.ip6, [1]) == "01" && bytes(.mac, []) == "")
        #expect(bytes(.dec, [1, 2]) == "0102")
        #expect(number(.ip6, 7) == "7" && number(.mac, 7) == "7" && number(.comm, 7) == "7")
    }

    @Test func `times are those of Foundation's calendar from 1970 to 2262 and before`() {
        let formatter = ISO8601DateFormatter()
        var generator = SeededNumbers(seed: 9)
        var seconds: [Int64] = [
            0, -1, 86_399, 86_400, 951_782_399, 951_782_400, 951_868_800, 4_107_542_400, 9_223_372_036,
        ]
        seconds += (0..<2000).map { _ in Int64.random(in: -9_223_372_036...9_223_372_036, using: &generator) }
        // The last second before and the first of each year, and both sides of every end of February.
        for year in 1970...2262 {
            let start = Int64(timegm(year: year, month: 1, day: 1))
            let march = Int64(timegm(year: year, month: 3, day: 1))
            seconds += [start - 1, start, march - 1, march]
        }
        for second in seconds {
            // Foundation's formatter turns to the Julian calendar before 1582, which none of these is.
            let expected = formatter.string(from: Date(timeIntervalSince1970: TimeInterval(second))).dropLast()
            let time = number(.ktime, 7, FormatEnvironment(bootOffset: second &* 1_000_000_000))
            #expect(time == "\(expected).000000007Z")
        }
    }

    private func timegm(year: Int, month: Int, day: Int) -> Int {
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
        return Foundation.timegm(&parts)
    }

    @Test func `the kernel's time becomes the wall clock's by the offset of the capture`() {
        let environment = FormatEnvironment(bootOffset: 1_700_000_000_000_000_000)
        #expect(number(.ktime, 81_234_567_890_123, environment) == "2023-11-15T20:47:14.567890123Z")
        #expect(number(.iso, 81_234_567_890_123, environment) == "2023-11-15T20:47:14.567890123Z")
        #expect(number(.iso, 1_700_000_000_123_456_789, environment) == "2023-11-14T22:13:20.123456789Z")
        #expect(number(.iso, (1 << 58) - 1, FormatEnvironment(bootOffset: 0)) == "1979-02-18T23:59:36.151711743Z")
        #expect(number(.iso, 1 << 58, FormatEnvironment()) == "1979-02-18T23:59:36.151711744Z")
        #expect(number(.ktime, -1, FormatEnvironment(bootOffset: 0)) == "1969-12-31T23:59:59.999999999Z")
        #expect(
            number(.ktime, Int128(UInt64.max), FormatEnvironment(bootOffset: .max)) == "2846-10-30T23:21:50.564327422Z")
        #expect(
            number(.ktime, Int128(Int64.min), FormatEnvironment(bootOffset: .min)) == "1385-06-12T00:25:26.290448384Z")
        #expect(number(.ktime, .max, bits: 128, FormatEnvironment(bootOffset: 1)) == String(Int128.max))
        #expect(number(.ktime, .min, bits: 128, FormatEnvironment(bootOffset: 1)) == String(Int128.min + 1))
    }

    @Test func `a time has the offset that the clock had then, in whatever order changes are told`() {
        let second: UInt64 = 1_000_000_000
        var environment = FormatEnvironment(bootOffset: 0)
        let changes = ClockChanges()
        environment.clockChanges = changes
        #expect(number(.ktime, 1, environment) == "1970-01-01T00:00:00.000000001Z")
        changes.note(from: 20 * second, bootOffset: 7200 * Int64(second))
        changes.note(from: 10 * second, bootOffset: -10 * Int64(second))
        changes.note(from: 20 * second, bootOffset: 3600 * Int64(second))
        #expect(number(.ktime, Int128(10 * second - 1), environment) == "1970-01-01T00:00:09.999999999Z")
        #expect(number(.ktime, Int128(10 * second), environment) == "1970-01-01T00:00:00.000000000Z")
        #expect(number(.iso, Int128(20 * second), environment) == "1970-01-01T01:00:20.000000000Z")
        #expect(number(.ktime, -1, environment) == "1969-12-31T23:59:59.999999999Z")
        environment.bootOffset = nil
        #expect(number(.ktime, 1, environment) == "boot+0.000000001")
    }

    @Test func `without the offset a time is told as since the boot`() {
        #expect(number(.ktime, 81_234_567_890_123) == "boot+81234.567890123")
        #expect(number(.iso, 5) == "boot+0.000000005")
        #expect(number(.ktime, -1_500_000_000) == "boot-1.500000000")
        #expect(ValueFormat.allCases.filter(\.needsBootOffset) == [.iso, .ktime])
    }

    @Test(
        arguments: [
            (0, "0ns"), (999, "999ns"), (1000, "1.000us"), (1_234_567, "1.234ms"), (999_999_999, "999.999ms"),
            (1_000_000_000, "1.000s"), (75_001_999_999, "75.001s"), (-1_234_567, "-1.234ms"),
            (Int128(UInt64.max), "18446744073.709s"),
        ] as [(Int128, String)])
    func `a duration has the unit that suits it`(duration: Int128, form: String) {
        #expect(number(.ns, duration) == form)
    }

    @Test func `addresses of the kernel become symbols where they are known`() {
        let environment = FormatEnvironment(symbols: TwoSymbols())
        let base = Int128(0xffff_ffff_8100_0000 as UInt64)
        #expect(number(.ksym, base + 16, environment) == "do_sys_open+0x10")
        #expect(number(.ksym, base, environment) == "do_sys_open")
        #expect(number(.ksym, Int128(Int64(truncatingIfNeeded: base)), environment) == "do_sys_open")
        #expect(number(.ksym, 0x1000, environment) == "0x1000")
        #expect(number(.ksym, base) == "0xffffffff81000000")
        #expect(number(.ksym, Int128(0xffff_ffff_a000_0000 as UInt64), environment) == #"evil\x1b[2J"#)
    }

    private struct OneStack: StackNames {
        func stack(_ id: UInt32) -> NumberedStack? { id == 3 ? .addresses([0xffff_ffff_8100_0010, 0x1000]) : nil }
    }

    @Test func `a stack is its addresses up to the first zero, by itself or by its number`() {
        var environment = FormatEnvironment(symbols: TwoSymbols())
        environment.stacks = OneStack()
        let frames: [UInt64] = [0xffff_ffff_8100_0010, 0x1000, 0, 5]
        let memory = frames.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) } }
        environment.byteOrder = .little
        #expect(
            text { ValueFormat.stack.append(memory.span.bytes, to: &$0, environment) }
                == "do_sys_open+0x10;0x1000")
        #expect(number(.stackid, 3, environment) == "do_sys_open+0x10;0x1000")
        #expect(number(.stackid, 4, environment) == "4" && number(.stackid, 3) == "3")
        #expect(number(.stackid, -14, bits: 32, environment) == "-EFAULT")
        #expect(
            ValueFormat.stack.accepts(.array, bytes: 1016) && !ValueFormat.stack.accepts(.unsigned(bits: 64), bytes: 8))
        #expect(
            ValueFormat.stackid.accepts(.signed(bits: 32), bytes: 4) && !ValueFormat.stackid.accepts(.array, bytes: 8))
    }

    @Test func `errors have the names of the headers, in fields with and without a sign`() {
        #expect(number(.errno, 2) == "ENOENT" && number(.errno, -2) == "-ENOENT" && number(.errno, 0) == "0")
        #expect(number(.errno, Int128(UInt32.max) - 1, bits: 32) == "-ENOENT")
        #expect(number(.ret, -13, bits: 32) == "-EACCES" && number(.ret, 13, bits: 32) == "13")
        #expect(number(.ret, Int128(UInt64.max)) == "-EPERM" && number(.ret, 5_000_000_000) == "5000000000")
        #expect(
            number(.errno, -512) == "-ERESTARTSYS" && number(.errno, 524) == "ENOTSUPP"
                && number(.errno, -531) == "-ENOGRACE")
        for unnamed: Int128 in [41, 58, 134, 511, 520, 532, 4096, -41, -520, -4096, .max] {
            #expect(number(.errno, unnamed, bits: 128) == String(unnamed))
        }
        #expect(number(.errno, .min, bits: 128) == String(Int128.min))
        #expect(number(.errno, 133) == "EHWPOISON" && number(.errno, 35) == "EDEADLK" && number(.errno, 11) == "EAGAIN")
        #expect(number(.errno, Int128(ENOSPC)) == "ENOSPC" && number(.errno, Int128(ETIMEDOUT)) == "ETIMEDOUT")
    }

    @Test func `system calls have the names of the capture's machine`() {
        let x86 = FormatEnvironment(machine: "x86_64")
        let arm = FormatEnvironment(machine: "aarch64")
        #expect(number(.syscall, 0, x86) == "read" && number(.syscall, 0, arm) == "io_setup")
        #expect(number(.syscall, 257, x86) == "openat" && number(.syscall, 56, arm) == "openat")
        #expect(number(.syscall, 321, x86) == "bpf" && number(.syscall, 280, arm) == "bpf")
        #expect(number(.syscall, 335, x86) == "uretprobe" && number(.syscall, 62, arm) == "lseek")
        for environment in [x86, arm, FormatEnvironment(machine: "riscv64")] {
            #expect(number(.syscall, 435, environment) == "clone3" && number(.syscall, 462, environment) == "mseal")
            #expect(number(.syscall, 400, environment) == "400" && number(.syscall, -1, environment) == "-1")
        }
        #expect(number(.syscall, 250, arm) == "250" && number(.syscall, 0) == "0")
        #expect(number(.syscall, .max, bits: 128, x86) == String(Int128.max))
    }

    @Test func `a format is for places that it says something of`() {
        let fitting: [(ValueFormat, ValueKind, Int)] = [
            (.ip4, .unsigned(bits: 32), 4), (.ip4, .bytes(count: 4), 4), (.ip4, .structure, 4),
            (.ip6, .bytes(count: 16), 16),
            (.ip6, .structure, 16), (.ip6, .array, 16), (.ip6, .unsigned(bits: 128), 16), (.mac, .bytes(count: 6), 6),
            (.port, .unsigned(bits: 16), 2), (.comm, .text(count: 16), 16), (.comm, .bytes(count: 0), 0),
            (.hex, .pointer, 8),
            (.ksym, .pointer, 8), (.ktime, .unsigned(bits: 64), 8), (.errno, .signed(bits: 32), 4),
            (.flags, .enumeration, 4),
            (.hex, .structure, 40), (.bytes, .unsigned(bits: 3), 1), (.dec, .boolean, 1), (.ns, .signed(bits: 64), 8),
        ]
        for (format, kind, size) in fitting { #expect(format.accepts(kind, bytes: size), "\(format) \(kind)") }
        let unfit: [(ValueFormat, ValueKind, Int)] = [
            (.ip4, .text(count: 16), 16), (.ip4, .unsigned(bits: 64), 8), (.ip4, .signed(bits: 16), 2),
            (.ip6, .bytes(count: 4), 4),
            (.mac, .unsigned(bits: 64), 8), (.port, .unsigned(bits: 32), 4), (.comm, .unsigned(bits: 32), 4),
            (.dec, .structure, 4),
            (.ktime, .unsigned(bits: 128), 16), (.iso, .text(count: 8), 8), (.ksym, .unsigned(bits: 32), 4),
            (.hex, .float(bits: 64), 8),
            (.syscall, .text(count: 4), 4), (.ip4, .float(bits: 32), 4), (.flags, .pointer, 8),
        ]
        for (format, kind, size) in unfit { #expect(!format.accepts(kind, bytes: size), "\(format) \(kind)") }
    }

    @Test func `a format of another name, or for another kind, is refused with what would do`() throws {
        #expect(try ValueFormat(parsing: "ip4") == .ip4)
        let unknown = #expect(throws: FormatError.self) { try ValueFormat(parsing: "ktme") }
        #expect(unknown == .unknown("ktme"))
        #expect(unknown?.diagnostic.nextStep == "did you mean 'ktime'?")
        #expect(unknown?.diagnostic.code == .formatUnknown)
        let unfit = #expect(throws: FormatError.self) {
            try ValueFormat.ip4.check(field: "comm", .text(count: 16), bytes: 16)
        }
        #expect(
            unfit?.description == """
                error: format 'ip4' does not fit 'comm'
                  why: it is for an IPv4 address: 4 bytes in network order; 'comm' is a text of 16 characters
                  next: take one of hex, ip6, comm, bytes, unit, container
                """)
        try ValueFormat.ip4.check(field: "daddr", .unsigned(bits: 32), bytes: 4)
    }

    @Test func `names give a format only where they leave no doubt`() {
        func name(_ field: String, _ type: String, _ kind: ValueKind, _ size: Int) -> ValueFormat? {
            ValueFormat.byName(field, type: type, kind, bytes: size)
        }
        let word = ValueKind.unsigned(bits: 32)
        for field in ["daddr", "saddr", "key.remote_ip", "src_addr", "saddr_v4", "ip4"] {
            #expect(name(field, "__be32", word, 4) == .ip4, "\(field)")
        }
        for field in ["seq", "skip", "addrlen", "strip", "saddr.len"] {
            #expect(name(field, "__be32", word, 4) == .be, "\(field)")
        }
        #expect(name("daddr", "__u32", word, 4) == nil && name("daddr", "__be32", .unsigned(bits: 64), 8) == nil)
        #expect(
            name("sport", "__be16", .unsigned(bits: 16), 2) == .port
                && name("port", "__u16", .unsigned(bits: 16), 2) == nil)
        #expect(
            name("report", "__be16", .unsigned(bits: 16), 2) == .be
                && name("proto", "__be16", .unsigned(bits: 16), 2) == .be)
        let half = ValueKind.unsigned(bits: 16)
        #expect(name("m", "umode_t", half, 2) == .mode && name("m", "mode_t", word, 4) == .mode)
        #expect(name("u", "uid_t", word, 4) == .uid && name("u", "kuid_t", .structure, 4) == .uid)
        #expect(name("g", "gid_t", word, 4) == .gid && name("g", "kgid_t", .structure, 4) == .gid)
        #expect(name("d", "dev_t", word, 4) == .dev && name("d", "dev_t", .unsigned(bits: 64), 8) == .userdev)
        #expect(name("f", "sa_family_t", half, 2) == .family && name("c", "kernel_cap_t", .structure, 8) == .caps)
        // The C library's set has 128 bytes.
        #expect(name("s", "sigset_t", .structure, 8) == .sigset && name("s", "sigset_t", .structure, 128) == nil)
        #expect(name("a", "sockaddr_in6", .structure, 28) == .endpoint && name("a", "sockaddr", .pointer, 8) == nil)
        for type in ["pid_t", "fmode_t", "u32", "__u32", "size_t"] { #expect(name("x", type, word, 4) == nil) }
        #expect(name("a", "in6_addr", .structure, 16) == .ip6 && name("b", "in_addr", .structure, 4) == .ip4)
        #expect(name("src_mac", "", .bytes(count: 6), 6) == .mac && name("hwaddr", "", .bytes(count: 6), 6) == .mac)
        #expect(name("machine", "", .bytes(count: 6), 6) == nil && name("mac", "", .bytes(count: 8), 8) == nil)
    }

    @Test func `no format of any value is harmful`() {
        var generator = SeededNumbers(seed: 77)
        let environment = FormatEnvironment(bootOffset: 1, machine: "x86_64", symbols: TwoSymbols())
        for format in ValueFormat.allCases {
            for _ in 0..<200 {
                let noise = generator.text()
                #expect(HostileText.harm(in: written { format.append(noise.span.bytes, to: &$0, environment) }) == nil)
                let value =
                    Int128(truncatingIfNeeded: generator.next())
                    &* Int128(truncatingIfNeeded: Int64(bitPattern: generator.next()))
                let bits = Int.random(in: 0...200, using: &generator)
                #expect(HostileText.harm(in: written { format.append(value, bits: bits, to: &$0, environment) }) == nil)
            }
        }
    }
}
