// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BTF
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import BPFObject

/// The source lines in the objects of probes in Swift.
extension KernelTests {
    @Suite(.cell("default"))
    struct SwiftProbeLineTests {
        @Test(arguments: ["swift", "swift/language", "swift/checked"])
        func `each line of an object of a probe is one of the user's file`(folder: String) throws {
            let folder = "\(Lab.fixtures)/\(folder)"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".o") }
            #expect(names.count >= 9)
            for name in names {
                let object = try Object(contentsOf: "\(folder)/\(name)")
                let sections = try #require(object.typeInfo.extra?.lines.sections, "\(name)")
                #expect(!sections.isEmpty, "\(name)")
                for (section, records) in sections {
                    let lines = try #require(object.typeInfo.lines(ofSection: section))
                    for record in records {
                        let line = try #require(lines[record.instruction])
                        #expect(
                            line.file.hasSuffix("/\(name.dropLast(2)).swift") && line.line > 0,
                            "\(name): \(section), instruction \(record.instruction): \(line.file):\(line.line)")
                    }
                }
            }
        }

        @Test(arguments: [
            ("TestProg1", "test_prog1.o"), ("TestProg2", "test_prog2.o"), ("Minimal", "minimal.bpf.o"),
            ("Unlink", "kprobe_unlink.bpf.o"), ("Bootstrap", "bootstrap.bpf.o"),
        ])
        func `a probe has no more than a tenth more instructions than its twin in C`(probe: String, twin: String) throws
        {
            func count(_ path: String) throws -> Int {
                try Object(contentsOf: path).programs.reduce(0) { $0 + $1.instructions.count }
            }
            let ours = try count("\(Lab.fixtures)/swift/\(probe).o")
            let clangs = try count("\(Lab.examples)/\(twin)")
            // Of a program of fourteen instructions a tenth is one.
            #expect(ours <= clangs + max(clangs / 10, 2), "\(ours), in C \(clangs)")
        }
    }
}
