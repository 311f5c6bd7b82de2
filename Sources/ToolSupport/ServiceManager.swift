// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Glibc

/// What a service manager is told, by the protocol of sd_notify(3); nothing happens where there is none.
package enum ServiceManager {
    /// A state of the service.
    package enum State: String, Sendable {
        /// The service is up: rings open, probe attached.
        case ready = "READY=1"
        /// The service is going down.
        case stopping = "STOPPING=1"
    }

    /// Sends the state to the socket that `NOTIFY_SOCKET` names.
    ///
    /// - Returns: False if there is a socket and it did not take the message.
    @discardableResult
    package static func notify(_ state: State) -> Bool {
        guard let name = unsafe getenv("NOTIFY_SOCKET").map({ unsafe String(cString: $0) }), !name.isEmpty else {
            return true
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // "@" stands for the NUL in front of an abstract name.
        let bytes = Array(name.utf8).enumerated().map { $0 == 0 && $1 == UInt8(ascii: "@") ? 0 : $1 }
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return false }
        let descriptor = OwnedDescriptor(owning: number)
        // A manager that does not read must not hold the tool, whose signals are blocked.
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        unsafe setsockopt(
            descriptor.rawValue, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let message = Array(state.rawValue.utf8)
        let sent = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe message.withUnsafeBytes { text in
                    unsafe sendto(
                        descriptor.rawValue, text.baseAddress, text.count, Int32(MSG_NOSIGNAL), generic, length
                    )
                }
            }
        }
        return sent == message.count
    }
}
