// SPDX-License-Identifier: Apache-2.0

import EventDecoding
import EventSummaries
@testable import Pictures
import Testing

/// Flame graphs as files.
struct FlameGraphTests {
    private func picture(
        _ counts: StackCounts, _ legend: PictureLegend = PictureLegend()
    ) throws -> MarkupReader.Element {
        var lines = LineBuffer()
        FlameGraph(counts, legend).write(to: &lines) { _ in }
        return try MarkupReader.read(text(&lines))
    }

    private func frames(_ picture: MarkupReader.Element) -> [MarkupReader.Element] {
        picture.children.filter { $0.name == "svg" }
    }

    private func title(_ frame: MarkupReader.Element) -> String { frame.named("title").first?.text ?? "" }

    @Test func `a frame is as wide as its weight, on top of its caller`() throws {
        var counts = StackCounts()
        counts.add(stack("sshd", "main", "read"), weight: 3)
        counts.add(stack("sshd", "main"), weight: 1)
        let frames = frames(try picture(counts))
        #expect(frames.map(title).map { $0.split(separator: " ").first } == ["all", "sshd", "main", "read"])
        #expect(frames.map { $0.attributes["width"] } == ["100%", "100%", "100%", "75%"])
        let rows = frames.compactMap { $0.attributes["y"].flatMap { Int($0) } }
        #expect(rows == [rows[0], rows[0] - 18, rows[0] - 36, rows[0] - 54])
        #expect(title(frames[3]) == "read — 3 events, 75 %")
    }

    @Test func `a name that is longer than anybody reads is cut, between two letters`() throws {
        var counts = StackCounts()
        counts.add(stack("sshd", "a" + String(repeating: "é", count: 5_000)), weight: 1)
        let frames = frames(try picture(counts))
        let name = "a" + String(repeating: "é", count: 255) + "…"
        #expect(title(frames[2]) == name + " — 1 event, 100 %" || title(frames[2]) == name + " — 1 events, 100 %")
        #expect(frames[2].named("text").first?.text == name)
    }

    @Test(arguments: [
        "</script><script>alert(1)</script>", "]]>", "a\u{0}b\u{1b}[2J\u{7f}\u{9b}", "\u{202e}x\u{200b}", "\"'&<>",
        "\u{fffe}\u{ffff}",
    ])
    func `no name leaves its place`(name: String) throws {
        var counts = StackCounts()
        counts.add(stack(name, "main"), weight: 1)
        var legend = PictureLegend()
        (legend.title, legend.origin, legend.weight, legend.notes) = (name, name, name, [name])
        let picture = try picture(counts, legend)
        #expect(picture.named("script").count == 1 && picture.named("style").count == 1)
        #expect(frames(picture).count == 3)
        #expect(picture.all.allSatisfy { ["svg", "rect", "text", "title", "script", "style"].contains($0.name) })
        #expect(picture.all.allSatisfy { element in !element.attributes.keys.contains { $0.hasPrefix("on") } })
    }

    @Test func `a picture asks for nothing and can be read without its script`() throws {
        var counts = StackCounts()
        counts.add(stack("sshd", "main"), weight: 1)
        let picture = try picture(counts)
        #expect(!picture.all.contains { $0.attributes["href"] != nil || $0.attributes["src"] != nil })
        let words = picture.named("script").map(\.text) + picture.named("style").map(\.text)
        for word in ["http:", "https:", "fetch", "XMLHttp", "import(", "url(", "eval"] {
            #expect(!words.contains { $0.replacing("http://www.w3.org/", with: "").contains(word) }, "\(word)")
        }
        #expect(picture.named("text").map(\.text).contains("main"))
    }

    @Test func `narrow frames are one box that counts them, and the whole is counted`() throws {
        var counts = StackCounts()
        for number in 0..<5000 { counts.add(stack("p", "f\(number)"), weight: 1) }
        counts.add(stack("p", "wide"), weight: 5000)
        let picture = try picture(counts)
        let frames = frames(picture)
        #expect(frames.map(title).contains { $0.hasPrefix("(5000 narrow frames) — 5000 events, 50 %") })
        #expect(frames.count == 4)
        #expect(picture.named("text").map(\.text).contains("5000 frames are too narrow to be drawn each"))
    }

    @Test func `a picture of any stacks has a bounded number of frames`() throws {
        var counts = StackCounts()
        // Levels of hundreds of frames each.
        for column in 0..<400 {
            counts.add((0..<200).map { PictureFrame("f\(column)_\($0)", .user) }, weight: UInt64(column % 3 + 1))
        }
        #expect(frames(try picture(counts)).count <= FlameLayout.limit * 2 + 2)
    }

    @Test func `what a picture lacks stands above it`() throws {
        var counts = StackCounts()
        counts.add(stack("p"), weight: 1)
        var legend = PictureLegend()
        legend.notes = ["[lost 12] events are missing"]
        let texts = try picture(counts, legend).named("text")
        #expect(texts.contains { $0.text == "[lost 12] events are missing" && $0.attributes["class"] == "t note" })
        #expect(try picture(StackCounts()).named("text").map(\.text).contains("no stacks"))
    }

    @Test func `frames that have a larger part of the whole than before are red, others blue`() throws {
        var (now, before) = (StackCounts(), StackCounts())
        now.add(stack("p", "grew"), weight: 75)
        now.add(stack("p", "shrank"), weight: 25)
        before.add(stack("p", "grew"), weight: 10)
        before.add(stack("p", "shrank"), weight: 5)
        before.add(stack("p", "gone"), weight: 5)
        now.compare(with: before)
        let picture = try picture(now)
        let colours = Dictionary(
            frames(picture).map { (String(title($0).prefix { $0 != " " }), $0.attributes["class"] ?? "") }
        ) { $1 }
        #expect(colours["grew"] == "f r4" && colours["p"] == "f z", "\(colours)")
        // A quarter before and now.
        #expect(colours["shrank"] == "f z")
        #expect(picture.named("text").contains { $0.text.hasPrefix("gone since then: 5 events") })
    }

    @Test func `the strict reader of these tests is strict`() {
        for text in [
            "<a><b></a>", "<a x=1/>", "<a>&nbsp;</a>", "<a x=\"<\"/>", "<a/>b", "<a x=\"1\" x=\"2\"/>", "<a>\u{1}</a>",
        ] {
            #expect(throws: (any Error).self, "\(text)") { try MarkupReader.read(text) }
        }
    }
}
