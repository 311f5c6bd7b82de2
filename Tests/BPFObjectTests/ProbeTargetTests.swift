// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Testing

@Suite struct ProbeTargetTests {
    @Test func `a bare name is the entry of a function anywhere`() throws {
        let target = try ProbeTarget(parsing: "vfs_read")
        #expect(target.module == nil)
        #expect(target.symbol == "vfs_read")
        #expect(target.offset == 0)
        #expect(!target.isReturn)
        #expect(target.description == "vfs_read")
    }

    @Test(arguments: [("f+0x1c", UInt64(0x1c)), ("f+28", 28), ("f+0X1C", 0x1c), ("f+0xffffffffffffffff", .max)])
    func `an offset is decimal or hexadecimal`(text: String, offset: UInt64) throws {
        #expect(try ProbeTarget(parsing: text).offset == offset)
    }

    @Test func `a module comes in front, with dashes as the kernel writes them`() throws {
        let target = try ProbeTarget(parsing: "nf-conntrack:nf_ct_get+0x4")
        #expect(target.module == "nf_conntrack")
        #expect(target.symbol == "nf_ct_get")
        #expect(target.description == "nf_conntrack:nf_ct_get+0x4")
    }

    @Test(arguments: ["ip_rcv.isra.0", "foo.constprop.0.cold", "bar.llvm.123", "_RNvCs1_4core$x", ".hidden"])
    func `names that compilers make are names`(text: String) throws {
        #expect(try ProbeTarget(parsing: text).symbol == text)
    }

    @Test(arguments: [
        ("a b", 1), ("a'b", 1), ("a\"b", 1), ("a\nb", 1), ("a\u{0}b", 1), ("a;b", 1), ("a/b", 1), ("ab$(id)", 3),
        ("a' ; id", 1), ("9a", 0), ("m:9a", 2), ("a:b:c", 3), ("m.n:f", 1), ("-f", 0), ("é", 0), ("a b+1", 1),
        ("f\u{202e}", 1),
    ])
    func `anything but a symbol is refused with the place of the first bad byte`(text: String, index: Int) {
        #expect(throws: ProbeTargetError(text: text, reason: .character(at: index))) { try ProbeTarget(parsing: text) }
    }

    @Test(arguments: [
        ("", ProbeTargetError.Reason.emptySymbol), ("+1", .emptySymbol), ("m:", .emptySymbol), (":f", .emptyModule),
        ("f+", .offset), ("f+x", .offset), ("f+0x", .offset), ("f++1", .offset), ("f+-1", .offset), ("f+1+2", .offset),
        ("f+0x10000000000000000", .offset), ("f+0x+1", .offset), ("f+1 ", .offset),
    ])
    func `a part that is missing or no number is named`(text: String, reason: ProbeTargetError.Reason) {
        #expect(throws: ProbeTargetError(text: text, reason: reason)) { try ProbeTarget(parsing: text) }
    }

    @Test func `the longest symbol passes and one byte more does not`() throws {
        let longest = String(repeating: "a", count: 511)
        #expect(try ProbeTarget(parsing: longest).symbol == longest)
        #expect(throws: ProbeTargetError(text: longest + "a", reason: .tooLong(bytes: 512, limit: 511))) {
            try ProbeTarget(parsing: longest + "a")
        }
        let module = String(repeating: "m", count: 56)
        #expect(throws: ProbeTargetError(text: module + ":f", reason: .tooLong(bytes: 56, limit: 55))) {
            try ProbeTarget(parsing: module + ":f")
        }
    }

    @Test func `a return probe takes no offset, and only it takes maxactive`() throws {
        #expect(throws: ProbeTargetError(text: "f+1", reason: .returnWithOffset)) {
            try ProbeTarget(parsing: "f+1", isReturn: true)
        }
        #expect(throws: ProbeTargetError(text: "f", reason: .maxActiveWithoutReturn)) {
            try ProbeTarget(parsing: "f", maxActive: 4)
        }
        for wrong in [0, -1, 4097] {
            #expect(throws: ProbeTargetError(text: "f", reason: .maxActive(wrong))) {
                try ProbeTarget(parsing: "f", isReturn: true, maxActive: wrong)
            }
        }
        #expect(try ProbeTarget(parsing: "f", isReturn: true, maxActive: 4096).maxActive == 4096)
    }

    @Test func `the error shows the character without letting it act`() {
        let quote = ProbeTargetError(text: "a'b", reason: .character(at: 1)).diagnostic
        #expect(quote.cause == "''' (U+0027) at byte 1 cannot be part of it")
        #expect(quote.code == .probeForm)
        let newline = ProbeTargetError(text: "a\nb", reason: .character(at: 1))
        #expect(newline.diagnostic.cause == "the character U+000A at byte 1 cannot be part of it")
        #expect(newline.description.split(separator: "\n").count == 3)
    }
}
