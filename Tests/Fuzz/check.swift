// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics

@testable import BPFObject

/// Checks any bytes as an object against kernels of some releases, with and without types, as `--check` does: every walk
/// through its code ends, nothing traps, and every answer has words.
///
/// The seeds are those of the target `object`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCheck(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let object = try? Object(parsing: bytes, name: "fuzzed.o") else { return 0 }
    let kernels = [
        Kernel(release: KernelRelease(5, 10), types: nil, lacks: count % 2), Kernel(release: nil, types: nil, lacks: 2),
        Kernel(release: KernelRelease(6, 12), types: kernelTypes, lacks: count % 3),
    ]
    for kernel in kernels {
        var options = ObjectCheck.Options()
        options.choosesAlternatives = count % 2 == 0
        let choices = object.programs.map { program in
            CheckedChoice(
                program, targets: (try? program.ownTargets) ?? [], isOptional: program.name.utf8.count % 2 == 0)
        }
        look(at: ObjectCheck(object, choices, options: options, on: kernel))
    }
    for map in object.maps.indices { if let form = object.modernForm(ofMap: map) { precondition(!form.isEmpty) } }
    return 0
}

/// Every answer has words, and places in the code are places of it.
private func look(at check: ObjectCheck) {
    precondition(!check.verdict.word.isEmpty)
    for reason in check.verdict.reasons + check.warnings + check.failures { precondition(!reason.text().isEmpty) }
    for doubt in check.verdict.doubts { precondition(!doubt.isEmpty) }
    for program in check.programs {
        for ask in program.asks { precondition(!ask.words.isEmpty) }
        guard let count = program.instructionCount else { continue }
        for reason in program.verdict.reasons {
            if let place = reason.instruction { precondition((0..<max(count, 1)).contains(place)) }
        }
    }
}

/// A kernel of some release that has every second or third thing that it is asked for by name.
private struct Kernel: CheckedKernel, AbsentKernel {
    let release: KernelRelease?
    let types: BTFNameIndex?
    /// What is left of the lengths of names that it does not have.
    let lacks: Int

    var name: String { release.map { "\($0)" } ?? "nameless" }
    var sources: [String] { [] }

    func isUnknown(_ code: Diagnostic.Code) -> Bool { code == .kernelTypesMissing && types == nil }

    func place(of target: AttachTarget) -> CheckedPlace {
        switch "\(target)".utf8.count % 4 {
        case 0: .absent(Diagnostic(.noSuchFunction, stage: .resolve, "there is no \(target)"))
        case 1: .notKnown("whether there is \(target)")
        case 2: .notAsked("\(target)")
        default: .there("\(target)")
        }
    }

    func pin(at pin: LoadPlan.Pin) -> CheckedPin { CheckedPin(path: pin.name, state: .notKnown) }

    private func found(_ name: String) -> KernelObject? {
        name.utf8.count % 3 == lacks ? nil : KernelObject(id: UInt32(name.utf8.count % 8), module: UInt32(lacks))
    }

    func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? { found(name).map { _ in .max } }
    func variable(named name: String) throws(EnvironmentError) -> KernelObject? { found(name) }
    func function(named name: String) throws(EnvironmentError) -> KernelObject? { found(name) }
    func typedef(named name: String) throws(EnvironmentError) -> KernelObject? { found(name) }
    func kernelTypes() throws(TargetTypesError) -> BTFNameIndex {
        guard let types else {
            throw TargetTypesError(Diagnostic(.kernelTypesMissing, stage: .program, "no kernel"))
        }
        return types
    }
    func moduleTypes() -> [BTFNameIndex] { types.map { [$0] } ?? [] }
}

/// Types that number some helpers and types of maps, as a kernel's do.
private let kernelTypes: BTFNameIndex? = {
    var builder = BTFBuilder()
    let int = builder.int("int", isSigned: true)
    _ = builder.structure("task_struct", size: 8, [.init("pid", int), .init("tgid", int, bitOffset: 32)])
    _ = builder.enumeration("bpf_func_id", [("BPF_FUNC_unspec", 0), ("BPF_FUNC_map_lookup_elem", 1)])
    _ = builder.enumeration("bpf_map_type", [("BPF_MAP_TYPE_HASH", 1), ("BPF_MAP_TYPE_ARRAY", 2)])
    _ = builder.enumeration("bpf_prog_type", [("BPF_PROG_TYPE_KPROBE", 2), ("BPF_PROG_TYPE_TRACING", 26)])
    return (try? BTF(parsing: builder.build())).map { BTFNameIndex($0) }
}()
