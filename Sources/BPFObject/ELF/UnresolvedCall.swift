// SPDX-License-Identifier: Apache-2.0

internal import BTF
package import Diagnostics

/// A call in an object that no loader can complete: of a function that is nowhere, or by a pointer.
package struct UnresolvedCall: Equatable {
    /// The function; nil for a call by a pointer.
    package let symbol: String?
    /// The line of source, if the object tells it.
    package let source: Diagnostic.Label?

    /// `BPF_JMP | BPF_CALL | BPF_X`: a call by a register, which no kernel takes.
    private static let callByRegister: UInt8 = 0x8d
    /// What is listed of an object.
    private static let most = 256

    /// All of an object's code, in the order of its sections.
    package static func all(in object: [UInt8]) throws(ObjectError) -> [UnresolvedCall] {
        let file = try ELFFile(object)
        let context = try ObjectContext(file)
        // Functions and variables of the kernel are declared in the object's types.
        let externs = ExternTable(context)
        var calls: [UnresolvedCall] = []
        for section in context.sections where section.flags & ELF.executable != 0 {
            let lines = context.typeInfo.lines(ofSection: section.name)
            for entry in context.relocationSections[section.index] ?? [] {
                for relocation in try ELFRelocation.all(of: entry, in: file) {
                    guard let symbols = context.symbols, let symbol = symbols[relocation.symbol], symbol.section == 0,
                        relocation.symbol != 0, calls.count < most
                    else { continue }
                    let name = symbols.name(of: symbol)
                    guard externs.index(of: name) == nil else { continue }
                    calls.append(UnresolvedCall(symbol: name, source: lines?[Int(clamping: relocation.offset / 8)]))
                }
            }
            let bytes = try file.bytes(of: section)
            for index in 0..<(section.size / 8) where bytes.u8(index * 8) == callByRegister && calls.count < most {
                // The second half of a load of 64 bits has no opcode.
                calls.append(UnresolvedCall(symbol: nil, source: lines?[index]))
            }
        }
        return calls
    }
}
