// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import Foundation

/// The kernel that the facts of Tests/Fixtures/sent were recorded on, as far as those objects ask for it.
struct RecordedKernel: KernelEnvironment {
    /// As `KERNEL_VERSION` makes it.
    private(set) var version: UInt32 = 0
    private var options = ""
    private var addresses: [String: UInt64] = [:]
    /// Ids of its BTF, by kind and name.
    private var ids: [String: UInt32] = [:]
    private let types: BTFNameIndex

    init(_ folder: URL) throws {
        let blob = try [UInt8](Data(contentsOf: folder.appending(path: "kernel.btf")))
        types = BTFNameIndex(try BTF(parsing: blob))
        let text = try String(contentsOf: folder.appending(path: "kernel"), encoding: .utf8)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch (words.first, words.count) {
            case ("config", 2): options += words[1] + "\n"
            case ("version", 2): version = UInt32(words[1].dropFirst(2), radix: 16) ?? 0
            case ("symbol", 3): addresses[words[1]] = UInt64(words[2].dropFirst(2), radix: 16)
            case ("FUNC", 3), ("VAR", 3), ("TYPEDEF", 3): ids[words[0] + " " + words[1]] = UInt32(words[2])
            default: continue
            }
        }
    }

    private func object(_ kind: String, _ name: String) -> KernelObject? {
        ids[kind + " " + name].map { KernelObject(id: $0) }
    }

    func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? { addresses[name] }
    func variable(named name: String) throws(EnvironmentError) -> KernelObject? { object("VAR", name) }
    func function(named name: String) throws(EnvironmentError) -> KernelObject? { object("FUNC", name) }
    func typedef(named name: String) throws(EnvironmentError) -> KernelObject? { object("TYPEDEF", name) }
    func kernelTypes() throws(TargetTypesError) -> BTFNameIndex { types }
    func moduleTypes() -> [BTFNameIndex] { [] }
    func facts(_ names: [String]) throws(EnvironmentError) -> KernelFacts {
        KernelFacts(version: version, hasCookies: true, hasSyscallWrappers: true)
    }
    func configuration() throws(EnvironmentError) -> KernelConfiguration {
        KernelConfiguration(text: Array(options.utf8), source: "kernel")
    }
}
