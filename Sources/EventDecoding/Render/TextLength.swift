// SPDX-License-Identifier: Apache-2.0

/// How long texts are that hold several strings with a NUL behind each, as the arguments of a process: a number beside a
/// text says it, `args_size` beside `args`.
enum TextLength {
    /// The numbers that say how many bytes of texts are used, by the index of the text.
    static func find(in nodes: [PlanNode]) -> [Int: ValueAccess] {
        guard nodes.contains(where: { $0.shape == .text }) else { return [:] }
        var found: [Int: ValueAccess] = [:]
        for (index, node) in nodes.enumerated() where node.shape == .structure {
            var texts: [(name: String, index: Int)] = []
            var numbers: [String: Int] = [:]
            var at = index + 1
            while at < node.end {
                if nodes[at].shape == .text { texts.append((nodes[at].name, at)) }
                if nodes[at].shape == .integer, nodes[at].access.bits <= 64 { numbers[nodes[at].name] = at }
                at = nodes[at].end
            }
            guard !texts.isEmpty, !numbers.isEmpty else { continue }
            for (name, text) in texts {
                let number = endings.lazy.compactMap { numbers[name + $0] }.first
                if let number { found[text] = nodes[number].access }
            }
        }
        return found
    }

    private static let endings = ["_size", "_len", "_length"]

    /// The strings of a text with spaces between them; nil if there is only one, which ends at its NUL.
    ///
    /// - Parameters:
    ///   - bytes: All bytes of the text.
    ///   - used: How many of them are used.
    static func strings(_ bytes: RawSpan, used: Int) -> [UInt8]? {
        guard used >= 0, used <= bytes.byteCount else { return nil }
        var end = used
        while end > 0, unsafe bytes.unsafeLoadUnaligned(fromByteOffset: end - 1, as: UInt8.self) == 0 { end -= 1 }
        var text: [UInt8] = []
        var hasSeveral = false
        for at in 0..<end {
            let byte = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt8.self)
            if byte == 0 { hasSeveral = true }
            text.append(byte == 0 ? UInt8(ascii: " ") : byte)
        }
        return hasSeveral ? text : nil
    }
}
