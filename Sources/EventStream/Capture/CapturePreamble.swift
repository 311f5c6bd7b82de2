// SPDX-License-Identifier: Apache-2.0

/// The blocks that every file of a capture begins with.
package struct CapturePreamble: Sendable, Equatable {
    /// The capture and its machine.
    package var header: CaptureHeader
    /// The last change of the wall clock since the capture began.
    package var clock: CaptureClock?
    /// The maps that its events come from.
    package var sources: [CaptureSource]
    /// What the events are made of, as far as that is known.
    package var schemas: [CaptureSchema]
    /// The names that the host has for numbers in its events, one list for each kind.
    package var names: [CaptureNames] = []
    /// The code of the processes that stacks were of so far.
    package var processes: [CaptureProcess] = []

    /// Creates a preamble.
    package init(header: CaptureHeader, sources: [CaptureSource] = [], schemas: [CaptureSchema] = []) {
        self.header = header
        self.sources = sources
        self.schemas = schemas
    }

    /// The blocks.
    ///
    /// - Throws: ``CaptureError/preambleTooLarge(bytes:)`` for a block larger than blocks can be: a BTF of 16 MiB.
    package func bytes() throws(CaptureError) -> [UInt8] {
        var bytes = try Self.block(CaptureBlock.Kind.header, header.payload)
        if let clock { bytes += try Self.block(CaptureBlock.Kind.clock, clock.payload) }
        for source in sources { bytes += try Self.block(CaptureBlock.Kind.source, source.payload) }
        for schema in schemas { bytes += try Self.block(CaptureBlock.Kind.schema, schema.payload) }
        for block in names.flatMap(\.blocks) { bytes += try Self.block(CaptureBlock.Kind.names, block.payload) }
        for process in processes { bytes += try Self.block(CaptureBlock.Kind.process, process.payload) }
        return bytes
    }

    private static func block(_ kind: UInt16, _ payload: [UInt8]) throws(CaptureError) -> [UInt8] {
        guard payload.count <= CaptureBlock.maximumPayload else { throw .preambleTooLarge(bytes: payload.count) }
        return CaptureBlock.bytes(kind: kind, flags: CaptureBlock.Flag.preamble, sequence: 0, payload: payload)
    }
}
