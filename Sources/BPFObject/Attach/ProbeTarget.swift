// SPDX-License-Identifier: Apache-2.0

/// The function a probe goes to, as the user wrote it: `[MODULE:]NAME[@COPY][+OFFSET]`.
///
/// The text comes from a command line and ends in a kernel file, so nothing but a symbol gets through.
public struct ProbeTarget: Sendable, Equatable {
    /// Which of several functions of one name is meant.
    public enum Copy: Sendable, Equatable {
        /// The one at that place among them, in the order of their addresses, from 1: `NAME@2`.
        case number(Int)
        /// The one that starts at that address: `NAME@0xffffffff81000000`.
        case address(UInt64)
        /// Each of them: `NAME@all`.
        case all
    }

    /// The module that has the function; `vmlinux` is the kernel image itself, nil is wherever it is.
    public let module: String?
    /// The name of the function, as in /proc/kallsyms.
    public let symbol: String
    /// Which function of that name; nil is the only one.
    public let copy: Copy?
    /// Bytes from the start of the function; 0 is its entry.
    public let offset: UInt64
    /// Whether the probe fires when the function returns (a kretprobe).
    public let isReturn: Bool
    /// How many calls of the function a kretprobe follows at one time; nil leaves it to the kernel.
    public let maxActive: Int?

    /// The longest symbol in bytes (`KSYM_NAME_LEN` less the NUL; 127 before Linux 6.1).
    public static let longestSymbol = 511
    /// The longest module name in bytes (`MODULE_NAME_LEN` less the NUL).
    public static let longestModule = 55
    /// The highest `maxActive` that the kernel takes (`KRETPROBE_MAXACTIVE_MAX`).
    public static let highestMaxActive = 4096

    /// Reads a target.
    ///
    /// - Parameters:
    ///   - text: `NAME`, `NAME+0x10`, `NAME+16`, `MODULE:NAME`, `NAME@2`, `NAME@0xffffffff81000000`, `NAME@all`; `-` in a module name is read as `_`, as the kernel does.
    ///   - isReturn: Whether the probe fires when the function returns.
    ///   - maxActive: For a return probe, 1 to 4096.
    public init(parsing text: String, isReturn: Bool = false, maxActive: Int? = nil) throws(ProbeTargetError) {
        let bytes = Array(text.utf8)
        var rest = bytes[...]
        var moduleBytes: ArraySlice<UInt8>?
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            moduleBytes = bytes[..<colon]
            rest = bytes[(colon + 1)...]
        }
        var offsetBytes: ArraySlice<UInt8>?
        if let plus = rest.firstIndex(of: UInt8(ascii: "+")) {
            offsetBytes = rest[(plus + 1)...]
            rest = rest[..<plus]
        }
        var copyBytes: ArraySlice<UInt8>?
        if let at = rest.firstIndex(of: UInt8(ascii: "@")) {
            copyBytes = rest[(at + 1)...]
            rest = rest[..<at]
        }
        func fail(_ reason: ProbeTargetError.Reason) -> ProbeTargetError {
            ProbeTargetError(text: text, reason: reason)
        }

        if let moduleBytes {
            guard !moduleBytes.isEmpty else { throw fail(.emptyModule) }
            if let bad = moduleBytes.firstIndex(where: { !Self.isModuleByte($0) }) {
                throw fail(.character(at: bad))
            }
            guard moduleBytes.count <= Self.longestModule else {
                throw fail(.tooLong(bytes: moduleBytes.count, limit: Self.longestModule))
            }
        }
        guard !rest.isEmpty else { throw fail(.emptySymbol) }
        if let bad = rest.firstIndex(where: { !Self.isSymbolByte($0) }) { throw fail(.character(at: bad)) }
        guard let first = rest.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            throw fail(.character(at: rest.startIndex))
        }
        guard rest.count <= Self.longestSymbol else {
            throw fail(.tooLong(bytes: rest.count, limit: Self.longestSymbol))
        }
        if let copyBytes {
            guard let choice = Self.copy(copyBytes) else { throw fail(.copy) }
            copy = choice
        } else {
            copy = nil
        }
        if let offsetBytes {
            guard let value = Self.number(offsetBytes) else { throw fail(.offset) }
            offset = value
        } else {
            offset = 0
        }
        guard !isReturn || offset == 0 else { throw fail(.returnWithOffset) }
        if let maxActive {
            guard isReturn else { throw fail(.maxActiveWithoutReturn) }
            guard (1...Self.highestMaxActive).contains(maxActive) else { throw fail(.maxActive(maxActive)) }
        }
        let dash = UInt8(ascii: "-")
        module = moduleBytes.map { String(decoding: $0.map { $0 == dash ? UInt8(ascii: "_") : $0 }, as: UTF8.self) }
        symbol = String(decoding: rest, as: UTF8.self)
        self.isReturn = isReturn
        self.maxActive = maxActive
    }

    private static func copy(_ bytes: ArraySlice<UInt8>) -> Copy? {
        if bytes.elementsEqual("all".utf8) { return .all }
        guard let value = number(bytes) else { return nil }
        if bytes.count > 2, bytes[bytes.startIndex + 1] | 0x20 == UInt8(ascii: "x") { return .address(value) }
        return value > 0 ? Int(exactly: value).map { .number($0) } : nil
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isSymbolByte(_ byte: UInt8) -> Bool {
        isWordByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "$")
    }

    private static func isModuleByte(_ byte: UInt8) -> Bool { isWordByte(byte) || byte == UInt8(ascii: "-") }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        let zero = UInt8(ascii: "0")
        let isHex =
            digits.count > 2 && digits.first == zero && digits[digits.startIndex + 1] | 0x20 == UInt8(ascii: "x")
        let text = String(decoding: isHex ? digits.dropFirst(2) : digits, as: UTF8.self)
        // UInt64.init takes a sign in front, which a second "+" in the target would be.
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        return UInt64(text, radix: isHex ? 16 : 10)
    }
}

extension ProbeTarget: CustomStringConvertible {
    /// The target in the notation that it is read from.
    public var description: String {
        (module.map { $0 + ":" } ?? "") + symbol + (copy.map { "@\($0)" } ?? "")
            + (offset > 0 ? "+0x" + String(offset, radix: 16) : "")
    }
}

extension ProbeTarget.Copy: CustomStringConvertible {
    /// The choice as it is written behind the `@`.
    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .address(let address): "0x" + String(address, radix: 16)
        case .all: "all"
        }
    }
}
