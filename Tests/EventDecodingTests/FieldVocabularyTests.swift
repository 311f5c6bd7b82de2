// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventDecoding
import EventTypes
import Foundation
import Testing

/// Vocabularies in events: by tags, by the names of types, by what conditions say.
struct FieldVocabularyTests {
    private struct Host: HostNames {
        func user(_ id: UInt32) -> String? { id == 1000 ? "alice" : nil }
        func group(_ id: UInt32) -> String? { id == 27 ? "sudo" : nil }
        func cgroup(_ id: UInt64) -> String? { id == 9 ? "/system.slice/a.service" : nil }
    }

    private let environment = FormatEnvironment(machine: "x86_64", byteOrder: .little, names: Host())

    /// Numbers one after the other, as they lie in memory.
    private func bytes(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }
    private func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static let types = """
        typedef u16 umode_t; typedef u32 uid_t; typedef struct { uid_t val; } kuid_t; typedef u32 gid_t;
        typedef struct { gid_t val; } kgid_t; typedef u32 dev_t; typedef u16 sa_family_t; typedef u16 __be16;
        typedef struct { unsigned long sig[1]; } sigset_t; typedef u32 __be32; typedef int pid_t;
        struct sockaddr { sa_family_t sa_family; char sa_data[14]; };

        """

    private static let event = """
        struct event {
            kuid_t uid; gid_t gid; sigset_t mask; umode_t mode; sa_family_t family; dev_t dev; __be32 seq; __be16 proto;
            pid_t pid; struct sockaddr peer;
        };
        """

    private var eventBytes: [UInt8] {
        bytes(
            little(UInt32(1000)), little(UInt32(27)), little(UInt64(0x4002)), little(UInt16(0o100644)),
            little(UInt16(2)),
            little(UInt32(8 << 20 | 1)), [0, 0, 0, 5], [8, 0, 0, 0], little(UInt32(1)),
            [2, 0, 0, 80, 127, 0, 0, 1] + [UInt8](repeating: 0, count: 8))
    }

