// SPDX-License-Identifier: Apache-2.0

/// The hash XXH64 with seed 0, as the xxHash specification has it.
///
/// It finds damage, not forgery.
enum XXH64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// Hashes bytes: four lanes of 8 bytes at a time, then what is left in words, a half word and bytes.
    static func hash(_ bytes: RawSpan) -> UInt64 {
        let count = bytes.byteCount
        var at = 0
        var hash: UInt64
        if count >= 32 {
            var lane1 = prime1 &+ prime2
            var lane2 = prime2
            var lane3: UInt64 = 0
            var lane4: UInt64 = 0 &- prime1
            let end = count &- 32
            while at <= end {
                lane1 = round(lane1, word(bytes, at))
                lane2 = round(lane2, word(bytes, at &+ 8))
                lane3 = round(lane3, word(bytes, at &+ 16))
                lane4 = round(lane4, word(bytes, at &+ 24))
                at &+= 32
            }
            hash = rotated(lane1, 1) &+ rotated(lane2, 7) &+ rotated(lane3, 12) &+ rotated(lane4, 18)
            hash = merged(merged(merged(merged(hash, lane1), lane2), lane3), lane4)
        } else {
            hash = prime5
        }
        hash &+= UInt64(count)
        while count &- at >= 8 {
            hash = rotated(hash ^ round(0, word(bytes, at)), 27) &* prime1 &+ prime4
            at &+= 8
        }
        if count &- at >= 4 {
            let half = unsafe UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self))
            hash = rotated(hash ^ UInt64(half) &* prime1, 23) &* prime2 &+ prime3
            at &+= 4
        }
        while at < count {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
            hash = rotated(hash ^ UInt64(byte) &* prime5, 11) &* prime1
            at &+= 1
        }
        hash = (hash ^ hash >> 33) &* prime2
        hash = (hash ^ hash >> 29) &* prime3
        return hash ^ hash >> 32
    }

    @inline(__always)
    private static func word(_ bytes: RawSpan, _ at: Int) -> UInt64 {
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, 31) &* prime1
    }

    private static func merged(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }

    @inline(__always)
    private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value &<< count | value &>> (64 &- count)
    }
}
