// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream
internal import Synchronization

/// The names of users, groups and control groups that a capture tells, shared by the formats of all its types.
///
/// A hostile capture does not fill the memory: of each kind the first names are kept, and those told again.
final class CapturedNames: HostNames {
    private struct Table {
        var names: [UInt64: String] = [:]
        var bytes = 0
    }

    /// Names of one kind.
    static let limit = 1 << 16
    /// Bytes of the names of one kind.
    static let bytesLimit = 8 << 20

    private let tables = Mutex<[CaptureNames.Kind: Table]>([:])

    /// Takes in names; one that is told again has the later name.
    func note(_ names: CaptureNames) {
        tables.withLock { tables in
            var table = tables[names.kind] ?? Table()
            for entry in names.entries {
                let old = table.names[entry.id]
                let bytes = table.bytes - (old?.utf8.count ?? 0) + entry.name.utf8.count
                guard bytes <= Self.bytesLimit, old != nil || table.names.count < Self.limit else { continue }
                table.names[entry.id] = entry.name
                table.bytes = bytes
            }
            tables[names.kind] = table
        }
    }

    func user(_ id: UInt32) -> String? { name(.users, UInt64(id)) }
    func group(_ id: UInt32) -> String? { name(.groups, UInt64(id)) }
    func cgroup(_ id: UInt64) -> String? { name(.cgroups, id) }

    private func name(_ kind: CaptureNames.Kind, _ id: UInt64) -> String? {
        tables.withLock { $0[kind]?.names[id] }
    }
}
