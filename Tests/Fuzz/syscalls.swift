// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics

/// Takes any bytes as an object, and turns the loads of arguments of its programs to the wrappers of system calls.
///
/// Where that can be done every load is one of the program or of a copy, and the tables name instructions that are there.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSyscalls(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    do throws(ObjectError) {
        let object = try Object(parsing: bytes, name: "fuzz.o")
        for definition in object.programs {
            let plan: LoadPlan
            do throws(ObjectError) {
                plan = try LoadPlan(object: object, programs: [definition], kernel: FunctionKernel())
            } catch {
                continue
            }
            for program in plan.programs { turn(program) }
        }
    } catch {
        precondition(!error.diagnostic.message.isEmpty)
    }
    return 0
}

private func turn(_ program: LinkedProgram) {
    for wrapper in ["__x64_sys_a", "__arm64_sys_a"] {
        guard let registers = SyscallRegisters(wrapper: wrapper) else { fatalError("no registers of \(wrapper)") }
        let arguments = program.syscallArguments(registers)
        if case .unclear(let refusal) = arguments.reading { precondition(!refusal.words.isEmpty) }
        do throws(ArgumentRefusal) {
            let changed = try program.copyingArguments(
                arguments, helper: 113, stack: StackRules(of: KernelRelease(6, 1)))
            precondition(changed.instructions.count >= program.instructions.count)
            precondition(changed.mapReferences.count == program.mapReferences.count)
            for index in changed.instructions.indices {
                guard let origin = changed.origin(ofInstruction: index) else { fatalError("\(index) is from nowhere") }
                if case .program(let old) = origin { precondition(program.instructions.indices.contains(old)) }
                _ = (changed.sourceLine(ofInstruction: index), changed.functionName(ofInstruction: index))
            }
        } catch {
            precondition(!error.words.isEmpty)
        }
    }
}

/// A kernel that has every function.
private struct FunctionKernel: AbsentKernel {
    func function(named name: String) throws(EnvironmentError) -> KernelObject? { KernelObject(id: 7) }
}
