// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFCore
internal import BPFObject
package import Diagnostics
package import EventStream

/// What the events of loaded maps are: a file for each map in `/run/swift-bpf`, named by the map's id.
///
/// The kernel keeps no type of a map of events. `load-kp-bpf` knows it from the object and leaves it here; `bpf-eventd`
/// puts it into captures. A file is the beginning of a capture (`docs/capture.md`): header, source and schemas, with
/// their checksums. It is of the boot that its header tells, mode 0644, and goes with the map's last user, or when one of
/// the tools finds later that there is no such map any more.
package struct SchemaStore: Sendable {
    /// Why types could not be left or read; the work goes on without them.
    package struct Failure: DiagnosticError {
        /// The failure as the user sees it: a warning.
        package let diagnostic: Diagnostic
    }

    private let path: String

    /// - Parameter root: The folder that the folder of schemas is in.
    package init(root: String = "/run") {
        path = root + "/swift-bpf"
    }

    /// Bytes of a file that are read: some types, of which each reaches at most 4 MiB.
    private static let limit = 16 << 20
    /// Files that are looked at when those of maps that are gone are removed.
    private static let mostFiles = 4096

    private static func name(of map: UInt32) -> String { "map-\(map).schema" }

    /// Leaves the types of a map's events, in place of those that are there.
    ///
    /// - Parameters:
    ///   - schemas: The types; none removes the file.
    ///   - map: The map's id.
    ///   - name: The map's name.
    ///   - writer: The tool, for whoever looks at the file.
    package func leave(
        _ schemas: [CaptureSchema], map: UInt32, name: String, writer: String
    ) throws(Failure) {
        guard !schemas.isEmpty else { return remove(map: map) }
        var header = CaptureHeader(bootOffset: MonotonicClock.bootOffset, began: MonotonicClock.nanoseconds)
        header.bootID = BootID.current ?? ""
        header.writer = writer
        var source = CaptureSource(number: 0)
        source.mapID = map
        source.mapName = name
        let own = schemas.map { schema in
            var schema = schema
            schema.source = 0
            return schema
        }
        do {
            let bytes = try CapturePreamble(header: header, sources: [source], schemas: own).bytes()
            let folder = try RunFolder(path, isMade: true)
            try AtomicFile(name: Self.name(of: map), in: folder).write(bytes)
        } catch {
            throw failure("cannot leave what the events of \(name) are for bpf-eventd", error)
        }
    }

    /// The types of a map's events; none if nobody left any since this boot.
    ///
    /// - Parameter number: The number that the map has in the capture that they are for.
    /// - Throws: `Failure`: there is a file that is damaged or not to be trusted.
    package func schemas(ofMap map: UInt32, source number: UInt32 = 0) throws(Failure) -> [CaptureSchema] {
        let name = Self.name(of: map)
        do {
            guard let folder = try existingFolder(), let bytes = try folder.read(name, limit: Self.limit) else {
                return []
            }
            return try Self.content(bytes, map: map).map { schema in
                var schema = schema
                schema.source = number
                return schema
            }
        } catch {
            throw failure("what \(path)/\(name) says of a map's events is not used", error)
        }
    }

    /// What tells a map's file from the one that takes its place; nil if there is none.
    package func identity(ofMap map: UInt32) -> FileIdentity? { FileIdentity("\(path)/\(Self.name(of: map))") }

    /// Removes what is left of a map; what cannot be removed is found by ``removeStale()`` when the map is gone.
    package func remove(map: UInt32) {
        do throws(RunFolder.Failure) {
            try existingFolder()?.remove(Self.name(of: map))
        } catch {
            // A folder that is not to be trusted is left as it is; readers tell of it.
        }
    }

    /// Removes the files of maps that are gone: of tools that were killed, and of pins that were removed by hand.
    ///
    /// Where this process may not ask for maps (`CAP_SYS_ADMIN`) nothing is removed.
    package func removeStale() {
        for name in KernelFile.names(in: path).prefix(Self.mostFiles) {
            // A killed writer leaves the file that was to take the name.
            let digits = name.drop { $0 == "." }
            guard digits.hasPrefix("map-"), let map = UInt32(digits.dropFirst(4).prefix { $0 != "." }),
                MapUsers.exists(map: map) == false
            else { continue }
            do throws(RunFolder.Failure) {
                try existingFolder()?.remove(name)
            } catch {
                return
            }
        }
    }

    private func existingFolder() throws(RunFolder.Failure) -> RunFolder? {
        do throws(RunFolder.Failure) {
            return try RunFolder(path, isMade: false)
        } catch .unavailable(_, .noSuchFileOrDirectory) {
            return nil
        }
    }

    private func failure(_ what: String, _ error: any Error) -> Failure {
        let cause =
            switch error {
            case let error as RunFolder.Failure: "\(error.words.path): \(error.words.cause)"
            case let error as Damage: error.cause
            case let error as any DiagnosticError: error.diagnostic.cause ?? error.diagnostic.message
            default: "\(error)"
            }
        return Failure(diagnostic: Diagnostic(.schemaStoreFailed, .warning, stage: .map, what, cause: cause))
    }

    // MARK: - Content

    /// A file that does not hold what it should.
    private struct Damage: Error {
        let cause: String
    }

    /// What a file says; nothing if it is of another boot.
    private static func content(_ bytes: [UInt8], map: UInt32) throws -> [CaptureSchema] {
        var reader = CaptureReader()
        var header: CaptureHeader?
        var maps: [UInt32?] = []
        var schemas: [CaptureSchema] = []
        var isDamaged = false
        let take: CaptureReader.Body = { item, _ in
            switch item {
            case .header(let found): header = found
            case .source(let source): maps.append(source.mapID)
            case .schema(let schema): schemas.append(schema)
            case .clock, .names, .process, .other: break
            case .records, .snapshot, .text, .loss, .end, .missing, .damage: isDamaged = true
            }
        }
        try unsafe reader.read(bytes.span.bytes, take)
        try reader.finish(take)
        guard let header, !isDamaged, !schemas.isEmpty else { throw Damage(cause: "it is damaged") }
        guard header.bootID == BootID.current else { return [] }
        guard maps == [map] else { throw Damage(cause: "it is of another map") }
        for schema in schemas {
            guard schema.source == 0, let id = schema.typeID, let size = schema.eventSize,
                try BTF(parsing: schema.btf).size(of: Int(id)) == Int(size)
            else { throw Damage(cause: "it has a type without a size") }
        }
        return schemas
    }
}
