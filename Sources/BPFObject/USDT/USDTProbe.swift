// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A static tracepoint of a program, at one of its places: a note of `.note.stapsdt` (`sys/sdt.h`).
package struct USDTProbe: Sendable, Equatable {
    /// Who has it, such as `python`.
    package let provider: String
    /// Its name there, such as `function__entry`.
    package let name: String
    /// Where in the program, as the file counts addresses.
    package let address: UInt64
    /// Where in the file; nil if no segment that is executed has it.
    package let offset: UInt64?
    /// The counter of its users (semaphore), as the file counts addresses; nil if it has none.
    package let semaphore: UInt64?
    /// Where the counter is in the file; nil if it has none, or no segment has it.
    package let semaphoreOffset: UInt64?
    /// Its arguments as the note has them, such as `-4@%edi 8@-16(%rbp)`.
    package let text: String
    /// Its arguments.
    package let arguments: [USDTArgument]
}

extension UserELF {
    /// All static tracepoints of the file, in its order; several places may have one name.
    package func tracepoints() throws(UserELFError) -> [USDTProbe] {
        guard let section = section(named: ".note.stapsdt") else { return [] }
        guard let reader = bytes(of: section, limit: 64 << 20) else { throw .damaged("section .note.stapsdt") }
        // Prelinking moves the code and not the notes: how far, the address of this section tells.
        let base = self.section(named: ".stapsdt.base")?.address
        return ELFNote.all(in: reader).compactMap { note in
            note.owner == "stapsdt" && note.type == 3 ? tracepoint(note.description, base: base) : nil
        }
    }

    private func tracepoint(_ description: [UInt8], base: UInt64?) -> USDTProbe? {
        let reader = ByteReader(bytes: description, byteOrder: byteOrder)
        guard let address = reader.u64(0), let noteBase = reader.u64(8), let semaphore = reader.u64(16),
            let provider = reader.string(at: 24), let name = reader.string(at: 25 + provider.utf8.count),
            let text = reader.string(at: 26 + provider.utf8.count + name.utf8.count)
        else { return nil }
        let shift = base.map { $0 &- noteBase } ?? 0
        let place = address &+ shift
        let counter = semaphore == 0 ? nil : semaphore &+ shift
        return USDTProbe(
            provider: provider, name: name, address: place, offset: fileOffset(of: place), semaphore: counter,
            semaphoreOffset: counter.flatMap { fileOffset(of: $0, isCode: false) }, text: text,
            arguments: USDTArgument.all(in: text, machine: machine))
    }
}

extension USDTProbe {
    /// The tracepoint with its arguments in variables of the program found from the instruction pointer, which is where
    /// the tracepoint is: their distance is the same wherever the program is loaded.
    ///
    /// - Parameter variables: The addresses of variables, as the file counts them.
    package func reading(variables: [String: UInt64]) -> USDTProbe {
        let arguments = arguments.map { argument in
            guard case .variable(let name, let displacement) = argument.place else { return argument }
            var found = argument
            if let address = variables[name] {
                let distance = Int64(bitPattern: address &- self.address) &+ displacement
                found.place = .memory(X86Operand.instructionPointer, displacement: distance)
            } else {
                found.place = .unreadable("the file does not say where the variable \(name) is")
            }
            return found
        }
        return with(arguments)
    }

    /// The names of the variables that arguments are in.
    package var variables: [String] {
        arguments.compactMap { argument in
            if case .variable(let name, _) = argument.place { name } else { nil }
        }
    }

    /// The tracepoint for a probe that sits some bytes behind it: what is found from the instruction pointer is so much
    /// nearer there.
    package func probed(behind distance: UInt64) -> USDTProbe {
        guard distance > 0 else { return self }
        return with(
            arguments.map { argument in
                guard case .memory(let register, let displacement) = argument.place,
                    register == X86Operand.instructionPointer
                else { return argument }
                var found = argument
                found.place = .memory(register, displacement: displacement &- Int64(bitPattern: distance))
                return found
            })
    }

    private func with(_ arguments: [USDTArgument]) -> USDTProbe {
        USDTProbe(
            provider: provider, name: name, address: address, offset: offset, semaphore: semaphore,
            semaphoreOffset: semaphoreOffset, text: text, arguments: arguments)
    }
}
