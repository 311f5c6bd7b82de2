// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Records
import RingImages
import Testing

/// Ring buffers in overwrite mode: what is read is whole, in order, and the newest.
struct OverwrittenRecordsTests {
    private struct Collected: SampleSink {
        var samples: [[UInt8]] = []
        var room = Int.max

        mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
            guard room > 0 else { return .full }
            room -= 1
            samples.append(sample.withUnsafeBytes { Array($0) })
            return .taken
        }
    }

    /// Looks, copies, and reads what was not overwritten, as the reader of a kernel's ring buffer does.
    ///
    /// - Parameter meanwhile: What programs do after the headers were looked at and before the copy is made.
    private func read(
        _ image: OverwriteImage, _ meanwhile: () -> Void = {}
    ) throws -> (samples: [[UInt8]], window: OverwrittenWindow) {
        let look = OverwrittenWindow.look(
            RawSpan(_unsafeBytes: UnsafeRawBufferPointer(image.area)), from: image.overwritten, to: image.producer,
            overwritten: { image.overwritten })
        guard case .window(let window) = look else { throw CancellationError() }
        meanwhile()
        let size = UInt64(image.area.count / 2)
        let at = Int(window.start & (size - 1))
        let copy = Array(UnsafeRawBufferPointer(image.area)[at..<(at + Int(window.end &- window.start))])
        let isGone = Int64(bitPattern: window.end &- image.overwritten) < 0
        guard !isGone else { return ([], window) }
        let first = Int64(bitPattern: image.overwritten &- window.start) > 0 ? image.overwritten : window.start
        var sink = Collected()
        let pass = OverwrittenRecords(copy.span.bytes, window).deliver(from: first, to: &sink)
        #expect(!pass.isDamaged && pass.position == window.end && pass.samples == sink.samples.count)
        return (sink.samples, window)
    }

    /// The newest of some samples, as many as the kernel keeps.
    private func newest(_ all: [[UInt8]], size: Int) -> [[UInt8]] {
        var (room, kept) = (size - 1, 0)
        for sample in all.reversed() {
            let taken = (sample.count + 15) & ~7
            guard taken <= room else { break }
            room -= taken
            kept += 1
        }
        return Array(all.suffix(kept))
    }

    @Test func `what is there is the newest, whole and in order, at every offset of the wrap`() throws {
        for size in [64, 256, 1024] {
            for start in stride(from: 0, to: 3 * size, by: 8) {
                let image = OverwriteImage(size: size, position: UInt64(start))
                var all: [[UInt8]] = []
                for number in 0..<60 {
                    let sample = event(number * 13 % (size / 3), seed: number)
                    image.append(sample)
                    all.append(sample)
                    if number % 7 == 3 || number == 59 {
                        let found = try read(image).samples
                        #expect(found == newest(all, size: size), "\(size) \(start) \(number)")
                    }
                }
            }
        }
    }

    @Test func `positions near the end of 64 bits wrap like any others`() throws {
        let image = OverwriteImage(size: 128, position: UInt64.max - 199)
        for number in 0..<40 { image.append(event(16, seed: number)) }
        #expect(image.producer < 1000)
        #expect(try read(image).samples == (35..<40).map { event(16, seed: $0) })
    }

    @Test func `what is overwritten before the copy is made is left out, and the rest is whole`() throws {
        for writes in 0..<30 {
            let image = OverwriteImage(size: 256)
            for number in 0..<50 { image.append(event(16, seed: number)) }
            let found = try read(image) { for number in 0..<writes { image.append(event(16, seed: 100 + number)) } }
            // Each takes 24 bytes: ten are kept.
            #expect(found.window.samples == 10)
            #expect(found.samples == (40 + writes..<max(50, 40 + writes)).map { event(16, seed: $0) }, "\(writes)")
        }
    }

    @Test func `a copy is read up to a record, and from there on later; beside a record nothing is whole`() throws {
        let image = OverwriteImage(size: 1 << 10)
        for number in 0..<5 { image.append(event(16, seed: number)) }
        let window = try read(image).window
        let copy = Array(UnsafeRawBufferPointer(image.area)[0..<Int(window.end)])
        let records = OverwrittenRecords(copy.span.bytes, window)
        var sink = Collected()
        // Each takes 24 bytes.
        let first = records.deliver(from: window.start, to: &sink, until: window.start + 48)
        #expect(first.samples == 2 && first.position == window.start + 48 && !first.isDamaged)
        let rest = records.deliver(from: first.position, to: &sink)
        #expect(rest.samples == 3 && sink.samples == (0..<5).map { event(16, seed: $0) })
        let (areWhole, areBeside) = (records.areWhole(from: window.start + 24), records.areWhole(from: window.end + 8))
        #expect(areWhole && !areBeside)
    }

    @Test func `programs that write while headers are looked at make the look begin later, and never lie`() {
        for every in 1...9 {
            let image = OverwriteImage(size: 1 << 14)
            for number in 0..<2000 { image.append(event(number % 40, seed: number)) }
            var asked = 0
            let look = OverwrittenWindow.look(
                RawSpan(_unsafeBytes: UnsafeRawBufferPointer(image.area)), from: image.overwritten,
                to: image.producer,
                overwritten: {
                    asked += 1
                    // Garbage, in front of what is still there.
                    if asked % every == 0 {
                        for number in 0..<40 { image.append([UInt8](repeating: 0x7f, count: number)) }
                    }
                    return image.overwritten
                })
            switch look {
            case .window(let window):
                #expect(Int64(bitPattern: window.start &- image.overwritten) <= 0 || window.samples > 0)
            case .overtaken: break
            case .failure(let error): Issue.record("\(every): \(error)")
            }
        }
    }

    @Test func `a ring that is written over as a whole is told, and one that cannot be true as well`() {
        let image = OverwriteImage(size: 256)
        for number in 0..<50 { image.append(event(16, seed: number)) }
        let (start, end) = (image.overwritten, image.producer)
        for number in 0..<50 { image.append(event(16, seed: number)) }
        let bytes = UnsafeRawBufferPointer(image.area)
        let overtaken = OverwrittenWindow.look(
            RawSpan(_unsafeBytes: bytes), from: start, to: end, overwritten: { image.overwritten })
        #expect(overtaken == .overtaken)
        image.lie(at: image.overwritten, header: 9999)
        let look = OverwrittenWindow.look(
            RawSpan(_unsafeBytes: bytes), from: image.overwritten, to: image.producer,
            overwritten: { image.overwritten })
        guard case .failure(.recordTooLong) = look else {
            Issue.record("\(look)")
            return
        }
    }

    @Test func `a record in the making and one that was given back are left out, also when finished meanwhile`() throws
    {
        let image = OverwriteImage(size: 1024)
        image.append(event(8, seed: 1))
        let busy = image.producer
        image.append(event(40, seed: 2), flags: 1 << 31)
        image.append(event(8, seed: 3), flags: 1 << 30)
        image.append(event(8, seed: 4))
        let found = try read(image) { image.lie(at: busy, header: 40) }
        #expect(found.samples == [event(8, seed: 1), event(8, seed: 4)])
        #expect(found.window.unfinished == [busy] && found.window.samples == 2)
    }

    @Test func `a sink that is full gets the rest later`() throws {
        let image = OverwriteImage(size: 1024)
        for number in 0..<8 { image.append(event(16, seed: number)) }
        let look = OverwrittenWindow.look(
            RawSpan(_unsafeBytes: UnsafeRawBufferPointer(image.area)), from: 0, to: image.producer,
            overwritten: { image.overwritten })
        guard case .window(let window) = look else {
            Issue.record("\(look)")
            return
        }
        let copy = Array(UnsafeRawBufferPointer(image.area)[..<Int(window.end)])
        let records = OverwrittenRecords(copy.span.bytes, window)
        var sink = Collected()
        var position = window.start
        for _ in 0..<8 {
            sink.room = 1
            let pass = records.deliver(from: position, to: &sink)
            position = pass.position
        }
        #expect(sink.samples == (0..<8).map { event(16, seed: $0) } && position == window.end)
    }
}
