// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Fits the functions of an object to the types of a kernel: all CO-RE relocations of a function at once.
final class FunctionRelocator {
    private let typeInfo: ObjectTypeInfo
    private var relocator: CORERelocator?
    private var poisoned = 0

    init(_ typeInfo: ObjectTypeInfo, targets: any RelocationTargets) {
        self.typeInfo = typeInfo
        relocator = typeInfo.types.map { CORERelocator(local: $0, targets: targets) }
    }

    /// The function's code as it is to run on that kernel.
    func relocate(_ function: ObjectFunction) throws(ObjectError) -> ProgramLinker.RelocatedFunction {
        var code = ProgramLinker.RelocatedFunction(instructions: function.instructions)
        guard let types = typeInfo.types, let part = typeInfo.extra?.relocations, relocator != nil else { return code }
        let lines = typeInfo.lines(ofSection: function.sectionName)
        for record in part.records(in: function.range, ofSection: function.sectionName) {
            let index = record.instruction - function.start
            func line() -> Diagnostic.Label? { lines?[record.instruction] }
            guard poisoned < Limits.poisoned else {
                var error = ObjectError(
                    .tooMany(
                        "accesses to what this kernel does not have", count: UInt64(poisoned) + 1,
                        limit: Limits.poisoned), section: function.sectionName)
                error.program = function.name
                throw error
            }
            code.relocated.insert(index)
            do throws(COREError) {
                let relocation = try CORERelocation(record, of: part, types: types)
                if case .poisoned(let failure)? = try relocator?.apply(relocation, to: &code.instructions, at: index) {
                    poisoned += 1
                    code.poison[index] = failure.diagnostic
                    let source = lines?.use(at: record.instruction, of: failure.namesInSource)
                    code.poison[index]?.source = source
                    if source?.file.hasSuffix(".swift") == true {
                        code.poison[index]?.hint = Diagnostic.Hint(failure.hintInSwift)
                    }
                }
            } catch {
                var error = ObjectError(.fieldRelocation(error))
                error.section = function.sectionName
                error.program = function.name
                error.instruction = index
                error.source = line()
                throw error
            }
        }
        return code
    }
}
