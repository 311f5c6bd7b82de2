// SPDX-License-Identifier: Apache-2.0

@testable import BPFCore
import Foundation
import TestSupport
import Testing

struct ControlGroupsTests {
    private func number(_ path: String) throws -> UInt64 {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? UInt64)
    }

    @Test func `directories are found with their numbers, and nothing else is followed`() throws {
        try withTemporaryFolder { folder in
            for path in ["a/b", "c", "a/\u{1b}[2J"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder.path)/\(path)", withIntermediateDirectories: true)
            }
            try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
            try FileManager.default.createSymbolicLink(atPath: folder.path + "/loop", withDestinationPath: "..")
            let (groups, isCut) = ControlGroups.walk(folder.path, id: 1, limit: 100)
            #expect(groups.map(\.path) == ["/", "/a", "/c", "/a/\u{1b}[2J", "/a/b"] && !isCut)
            for group in groups.dropFirst() { #expect(try group.id == number(folder.path + group.path)) }
            #expect(ControlGroups.walk(folder.path, id: 1, limit: 3).groups.count == 3)
            #expect(ControlGroups.walk(folder.path, id: 1, limit: 3).isCut)
            #expect(ControlGroups.walk(folder.path + "/none", id: 1, limit: 3).groups.count == 1)
        }
    }

    @Test func `directories too deep are left out`() throws {
        try withTemporaryFolder { folder in
            let deep = String(repeating: "d/", count: 100)
            try FileManager.default.createDirectory(atPath: "\(folder.path)/\(deep)", withIntermediateDirectories: true)
            let (groups, isCut) = ControlGroups.walk(folder.path, id: 1, limit: 1000)
            #expect(isCut && groups.count < 70 && groups.count > 50)
        }
    }

    @Test func `without a unified hierarchy there are none`() {
        #expect(ControlGroups.all(roots: KernelRoots(proc: "/proc", sys: "/nowhere"), limit: 10) == nil)
    }
}
