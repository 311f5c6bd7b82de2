// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A message to netlink(7), as bytes in the making.
struct NetlinkRequest: Equatable {
    /// What is in the header (`struct nlmsghdr`) beside the length.
    struct Flags: OptionSet {
        let rawValue: UInt16
        static let request = Flags(rawValue: 0x1)
        static let acknowledge = Flags(rawValue: 0x4)
        static let echo = Flags(rawValue: 0x8)
        static let exclusive = Flags(rawValue: 0x200)
        static let create = Flags(rawValue: 0x400)
        static let dump = Flags(rawValue: 0x300)
    }

    private var content: [UInt8] = []

    /// Begins a message.
    init(type: UInt16, flags: Flags, sequence: UInt32) {
        append(UInt32(0))
        append(type)
        append(flags.rawValue)
        append(sequence)
        append(UInt32(0))
    }

    /// Adds an integer in the order of the machine.
    mutating func append<Value: FixedWidthInteger & UnsignedInteger>(_ value: Value) {
        // The lowest byte first, after what makes that the order of the machine.
        let value = ByteOrder.native == .little ? value : value.byteSwapped
        for byte in 0..<(Value.bitWidth / 8) { content.append(UInt8(truncatingIfNeeded: value >> Value(8 * byte))) }
    }

    /// Adds an attribute (`struct rtattr`) with what `body` adds in it.
    mutating func attribute(_ type: UInt16, _ body: (inout NetlinkRequest) -> Void) {
        let start = content.count
        append(UInt16(0))
        append(type)
        body(&self)
        setLength(UInt16(truncatingIfNeeded: content.count - start), at: start)
        while content.count % 4 != 0 { content.append(0) }
    }

    /// Adds an attribute that is a number.
    mutating func attribute(_ type: UInt16, _ value: UInt32) { attribute(type) { $0.append(value) } }

    /// Adds an attribute that is a string with its NUL.
    mutating func attribute(_ type: UInt16, _ text: String) { attribute(type) { $0.content += Array(text.utf8) + [0] } }

    /// The whole message.
    var bytes: [UInt8] {
        var whole = self
        whole.setLength(UInt32(truncatingIfNeeded: content.count), at: 0)
        return whole.content
    }

    private mutating func setLength<Value: FixedWidthInteger & UnsignedInteger>(_ value: Value, at offset: Int) {
        var length = NetlinkRequest()
        length.append(value)
        content.replaceSubrange(offset..<(offset + length.content.count), with: length.content)
    }

    private init() {}
}

/// A message of netlink(7) that came in.
struct NetlinkMessage: Equatable {
    /// `NLMSG_ERROR`: an answer, of success too.
    static let error: UInt16 = 2
    /// `NLMSG_DONE`: the end of a list.
    static let done: UInt16 = 3
    /// `sizeof(struct nlmsghdr)`.
    private static let headerSize = 16

    let type: UInt16
    let flags: UInt16
    let sequence: UInt32
    /// What follows the header.
    let body: ByteReader

    /// Takes the messages of one datagram apart; what is shorter than it says ends the list.
    static func all(in bytes: [UInt8]) -> [NetlinkMessage] {
        let reader = ByteReader(bytes: bytes, byteOrder: .native)
        var messages: [NetlinkMessage] = []
        var offset = 0
        while let length = reader.integer(UInt32.self, at: offset),
            let type = reader.integer(UInt16.self, at: offset + 4),
            let flags = reader.integer(UInt16.self, at: offset + 6),
            let sequence = reader.integer(UInt32.self, at: offset + 8), length >= headerSize,
            let body = reader.part(at: offset + headerSize, count: Int(length) - headerSize)
        {
            messages.append(NetlinkMessage(type: type, flags: flags, sequence: sequence, body: body))
            offset += (Int(length) + 3) & ~3
        }
        return messages
    }

    /// What an answer says: the number of an error, 0 for none, and the kernel's words; nil if it is no answer.
    var answer: (errno: Int32, words: String?)? {
        guard type == Self.error || type == Self.done else { return nil }
        guard let code = body.integer(UInt32.self, at: 0) else { return (type == Self.done ? 0 : 22, nil) }
        let number = Int32(bitPattern: code)
        guard number <= 0, number > -4096 else { return (22, nil) }
        // NLM_F_ACK_TLVS: attributes follow the header of the request, or the number at the end of a list.
        guard flags & 0x200 != 0 else { return (-number, nil) }
        let attributes = NetlinkAttributes(body, from: type == Self.error ? 4 + Self.headerSize : 4)
        return (-number, attributes.string(1))
    }
}

/// The attributes behind a message, or in another attribute; of two of a type the first counts.
struct NetlinkAttributes {
    private var values: [UInt16: ByteReader] = [:]

    /// Takes them apart; what is shorter than it says ends the list.
    init(_ body: ByteReader, from start: Int = 0) {
        var offset = start
        while let length = body.integer(UInt16.self, at: offset), let type = body.integer(UInt16.self, at: offset + 2),
            length >= 4, let value = body.part(at: offset + 4, count: Int(length) - 4)
        {
            // The two highest bits are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER).
            let type = type & 0x3fff
            if values[type] == nil { values[type] = value }
            offset += (Int(length) + 3) & ~3
        }
    }

    /// The attributes in one.
    func nested(_ type: UInt16) -> NetlinkAttributes? { values[type].map { NetlinkAttributes($0) } }

    /// A number of 32 bits.
    func number(_ type: UInt16) -> UInt32? { values[type]?.integer(UInt32.self, at: 0) }

    /// A string; nil if it has no NUL.
    func string(_ type: UInt16) -> String? { values[type]?.string(at: 0) }
}
