// SPDX-License-Identifier: Apache-2.0

/// Events that are not in a capture, at the place where they would have been.
public struct CaptureLoss: Sendable, Equatable {
    /// Why events are missing.
    ///
    /// Later versions may add causes.
    public struct Cause: RawRepresentable, Sendable, Equatable {
        /// The number in the block.
        public let rawValue: UInt32

        /// A cause by its number.
        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// The ring was full.
        public static let ringFull = Cause(rawValue: 1)
        /// No daemon was there to take them.
        public static let noReader = Cause(rawValue: 2)
        /// The record is larger than a block can be.
        public static let tooLarge = Cause(rawValue: 3)
        /// The ring held what cannot be true.
        public static let damagedRing = Cause(rawValue: 4)
    }

    /// The number of the source.
    public var source: UInt32
    /// The CPU; nil if it is not known.
    public var cpu: UInt32?
    /// How many events; nil if it is not known.
    public var events: UInt64?
    /// The time of the last event before, in ns; nil if it is not known.
    public var from: UInt64?
    /// The time of the first event after, in ns; nil if it is not known.
    public var to: UInt64?
    /// Why.
    public var cause: Cause

    /// Creates a loss.
    public init(
        source: UInt32, cpu: UInt32?, events: UInt64?, from: UInt64? = nil, to: UInt64? = nil, cause: Cause
    ) {
        self.source = source
        self.cpu = cpu
        self.events = events
        self.from = from
        self.to = to
        self.cause = cause
    }

    /// The bytes of the payload.
    static let size = 40

    var payload: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(integer: source)
        bytes.append(integer: cpu ?? .max)
        bytes.append(integer: events ?? .max)
        bytes.append(integer: from ?? 0)
        bytes.append(integer: to ?? 0)
        bytes.append(integer: cause.rawValue)
        bytes.append(integer: UInt32(0))
        return bytes
    }

    init(_ payload: CaptureBytes) throws(CaptureMalformed) {
        guard payload.count >= Self.size else {
            throw CaptureMalformed(reason: "a loss has \(Self.size) bytes, \(payload.count) are there")
        }
        source = payload.load(UInt32.self, at: 0)
        cpu = payload.load(UInt32.self, at: 4).known(unless: .max)
        events = payload.load(UInt64.self, at: 8).known(unless: .max)
        from = payload.load(UInt64.self, at: 16).known(unless: 0)
        to = payload.load(UInt64.self, at: 24).known(unless: 0)
        cause = Cause(rawValue: payload.load(UInt32.self, at: 32))
    }
}

extension FixedWidthInteger {
    /// Nil for the value that stands for "not known".
    @inline(__always)
    func known(unless unknown: Self) -> Self? { self == unknown ? nil : self }
}
