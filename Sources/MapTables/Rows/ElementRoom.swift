// SPDX-License-Identifier: Apache-2.0

/// The memory that the elements of all maps share which are kept for the snapshots that come next.
///
/// One limit for all tables: a stream may have any number of maps. It is that of one stream, in one thread.
package final class ElementRoom {
    /// Bytes of all tables together.
    package static let limit = 256 << 20

    /// Bytes that are left.
    private(set) var left: Int

    /// Creates the memory of a stream.
    package init(limit: Int = ElementRoom.limit) { left = limit }

    /// What one table has of it, which goes back with the table.
    final class Share {
        private let room: ElementRoom
        private var taken = 0

        init(of room: ElementRoom) { self.room = room }

        deinit { giveBack() }

        /// Takes so many bytes.
        ///
        /// - Returns: False, with nothing taken, if there are not as many.
        func take(_ bytes: Int) -> Bool {
            guard bytes >= 0, bytes <= room.left else { return false }
            room.left -= bytes
            taken += bytes
            return true
        }

        /// Gives all of it back.
        func giveBack() {
            room.left += taken
            taken = 0
        }
    }
}
