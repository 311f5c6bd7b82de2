// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// What the kernel answered to a request of rtnetlink(7).
struct RouteRefusal: Error {
    let errno: Errno
    /// The kernel's own words, where it has some.
    var words: String?

    /// Both, for a cause.
    var described: String { words.map { "\(errno.name): the kernel says \"\($0)\"" } ?? errno.described }
}

/// A socket of rtnetlink(7), in the network namespace in which it was opened.
struct RouteSocket: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    private var sequence: UInt32 = 0

    /// Opens a socket.
    init() throws(RouteRefusal) {
        let number = cbpf_route_socket()
        guard number >= 0 else { throw RouteRefusal(errno: .last) }
        descriptor = OwnedDescriptor(owning: number)
    }

    /// Sends a request and takes what comes before the answer.
    ///
    /// - Parameter request: Makes the request with its number.
    /// - Returns: The messages that belong to it, the answer left out.
    mutating func call(_ request: (UInt32) -> NetlinkRequest) throws(RouteRefusal) -> [NetlinkMessage] {
        sequence &+= 1
        try send(request(sequence).bytes)
        var found: [NetlinkMessage] = []
        while true {
            for message in NetlinkMessage.all(in: try receive()) where message.sequence == sequence {
                guard let answer = message.answer else {
                    found.append(message)
                    continue
                }
                guard answer.errno == 0 else {
                    throw RouteRefusal(errno: Errno(rawValue: answer.errno), words: answer.words)
                }
                return found
            }
        }
    }

    private func send(_ bytes: [UInt8]) throws(RouteRefusal) {
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe CBPF.send(descriptor.rawValue, buffer.baseAddress, buffer.count, 0)
        }
        guard sent == bytes.count else { throw RouteRefusal(errno: .last) }
    }

    /// The next datagram.
    ///
    /// The kernel works on a request within send(2), so that its answer is there already.
    private func receive() throws(RouteRefusal) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe cbpf_receive(descriptor.rawValue, bytes.baseAddress, bytes.count)
            }
            if count < 0, Errno.last == .interrupted { continue }
            guard count > 0 else { throw RouteRefusal(errno: count < 0 ? .last : .ioError) }
            guard count <= buffer.count else { throw RouteRefusal(errno: .messageTooLong) }
            return Array(buffer.prefix(count))
        }
    }

    /// The kernel makes no datagram of a list longer than 32 KiB.
    private static let bufferSize = 1 << 16
}
