// SPDX-License-Identifier: Apache-2.0

/// Names of numbers that the kernel's headers give.
enum NumberNames {
    /// The name of an error, 1 and up; nil if it has none.
    static func errno(_ number: Int128) -> StaticString? {
        number < 512 ? name(number, in: errnoNames, from: 1) : name(number, in: kernelErrnoNames, from: 512)
    }

    /// The name of a system call; nil if it has none, or the machine is not known.
    ///
    /// - Parameters:
    ///   - number: The number of the call.
    ///   - machine: The machine, as uname(2) names it. From 424 on the numbers are the same on all.
    static func syscall(_ number: Int128, machine: String) -> StaticString? {
        guard number < 424 else { return name(number, in: recentSyscalls, from: 424) }
        return switch machine {
        case "x86_64", "amd64": name(number, in: x86Syscalls, from: 0)
        case "aarch64", "arm64": name(number, in: genericSyscalls, from: 0)
        default: nil
        }
    }

    /// The names of all errors.
    static var errnos: [String] { (errnoNames + kernelErrnoNames).map { "\($0)" }.filter { !$0.isEmpty } }

    /// The number of an error.
    static func errno(named name: String) -> Int128? {
        guard !name.isEmpty else { return nil }
        if let index = errnoNames.firstIndex(where: { "\($0)" == name }) { return Int128(index) + 1 }
        return kernelErrnoNames.firstIndex { "\($0)" == name }.map { Int128($0) + 512 }
    }

    /// All system calls that have a name on a machine, as uname(2) names it.
    static func syscalls(machine: String) -> [(name: String, number: Int128)] {
        (0..<(424 + Int128(recentSyscalls.count))).compactMap { number in
            syscall(number, machine: machine).map { ("\($0)", number) }
        }
    }

    private static func name(_ number: Int128, in names: [StaticString], from first: Int128) -> StaticString? {
        guard number >= first, number - first < Int128(names.count) else { return nil }
        let name = names[Int(number - first)]
        return name.utf8CodeUnitCount == 0 ? nil : name
    }
}

extension LineBuffer {
    /// Appends the addresses of a stack, each as the function that it lies in.
    mutating func appendStack(_ addresses: [UInt64], _ environment: FormatEnvironment) {
        guard !addresses.isEmpty else { return }
        // Each is looked for by itself.
        let most = max(room, 0) / Self.costOfFrame + 1
        let frames = environment.stackFrames(of: Array(addresses.prefix(most)), process: process)
        for (index, frame) in frames.enumerated() {
            guard room > 0 else { return appendCutMark() }
            charge(Self.costOfFrame)
            if index > 0 { append(";") }
            appendFrame(frame)
        }
        if most < addresses.count { appendCutMark() }
    }

    /// What a function takes beside its text, in bytes of text that take as long.
    private static let costOfFrame = 640

    /// Appends an address as `symbol+0x10`, or in hexadecimal where no symbol is known.
    mutating func appendSymbol(_ address: UInt64, _ symbols: (any SymbolNames)?) {
        guard let symbol = symbols?.symbol(at: address) else {
            append("0x")
            return append(UInt128(address), bitsPerDigit: 4)
        }
        appendEscaped(symbol.name, quoted: false)
        guard symbol.offset > 0 else { return }
        append("+0x")
        append(UInt128(symbol.offset), bitsPerDigit: 4)
    }
}
