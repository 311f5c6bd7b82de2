// SPDX-License-Identifier: Apache-2.0

import EventDecoding
import EventSummaries
import Foundation
@testable import Pictures
import Testing

/// Stacks as folded text and as speedscope reads them.
struct StackCountsTests {
    private func folded(_ counts: StackCounts) -> String {
        var lines = LineBuffer()
        let leftOut = counts.writeFolded(to: &lines) { _ in }
        #expect(leftOut == 0)
        return text(&lines)
    }

    @Test func `stacks that begin alike are put together, and each has a line in the order of names`() {
        var counts = StackCounts()
        counts.add(stack("sshd", "main", "read"), weight: 3)
        counts.add(stack("sshd", "main"), weight: 2)
        counts.add(stack("bash", "main"), weight: 1)
        counts.add(stack("sshd", "main", "read"), weight: 4)
        counts.add(stack("none"), weight: 0)
        #expect(folded(counts) == "bash;main 1\nsshd;main 2\nsshd;main;read 7\n")
        #expect(counts.total == 10 && counts.frameCount == 5)
    }

    @Test func `names cannot end a frame, a line or a picture`() {
        var counts = StackCounts()
        counts.add(stack("a;b 7\nx", "\u{1b}[2J", "\u{202e}c", "d\\"), weight: 1)
        #expect(folded(counts) == "a\\x3bb 7\\nx;\\x1b[2J;\\u{202e}c;d\\\\ 1\n")
    }

    @Test func `what has no room counts for the frames that have`() {
        var counts = StackCounts(limit: 3)
        counts.add(stack("a", "b", "c", "d"), weight: 5)
        counts.add(stack("e"), weight: 1)
        #expect(counts.total == 6 && counts.cut == 6 && counts.frameCount == 3)
        #expect(folded(counts).contains("a;b;c 5\n"))
        #expect(counts.names == ["a", "b", "c"])
        var deep = StackCounts()
        deep.add((0..<5000).map { PictureFrame("f\($0)", .user) }, weight: 1)
        #expect(deep.frameCount == StackCounts.depthLimit && deep.cut == 1)
    }

    @Test func `what has no room in others does not count for frames of other places`() {
        var counts = StackCounts(limit: 2)
        counts.add(stack("main", "read"), weight: 5)
        var others = StackCounts()
        others.add(stack("main", "lock", "read"), weight: 7)
        var compared = counts
        counts.add(others)
        #expect(folded(counts) == "main 7\nmain;read 5\n" && counts.cut == 7 && counts.total == 12)
        compared.compare(with: others)
        #expect(folded(compared) == "main 7 0\nmain;read 0 5\n" && compared.cut == 7)
    }

    @Test func `a million events with stacks take the memory of the different ones`() {
        var counts = StackCounts()
        for number in 0..<1_000_000 { counts.add(stack("p\(number % 10)", "main", "f\(number % 7)"), weight: 1) }
        #expect(counts.total == 1_000_000 && counts.frameCount == 10 + 10 + 70)
    }

    @Test func `weights beyond the largest number stay the largest number`() {
        var counts = StackCounts()
        counts.add(stack("a"), weight: .max)
        counts.add(stack("a"), weight: 5)
        counts.add(stack("b"), weight: .max)
        #expect(counts.total == .max)
        var lines = LineBuffer()
        FlameGraph(counts, PictureLegend()).write(to: &lines) { _ in }
        #expect(lines.count > 0)
    }

    @Test func `of stacks that are compared a line has both weights`() {
        var (now, before) = (StackCounts(), StackCounts())
        now.add(stack("a", "b"), weight: 3)
        before.add(stack("a", "b"), weight: 1)
        before.add(stack("a", "c"), weight: 9)
        now.compare(with: before)
        #expect(folded(now) == "a;b 1 3\na;c 9 0\n")
    }

    @Test func `a profile of speedscope has a sample for each stack, whose frames are there`() throws {
        var counts = StackCounts()
        counts.add(stack("</script>", "ma\u{7}in"), weight: 3)
        counts.add([PictureFrame("do_sys_open", .kernel)], weight: 2)
        var legend = PictureLegend()
        legend.title = "x\"y"
        legend.unit = SummaryUnit(name: "value.wait_us", format: nil)
        var lines = LineBuffer()
        #expect(counts.writeSpeedscope(legend, to: &lines) { _ in } == 0)
        let profile = try #require(try JSONSerialization.jsonObject(with: Data(text(&lines).utf8)) as? [String: Any])
        let shared = try #require(profile["shared"] as? [String: [[String: Any]]])
        let frames = try #require(shared["frames"]?.map { $0["name"] as? String })
        let sampled = try #require((profile["profiles"] as? [[String: Any]])?.first)
        let samples = try #require(sampled["samples"] as? [[Int]])
        let weights = try #require(sampled["weights"] as? [Int])
        #expect(samples.map { $0.map { frames[$0] } } == [["</script>", "ma\u{7}in"], ["do_sys_open"]])
        #expect(weights == [3, 2] && sampled["endValue"] as? Int == 5)
        #expect(sampled["unit"] as? String == "microseconds" && profile["name"] as? String == "x\"y")
    }
}
