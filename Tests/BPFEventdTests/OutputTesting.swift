// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFCore
import Diagnostics
import EventStream
import Foundation
import TestSupport
import Testing
import ToolSupport

@testable import EventCollecting
@testable import bpf_eventd

/// What the daemon's loop has to do with an output.
struct OutputLoop: ~Copyable {
    var writer = StreamWriter()
    let poll: EventPoll
    var output: EventOutput

    /// Adds events that begin with these numbers.
    mutating func add(_ numbers: Range<UInt64>, size: Int = 16) {
        for number in numbers {
            var event = [UInt8](repeating: 0xee, count: size)
            withUnsafeBytes(of: number) { event.replaceSubrange(0..<8, with: $0) }
            let added = writer.append(event.span.bytes)
            #expect(added)
        }
    }

    mutating func write(isLast: Bool = false) throws(Errno) {
        try output.write(&writer, poll: poll, isLast: isLast)
    }
}

/// Tests of the files that the loop writes.
protocol OutputTesting {}

extension OutputTesting {
    /// The numbers of the events in a file of whole frames; nil if it is torn.
    func numbers(_ file: URL, after preamble: [UInt8] = []) -> [UInt64]? {
        guard let content = try? [UInt8](Data(contentsOf: file)), content.starts(with: preamble) else { return nil }
        var rest = content.dropFirst(preamble.count)
        var numbers: [UInt64] = []
        while !rest.isEmpty {
            guard rest.count >= 12 else { return nil }
            let size = rest.withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) }
            guard size >= 8, rest.count >= 4 + size else { return nil }
            numbers.append(rest.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4, as: UInt64.self) })
            rest = rest.dropFirst(4 + size)
        }
        return numbers
    }

    func loop(_ file: URL, _ arguments: [String] = []) throws -> OutputLoop {
        let place = try OutputPath(file.path)
        return OutputLoop(
            poll: try EventPoll(),
            output: try EventOutput(
                DataOutput(place.open()), at: place, options: OutputOptions.parse(arguments).file,
                reporter: Reporter(tool: "t", quiet: true)))
    }

    func files(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }
}
