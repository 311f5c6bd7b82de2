// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventStream

/// A stream of either format: its first four bytes tell a capture, since no frame can begin like that.
struct StreamInput {
    private enum Format {
        /// As many bytes as have come, fewer than four.
        case unknown([UInt8])
        case frames(FrameReader)
        case capture(CaptureReader)
    }

    private var format = Format.unknown([])

    /// Prints the events that are whole by now.
    ///
    /// - Throws: What makes it impossible to read on.
    mutating func take(_ bytes: RawSpan, _ sink: inout EventSink) throws(InputFailure) {
        switch format {
        case .unknown(var start):
            unsafe bytes.withUnsafeBytes { unsafe start.append(contentsOf: $0) }
            guard start.count >= 4 else {
                format = .unknown(start)
                return
            }
            try refuseObject(start)
            let isCapture = unsafe CaptureReader.isCapture(firstBytes: start.span.bytes)
            guard isCapture || !sink.display.identifies else { throw InputFailure(diagnostic: Self.noIdentity) }
            format = isCapture ? .capture(CaptureReader()) : .frames(FrameReader())
            try unsafe take(start.span.bytes, &sink)
        case .frames(var reader):
            format = .unknown([])
            defer { format = .frames(reader) }
            do throws(StreamError) {
                try reader.read(bytes) { frame, offset in sink.take(frame: frame, at: offset) }
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        case .capture(var reader):
            format = .unknown([])
            defer { format = .capture(reader) }
            do throws(CaptureError) {
                try reader.read(bytes) { item, offset, block in sink.take(item, at: offset, in: block) }
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        }
    }

    private static let noIdentity = Diagnostic(
        .contextNotCarried, stage: .stream, "the records of the stream have no identity, which --context full writes",
        cause: "it is made of frames, which hold nothing but the events: no host, no boot, no numbers",
        nextStep: "record with bpf-eventd --format capture, or leave out full")

    /// An object's magic is no size of a frame.
    private func refuseObject(_ start: [UInt8]) throws(InputFailure) {
        guard start.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return }
        throw InputFailure(
            diagnostic: Diagnostic(
                .inputIsObject, stage: .stream, "the input is an ELF object, and no stream of events",
                nextStep: "give it as --object prog.o, and the events as a file or from bpf-eventd"))
    }

    /// Takes in that the stream continues in another file.
    ///
    /// What the old one lacks at its end is told, and does not end the reading. A capture goes on; frames begin anew.
    mutating func beginNextFile(_ sink: inout EventSink) throws(InputFailure) {
        switch format {
        case .unknown(let start):
            Self.noteTornEnd(of: FrameReader(), start, &sink)
            format = .unknown([])
        case .frames(let reader):
            Self.noteTornEnd(of: reader, [], &sink)
            format = .unknown([])
        case .capture(var reader):
            format = .unknown([])
            defer { format = .capture(reader) }
            do throws(CaptureError) {
                try reader.beginNextFile { item, offset, block in sink.take(item, at: offset, in: block) }
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        }
    }

    /// Reports a frame that the last bytes of a file began.
    private static func noteTornEnd(of reader: FrameReader, _ last: [UInt8], _ sink: inout EventSink) {
        var reader = reader
        do throws(StreamError) {
            try unsafe reader.read(last.span.bytes) { frame, offset in sink.take(frame: frame, at: offset) }
            try reader.finish()
        } catch {
            sink.display.report.note(error)
        }
    }

    /// Takes in that the stream has ended.
    mutating func finish(_ sink: inout EventSink) throws(InputFailure) {
        switch format {
        case .unknown(let start):
            var reader = FrameReader()
            do throws(StreamError) {
                try unsafe reader.read(start.span.bytes) { frame, offset in sink.take(frame: frame, at: offset) }
                try reader.finish()
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        case .frames(let reader):
            do throws(StreamError) {
                try reader.finish()
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        case .capture(var reader):
            do throws(CaptureError) {
                try reader.finish { item, offset, block in sink.take(item, at: offset, in: block) }
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
            if !reader.hasEnded { sink.display.report.noteNoEnd() }
        }
    }
}
