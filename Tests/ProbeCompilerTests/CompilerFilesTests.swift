// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import ProbeCompiler

@Suite("Files of compilers") struct CompilerFilesTests {
    private static let manager = FileManager.default
    private static let toolchain = Toolchain(folder: "/nowhere/bin")

    private static func make(_ folder: URL, mode: Int = 0o755) throws {
        try manager.createDirectory(at: folder, withIntermediateDirectories: true)
        try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path)
    }

    private static func write(_ file: URL, _ text: String = "", mode: Int = 0o755) throws {
        try Data(text.utf8).write(to: file)
        try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    /// BPFKit's module in a folder as its cache.
    private static func withKit(_ body: (borrowing KitModule, CompilerFolder) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let cache = CompilerFolder(folder.path)
            try #require(cache.keeps)
            try body(try KitModule(ProbeOptions(), toolchain, cache, work: folder.path), cache)
        }
    }

    // MARK: - Trust

    @Test("a path is not trusted where others could turn a link on the way")
    func links() throws {
        try withTemporaryFolder { folder in
            let folder = URL(fileURLWithPath: try #require(TrustedPath.real(folder.path)))
            let (safe, open) = (folder.appending(path: "safe"), folder.appending(path: "open"))
            try Self.make(safe)
            try Self.make(open, mode: 0o777)
            try Self.manager.createSymbolicLink(
                atPath: open.appending(path: "link").path, withDestinationPath: safe.path)
            try Self.manager.createSymbolicLink(
                atPath: folder.appending(path: "link").path, withDestinationPath: "./open/../safe")
            let (first, second) = (open.path + "/link", folder.path + "/link")
            #expect(TrustedPath.fault(safe.path) == nil)
            #expect(TrustedPath.fault(first)?.contains("others may write") == true)
            #expect(TrustedPath.fault(second)?.contains("others may write") == true)
            #expect(CompilerFolder.made(first + "/cache") == nil)
            #expect(!Self.manager.fileExists(atPath: safe.path + "/cache"))
            try Self.manager.createSymbolicLink(atPath: folder.path + "/ring", withDestinationPath: "ring")
            #expect(TrustedPath.fault(folder.path + "/ring")?.contains("leads nowhere") == true)
        }
    }

    @Test("the directory of the cache is used as it is checked: without links")
    func cache() throws {
        try withTemporaryFolder { folder in
            let folder = try #require(TrustedPath.real(folder.path))
            try Self.make(URL(fileURLWithPath: folder + "/real"))
            try Self.manager.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "real")
            #expect(CompilerFolder(folder + "/link/cache").path == folder + "/real/cache")
            #expect(CompilerFolder.made("relative") == nil)
        }
    }

    @Test("root takes no directory from the environment that is another user's, or that others may change")
    func rootsCache() throws {
        try withTemporaryFolder { folder in
            let open = folder.appending(path: "open")
            try Self.make(open, mode: 0o777)
            let home = CompilerFolder.usual(isRoot: true, cache: open.path, home: "/root")
            #expect(home == "/root/.cache/swift-bpf")
            #expect(CompilerFolder.usual(isRoot: false, cache: open.path, home: "/home/a") == open.path + "/swift-bpf")
            #expect(CompilerFolder.usual(isRoot: true, cache: "/usr", home: "/root") == "/usr/swift-bpf")
        }
    }

    @Test(
        "a toolchain is not run if others may write to its front end or its libraries",
        arguments: ["bin/swift-frontend", "lib", "lib/swift", "lib/clang"])
    func toolchains(part: String) throws {
        try withTemporaryFolder { folder in
            let folder = URL(fileURLWithPath: try #require(TrustedPath.real(folder.path)))
            for name in ["bin", "lib/swift", "lib/clang"] { try Self.make(folder.appending(path: name)) }
            for name in ["swiftc", "swift-frontend", "clang"] { try Self.write(folder.appending(path: "bin/" + name)) }
            #expect(try Toolchain.find(folder.path, path: nil) == Toolchain(folder: folder.path + "/bin"))
            try Self.manager.setAttributes(
                [.posixPermissions: 0o777], ofItemAtPath: folder.appending(path: part).path)
            let error = #expect(throws: ProbeError.self) { try Toolchain.find(folder.path, path: nil) }
            #expect(error?.diagnostic.code == .probeToolchainUntrusted, "\(String(describing: error))")
            #expect(error?.diagnostic.cause?.hasSuffix("others may write to \(folder.path)/\(part)") == true)
        }
    }

    @Test("a module of BPFKit that others may change is compiled anew")
    func kit() throws {
        try Self.withKit { kit, _ in
            let module = URL(fileURLWithPath: kit.path + "/" + KitModule.file)
            var isThere = [kit.isThere]
            for mode in [0o644, 0o666] {
                try Self.write(module, "module", mode: mode)
                isThere.append(kit.isThere)
            }
            #expect(isThere == [false, true, false])
        }
    }

    // MARK: - What is left

    @Test("modules of BPFKit and unfinished objects are bounded, and one that is in use stays")
    func bounds() throws {
        try Self.withKit { kit, cache in
            for number in 1...12 {
                try Self.make(URL(fileURLWithPath: cache.path + "/kit-\(number)"))
                try Self.write(URL(fileURLWithPath: cache.path + "/kit-\(number)/BPFKit.swiftmodule"))
                try Self.write(URL(fileURLWithPath: cache.path + "/.object-a.\(number)~"))
            }
            let used = FolderLock(cache.path + "/kit-1", .shared)
            kit.removeOthers()
            var key = ResultCache.Key()
            key.add("key")
            ResultCache(folder: cache).keep([1], of: key)
            let names = KernelFile.names(in: cache.path)
            #expect(names.filter { $0.hasPrefix("kit-") }.count <= 9, "\(names)")
            let own = kit.path
            #expect(names.contains("kit-1") && Self.manager.fileExists(atPath: own))
            #expect(names.filter { $0.hasSuffix("~") }.count == 8, "\(names)")
            #expect(ResultCache(folder: cache).object(of: key) == [1])
            _ = consume used
        }
    }

    @Test("what a killed compilation left in /tmp is removed by the next one")
    func forgotten() throws {
        let left = "/tmp/swift-bpf-work-left-\(UUID().uuidString)"
        try Self.make(URL(fileURLWithPath: left + "/BPFKit"))
        try Self.write(URL(fileURLWithPath: left + "/BPFKit/code.ll"))
        let used = "/tmp/swift-bpf-work-used-\(UUID().uuidString)"
        try Self.make(URL(fileURLWithPath: used))
        defer { try? Self.manager.removeItem(atPath: used) }
        let lock = FolderLock(used, .exclusive)
        let folder = CompilerFolder("relative")
        #expect(!folder.keeps)
        let work = try WorkFolder(in: folder)
        let own = work.path
        #expect(Self.manager.fileExists(atPath: own) && !Self.manager.fileExists(atPath: left))
        #expect(Self.manager.fileExists(atPath: used))
        _ = consume lock
        _ = consume work
    }
}
