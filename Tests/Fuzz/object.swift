// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import EventTypes

/// Does with any bytes what the tool would: reads, sets and shows variables, plans for kernels with and without types,
/// makes the types ready; nothing may trap, and errors must have words.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzObject(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let layouts = MapLayoutChoice.allCases
    let layout = layouts[count % layouts.count]
    do throws(ObjectError) {
        var object = try Object(parsing: bytes, name: "fuzzed.o", mapLayout: layout)
        for warning in object.warnings { precondition(!warning.text().isEmpty) }
        for program in object.programs {
            precondition(!program.kernelName.utf8.contains(0))
            if let refusal = program.refusal { precondition(!refusal.description.isEmpty) }
            _ = program.convention
        }
        for events in object.events() { precondition(!events.types.isEmpty || !events.notes.isEmpty) }
        use(&object, text: String(decoding: bytes.suffix(24), as: UTF8.self))
        var options = LoadPlan.Options()
        plan(object, object.programs, Kernel(types: nil), options)
        for program in object.programs.prefix(4) { plan(object, [program], Kernel(types: kernelTypes), options) }
        // With all of them optional no error hides what the others do.
        options.optionalPrograms = Set(object.programs.map(\.name))
        plan(object, object.programs, Kernel(types: kernelTypes), options)
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}

/// Sets variables, and shows them with what they hold and with bytes that do not fit.
private func use(_ object: inout Object, text: String) {
    let values = ["1", "-1", "0x7fffffffffffffff", "{1, {2}, .a = 3}", "\"\\x41\"", "true", "1e3", text]
    for (index, variable) in object.variables.prefix(16).enumerated() {
        let value = values[(index + text.utf8.count) % values.count]
        for assignment in [variable.name + "=" + value, variable.name + "[0]=" + text, variable.name + "." + text] {
            do throws(ObjectError) {
                try object.set(assignment)
            } catch {
                precondition(!error.description.isEmpty)
            }
        }
    }
    for (index, map) in object.maps.enumerated() {
        guard let content = map.content?.bytes else { continue }
        for bytes in [content, Array(content.prefix(3)), []] {
            for line in object.globalsText(ofMap: index, bytes) { precondition(!line.isEmpty) }
            _ = object.globalsJSON(ofMap: index, bytes)
        }
    }
}

private func plan(_ object: Object, _ programs: [ProgramDefinition], _ kernel: Kernel, _ options: LoadPlan.Options) {
    do throws(ObjectError) {
        let plan = try LoadPlan(object: object, programs: programs, kernel: kernel, options: options)
        precondition(!plan.description.isEmpty || plan.steps.isEmpty)
        for omission in plan.omissions { precondition(!omission.reason.text().isEmpty) }
        for warning in plan.warnings { precondition(!warning.text().isEmpty) }
        for program in plan.programs {
            for reason in program.poison.values { precondition(!reason.text().isEmpty) }
            for index in program.instructions.indices.prefix(64) {
                _ = program.sourceLine(ofInstruction: index)
                _ = program.functionName(ofInstruction: index)
                _ = program.instructions[index].description
            }
            let code = try program.instructions(mapDescriptors: object.maps.indices.map { Int32($0) })
            precondition(Instruction.encode(code).count == code.count * Instruction.size)
        }
        guard let types = plan.types else { return }
        for support in [BTFFeatures(BTFFeature.allCases), []] {
            do throws(BTFError) {
                _ = try BTF(parsing: types.bytes(for: support))
            } catch {
                precondition(!error.description.isEmpty)
            }
        }
    } catch {
        precondition(!error.description.isEmpty)
    }
}

/// A kernel that has some of the types that the seeds ask for, or none and nothing else either.
private struct Kernel: AbsentKernel {
    let types: BTFNameIndex?

