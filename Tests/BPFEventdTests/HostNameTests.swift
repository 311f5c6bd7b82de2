// SPDX-License-Identifier: Apache-2.0

@testable import BPFCore
@testable import EventCollecting
import EventStream
import EventTypes
import Foundation
import TestSupport
import Testing

struct HostNameTests {
    private func read(_ text: String) -> [String] {
        AccountNames.read(Array(text.utf8)).entries.map { "\($0.id) \($0.name)" }
    }

    @Test func `names of accounts are read, and what is no account is passed over`() {
        #expect(read("root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:\n") == ["0 root", "1000 alice"])
        #expect(read("sudo:x:27:alice\nempty:x:28:") == ["27 sudo", "28 empty"])
        #expect(read("# a:x:1:\n+::::::\n-bob:x:2:\n\n:x:3:\nx\ny:\nz:x\nn:x:-1:\nw:x:4294967296:\nv:x:0x5:\n") == [])
        // The first of two counts, whatever order they are in.
        #expect(read("b:x:7:\na:x:7:\nc:x:1:") == ["1 c", "7 b"])
        #expect(read(String(repeating: "n", count: 300) + ":x:5:\n") == [])
        #expect(read("last:x:4294967295") == ["4294967295 last"])
        #expect(AccountNames.read([0xff, 58, 58, 49, 58, 0x0a]).entries.map(\.id) == [1])
    }

    @Test func `a file of very many accounts is cut, and that is known`() {
        let many = (0..<AccountNames.limit + 1).map { "u\($0):x:\($0):\n" }.joined()
        let (entries, isCut) = AccountNames.read(Array(many.utf8))
        #expect(entries.count == AccountNames.limit && isCut)
        #expect(!AccountNames.read(Array(many.split(separator: "\n").dropLast().joined(separator: "\n").utf8)).isCut)
    }

    private func group(_ id: UInt64, _ path: String) -> ControlGroups.Group { ControlGroups.Group(id: id, path: path) }

    @Test func `only what is new of control groups is told, and those that have gone are kept`() {
        var list = HostNameList(roots: KernelRoots(proc: "/nowhere", sys: "/nowhere"))
        #expect(list.lists.isEmpty && !list.watchesGroups)
        list.want(.cgroups)
        #expect(list.watchesGroups && list.lists == [CaptureNames(.cgroups)])
        let first = list.take([group(1, "/"), group(2, "/a")], isCut: false)
        #expect(first?.entries.map(\.name) == ["/", "/a"])
        #expect(list.take([group(1, "/"), group(2, "/a")], isCut: false) == nil)
        let second = list.take([group(1, "/"), group(3, "/b")], isCut: false)
        #expect(second?.entries.map(\.id) == [3])
        #expect(list.lists.flatMap(\.entries).map(\.id) == [1, 2, 3] && !list.isCut)
        // A number that another group has now.
        #expect(list.take([group(2, "/c")], isCut: false)?.entries.map(\.name) == ["/c"])
    }

    @Test func `control groups that have gone make room for others`() {
        var list = HostNameList(roots: KernelRoots(proc: "/nowhere", sys: "/nowhere"))
        list.want(.cgroups)
        let limit = UInt64(HostNameList.groupLimit)
        _ = list.take((0..<limit).map { group($0, "/\($0)") }, isCut: false)
        let new = list.take((limit..<limit + 10).map { group($0, "/\($0)") }, isCut: false)
        #expect(new?.entries.count == 10 && list.lists.flatMap(\.entries).count == 10)
        let long = "/" + String(repeating: "x", count: 4000)
        _ = list.take((0..<1000).map { group($0 + 1 << 40, long + "\($0)") }, isCut: false)
        #expect(list.isCut)
        #expect(list.lists.flatMap(\.entries).reduce(0) { $0 + $1.name.utf8.count } <= HostNameList.pathBytesLimit)
    }

    @Test func `users and groups are those of the files of the host`() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder.path + "/etc", withIntermediateDirectories: true)
            try Data("root:x:0:0::/:\n".utf8).write(to: URL(fileURLWithPath: folder.path + "/etc/passwd"))
            var list = HostNameList(roots: KernelRoots(proc: "/nowhere", sys: "/nowhere", files: folder.path))
            list.want([.users, .groups])
            #expect(list.lists == [CaptureNames(.users, [.init(id: 0, name: "root")]), CaptureNames(.groups)])
        }
    }
}
