// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventDecoding
import Foundation
import TestSupport
import Testing

private func written(
    _ format: ValueFormat, _ value: Int128, bits: Int = 64, machine: String = "x86_64",
    names: (any HostNames)? = nil
) -> String {
    text { format.append(value, bits: bits, to: &$0, FormatEnvironment(machine: machine, names: names)) }
}

private func written(
    _ format: ValueFormat, _ bytes: [UInt8], _ environment: FormatEnvironment = FormatEnvironment()
) -> String {
    text { format.append(bytes.span.bytes, to: &$0, environment) }
}

/// A host with one user, one group and some control groups.
private struct OneHost: HostNames {
    func user(_ id: UInt32) -> String? { id == 1000 ? "alice" : id == 666 ? "evil\u{1b}[2J\n" : nil }
    func group(_ id: UInt32) -> String? { id == 27 ? "sudo" : nil }
    func cgroup(_ id: UInt64) -> String? {
        switch id {
        case 1: "/"
        case 42: "/system.slice/ssh.service"
        case 43: "/system.slice/docker-\(String(repeating: "0123456789abcdef", count: 4)).scope"
        default: nil
        }
    }
}

struct VocabularyTests {
    // MARK: The tables

    /// The headers that have the names of each format, as a C compiler for this machine finds them.
    private static let headers: [(ValueFormat, [String])] = [
        (.signal, ["asm-generic/signal.h"]), (.openflags, ["asm/fcntl.h"]), (.mode, ["linux/stat.h"]),
        (.prot, ["asm/mman.h"]), (.mapflags, ["linux/mman.h"]), (.family, ["sys/socket.h"]),
        (.socktype, ["sys/socket.h"]), (.protocol, ["linux/in.h", "linux/in6.h"]), (.ethertype, ["linux/if_ether.h"]),
        (.cap, ["linux/capability.h"]), (.clone, ["linux/sched.h", "asm-generic/signal.h"]),
    ]

    @Test(arguments: headers)
    func `names and numbers are those of the headers`(format: ValueFormat, headers: [String]) throws {
        let vocabulary = try #require(format.vocabulary(on: Architecture(machine: hostMachine)))
        // Headers older than a name do not have it; enumerators are told from macros by the name that is its own value.
        let checks = vocabulary.words.map { word in
            """
            #ifdef \(word.name)
            _Static_assert((unsigned long long)(\(word.name)) == \(word.value)ull, "\(word.name)");
            int has_\(word.name);
            #endif
            """
        }
        let source =
            "#define _GNU_SOURCE\n" + headers.map { "#include <\($0)>\n" }.joined() + checks.joined(separator: "\n")
        let (status, errors) = try checkC(source)
        #expect(status == 0, "\(errors)")
        let known = try definitions(headers)
        let found = vocabulary.words.filter { known.contains("\($0.name)") }
        #expect(found.count * 4 >= vocabulary.words.count || format == .signal || format == .clone)
    }

    @Test func `states of TCP are those of the C library`() throws {
        let checks = Vocabulary.tcpStates.words.dropLast(2).map { word in
            "_Static_assert(\(word.name) == \(word.value), \"\(word.name)\");\n"
        }
        let (status, errors) = try checkC("#include <netinet/tcp.h>\n" + checks.joined())
        #expect(status == 0, "\(errors)")
    }

    @Test func `signals are those of kill -l`() throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", "for n in $(seq 1 31); do kill -l $n; done"]
        process.standardOutput = output
        try process.run()
        let names = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(
            separator: "\n")
        process.waitUntilExit()
        #expect(names.count == 31)
        for (index, name) in names.enumerated() { #expect(written(.signal, Int128(index) + 1) == "SIG\(name)") }
    }

