// SPDX-License-Identifier: Apache-2.0

/// A column of a table.
package struct TableColumn: Sendable {
    /// Its name, as it is: it is escaped where it is written.
    package let title: String
    /// The side that its values stand on.
    package let alignment: Alignment
    /// How its values are coloured.
    package let style: TextStyle
    /// The columns of a terminal that it takes before any value was longer.
    package let width: Int

    /// Creates a column for values of a kind.
    ///
    /// Numbers and durations stand on the right. The width is what most values of the kind need, so that few rows move
    /// the ones behind; no column reserves the twenty digits that a 64-bit number can have.
    ///
    /// - Parameters:
    ///   - title: Its name.
    ///   - kind: What its values are.
    ///   - format: The format that they are written in.
    package init(_ title: String, _ kind: ValueKind, format: ValueFormat? = nil) {
        self.title = title
        style = TextStyle(kind, format)
        alignment = Self.alignment(kind, format)
        width = Self.width(kind, format)
    }

    private static func alignment(_ kind: ValueKind, _ format: ValueFormat?) -> Alignment {
        switch format {
        case .dec, .hex, .oct, .bin, .port, .ns, .be: return .right
        case .some: return .left
        case nil: break
        }
        return switch kind {
        case .unsigned, .signed, .float, .pointer: .right
        case .boolean, .enumeration, .text, .bytes, .array, .structure: .left
        }
    }

    private static func width(_ kind: ValueKind, _ format: ValueFormat?) -> Int {
        switch format {
        case .ip4: return 15
        case .ip6: return 24
        case .mac: return 17
        case .port: return 5
        case .iso, .ktime: return 30
        case .ns: return 9
        case .ksym: return 28
        case .errno, .ret: return 8
        case .syscall: return 14
        case .mode: return 10
        case .signal, .uid, .gid, .dev, .userdev, .family, .ethertype: return 8
        case .protocol, .container: return 12
        case .socktype, .tcpstate, .prot: return 15
        case .openflags, .mapflags, .cap, .unit: return 20
        case .stack, .stackid, .kstack, .ustack, .buildid: return 28
        case .sigset, .caps, .clone, .cgroup, .endpoint: return 24
        case .dec, .hex, .oct, .bin, .comm, .bytes, .flags, .be, nil: break
        }
        return switch kind {
        case .unsigned(let bits), .signed(let bits): bits <= 8 ? 3 : bits <= 16 ? 5 : bits <= 32 ? 7 : 14
        case .boolean: 5
        case .float: 10
        case .pointer: 18
        case .text(let count): max(4, min(count - 1, 16))
        case .bytes(let count): max(4, min(2 * min(count, 16), 24))
        case .enumeration, .array, .structure: 12
        }
    }
}
