// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import Testing

struct MachineIdentityTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in [byte >> 4, byte & 15].map { String($0, radix: 16) }.joined() }.joined()
    }

    @Test func `the hash is SHA-256 as FIPS 180-4 has it, at the borders of its blocks too`() {
        let vectors = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ]
        for (text, hash) in vectors { #expect(hex(SHA256.hash(Array(text.utf8))) == hash, "\(text)") }
    }

    @Test func `the code with a key is that of RFC 4231`() {
        let short = SHA256.code(Array("Hi There".utf8), key: [UInt8](repeating: 0x0b, count: 20))
        #expect(hex(short) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let message = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        let long = SHA256.code(message, key: [UInt8](repeating: 0xaa, count: 131))
        #expect(hex(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func `a machine's id is hashed as systemd-id128 does it for an application`() {
        let id = Array("0123456789abcdef0123456789abcdef".utf8)
        #expect(MachineIdentity.hashed(id + [10]) == "d0f39e5d1784498fa2b0bbc1c342d965")
        #expect(MachineIdentity.hashed(id) == MachineIdentity.hashed(id + [10]))
    }

    @Test(arguments: [
        "", "\n", "uninitialized\n", "00000000000000000000000000000000\n", "0123456789abcdef0123456789abcde\n",
        "0123456789abcdef0123456789abcdefa\n", "0123456789ABCDEF0123456789ABCDEF\n",
        "0123456789abcdef0123456789abcdef\n\n", "0123456789abcdeg0123456789abcdef\n",
    ])
    func `what is no id of a machine is not hashed`(file: String) {
        #expect(MachineIdentity.hashed(Array(file.utf8)) == nil)
    }
}
