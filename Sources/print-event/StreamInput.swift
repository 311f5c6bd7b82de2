// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream

/// A stream of either format: its first four bytes tell a capture, since no frame can begin like that.
struct StreamInput {
    private enum Format {
        /// As many bytes as have come, fewer than four.
        case unknown([UInt8])
        case frames(FrameReader)
        case capture(CaptureReader)
    }

    /// Where what is found goes.
    struct Sinks: ~Copyable {
        var lines = LineBuffer()
        var misfits: MisfitReport
        var report: CaptureReport
    }

    private var format = Format.unknown([])

    /// Prints the events that are whole by now.
    ///
    /// - Throws: What makes it impossible to read on.
    mutating func take(_ bytes: RawSpan, _ sinks: inout Sinks) throws(InputFailure) {
        switch format {
        case .unknown(var start):
            unsafe bytes.withUnsafeBytes { unsafe start.append(contentsOf: $0) }
            guard start.count >= 4 else {
                format = .unknown(start)
                return
            }
            let isCapture = unsafe CaptureReader.isCapture(firstBytes: start.span.bytes)
            format = isCapture ? .capture(CaptureReader()) : .frames(FrameReader())
            try unsafe take(start.span.bytes, &sinks)
        case .frames(var reader):
            format = .unknown([])
            defer { format = .frames(reader) }
            do throws(StreamError) {
                try reader.read(bytes) { frame, offset in sinks.printFrame(frame, offset) }
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        case .capture(var reader):
            format = .unknown([])
            defer { format = .capture(reader) }
            do throws(CaptureError) {
                try reader.read(bytes) { item, offset in sinks.take(item, offset) }
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        }
    }

    /// Takes in that the stream goes on in another file.
    ///
    /// What the old one lacks at its end is told, and does not end the reading. A capture goes on; frames begin anew.
    mutating func beginNextFile(_ sinks: inout Sinks) throws(InputFailure) {
        switch format {
        case .unknown(let start):
            sinks.noteTornEnd(of: FrameReader(), start)
            format = .unknown([])
        case .frames(let reader):
            sinks.noteTornEnd(of: reader, [])
            format = .unknown([])
        case .capture(var reader):
            format = .unknown([])
            defer { format = .capture(reader) }
            do throws(CaptureError) {
                try reader.beginNextFile { item, offset in sinks.take(item, offset) }
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        }
    }

    /// Takes in that the stream has ended.
    mutating func finish(_ sinks: inout Sinks) throws(InputFailure) {
        switch format {
        case .unknown(let start):
            var reader = FrameReader()
            do throws(StreamError) {
                try unsafe reader.read(start.span.bytes) { frame, offset in sinks.printFrame(frame, offset) }
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
                try reader.finish { item, offset in sinks.take(item, offset) }
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
            if !reader.hasEnded { sinks.report.noteNoEnd() }
        }
    }
}

/// Why a stream cannot be read on.
struct InputFailure: DiagnosticError {
    let diagnostic: Diagnostic
}

extension StreamInput.Sinks {
    /// Tells of a frame that the last bytes of a file began.
    mutating func noteTornEnd(of reader: FrameReader, _ last: [UInt8]) {
        var reader = reader
        do throws(StreamError) {
            try unsafe reader.read(last.span.bytes) { frame, offset in printFrame(frame, offset) }
            try reader.finish()
        } catch {
            report.note(error)
        }
    }

    mutating func printFrame(_ frame: RawSpan, _ offset: UInt64) {
        if let event = OriginalEvent(frame: frame) {
            event.writeLine(to: &lines)
        } else {
            misfits.note(size: frame.byteCount, offset: offset)
        }
    }

    mutating func take(_ item: CaptureItem, _ offset: UInt64) {
        switch item {
        case .records(var records):
            guard !records.isForeign else {
                report.noteForeign(offset)
                return
            }
            while let record = records.next() { printFrame(record.bytes, record.offset) }
        case .loss(let loss): report.note(loss)
        case .missing(let numbers): report.noteMissing(numbers)
        case .damage(let damage): report.note(damage)
        case .header, .source, .schema, .end: break
        }
    }
}
