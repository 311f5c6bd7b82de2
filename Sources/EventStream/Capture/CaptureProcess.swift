// SPDX-License-Identifier: Apache-2.0

/// The code that a process had in its memory, by which the addresses of its stacks have names later and elsewhere: block
/// kind 11.
public struct CaptureProcess: Sendable, Equatable {
    /// A part of the memory of a process that is executed.
    public struct Mapping: Sendable, Equatable {
        /// Its first address.
        public var start: UInt64
        /// The address behind its last.
        public var end: UInt64
        /// Where in the file it begins.
        public var offset: UInt64
        /// The address of its first byte as the file counts addresses; nil if that is not known.
        public var address: UInt64?
        /// The build id of the file (`NT_GNU_BUILD_ID`); empty if it has none, or is not known.
        public var buildID: [UInt8]
        /// The file as the process saw it, `[vdso]` and the like; empty for memory without a file.
        public var path: String

        /// Creates a part.
        public init(
            start: UInt64, end: UInt64, offset: UInt64, address: UInt64? = nil, buildID: [UInt8] = [],
            path: String = ""
        ) {
            self.start = start
            self.end = end
            self.offset = offset
            self.address = address
            self.buildID = buildID
            self.path = path
        }
    }

    /// The process, as the initial namespace has it.
    public var pid: UInt32
    /// When it started, in clock ticks since the machine did; 0 if that is not known.
    public var start: UInt64
    /// Its code.
    public var mappings: [Mapping]
    /// The functions that were made while it ran, as compilers list them in `/tmp/perf-PID.map`: a line of
    /// `START SIZE NAME` each, any bytes; empty if there are none.
    public var functions: [UInt8]
    /// Whether it has more than the capture tells.
    public var isCut: Bool

    /// Parts of one process that a capture tells.
    public static let mostMappings = 2_048
    /// Bytes of the longest path; the mapping of a longer one has none.
    public static let longestPath = 4_096
    /// Bytes of the longest build id.
    public static let longestBuildID = 64

    /// Bytes of the longest list of functions that were made while a process ran; of longer ones there is the end.
    public static let longestFunctions = 512 << 10

    /// Creates the code of a process.
    public init(
        pid: UInt32, start: UInt64 = 0, mappings: [Mapping] = [], functions: [UInt8] = [], isCut: Bool = false
    ) {
        self.functions = functions
        self.pid = pid
        self.start = start
        self.mappings = mappings
        self.isCut = isCut
    }

    private enum Tag {
        static let pid: UInt16 = 1
        static let start: UInt16 = 2
        static let mapping: UInt16 = 3
        static let isCut: UInt16 = 4
        static let functions: UInt16 = 5
    }

    /// Bytes of a mapping in front of its build id.
    private static let prelude = 40
    private static let noAddress = UInt64.max

    var payload: [UInt8] {
        var fields = CaptureFieldWriter()
        fields.put(Tag.pid, pid)
        if start > 0 { fields.put(Tag.start, start) }
        for mapping in mappings.prefix(Self.mostMappings) {
            let path = mapping.path.utf8.count <= Self.longestPath ? Array(mapping.path.utf8) : []
            let buildID = mapping.buildID.count <= Self.longestBuildID ? mapping.buildID : []
            var bytes: [UInt8] = []
            bytes.append(integer: mapping.start)
            bytes.append(integer: mapping.end)
            bytes.append(integer: mapping.offset)
            bytes.append(integer: mapping.address ?? Self.noAddress)
            bytes.append(integer: UInt32(buildID.count))
            bytes.append(integer: UInt32(0))
            fields.put(Tag.mapping, bytes: bytes + buildID + path)
        }
        if !functions.isEmpty { fields.put(Tag.functions, bytes: Array(functions.suffix(Self.longestFunctions))) }
        if isCut || functions.count > Self.longestFunctions || mappings.count > Self.mostMappings {
            fields.put(Tag.isCut, UInt32(1))
        }
        return fields.payload
    }

    /// The block by which further files of a capture tell it, behind those of ``CapturePreamble``.
    package var preambleBlock: [UInt8] {
        CaptureBlock.bytes(
            kind: CaptureBlock.Kind.process, flags: CaptureBlock.Flag.preamble, sequence: 0, payload: payload)
    }

    init(_ payload: CaptureBytes) throws(CaptureMalformed) {
        var pid: UInt32?
        var start: UInt64 = 0
        var mappings: [Mapping] = []
        var functions: [UInt8] = []
        var isCut = false
        try payload.forEachField { (tag, value) throws(CaptureMalformed) in
            switch tag {
            case Tag.pid: pid = try value.integer(UInt32.self)
            case Tag.start: start = try value.integer(UInt64.self)
            case Tag.mapping:
                guard mappings.count < Self.mostMappings else {
                    isCut = true
                    return
                }
                if let mapping = Mapping(value) { mappings.append(mapping) }
            case Tag.isCut: isCut = try value.integer(UInt32.self) != 0
            case Tag.functions: functions = value.array.suffix(Self.longestFunctions)
            default: break
            }
        }
        guard let pid else { throw CaptureMalformed(reason: "the code of a process does not say whose it is") }
        self.init(pid: pid, start: start, mappings: mappings, functions: functions, isCut: isCut)
    }
}

extension CaptureProcess.Mapping {
    /// Reads a mapping; nil for one that is none, which is passed over.
    fileprivate init?(_ bytes: CaptureBytes) {
        guard bytes.count >= 40 else { return nil }
        let count = Int(bytes.load(UInt32.self, at: 32))
        guard count <= CaptureProcess.longestBuildID, count <= bytes.count - 40,
            bytes.count - 40 - count <= CaptureProcess.longestPath
        else { return nil }
        let address = bytes.load(UInt64.self, at: 24)
        self.init(
            start: bytes.load(UInt64.self, at: 0), end: bytes.load(UInt64.self, at: 8),
            offset: bytes.load(UInt64.self, at: 16), address: address == .max ? nil : address,
            buildID: bytes.extracting(40..<(40 + count)).array, path: bytes.extracting((40 + count)..<bytes.count).text)
        guard start < end else { return nil }
    }
}

extension StreamWriter {
    /// Adds a block with the code of a process, in front of the events that come after; for frames nothing is done.
    ///
    /// The preamble of further files is the caller's to change.
    ///
    /// - Returns: False, with nothing added, if what is there must be written first.
    public mutating func noteProcess(_ process: CaptureProcess) -> Bool {
        format != .capture || addBlock(kind: CaptureBlock.Kind.process, payload: process.payload)
    }
}
