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
        var scan = Scan(rest: bytes[...])
        var before: UInt8 = 0
        while let byte = scan.rest.first {
            if scan.skipCommentOrText() { continue }
            guard isPart(byte) else {
                if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t"), byte != UInt8(ascii: "\n") { before = byte }
                scan.step()
                continue
            }
            let line = scan.line
            let word = scan.rest.prefix(while: isPart)
            scan.rest = scan.rest.dropFirst(word.count)
            let next = scan.rest.first { $0 != UInt8(ascii: " ") }
            // `License(…)`, and `let license: License = .init(…)`.
            if word.elementsEqual("License".utf8), next == UInt8(ascii: "(") || before == UInt8(ascii: ":") {
                return line
            }
            before = byte
        }
        return nil
    }

    private struct Scan {
        var rest: ArraySlice<UInt8>
        var line = 1

        mutating func step(_ count: Int = 1) {
            for byte in rest.prefix(count) where byte == UInt8(ascii: "\n") { line += 1 }
            rest = rest.dropFirst(count)
        }

        /// Steps over a comment or a text that begins here.
        mutating func skipCommentOrText() -> Bool {
            if rest.starts(with: "//".utf8) {
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            } else if rest.starts(with: "/*".utf8) {
                var depth = 0
                repeat {
                    let change = rest.starts(with: "/*".utf8) ? 1 : rest.starts(with: "*/".utf8) ? -1 : 0
                    depth += change
                    step(change == 0 ? 1 : 2)
                } while depth > 0 && !rest.isEmpty
            } else if rest.starts(with: "\"\"\"".utf8) {
                step(3)
                while !rest.isEmpty, !rest.starts(with: "\"\"\"".utf8) {
                    step(rest.first == UInt8(ascii: "\\") ? 2 : 1)
                }
                step(3)
            } else if rest.first == UInt8(ascii: "\"") {
                step()
                while let byte = rest.first, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\n") {
                    step(byte == UInt8(ascii: "\\") ? 2 : 1)
                }
                step()
            } else {
                return false
            }
            return true
        }
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        byte >= 128 || byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 32)
    }
}
