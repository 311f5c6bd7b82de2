// SPDX-License-Identifier: Apache-2.0

@testable import Diagnostics
import Testing

/// Places in texts, drawn.
struct DrawingTests {
    private func label(_ text: String, _ place: Range<Int>, line: Int = 1) -> Diagnostic.Label {
        Diagnostic.Label(of: text.utf8, line: line, bytes: place)
    }

    private func secondary(_ text: String, _ place: Range<Int>, line: Int = 1) -> Diagnostic.Label {
        var label = label(text, place, line: line)
        (label.role, label.message) = (.secondary, "it is here first")
        return label
    }

    private func lines(_ labels: Diagnostic.Label...) -> [String] {
        var diagnostic = Diagnostic(.conditionInvalid, stage: .arguments, "wrong")
        diagnostic.labels = labels
        return diagnostic.quotes
    }

    @Test func `carets are below what is wrong, and dashes below what led there`() {
        #expect(lines(label("a in (1, 2", 10..<10), secondary("a in (1, 2", 5..<6)) == ["a in (1, 2", "     -    ^"])
        #expect(lines(label("aa bb", 3..<5), secondary("aa bb", 0..<2)) == ["aa bb", "-- ^^"])
        #expect(lines(label("aa bb", 0..<2), secondary("aa bb", 3..<5)) == ["aa bb", "^^ --"])
        #expect(lines(label("aa", 0..<2), secondary("aa", 0..<1)) == ["aa", "^^"], "what is wrong goes before")
    }

    @Test func `places on other lines have a drawing of their own, with what to say of them`() {
        #expect(
            lines(label("u32 a;", 4..<5, line: 3), secondary("int a;", 4..<5))
                == ["u32 a;", "    ^", "int a;", "    - it is here first"])
    }

    @Test func `what lies outside of the part that is shown is not drawn, and wide characters are`() {
        let text = "(" + String(repeating: "x", count: 200) + "!"
        let drawn = lines(label(text, 201..<202), secondary(text, 0..<1))
        #expect(drawn.count == 2 && !drawn[1].contains("-") && drawn[1].last == "^")
        #expect(lines(label("日本 x", 7..<8), secondary("日本 x", 0..<3)) == ["日本 x", "--   ^"])
    }

    @Test func `both places are in JSON, with their roles`() {
        var diagnostic = Diagnostic(.conditionInvalid, stage: .arguments, "wrong")
        diagnostic.labels = [label("aa bb", 3..<5), secondary("aa bb", 0..<2)]
        let json = diagnostic.json().line
        #expect(json.contains(#""role":"primary""#) && json.contains(#""role":"secondary""#), "\(json)")
        #expect(diagnostic.source?.column == 4)
    }
}
