// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics

/// Does with any bytes what a loader would: reads, plans, patches; nothing may trap, and errors must have words.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzObject(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let layouts = MapLayoutChoice.allCases
    let layout = layouts[count % layouts.count]
    do throws(ObjectError) {
        let object = try Object(parsing: bytes, name: "fuzzed.o", mapLayout: layout)
        for warning in object.warnings { precondition(!warning.text().isEmpty) }
        for program in object.programs {
            precondition(!program.kernelName.utf8.contains(0))
            if let refusal = program.refusal { precondition(!refusal.description.isEmpty) }
            do throws(ObjectError) {
                let plan = try LoadPlan(object: object, programs: [program], kernel: EmptyKernel())
                precondition(!plan.description.isEmpty)
                for program in plan.programs {
                    for index in program.instructions.indices.prefix(64) {
                        _ = program.sourceLine(ofInstruction: index)
                        _ = program.instructions[index].description
                    }
                    let code = try program.instructions(mapDescriptors: object.maps.indices.map { Int32($0) })
                    precondition(Instruction.encode(code).count == code.count * Instruction.size)
                }
            } catch {
                precondition(!error.description.isEmpty)
            }
        }
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}

/// A kernel that has nothing of what programs ask for by name.
private struct EmptyKernel: KernelEnvironment {
    func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? { nil }
    func variable(named name: String) throws(EnvironmentError) -> KernelObject? { nil }
    func function(named name: String) throws(EnvironmentError) -> KernelObject? { nil }
    func typedef(named name: String) throws(EnvironmentError) -> KernelObject? { nil }
    func kernelTypes() throws(TargetTypesError) -> BTFNameIndex {
        throw TargetTypesError(Diagnostic(stage: .program, "no kernel", exitStatus: .kernelLacks))
    }
    func moduleTypes() -> [BTFNameIndex] { [] }
    func facts() throws(EnvironmentError) -> KernelFacts {
        KernelFacts(version: 0x60100, hasCookies: true, hasSyscallWrappers: true)
    }
    func configuration() throws(EnvironmentError) -> KernelConfiguration {
        KernelConfiguration(text: [], source: "nowhere")
    }
}
