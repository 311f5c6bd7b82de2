// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import EventDecoding
internal import EventStream
internal import BTF
internal import ToolSupport

/// What a capture says that an option can name, for a shell that completes it.
struct CaptureWords {
    /// The fields of its events and elements.
    private(set) var fields: [String] = []
    /// Its maps.
    private(set) var maps: [String] = []

    /// As much of a file is read: the types of its events come first.
    private static let readLimit = 4 << 20
    /// As many types are looked at, so that no capture made for the purpose keeps a shell waiting.
    private static let typeLimit = 64

    /// Reads the beginning of the capture that the command line names.
    ///
    /// - Returns: Nil if there is none.
    init?(_ request: CompletionRequest) {
        guard let path = request.file(where: { unsafe CaptureReader.isCapture(firstBytes: $0.span.bytes) }) else {
            return nil
        }
        self.init(InputFile.head(of: path, count: Self.readLimit))
    }

    /// Reads the first bytes of a capture.
    init(_ bytes: [UInt8]) {
        var schemas: [CaptureSchema] = []
        var maps: [String] = []
        var reader = CaptureReader()
        // A capture of a later version has its types in the same place, and whatever was read counts.
        try? unsafe reader.read(bytes.span.bytes) { item, _ in
            switch item {
            case .schema(let schema): schemas.append(schema)
            case .source(let source): maps.append(source.mapName)
            default: break
            }
        }
        self.maps = maps
        for schema in schemas.prefix(Self.typeLimit) {
            guard
                let type = try? EventSchema(
                    name: schema.typeName, btf: schema.btf, typeID: schema.typeID.map { Int($0) } ?? 0),
                let plan = try? DecodingPlan(type)
            else { continue }
            fields += plan.fieldNames
        }
        if !fields.isEmpty { fields += ContextField.allCases.map(\.name) }
    }
}

extension CompletionKind {
    /// A field of the capture that is printed.
    static let field = CompletionKind.words { request in request.offered(CaptureWords(request)?.fields ?? []) }
    /// Several, with commas between them.
    static let fields = CompletionKind.words { request in request.offeredInList(CaptureWords(request)?.fields ?? []) }
    /// Maps of the capture, with commas between them.
    static let capturedMaps = CompletionKind.words { request in
        request.offeredInList(CaptureWords(request)?.maps ?? [])
    }
}
