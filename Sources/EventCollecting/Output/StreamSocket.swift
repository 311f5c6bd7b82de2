// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Glibc

/// A Unix stream socket that a reader of the events listens on.
enum StreamSocket {
    /// Connects to a socket in the file system.
    ///
    /// - Throws: `ECONNREFUSED` if nobody listens, `EAGAIN` if others wait to be accepted and there is no more room for
    ///   that, `EPROTOTYPE` if it is no stream socket.
    static func connect(to place: OutputPath) throws(Errno) -> OwnedDescriptor {
        // By the name that the opened socket has in /proc: no symbolic link comes between, and the name is short enough
        // for the address, whose path has 108 bytes (unix(7)).
        let target = try place.openPlace()
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array("/proc/self/fd/\(target.rawValue)".utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let number = socket(AF_UNIX, flags, 0)
        guard number >= 0 else { throw .last }
        let descriptor = OwnedDescriptor(owning: number)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.connect(descriptor.rawValue, generic, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw .last }
        extendLifetime(target)
        return descriptor
    }
}
