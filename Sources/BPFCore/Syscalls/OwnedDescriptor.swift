// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// A file descriptor with one owner: closed when the owner lets go, and never twice.
///
/// For maps, programs, links, perf events and files alike. `~Copyable` makes double close and use after close
/// compile errors.
package struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, valid as long as this value lives: borrow it for a call, do not keep it.
    package let rawValue: Int32

    /// Takes over a descriptor that nobody else closes.
    ///
    /// - Parameter rawValue: An open descriptor, 0 or more.
    package init(owning rawValue: Int32) {
        precondition(rawValue >= 0, "a descriptor to own is open")
        self.rawValue = rawValue
    }

    deinit {
        // Linux releases the number whatever close(2) returns; `close()` is for callers who need its answer.
        _ = CBPF.close(rawValue)
    }

    /// Closes the descriptor and tells what the kernel said of it.
    package consuming func close() throws(Errno) {
        let number = rawValue
        discard self
        guard CBPF.close(number) == 0 else { throw .last }
    }

    /// Gives the number away; the caller closes it.
    package consuming func release() -> Int32 {
        let number = rawValue
        discard self
        return number
    }
}

extension OwnedDescriptor {
    /// Another descriptor for what is behind one, for who keeps it.
    static func duplicate(of number: Int32) throws(Errno) -> OwnedDescriptor {
        let other = cbpf_duplicate(number)
        guard other >= 0 else { throw .last }
        return OwnedDescriptor(owning: other)
    }

    /// What the kernel says the descriptor is: `anon_inode:bpf-map`, `anon_inode:bpf-prog`, a path.
    var kind: String { Self.kind(at: "/proc/self/fd/\(rawValue)") }

    /// What the kernel says that a descriptor of a process is, by the path of its link.
    static func kind(at path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = unsafe path.withCString { unsafe readlink($0, &buffer, buffer.count) }
        return count > 0
            ? String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : "unknown"
    }

    /// Whether it is a `bpf_link`, which the kernel has called by two names.
    var isLink: Bool { kind.hasPrefix("anon_inode:bpf_link") || kind.hasPrefix("anon_inode:bpf-link") }
}