    @Test func `typedefs of the kernel have their format in text, and JSON has the numbers`() throws {
        let decoder = try decoder(Self.types + Self.event, environment: environment)
        #expect(
            decoder.line(eventBytes) == """
                uid: alice, gid: sudo, mask: SIGINT|SIGTERM, mode: -rw-r--r--, family: AF_INET, dev: 8:1, seq: 5, \
                proto: 2048, pid: 1, peer: 127.0.0.1:80
                """)
        let json = decoder.json(eventBytes)
        #expect(
            json.hasPrefix(
                #"{"uid":{"val":1000},"gid":27,"mask":{"sig":[16386]},"mode":33188,"family":2,"dev":8388609,"#))
        // A structure that is one text is one cell, and its members can still be named.
        #expect(
            decoder.plan.cells.map(\.path) == [
                "uid", "gid", "mask", "mode", "family", "dev", "seq", "proto", "pid", "peer",
            ])
        #expect(decoder.plan.columns.map(\.path).first == "uid.val" && decoder.plan.field("peer.sa_family") != nil)
    }

    @Test func `a cut event has no name for what is not there`() throws {
        let decoder = try decoder(Self.types + Self.event, environment: environment)
        for count in 0..<eventBytes.count {
            let line = decoder.line(Array(eventBytes.prefix(count)))
            #expect(line.contains("_cut: true"))
        }
    }

    @Test func `tags say the format, in JSON too`() throws {
        let decoder = try decoder(
            """
            #define SHOW(format) __attribute__((btf_decl_tag("fmt:" format)))
            struct event {
                int sig SHOW("signal"); u32 flags SHOW("openflags"); u64 group SHOW("unit"); u8 cap SHOW("cap");
                u16 groups[2] SHOW("gid"); char path[24] SHOW("unit"); u32 odd SHOW("sigset"); u32 nr SHOW("nosuch");
            };
            """, environment: environment)
        let path = Array("/x.slice/y.service".utf8) + [UInt8](repeating: 0, count: 6)
        let event = bytes(
            little(Int32(9)), little(UInt32(0o101)), little(UInt64(9)), [12, 0], little(UInt16(27)), little(UInt16(28)),
            path, [0, 0], little(UInt32(2)), little(UInt32(7)))
        #expect(
            decoder.line(event) == """
                sig: SIGKILL, flags: O_WRONLY|O_CREAT, group: a.service, cap: CAP_NET_ADMIN, groups: [sudo, 28], \
                path: y.service, odd: SIGINT, nr: 7
                """)
        #expect(
            decoder.json(event).hasPrefix(
                #"{"sig":"SIGKILL","flags":"O_WRONLY|O_CREAT","group":"a.service","cap":"CAP_NET_ADMIN","groups":["sudo","28"],"#
            ))
    }

    // MARK: Ends of connections

    @Test func `an address finds its port and its family beside it`() throws {
        let decoder = try decoder(
            """
            #define END __attribute__((btf_decl_tag("fmt:endpoint")))
            typedef u16 __be16; typedef u32 __be32;
            struct event {
                union { u32 saddr_v4; u8 saddr_v6[16] END; }; union { u32 daddr_v4; u8 daddr_v6[16] END; };
                u16 family; u16 sport; __be16 dport;
                struct { __be32 addr; u16 port; } local END; u32 src_ip END; u16 src_port; u32 lone END;
                struct { u8 addr[16]; __be16 port; u8 version; } six END; struct { u32 pid; } none END;
            };
            """, environment: environment)
        let v6: [UInt8] = [0x20, 1, 13, 184] + [UInt8](repeating: 0, count: 11) + [1]
        let rest = bytes(
            [10, 0, 0, 9], little(UInt16(53)), [0, 0], [10, 1, 1, 1], little(UInt16(99)), [0, 0], [10, 2, 2, 2], v6,
            [0x1f, 0x90], [6, 0], little(UInt32(5)))
        let six = bytes(v6, v6, little(UInt16(10)), little(UInt16(4711)), [1, 0xbb], [0, 0], rest)
        let line = decoder.line(six)
        #expect(
            line.contains("saddr_v6: [2001:db8::1]:4711") && line.contains("daddr_v6: [2001:db8::1]:443"), "\(line)")
        #expect(line.contains("local: 10.0.0.9:53, src_ip: 10.1.1.1:99, src_port: 99, lone: 10.2.2.2"), "\(line)")
        // What has no address is a structure as ever.
        #expect(line.contains("six: [2001:db8::1]:8080, none: {pid: 5}"), "\(line)")
        let four: [UInt8] = [10, 0, 0, 1] + [UInt8](repeating: 0, count: 12)
        let event = bytes(four, four, little(UInt16(2)), little(UInt16(4711)), [1, 0xbb], [0, 0], rest)
        #expect(decoder.json(event).contains(#""saddr_v6":"10.0.0.1:4711""#))
        #expect(decoder.line(Array(event.prefix(32))).contains("daddr_v6: 0a0000010000"))
    }

    @Test func `an address of 16 bytes beside its family is one end, an integer of 128 bits too`() throws {
        let decoder = try decoder(
            """
            struct event {
                unsigned __int128 saddr, daddr; u16 lport, dport; u32 family;
                struct { u8 ip[16]; u32 af; } bare; struct { u8 ip[16]; u32 other; } none;
            };
            """, environment: environment)
        let v6: [UInt8] = [0x20, 1, 13, 184] + [UInt8](repeating: 0, count: 11) + [1]
        let v4: [UInt8] = [10, 0, 0, 1] + [UInt8](repeating: 0, count: 12)
        func event(_ address: [UInt8], _ family: UInt32) -> [UInt8] {
            bytes(
                address, address, little(UInt16(99)), little(UInt16(443)), little(family), address, little(family),
                address, little(family))
        }
        let six = decoder.line(event(v6, 10))
        #expect(six.contains("saddr: 2001:db8::1, daddr: [2001:db8::1]:443"), "\(six)")
        #expect(six.contains("bare: {ip: 2001:db8::1, ") && six.contains("none: {ip: 20010db8"), "\(six)")
        let four = decoder.line(event(v4, 2))
        #expect(four.contains("saddr: 10.0.0.1, daddr: 10.0.0.1:443"), "\(four)")
        // Machines get what the type says.
        #expect(decoder.json(event(v4, 2)).contains(#""saddr":"16777226""#))
    }

    @Test func `a duration that its type calls so is a number to machines, and a text where the user wants one`() throws
    {
        let decoder = try decoder(
            "struct event { u64 took __attribute__((btf_decl_tag(\"fmt:ns\"))); int sig __attribute__((btf_decl_tag(\"fmt:signal\"))); };",
            environment: environment)
        let event = bytes(little(UInt64(1_500_000)), little(Int32(9)), little(UInt32(0)))
        #expect(decoder.line(event).contains("took: 1.500ms"), "\(decoder.line(event))")
        #expect(decoder.json(event).contains(#""took":1500000,"sig":"SIGKILL""#), "\(decoder.json(event))")
    }

    // MARK: Conditions

    private func matches(_ text: String, machine: String = "x86_64") throws -> Bool {
        let plan = try decoder(
            Self.types + """
                #define SHOW(format) __attribute__((btf_decl_tag("fmt:" format)))
                struct event {
                    int sig SHOW("signal"); u32 flags SHOW("openflags"); umode_t mode; __be16 dport; int ret SHOW("ret");
                    u64 nr SHOW("syscall"); __be16 eth SHOW("ethertype"); u8 proto SHOW("protocol"); sa_family_t family;
                };
                """
        ).plan
        let event = bytes(
            little(Int32(9)), little(UInt32(0o200101)), little(UInt16(0o100644)), [1, 0xbb], little(Int32(-2)),
            little(UInt64(257)), [0x86, 0xdd], [6, 0], little(UInt16(10)), [0, 0])
        return try WhereExpression(parsing: text).compile(for: plan, machine: machine)
            .matches(event.span.bytes, EventContext())
    }

    @Test(arguments: [
        "sig == SIGKILL", "sig == 9", "sig in (SIGTERM, SIGKILL)", "sig == \"SIG*\"", "sig != \"SIGT*\"",
        "flags & O_CREAT", "flags & O_DIRECTORY == O_DIRECTORY", "mode & S_IFMT == S_IFREG", "mode & S_IRUSR",
        "dport == 443", "dport in 400..500", "ret == -ENOENT", "nr == openat", "eth == ETH_P_IPV6",
        "proto == IPPROTO_TCP", "family == AF_INET6", "!(sig == SIGTERM)", "SIGKILL == sig",
    ])
    func `conditions have the names and the values that are shown`(text: String) throws {
        #expect(try matches(text), "\(text)")
    }

    @Test func `a name of another machine, or of another field, is no name`() throws {
        #expect(try !matches("flags & O_DIRECT"))
        #expect(try matches("flags & O_DIRECT", machine: "aarch64"))
        #expect(throws: WhereError.self) { try matches("flags & O_DIRECT", machine: "") }
        let error = #expect(throws: WhereError.self) { try matches("sig == SIGKIL") }
        #expect(error?.nextStep?.contains("SIGKILL") == true)
        #expect(throws: WhereError.self) { try matches("sig == O_CREAT") }
    }

    // MARK: What is asked of the host

    @Test func `every format and type that has names of the host has a capture tell them`() {
        for format in ValueFormat.allCases {
            let needs = [.uid, .gid, .cgroup, .unit, .container].contains(format)
            #expect((HostNameKinds.byTag["fmt:\(format.rawValue)"] != nil) == needs, "\(format)")
        }
        for type in HostNameKinds.byType.keys {
            let format = ValueFormat.byName("x", type: type, .unsigned(bits: 32), bytes: 4)
            #expect(format == .uid || format == .gid)
        }
    }

    @Test(
        arguments: [
            ("u32 pid;", []), ("u32 uid;", .users), ("u64 cgroup_id;", .cgroups), ("u32 egid;", .groups),
            ("struct { u32 uid; } a[2];", .users), ("u64 x __attribute__((btf_decl_tag(\"fmt:unit\")));", .cgroups),
            ("u32 guide, uidx, cgroups;", []), ("struct { struct { u64 cgid; u32 uid, gid; } k; } e;", .all),
        ] as [(String, HostNameKinds)])
    func `what names events may need is told by their type`(members: String, kinds: HostNameKinds) throws {
        let type = try EventSchema.layout("typedef unsigned u32; struct event { \(members) };")
        #expect(HostNameKinds(btf: type.btf) == kinds)
        #expect(HostNameKinds(btf: [1, 2, 3]) == [])
    }
}

