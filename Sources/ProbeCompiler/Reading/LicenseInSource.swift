// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// Finds a license in the text of a source: the compiler drops a variable that nothing uses, and says nothing of it.
enum LicenseInSource {
    /// Refuses a probe whose sources have a license that its module has not.
    static func check(
        _ module: ProbeModule, _ sources: [(name: String, bytes: [UInt8])]
    ) throws(ProbeError) {
        guard module.license == nil else { return }
        for source in sources {
            guard let line = line(in: source.bytes) else { continue }
            throw ProbeError(
                .probeGlobal, "the license is not in the object", at: SourcePlace(file: source.name, line: line),
                cause: "the compiler leaves out a variable that nothing uses, and the object would say \"GPL\"",
                nextStep: "write @used in front of it: @used let license = License(\"GPL\")")
        }
    }

    /// The line of the first license outside of comments and texts, from 1; nil if there is none.
    static func line(in bytes: [UInt8]) -> Int? {
        var words = SourceWords(bytes)
        while let word = words.next() {
            // `License(…)`, and `let license: License = .init(…)`.
            if word.isOne(of: ["License"]), word.next == UInt8(ascii: "(") || word.before == UInt8(ascii: ":") {
                return word.line
            }
        }
        return nil
    }
}
