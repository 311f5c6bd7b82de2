// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import EventStream

struct CaptureProcessTests {
    private let process = CaptureProcess(
        pid: 77, start: 1234,
        mappings: [
            .init(
                start: 0x40_0000, end: 0x40_1000, offset: 0x1000, address: 0x40_0000, buildID: [1, 2, 3],
                path: "/usr/bin/worker"),
            .init(start: 0x7f00_0000, end: 0x7f00_1000, offset: 0),
        ], functions: Array("7f000010 20 made\n".utf8))

    @Test func `the code of a process is read as it was written, in front of what comes after it`() throws {
        var writer = StreamWriter(format: .capture)
        writer.setPreamble(try CapturePreamble(header: CaptureHeader(bootOffset: 0, began: 0)).bytes())
        let isTaken = writer.noteProcess(process)
        #expect(isTaken)
        let bytes = writer.pending.withUnsafeBytes { Array($0) }
        let found = try content(bytes).compactMap { item -> CaptureProcess? in
            if case .process(let process) = item { process } else { nil }
        }
        #expect(found == [process])
    }

    @Test func `a process of more parts than are told says so, and a path or build id that is too long is left out`() {
        var large = process
        large.mappings = Array(repeating: process.mappings[0], count: CaptureProcess.mostMappings + 1)
        large.mappings[0].path = "/" + String(repeating: "x", count: CaptureProcess.longestPath)
        large.mappings[1].buildID = Array(repeating: 1, count: CaptureProcess.longestBuildID + 1)
        let read = large.payload.withUnsafeBytes { bytes in
            try? CaptureProcess(CaptureBytes(RawSpan(_unsafeBytes: bytes), isSwapped: false))
        }
        #expect(read?.isCut == true && read?.mappings.count == CaptureProcess.mostMappings)
        large = process
        large.functions = Array(repeating: 1, count: 10) + Array(repeating: 2, count: CaptureProcess.longestFunctions)
        let cut = large.payload.withUnsafeBytes { bytes in
            try? CaptureProcess(CaptureBytes(RawSpan(_unsafeBytes: bytes), isSwapped: false))
        }
        // What is listed last is there now.
        #expect(cut?.isCut == true && cut?.functions == large.functions.suffix(CaptureProcess.longestFunctions))
        #expect(read?.mappings[0].path == "" && read?.mappings[1].buildID == [])
    }

    @Test func `what is no mapping is passed over, and a process without a number is malformed`() {
        func read(_ bytes: [UInt8]) throws -> CaptureProcess {
            try bytes.withUnsafeBytes { try CaptureProcess(CaptureBytes(RawSpan(_unsafeBytes: $0), isSwapped: false)) }
        }
        var fields = CaptureFieldWriter()
        fields.put(1, UInt32(5))
        fields.put(3, bytes: [1, 2, 3])
        fields.put(3, bytes: Array(repeating: 0xff, count: 40))
        fields.put(3, bytes: Array(repeating: 0, count: 40))
        #expect((try? read(fields.payload)) == CaptureProcess(pid: 5))
        #expect(throws: CaptureMalformed.self) { try read([]) }
    }
}
