// SPDX-License-Identifier: Apache-2.0

extension Unicode.Scalar {
    /// The columns of a terminal that the character takes.
    ///
    /// 2 for the wide ones of East Asia and most emoji, 0 for marks that are drawn on the one before, else 1. Ambiguous
    /// ones take 1, as terminals outside East Asian locales draw them.
    package var displayWidth: Int {
        guard value >= 0x300 else { return 1 }
        if isWide { return 2 }
        // The vowels and final consonants of Hangul are drawn into the syllable that they end.
        if (0x1160...0x11ff).contains(value) || (0xd7b0...0xd7ff).contains(value) { return 0 }
        return switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: 0
        default: 1
        }
    }

    private var isWide: Bool {
        guard value >= 0x1100 else { return false }
        var low = 0
        var high = wideCharacters.count
        while low < high {
            let middle = (low + high) / 2
            if wideCharacters[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < wideCharacters.count && wideCharacters[low].contains(value)
    }
}
