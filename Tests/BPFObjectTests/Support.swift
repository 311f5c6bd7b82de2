// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics

@testable import BPFObject

/// A kernel that has some types, and something of every name that is asked for.
struct TypedKernel: AbsentKernel {
    let types: BTFNameIndex

    func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? { 0xffff_8000_0000_0000 }
    func variable(named name: String) throws(EnvironmentError) -> KernelObject? { KernelObject(id: 1) }
    func function(named name: String) throws(EnvironmentError) -> KernelObject? { KernelObject(id: 1, module: 3) }
    func typedef(named name: String) throws(EnvironmentError) -> KernelObject? { KernelObject(id: 1) }
    func kernelTypes() throws(TargetTypesError) -> BTFNameIndex { types }
    func moduleTypes() -> [BTFNameIndex] { [types] }
    func configuration() throws(EnvironmentError) -> KernelConfiguration {
        KernelConfiguration(text: Array("CONFIG_HZ=250\n".utf8), source: "nowhere")
    }
}

extension Object {
    /// The first program of a section.
    func program(inSection section: String) throws(ObjectError) -> ProgramDefinition {
        try programs(inSection: section)[0]
    }

    /// The plan for all programs of a section.
    func plan(section: String = "prog", on kernel: any KernelEnvironment = NoKernel()) throws(ObjectError)
        -> LoadPlan
    {
        try LoadPlan(object: self, programs: programs(inSection: section), kernel: kernel)
    }

    /// The first program of a section, linked.
    func linked(
        section: String = "prog", on kernel: any KernelEnvironment = NoKernel()
    ) throws(ObjectError) -> LinkedProgram {
        try plan(section: section, on: kernel).programs[0]
    }
}

extension ProgramDefinition {
    /// The maps that the function itself uses.
    var mapReferences: [LinkedProgram.MapReference] {
        function.references.compactMap { reference in
            if case .map(let map) = reference.target {
                return .init(instruction: reference.instruction, map: map, valueOffset: nil)
            }
            return nil
        }
    }
}
