// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import ToolSupport

/// A datagram socket as a service manager has it.
private final class ManagerSocket {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)

    /// - Parameter name: A path, or a name that begins with a NUL.
    init(_ name: [UInt8]) throws {
        var address = Self.address(name)
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(bound == 0)
    }

    deinit { close(descriptor) }

    /// The next message; nil if there is none.
    func take() -> String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    private static func address(_ name: [UInt8]) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        return address
    }
}

/// The environment is the process's, so one test at a time.
@Suite(.serialized)
struct ServiceManagerTests {
    private func with(_ value: String?, _ body: () throws -> Void) rethrows {
        if let value { setenv("NOTIFY_SOCKET", value, 1) } else { unsetenv("NOTIFY_SOCKET") }
        defer { unsetenv("NOTIFY_SOCKET") }
        try body()
    }

    @Test func `a manager with a path is told each state in a message of its own`() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "s").path
            let manager = try ManagerSocket(Array(path.utf8))
            with(path) {
                #expect(ServiceManager.notify(.ready) && ServiceManager.notify(.stopping))
            }
            #expect(manager.take() == "READY=1" && manager.take() == "STOPPING=1" && manager.take() == nil)
        }
    }

    @Test func `a manager with an abstract name is told`() throws {
        let name = "swift-bpf-test-\(UUID().uuidString)"
        let manager = try ManagerSocket([0] + Array(name.utf8))
        with("@" + name) { #expect(ServiceManager.notify(.ready)) }
        #expect(manager.take() == "READY=1")
    }

    @Test(arguments: [nil, ""])
    func `without a manager nothing happens`(value: String?) {
        with(value) { #expect(ServiceManager.notify(.ready)) }
    }

    @Test(arguments: ["/no/such/socket", "@no-such-name-here", "/" + String(repeating: "x", count: 107)])
    func `a manager that is not there is no success and no crash`(value: String) {
        with(value) { #expect(!ServiceManager.notify(.ready)) }
    }

    @Test(.timeLimit(.minutes(30)))
    func `a manager that does not read is given up`() throws {
        let name = "swift-bpf-test-\(UUID().uuidString)"
        let manager = try ManagerSocket([0] + Array(name.utf8))
        // A queue holds net.unix.max_dgram_qlen messages, or the buffer's worth.
        var bytes: Int32 = 1
        setsockopt(manager.descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        with("@" + name) {
            var sent = 0
            while sent < 100_000, ServiceManager.notify(.ready) { sent += 1 }
            #expect((1..<100_000).contains(sent))
        }
        #expect(manager.take() == "READY=1")
    }
}
