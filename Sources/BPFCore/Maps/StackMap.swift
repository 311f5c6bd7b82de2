// SPDX-License-Identifier: Apache-2.0

/// A map of stacks (`BPF_MAP_TYPE_STACK_TRACE`) that is asked for single stacks while programs fill it.
package final class StackMap: Sendable {
    private let map: Map

    /// Opens a map by its id.
    package init(id: UInt32) throws(BPFError) { map = try Map(id: id) }

    /// The addresses of a stack as the map has them, the innermost first, 8 bytes each, zeros behind them; nil if the map does
    /// not have it.
    package func stack(_ id: UInt32) -> [UInt8]? {
        map.keySize == MemoryLayout<UInt32>.size ? try? map.bytes(ofKey: Memory.bytes(of: id)) : nil
    }
}