/// The table of formats in docs/events.md.
struct FormatDocumentTests {
    private struct Host: HostNames {
        func user(_ id: UInt32) -> String? { "alice" }
        func group(_ id: UInt32) -> String? { "alice" }
        func cgroup(_ id: UInt64) -> String? {
            id == 1
                ? "/system.slice/ssh.service"
                : "/docker/" + String(repeating: "0123456789abcdef", count: 4)
        }
    }

    /// A number of each format of which the page shows a text.
    private static let examples: [(ValueFormat, Int128, Int, String)] = [
        (.dec, -5, 32, "-5"), (.hex, 42, 32, "0x2a"), (.oct, 0o644, 16, "0644"), (.bin, 10, 8, "0b1010"),
        (.ip4, 0x0100007f, 32, "127.0.0.1"), (.port, 0xbb01, 16, "443"), (.ns, 870, 64, "870ns"),
        (.errno, -2, 32, "-ENOENT"), (.ret, 2, 32, "2"), (.syscall, 257, 32, "openat"), (.bytes, 42, 32, "2a000000"),
        (.be, 8, 16, "2048"), (.signal, 9, 32, "SIGKILL"), (.signal, 34, 32, "SIGRT_2"),
        (.sigset, 0x4002, 64, #"SIGINT\|SIGTERM"#), (.sigset, ~0x40100, 64, #"~(SIGKILL\|SIGSTOP)"#),
        (.uid, 5, 32, "alice"), (.gid, -1, 32, "-1"), (.mode, 0o100644, 16, "-rw-r--r--"), (.mode, 0o644, 16, "0644"),
        (.openflags, 0o2000101, 32, #"O_WRONLY\|O_CREAT\|O_CLOEXEC"#), (.prot, 5, 32, #"PROT_READ\|PROT_EXEC"#),
        (.mapflags, 0x22, 32, #"MAP_PRIVATE\|MAP_ANONYMOUS"#), (.family, 10, 16, "AF_INET6"),
        (.socktype, 0o2000001, 32, #"SOCK_STREAM\|SOCK_CLOEXEC"#), (.protocol, 6, 8, "IPPROTO_TCP"),
        (.tcpstate, 1, 8, "TCP_ESTABLISHED"), (.ethertype, 0xdd86, 16, "ETH_P_IPV6"), (.dev, 8 << 20 | 1, 32, "8:1"),
        (.userdev, 0x801, 64, "8:1"), (.cgroup, 1, 64, "/system.slice/ssh.service"), (.unit, 1, 64, "ssh.service"),
        (.container, 2, 64, "0123456789ab"), (.cap, 12, 32, "CAP_NET_ADMIN"),
        (.caps, 0x21, 64, #"CAP_CHOWN\|CAP_KILL"#),
        (.caps, 0x1ff_ffdf_ffff, 64, "~CAP_SYS_ADMIN"), (.clone, 0x311, 64, #"CLONE_VM\|CLONE_FS\|SIGCHLD"#),
    ]

    @Test func `every format has its row, and the texts of the rows are what is written`() throws {
        let page = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/events.md"),
            encoding: .utf8)
        let start = try #require(page.range(of: "| format | for | written as |"))
        let table = page[start.upperBound...].components(separatedBy: "\n\n")[0]
        var rows: [String: String] = [:]
        for row in table.split(separator: "\n").dropFirst() {
            let cells = row.components(separatedBy: " | ")
            for name in cells[0].split(separator: "`").filter({ $0.allSatisfy { $0.isLetter || $0.isNumber } }) {
                rows[String(name)] = cells.dropFirst(2).joined(separator: " | ")
            }
        }
        #expect(Set(rows.keys) == Set(ValueFormat.allCases.map(\.rawValue)))
        let environment = FormatEnvironment(machine: "x86_64", byteOrder: .little, names: Host())
        for (format, value, bits, shown) in Self.examples {
            let written = text { format.append(value, bits: bits, to: &$0, environment) }
            #expect(written == shown.replacingOccurrences(of: #"\|"#, with: "|"))
            #expect(rows[format.rawValue]?.contains("`\(shown)`") == true, "\(format): \(shown)")
        }
    }
}
