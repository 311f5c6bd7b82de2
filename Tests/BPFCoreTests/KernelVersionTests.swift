// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import BPFCore

@Suite struct KernelVersionTests {
    @Test(arguments: [
        ("5.10.226-1", UInt32(0x050ae2)), ("6.1", 0x060100), ("7.2-rc3", 0x070200), ("4.14.336", 0x040eff),
        ("6.12.0-46-amd64", 0x060c00),
    ])
    func `a version becomes a code, with the patch held at 255`(text: String, code: UInt32) {
        #expect(KernelVersion.parse(text[...]) == code)
    }

    @Test(arguments: ["", "x", "6", "6.", ".1", "99999999999.1.1"])
    func `what is no version has no code`(text: String) {
        #expect(KernelVersion.parse(text[...]) == nil)
    }

    @Test func `Ubuntu's signature comes before Debian's version, and the release last`() {
        let (ubuntu, debian) = ("Ubuntu 5.15.0-91.101-generic 5.15.131", "#1 SMP Debian 5.10.226-1 (2024-10-03)")
        #expect(KernelVersion.fallback(signature: ubuntu, version: debian, release: "1.2.3") == 0x050f83)
        #expect(KernelVersion.fallback(signature: nil, version: debian, release: "5.10.0-33-amd64") == 0x050ae2)
        #expect(KernelVersion.fallback(signature: "x", version: "#1 Debian", release: "6.8.0-49") == 0x060800)
        #expect(KernelVersion.fallback(signature: nil, version: "", release: "") == 0)
    }

    @Test func `the running kernel has a code of its own major version`() throws {
        let major = try #require(UInt32(UnameFacts.current.release.prefix { $0.isNumber }))
        #expect(KernelVersion.running() >> 16 == major)
    }

    @Test func `the note of type 0 is taken and not the other one of the same owner`() throws {
        let image = vdso(notes: [(256, [1, 0, 0, 0]), (0, [44, 18, 6, 0])])
        #expect(VDSO.versionCode(in: image) == 0x06122c)
        #expect(VDSO.versionCode(in: vdso(notes: [(256, [1, 0, 0, 0])])) == nil)
        #expect(VDSO.versionCode(in: vdso(notes: [(0, [1, 0, 0, 0, 0, 0, 0, 0])])) == nil)
    }

    @Test func `an image that is cut or lies about its sizes gives nothing and does not trap`() {
        let image = vdso(notes: [(0, [44, 18, 6, 0])])
        for end in image.indices { #expect(VDSO.versionCode(in: Array(image[..<end])) == nil) }
        for offset in 5..<image.count {
            var broken = image
            for value in [0x7f, 0x80, 0xff] as [UInt8] {
                broken[offset] = value
                _ = VDSO.versionCode(in: broken)
            }
        }
    }

    private func vdso(notes: [(type: Int, content: [UInt8])]) -> [UInt8] {
        var section: [UInt8] = []
        for note in notes {
            section += [
                6, 0, 0, 0, UInt8(note.content.count), 0, 0, 0, UInt8(note.type & 255), UInt8(note.type >> 8), 0, 0,
            ]
            section += Array("Linux\0".utf8) + [0, 0] + note.content
        }
        var head = [UInt8](repeating: 0, count: 120)
        head.replaceSubrange(0..<5, with: [0x7f, 0x45, 0x4c, 0x46, 2])
        (head[32], head[54], head[56]) = (64, 56, 1)
        (head[64], head[72], head[96]) = (4, 120, UInt8(section.count))
        return head + section
    }
}
