// SPDX-License-Identifier: Apache-2.0

/// A network device of the loader's network namespace.
public enum NetworkDevice: Sendable, Equatable {
    /// By its name, such as `eth0`.
    case name(String)
    /// By its index (`ifindex`), which is 1 or more.
    case index(UInt32)

    /// Reads a name, or an index if it has nothing but digits.
    ///
    /// - Parameters:
    ///   - text: What names the device.
    ///   - start: Where it begins in the whole target, for the place of what is wrong.
    init(reading text: Substring, at start: Int = 0) throws(AttachTargetError.Reason) {
        guard !text.isEmpty else { throw .form("the name of the network device is missing") }
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            guard let number = Int32(text), number > 0 else {
                throw .form("the index of a network device is a number from 1 to \(Int32.max)")
            }
            self = .index(UInt32(number))
            return
        }
        // What the kernel takes as the name of a device (`dev_valid_name`, `IFNAMSIZ`).
        for (offset, byte) in text.utf8.enumerated()
        where byte <= UInt8(ascii: " ") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":") || byte == 0x7f {
            throw .character(at: start + offset)
        }
        guard text != ".", text != ".." else { throw .character(at: start) }
        guard text.utf8.count <= Self.longestName else {
            throw .tooLong(bytes: text.utf8.count, limit: Self.longestName)
        }
        self = .name(String(text))
    }

    /// `IFNAMSIZ` less the NUL.
    static let longestName = 15
}

extension NetworkDevice: CustomStringConvertible {
    /// The name, or the index.
    public var description: String {
        switch self {
        case .name(let name): name
        case .index(let index): "\(index)"
        }
    }
}

/// Where among the programs of one hook a program runs.
public enum AttachOrder: String, Sendable, CaseIterable {
    /// In front of the others (`BPF_F_BEFORE`).
    case first
    /// Behind the others (`BPF_F_AFTER`).
    case last

    /// The bit in the flags of a link (Linux 6.6; control groups since 6.17).
    package var flag: UInt32 { self == .first ? 1 << 3 : 1 << 4 }
}

/// The parts of a target of the network: `DEVICE:WORD`, and words about order behind a comma.
struct TargetParts {
    /// Parts between colons.
    var fields: [Substring]
    /// Where among others.
    var order: AttachOrder?

    /// Reads the parts of a target.
    init(reading text: Substring, atMost count: Int, takesOrder: Bool = false) throws(AttachTargetError.Reason) {
        var rest = text
        if takesOrder, let comma = text.utf8.lastIndex(of: UInt8(ascii: ",")) {
            let word = text[text.utf8.index(after: comma)...]
            guard let order = AttachOrder(rawValue: String(word)) else {
                throw .form("what follows the comma is not first or last")
            }
            self.order = order
            rest = text[..<comma]
        }
        fields = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count <= count else { throw .form("it has more parts than \(count)") }
    }

    /// One of the words of an enumeration, in a place where there may be none.
    func word<Word: RawRepresentable & CaseIterable>(
        _ index: Int, of type: Word.Type
    ) throws(AttachTargetError.Reason) -> Word? where Word.RawValue == String {
        guard index < fields.count else { return nil }
        guard let word = Word(rawValue: String(fields[index])) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw .form("\"\(fields[index].prefix(32))\" is none of \(words)")
        }
        return word
    }
}
