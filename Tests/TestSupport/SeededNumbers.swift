// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Random numbers that come again from the same seed (SplitMix64).
public struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    /// Begins at a seed.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    /// Whether something that happens so many times of a hundred happens now.
    public mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// A number of a range.
    public mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// Random bytes, with many that are 0, all ones or printable: the values that decoders err at.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            switch number(0...5) {
            case 0: 0
            case 1: 0xff
            case 2: UInt8(number(0x20...0x7e))
            default: UInt8(truncatingIfNeeded: next())
            }
        }
    }
}

/// The seed of a run: `SWIFT_BPF_SEED` of the environment, for types that no run has seen, or those of a failure again.
public let runSeed: UInt64 =
    ProcessInfo.processInfo.environment["SWIFT_BPF_SEED"].flatMap { UInt64($0) } ?? 4711
