// SPDX-License-Identifier: Apache-2.0

/// Text that programs print, which is no event: block kind 10.
///
/// `bpf_printk`, `bpf_stream_printk` and iterators make it. It stands where it was read, between the events.
public struct CaptureText: Sendable, Equatable {
    /// What it comes from: `bpf_printk`, `bpf_stream_printk`, or an iterator's target.
    public var origin: String
    /// When it was read: ns of the capture's clock; 0 if that is not known.
    public var time: UInt64
    /// Lines with their newlines, any bytes.
    public var bytes: [UInt8]

    /// Bytes of the longest origin; a longer one is cut.
    public static let longestOrigin = 128

    /// Creates a text.
    public init(origin: String, time: UInt64, bytes: [UInt8]) {
        self.origin = origin
        self.time = time
        self.bytes = bytes
    }

    private enum Tag {
        static let origin: UInt16 = 1
        static let time: UInt16 = 2
        static let text: UInt16 = 3
    }

    var payload: [UInt8] {
        var fields = CaptureFieldWriter()
        fields.put(Tag.origin, origin)
        fields.put(Tag.time, time)
        fields.put(Tag.text, bytes: bytes)
        return fields.payload
    }

    init(_ payload: CaptureBytes) throws(CaptureMalformed) {
        self.init(origin: "", time: 0, bytes: [])
        try payload.forEachField { (tag, value) throws(CaptureMalformed) in
            switch tag {
            case Tag.origin: origin = value.extracting(0..<min(value.count, Self.longestOrigin)).text
            case Tag.time: time = try value.integer(UInt64.self)
            case Tag.text: bytes = value.array
            default: break
            }
        }
    }

    /// The same in parts whose blocks are of ordinary size, each of whole lines where those are no longer than that.
    public var parts: [CaptureText] {
        let most = CaptureBlock.ordinaryPayload - 512
        var parts: [CaptureText] = []
        var start = 0
        while bytes.count - start > most {
            let piece = bytes[start..<(start + most)]
            let end = piece.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? piece.endIndex
            parts.append(CaptureText(origin: origin, time: time, bytes: Array(bytes[start..<end])))
            start = end
        }
        if start < bytes.count || parts.isEmpty {
            parts.append(CaptureText(origin: origin, time: time, bytes: Array(bytes[start...])))
        }
        return parts
    }
}