    private func found(_ name: String) -> KernelObject? {
        // Of what is asked by name there is every other thing.
        types == nil || name.utf8.count % 2 == 0 ? nil : KernelObject(id: 7, module: UInt32(name.utf8.count % 3))
    }
    func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? { found(name).map { _ in .max } }
    func variable(named name: String) throws(EnvironmentError) -> KernelObject? { found(name) }
    func function(named name: String) throws(EnvironmentError) -> KernelObject? { found(name) }
    func typedef(named name: String) throws(EnvironmentError) -> KernelObject? { found(name) }
    func structure(named name: String) throws(EnvironmentError) -> KernelStructure? {
        types.flatMap { KernelStructure(named: name, in: $0, module: UInt32(name.utf8.count % 3)) }
    }
    func kernelTypes() throws(TargetTypesError) -> BTFNameIndex {
        guard let types else {
            throw TargetTypesError(Diagnostic(.kernelTypesMissing, stage: .program, "no kernel"))
        }
        return types
    }
    func moduleTypes() -> [BTFNameIndex] { types.map { [$0] } ?? [] }
    func configuration() throws(EnvironmentError) -> KernelConfiguration {
        let text = "CONFIG_HZ=250\nCONFIG_BPF=y\nCONFIG_X=m\n# CONFIG_Y is not set\nCONFIG_CC_VERSION_TEXT=\"gcc 12\"\n"
        return KernelConfiguration(text: types == nil ? [] : Array(text.utf8), source: "nowhere")
    }
}

/// Types of a kernel, whose members differ from those of the seeds in order, size and kind.
private let kernelTypes: BTFNameIndex? = {
    var builder = BTFBuilder()
    let int = builder.int("int", isSigned: true)
    let long = builder.int("unsigned long", size: 8)
    let char = builder.int("char", size: 1, isSigned: true)
    let name = builder.array(of: char, count: 32, index: int)
    let task = builder.nextID + 1
    let pointer = builder.pointer(to: task)
    _ = builder.structure(
        "task_struct", size: 96,
        [
            .init("__state", int), .init("comm", name, bitOffset: 64), .init("tgid", int, bitOffset: 320),
            .init("pid", int, bitOffset: 352), .init("real_parent", pointer, bitOffset: 384),
            .init("group_leader", pointer, bitOffset: 448), .init("start_time", long, bitOffset: 512),
            .init("in_execve", int, bitOffset: 580, bitSize: 1),
            .init("sched_reset_on_fork", int, bitOffset: 577, bitSize: 1),
        ])
    let inner = builder.structure("", size: 8, [.init("skc_daddr", int), .init("skc_rcv_saddr", int, bitOffset: 32)])
    let common = builder.structure(
        "sock_common", size: 24, [.init("", inner, bitOffset: 64), .init("skc_family", int, bitOffset: 128)])
    _ = builder.structure("sock", size: 24, [.init("__sk_common", common)])
    _ = builder.structure("sk_buff", size: 16, [.init("len", long), .init("pkt_type", int, bitOffset: 67, bitSize: 3)])
    let pid = builder.structure("upid", size: 16, [.init("nr", long, bitOffset: 64)])
    let numbers = builder.array(of: pid, count: 0, index: int)
    _ = builder.structure("pid", size: 16, [.init("level", int), .init("numbers", numbers, bitOffset: 128)])
    _ = builder.enumeration("pid_type", [("PIDTYPE_PID", 1), ("PIDTYPE_TGID", 2), ("PIDTYPE_SID", 3)])
    _ = builder.typedef("pid_t", to: int)
    _ = builder.forward("file")
    let method = builder.pointer(to: builder.prototype(returning: int, [("sk", pointer)]))
    let short = builder.array(of: char, count: 16, index: int)
    let operations = builder.structure(
        "tcp_congestion_ops", size: 48,
        [
            .init("ssthresh", method), .init("undo_cwnd", method, bitOffset: 64), .init("name", short, bitOffset: 128),
            .init("cong_avoid", method, bitOffset: 256), .init("owner", pointer, bitOffset: 320),
        ])
    _ = builder.structure(
        "bpf_struct_ops_tcp_congestion_ops", size: 112,
        [.init("refcnt", int), .init("state", int, bitOffset: 32), .init("data", operations, bitOffset: 512)])
    return (try? BTF(parsing: builder.build())).map { BTFNameIndex($0) }
}()
