// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// What a program reads of its context, if it were on the wrapper of a system call.
package struct SyscallArguments {
    package enum Reading: Sendable, Equatable {
        /// No argument.
        case nothing
        /// The user's registers, behind the pointer that a wrapper gets: such a program is for wrappers as it is.
        case userRegisters(at: Int)
        /// Arguments, as those of a plain function.
        case arguments
        /// It cannot be told.
        case unclear(ArgumentRefusal)
    }

    let flow: ArgumentFlow
    /// What it reads.
    package let reading: Reading
    /// Whether it goes on in other programs, which get the same context.
    package var hasTailCall: Bool { flow.hasTailCall }

    fileprivate init(_ flow: ArgumentFlow) {
        self.flow = flow
        if let index = flow.wrapperKnown {
            reading = .userRegisters(at: index)
        } else if let refusal = flow.refusal {
            reading = .unclear(refusal)
        } else {
            reading = flow.argumentLoads.isEmpty ? .nothing : .arguments
        }
    }
}

extension LinkedProgram {
    /// Follows the program's context, for a probe on the wrapper of a system call.
    package func syscallArguments(_ registers: SyscallRegisters) -> SyscallArguments {
        let parameters = globalParameters
        let functions = pieces.enumerated().map { index, piece in
            // The program's own has the context and nothing else, whatever its type says.
            ArgumentFlow.Function(
                start: piece.start, name: piece.function.name, parameters: index == 0 ? 1 : parameters[piece.start])
        }
        return SyscallArguments(ArgumentFlow(instructions, functions, registers))
    }

    /// The program with copies of the system call's arguments, from which its loads read them.
    ///
    /// - Parameters:
    ///   - arguments: What ``syscallArguments(_:)`` found.
    ///   - helper: The helper that reads memory of the kernel: `bpf_probe_read_kernel` (113), or 4 before Linux 5.5.
    ///   - stack: How the kernel counts the stack.
    package func copyingArguments(
        _ arguments: SyscallArguments, helper: Int32, stack: StackRules
    ) throws(ArgumentRefusal) -> LinkedProgram {
        let rewritten = try RewrittenCode(arguments.flow, helper: helper, stack: stack, limit: Limits.instructions)
        func place(_ index: Int) -> Int { Int(rewritten.places[index]) }
        var named = definition
        named.rewriting = ArgumentRewriting(functions: rewritten.counts.functions, loads: rewritten.counts.loads)
        return LinkedProgram(
            definition: named, instructions: rewritten.code,
            mapReferences: mapReferences.map {
                MapReference(instruction: place($0.instruction), map: $0.map, valueOffset: $0.valueOffset)
            },
            functionInfo: functionInfo?.moved { rewritten.entries[$0] },
            // Where a function begins the kernel wants a line.
            lineInfo: lineInfo?.moved { index in
                rewritten.entries[index] ?? (instructions.indices.contains(index) ? place(index) : nil)
            },
            modules: modules,
            moduleVariables: moduleVariables.map {
                ModuleReference(instruction: place($0.instruction), module: $0.module)
            },
            poison: Dictionary(uniqueKeysWithValues: poison.map { (place($0.key), $0.value) }), pieces: pieces,
            origins: rewritten.origins)
    }

    /// How many arguments the types of global functions say that they have, by the functions' starts.
    private var globalParameters: [Int: Int] {
        guard let functionInfo, functionInfo.recordSize >= 8 else { return [:] }
        let reader = ByteReader(bytes: functionInfo.bytes, byteOrder: .native)
        var types: [Int: Int] = [:]
        for record in 0..<functionInfo.count {
            guard let start = reader.int(record * functionInfo.recordSize),
                let type = reader.int(record * functionInfo.recordSize + 4)
            else { continue }
            types[start] = type
        }
        var parameters: [Int: Int] = [:]
        for piece in pieces where piece.function.isGlobal {
            guard let all = piece.lines?.types, let id = types[piece.start], let function = all[id],
                all.linkage(of: function) == .global, let prototype = all[function.sizeOrType]
            else { continue }
            parameters[piece.start] = prototype.count
        }
        return parameters
    }
}

extension LinkedProgram.Records {
    /// The records with other instructions; those of instructions that are nowhere are left out.
    fileprivate func moved(_ place: (Int) -> Int?) -> LinkedProgram.Records {
        let reader = ByteReader(bytes: self.bytes, byteOrder: .native)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.bytes.count)
        for record in 0..<count {
            let start = record * recordSize
            guard let index = reader.int(start), let moved = place(index) else { continue }
            bytes += UInt32(truncatingIfNeeded: moved).nativeBytes
            bytes += self.bytes[(start + 4)..<(start + recordSize)]
        }
        return LinkedProgram.Records(recordSize: recordSize, bytes: bytes)
    }
}
