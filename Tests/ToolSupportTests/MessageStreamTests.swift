// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ToolSupport

/// Messages to a stream that nobody reads for a while.
struct MessageStreamTests {
    @Test func `what a stalled reader does not take waits up to a limit, and the rest is counted`() throws {
        let pipe = Pipe()
        let stream = MessageStream(pipe.fileHandleForWriting.fileDescriptor)
        let message = [UInt8](repeating: 0x78, count: 1024)
        for _ in 0..<1000 { #expect(stream.write(message)) }
        #expect(stream.hasWaiting && stream.takeDropped() == nil)
        let reader = pipe.fileHandleForReading.fileDescriptor
        #expect(fcntl(reader, F_SETFL, O_NONBLOCK) == 0)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var (received, dropped): (Int, Int?) = (0, nil)
        while true {
            let count = read(reader, &chunk, chunk.count)
            if count <= 0 && dropped != nil { break }
            received += max(count, 0)
            stream.write([])
            dropped = dropped ?? stream.takeDropped()
        }
        let lost = try #require(dropped)
        #expect(lost > 500 && received == (1000 - lost) * 1024)
        #expect(!stream.hasWaiting && stream.takeDropped() == nil)
    }

    @Test func `a message takes the place of the line that tells how far a work is`() throws {
        let pipe = Pipe()
        let stream = MessageStream(pipe.fileHandleForWriting.fileDescriptor)
        stream.show(status: nil)
        stream.show(status: Array("45 %".utf8))
        stream.show(status: Array("46 %".utf8))
        stream.write(Array("lost\n".utf8))
        stream.write(Array("more\n".utf8))
        stream.show(status: Array("47 %".utf8))
        stream.show(status: nil)
        stream.show(status: nil)
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        let clear = "\r\u{1b}[K"
        #expect(text == "\(clear)45 %\(clear)46 %\(clear)lost\nmore\n\(clear)47 %\(clear)")
    }
}
