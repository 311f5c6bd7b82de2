// SPDX-License-Identifier: Apache-2.0

/// Gives the members of a structure or union their places, as clang does for BPF.
///
/// The rules are those of the System V ABI: a member is at the next multiple of its alignment; a bit-field is at the
/// next bit where it lies whole within one aligned unit of its type, so that it may share bytes with its neighbours;
/// one of no bits moves what follows it to the next unit. Packed members have an alignment of 1, packed bit-fields follow
/// each other bit by bit. Bits are counted from the lowest of the first byte (on big-endian machines from its highest).
struct RecordLayout {
    /// What a structure or a member is asked to be.
    struct Wishes {
        /// `__attribute__((packed))`.
        var isPacked = false
        /// `__attribute__((aligned(N)))`, in bytes; 0 if it is not there.
        var alignment = 0
    }

    private let isUnion: Bool
    private let isPacked: Bool
    /// Bytes of what is there.
    private(set) var size = 0
    /// Bytes that its address is a multiple of.
    private(set) var alignment = 1
    /// Bits behind the last bit-field in its last byte, which the next one may have.
    private var freeBits = 0

    init(isUnion: Bool, isPacked: Bool) {
        self.isUnion = isUnion
        self.isPacked = isPacked
    }

    /// Adds a member; returns its place in bits.
    mutating func add(_ type: LayoutType, _ wishes: Wishes) -> Int {
        let own = max(wishes.isPacked || isPacked ? 1 : type.alignment, wishes.alignment)
        let start = isUnion ? 0 : Self.rounded(size, own)
        size = max(size, start + type.size)
        alignment = max(alignment, own)
        freeBits = 0
        return start * 8
    }

    /// Adds a bit-field; returns its place in bits.
    mutating func addBitField(_ type: LayoutType, width: Int, isNamed: Bool, _ wishes: Wishes) -> Int {
        let isTight = (wishes.isPacked || isPacked) && width > 0
        let own = max(isTight ? 1 : type.alignment * 8, wishes.alignment * 8)
        var start = isUnion ? 0 : size * 8 - freeBits
        if width == 0 || start % own + width > type.size * 8 {
            start = Self.rounded(start, own)
        } else if wishes.alignment > 0 {
            start = Self.rounded(start, wishes.alignment * 8)
        }
        let end = start + width
        if isUnion {
            size = max(size, (width + 7) / 8)
        } else {
            size = (end + 7) / 8
            freeBits = size * 8 - end
        }
        if isNamed { alignment = max(alignment, (own + 7) / 8) }
        return start
    }

    /// Ends it: bytes with those that fill it up.
    mutating func finish(_ wishes: Wishes) {
        alignment = max(alignment, wishes.alignment)
        size = Self.rounded(size, alignment)
    }

    private static func rounded(_ value: Int, _ multiple: Int) -> Int {
        (value + multiple - 1) / multiple * multiple
    }
}
