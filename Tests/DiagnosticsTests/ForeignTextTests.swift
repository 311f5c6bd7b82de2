// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

struct ForeignTextTests {
    @Test(
        arguments: [
            [], Array("a.o".utf8), Array("ä€😀".utf8), [0xff, 0x2e, 0x6f], [0x61, 0xc3], [0xc3, 0x61],
            [0xed, 0xa0, 0x80],
            [0xf4, 0x8f, 0xbf, 0xbf], [0xf4, 0x8f, 0xbe, 0x80], [0xf4, 0x80, 0x80, 0x80], [0xf4, 0x8f],
            [0xe2, 0x82, 0xff],
            Array(0...255), Array((0...255).reversed()),
        ] as [[UInt8]])
    func `every sequence of bytes is a string that gives it back`(_ bytes: [UInt8]) {
        let text = String(foreignBytes: bytes)
        #expect(text.foreignBytes == bytes)
        if String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0xf4) { #expect(Array(text.utf8) == bytes) }
    }

    @Test func `a byte that is no UTF-8 is written as what it is`() {
        #expect(String(foreignBytes: [0xff, 0x2e, 0x6f]).terminalSafe == #"\xff.o"#)
    }

    @Test func `a file name is the bytes and a zero`() {
        let bytes: [UInt8] = [0x61, 0x80, 0xf4]
        let back = String(foreignBytes: bytes).withFileName { String(cString: $0).utf8.count }
        #expect(back == 1 + 3 + 3)
    }
}
