// SPDX-License-Identifier: Apache-2.0

extension Map {
    /// `BPF_F_LINK`: a structure of functions that is registered by a link (Linux 6.4).
    static let linkFlag: UInt32 = 1 << 13

    /// The name of a map; nil if it has gone, or may not be looked at.
    static func name(ofID id: UInt32) -> String? {
        guard let map = try? Map(id: id), let name = try? map.info().name, !name.isEmpty else { return nil }
        return name
    }
}