    @Test func `no vocabulary has a name twice, and every word is read back`() {
        for format in ValueFormat.allCases {
            for machine in ["x86_64", "aarch64", "riscv64", ""] {
                let names = format.names(machine: machine)
                #expect(Set(names).count == names.count, "\(format)")
                guard format != .syscall, format != .errno, format != .ret else { continue }
                for word in format.vocabulary(on: Architecture(machine: machine))?.words ?? [] {
                    #expect(format.value(named: "\(word.name)", machine: machine) == Int128(word.value))
                }
            }
        }
        #expect(ValueFormat.errno.value(named: "ENOENT", machine: "") == 2)
        #expect(ValueFormat.ret.value(named: "ERESTARTSYS", machine: "") == 512)
        #expect(ValueFormat.syscall.value(named: "openat", machine: "aarch64") == 56)
        #expect(ValueFormat.syscall.value(named: "openat", machine: "x86_64") == 257)
        #expect(ValueFormat.errno.value(named: "", machine: "") == nil && ValueFormat.dec.names(machine: "").isEmpty)
    }

    // MARK: What is written

    @Test func `numbers become the words of the headers, and others stay numbers`() {
        let single: [(ValueFormat, Int128, String)] = [
            (.signal, 9, "SIGKILL"), (.signal, 0, "0"), (.signal, 34, "SIGRT_2"), (.signal, 64, "SIGRT_32"),
            (.signal, 65, "65"), (.signal, -1, "-1"), (.family, 2, "AF_INET"), (.family, 10, "AF_INET6"),
            (.family, 46, "46"), (.protocol, 6, "IPPROTO_TCP"), (.protocol, 0, "IPPROTO_IP"), (.protocol, 3, "3"),
            (.tcpstate, 1, "TCP_ESTABLISHED"), (.tcpstate, 10, "TCP_LISTEN"), (.tcpstate, 0, "0"),
            (.cap, 12, "CAP_NET_ADMIN"), (.cap, 41, "41"), (.cap, .max, "\(Int128.max)"),
        ]
        for (format, value, text) in single { #expect(written(format, value, bits: 128) == text) }
    }

    @Test func `flags are put together as C does it, and bits without a name are told`() {
        let flags: [(ValueFormat, Int128, String)] = [
            (.openflags, 0, "O_RDONLY"), (.openflags, 0o2000101, "O_WRONLY|O_CREAT|O_CLOEXEC"),
            (.openflags, 3, "O_ACCMODE"), (.openflags, 0o4010000, "O_RDONLY|O_SYNC"),
            (.openflags, 0o10000, "O_RDONLY|O_DSYNC"), (.openflags, 0o20200002, "O_RDWR|O_TMPFILE"),
            (.openflags, 0o200000, "O_RDONLY|O_DIRECTORY"), (.openflags, 0x4000_0000, "O_RDONLY|0x40000000"),
            (.prot, 0, "PROT_NONE"), (.prot, 5, "PROT_READ|PROT_EXEC"), (.prot, 0x10, "0x10"),
            (.mapflags, 0x22, "MAP_PRIVATE|MAP_ANONYMOUS"), (.mapflags, 3, "MAP_SHARED_VALIDATE"),
            (.mapflags, 0x40022 | 21 << 26, "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_HUGE_2MB"),
            (.mapflags, 0, "0"), (.mapflags, 0x40, "MAP_32BIT"),
            (.socktype, 0o2000001, "SOCK_STREAM|SOCK_CLOEXEC"), (.socktype, 0, "0"), (.socktype, 7, "0x7"),
            (.clone, 0x11, "SIGCHLD"), (.clone, 0x1200011, "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD"),
            (.clone, 0x80, "CLONE_NEWTIME"), (.clone, 0x2_0000_0100, "CLONE_VM|CLONE_INTO_CGROUP"),
            (.clone, 0, "0"), (.clone, 0x7f, "0x7f"),
        ]
        for (format, value, text) in flags { #expect(written(format, value) == text) }
        #expect(written(.openflags, -1, bits: 32).hasPrefix("O_ACCMODE|O_TMPFILE|O_CREAT"))
    }

    @Test func `flags have the bits of the machine that was traced`() {
        #expect(written(.openflags, 0o200000, machine: "aarch64") == "O_RDONLY|O_DIRECT")
        #expect(written(.openflags, 0o40000, machine: "aarch64") == "O_RDONLY|O_DIRECTORY")
        #expect(written(.openflags, 0o20040002, machine: "aarch64") == "O_RDWR|O_TMPFILE")
        #expect(written(.openflags, 0o40000, machine: "riscv64") == "O_RDONLY|O_DIRECT")
        // What is not the same everywhere is not guessed.
        #expect(written(.openflags, 0o2040000, machine: "") == "O_RDONLY|O_CLOEXEC|0x4000")
        #expect(written(.prot, 0x30, machine: "aarch64") == "PROT_BTI|PROT_MTE")
        #expect(written(.mapflags, 0x41, machine: "aarch64") == "MAP_SHARED|0x40")
    }

    @Test func `a set that is nearly full is told by what it lacks`() {
        #expect(written(.sigset, 0) == "0" && written(.sigset, 0x4002) == "SIGINT|SIGTERM")
        #expect(written(.sigset, -1) == "~0")
        #expect(written(.sigset, ~0x40100) == "~(SIGKILL|SIGSTOP)" && written(.sigset, ~0x100) == "~SIGKILL")
        #expect(written(.caps, 0x1ff_ffff_ffff) == "~0" && written(.caps, 0x1ff_ffdf_ffff) == "~CAP_SYS_ADMIN")
        #expect(written(.caps, 0x21) == "CAP_CHOWN|CAP_KILL" && written(.caps, 1 << 41) == "0x20000000000")
        #expect(written(.caps, 0x3ff_ffff_ffff) == "~0|0x20000000000")
        // As the kernel's structures have them.
        #expect(
            written(.sigset, [2, 0x40, 0, 0, 0, 0, 0, 0], FormatEnvironment(byteOrder: .little)) == "SIGINT|SIGTERM")
        #expect(written(.sigset, [0, 0, 0, 0, 0, 0, 0x40, 2], FormatEnvironment(byteOrder: .big)) == "SIGINT|SIGTERM")
    }

    @Test func `a file's mode is that of ls, for every mode there is`() {
        #expect(written(.mode, 0o100644, bits: 16) == "-rw-r--r--" && written(.mode, 0o041777) == "drwxrwxrwt")
        #expect(written(.mode, 0o104755) == "-rwsr-xr-x" && written(.mode, 0o106000) == "---S--S---")
        #expect(written(.mode, 0o101000) == "---------T" && written(.mode, 0o140000) == "s---------")
        // What does not say what the file is, as the argument of open(2).
        #expect(written(.mode, 0o644) == "0644" && written(.mode, 0) == "0" && written(.mode, 0o7777) == "07777")
        #expect(written(.mode, 0o30644) == "030644" && written(.mode, 0o200644) == "0200644")
        #expect(written(.mode, -1) == "01777777777777777777777")
        for mode in 0..<Int128(0o200000) {
            var name = [CChar](repeating: 0, count: 12)
            strmode(mode, &name)
            let expected = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if [1, 2, 4, 6, 8, 10, 12].contains(mode >> 12) { #expect(written(.mode, mode, bits: 16) == expected) }
        }
    }

    /// What ls(1) writes, by the words of stat(2).
    private func strmode(_ mode: Int128, _ name: inout [CChar]) {
        let mode = UInt32(mode)
        var text = ""
        switch mode & S_IFMT {
        case S_IFDIR: text = "d"
        case S_IFCHR: text = "c"
        case S_IFBLK: text = "b"
        case S_IFIFO: text = "p"
        case S_IFLNK: text = "l"
        case S_IFSOCK: text = "s"
        default: text = "-"
        }
        for (read, write, execute, special, letter) in [
            (S_IRUSR, S_IWUSR, S_IXUSR, S_ISUID, "s"), (S_IRGRP, S_IWGRP, S_IXGRP, S_ISGID, "s"),
            (S_IROTH, S_IWOTH, S_IXOTH, S_ISVTX, "t"),
        ] {
            text += mode & read != 0 ? "r" : "-"
            text += mode & write != 0 ? "w" : "-"
            let runs = mode & execute != 0
            text += mode & special == 0 ? (runs ? "x" : "-") : runs ? letter : letter.uppercased()
        }
        for (index, byte) in text.utf8.enumerated() { name[index] = CChar(bitPattern: byte) }
        name[text.utf8.count] = 0
    }

    @Test func `devices have the two numbers of the kernel or of the C library`() {
        #expect(written(.dev, 8 << 20 | 1, bits: 32) == "8:1" && written(.dev, 0xfff_fffff, bits: 32) == "4095:1048575")
        var generator = SeededNumbers(seed: 11)
        for _ in 0..<1000 {
            let device: UInt64 = generator.next()
            #expect(written(.userdev, Int128(device)) == "\(major(device)):\(minor(device))")
        }
    }

    /// gnu_dev_major(3), by its definition: the parts of each number lie around the other's.
    private func major(_ device: UInt64) -> UInt64 { (device >> 8) & 0xfff | (device >> 32) & ~0xfff }
    private func minor(_ device: UInt64) -> UInt64 { device & 0xff | (device >> 12) & 0xffff_ff00 }

    @Test func `numbers in network order are written as they are meant`() {
        #expect(
            text { ValueFormat.be.append(0x901f, bits: 16, to: &$0, FormatEnvironment(byteOrder: .little)) } == "8080")
        #expect(text { ValueFormat.be.append(0x1f90, bits: 16, to: &$0, FormatEnvironment(byteOrder: .big)) } == "8080")
        #expect(
            text { ValueFormat.be.append(0x0100_0000, bits: 32, to: &$0, FormatEnvironment(byteOrder: .little)) } == "1"
        )
        #expect(
            text { ValueFormat.ethertype.append(0xdd86, bits: 16, to: &$0, FormatEnvironment(byteOrder: .little)) }
                == "ETH_P_IPV6")
        #expect(written(.ethertype, [0x08, 0x06]) == "ETH_P_ARP" && written(.ethertype, [0x12, 0x34]) == "4660")
    }

    // MARK: The traced host

    @Test func `users, groups and control groups have the names of the host, or stay numbers`() {
        let host = OneHost()
        #expect(written(.uid, 1000, names: host) == "alice" && written(.gid, 27, names: host) == "sudo")
        #expect(written(.uid, 27, names: host) == "27" && written(.uid, 1000) == "1000")
        #expect(
            written(.uid, Int128(UInt32.max), names: host) == "-1"
                && written(.uid, 1 << 40, names: host) == "\(1 << 40)")
        #expect(written(.uid, 666, names: host) == #"evil\x1b[2J\n"#)
        #expect(
            written(.cgroup, 42, names: host) == "/system.slice/ssh.service" && written(.cgroup, 7, names: host) == "7")
        #expect(written(.unit, 42, names: host) == "ssh.service" && written(.unit, 42) == "42")
        #expect(written(.container, 43, names: host) == "0123456789ab")
        #expect(written(.container, 42, names: host) == "/system.slice/ssh.service")
        #expect(written(.uid, [0xe8, 3, 0, 0], FormatEnvironment(byteOrder: .little, names: host)) == "alice")
        #expect(written(.uid, [0, 0, 3, 0xe8], FormatEnvironment(byteOrder: .big, names: host)) == "alice")
    }

    @Test(
        arguments: [
            ("/", "/", "/"),
            ("", "", ""),
            ("/system.slice/ssh.service", "ssh.service", nil),
            ("/init.scope", "init.scope", nil),
            ("/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope", "user@1000.service", nil),
            ("/user.slice/user-1000.slice/session-2.scope", "session-2.scope", nil),
            ("/system.slice", "system.slice", nil),
            ("/system.slice/_cpu.service/child", "cpu.service", nil),
            ("/a/b", "/a/b", nil),
            ("/docker/ID", "/docker/ID", "0123456789ab"),
            ("/system.slice/docker-ID.scope", "docker-ID.scope", "0123456789ab"),
            ("/machine.slice/libpod-ID.scope/container", "libpod-ID.scope", "0123456789ab"),
            (
                "/kubepods.slice/kubepods-pod1.slice/cri-containerd-ID.scope", "cri-containerd-ID.scope",
                "0123456789ab"
            ),
            ("/kubepods/besteffort/pod0a-1b/ID", "/kubepods/besteffort/pod0a-1b/ID", "0123456789ab"),
            ("/lxc.payload.web", "/lxc.payload.web", "web"),
            ("/machine.slice/machine-web.scope/payload", "machine-web.scope", "web"),
            ("/docker/ID0", "/docker/ID0", nil),
            ("/x/.service", "/x/.service", nil),
            ("/machine-.scope", "machine-.scope", nil),
        ] as [(String, String, String?)])
    func `the path of a control group tells its unit and its container`(path: String, unit: String, container: String?)
    {
        let id = String(repeating: "0123456789abcdef", count: 4)
        func whole(_ text: String) -> String { text.replacingOccurrences(of: "ID", with: id) }
        #expect(written(.unit, Array(whole(path).utf8)) == whole(unit))
        #expect(written(.container, Array(whole(path).utf8)) == whole(container ?? path))
    }

    @Test func `random paths end nothing`() {
        var generator = SeededNumbers(seed: 3)
        let pieces = [
            "/", ".", "_", "slice", "service", "machine-", ".scope", "lxc.payload.", "0123456789abcdef", "\u{1b}", "\0",
        ]
        for _ in 0..<3000 {
            let path = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            }.joined()
            for format in [ValueFormat.unit, .container] {
                #expect(!written(format, Array(path.utf8)).unicodeScalars.contains { $0.value < 32 })
            }
        }
    }

    // MARK: Sockets

    @Test func `the address of a socket is told in one text`() {
        let little = FormatEnvironment(byteOrder: .little)
        #expect(written(.endpoint, [2, 0, 1, 0xbb, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], little) == "10.0.0.1:443")
        #expect(
            written(.endpoint, [0, 2, 1, 0xbb, 10, 0, 0, 1], FormatEnvironment(byteOrder: .big)) == "10.0.0.1:443")
        let v6: [UInt8] = [10, 0, 0, 80, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 15) + [1]
        #expect(written(.endpoint, v6 + [0, 0, 0, 0], little) == "[::1]:80")
        #expect(
            written(.endpoint, v6 + [3, 0, 0, 0], little) == "[::1%3]:80"
                && written(.endpoint, v6, little) == "[::1]:80")
        #expect(written(.endpoint, [1, 0] + Array("/run/bus\0rest".utf8), little) == "unix:/run/bus")
        #expect(written(.endpoint, [1, 0, 0] + Array("name\0".utf8), little) == "unix:@name")
        #expect(written(.endpoint, [1, 0], little) == "unix:" && written(.endpoint, [1, 0, 0, 0], little) == "unix:")
        #expect(written(.endpoint, [1, 0] + Array("\u{1b}[2J".utf8), little) == #"unix:\x1b[2J"#)
        #expect(written(.endpoint, [16, 0, 0xab], little) == "AF_NETLINK:ab")
        #expect(
            written(.endpoint, [2, 0, 1, 0xbb], little) == "AF_INET:01bb" && written(.endpoint, [2], little) == "02")
    }

    // MARK: Helpers

    private var hostMachine: String {
        var names = utsname()
        uname(&names)
        return withUnsafeBytes(of: names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private func checkC(_ source: String) throws -> (Int32, String) {
        let (status, _, errors) = try compiler(["-fsyntax-only", "-x", "c", "-"], source)
        return (status, errors)
    }

    private func definitions(_ headers: [String]) throws -> Set<String> {
        let source = "#define _GNU_SOURCE\n" + headers.map { "#include <\($0)>\n" }.joined()
        let (_, output, _) = try compiler(["-E", "-dM", "-x", "c", "-"], source)
        return Set(
            output.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) })
    }

    private func compiler(_ arguments: [String], _ source: String) throws -> (Int32, String, String) {
        let process = Process()
        let (input, output, errors) = (
            Pipe(), Pipe(), FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        )
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["clang"] + arguments
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(source.utf8))
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
    }
}
