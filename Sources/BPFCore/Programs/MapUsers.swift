// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// The loaded programs that use a map.
package enum MapUsers {
    /// The ids of the programs that use a map, in ascending order.
    ///
    /// Programs come and go meanwhile: it is what was true of each when it was looked at.
    ///
    /// - Parameter mapID: The id of the map, as `Map.Info` has it.
    /// - Returns: nil if this process may not look (`CAP_SYS_ADMIN` is what it takes).
    /// - Throws: `BPFError` of operation `info` if the kernel does not answer as it should.
    package static func programs(of mapID: UInt32) throws(BPFError) -> [UInt32]? {
        do {
            var found: [UInt32] = []
            var last: UInt32 = 0
            // Ids only grow, so this ends; no machine has as many programs.
            for _ in 0..<limit {
                guard let id = try BPFCommand.nextProgram(after: last) else { break }
                last = id
                if try maps(of: id).contains(mapID) { found.append(id) }
            }
            return found
        } catch .notPermitted {
            return nil
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read which programs use map \(mapID)")
        }
    }

    /// The maps of a program; none if it has gone.
    private static func maps(of id: UInt32) throws(Errno) -> [UInt32] {
        do {
            let program = try BPFCommand.openProgram(id: id)
            return try BPFCommand.readMapIDs(ofProgram: program.rawValue)
        } catch .noSuchFileOrDirectory {
            return []
        }
    }

    /// Whether there is a map of an id.
    ///
    /// - Returns: nil if this process may not look (`CAP_SYS_ADMIN` is what it takes), or the kernel does not say.
    package static func exists(map id: UInt32) -> Bool? {
        do throws(Errno) {
            _ = try BPFCommand.openMap(id: id)
            return true
        } catch {
            return error == .noSuchFileOrDirectory ? false : nil
        }
    }

    private static let limit = 1 << 16
}
