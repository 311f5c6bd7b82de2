// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Why the kernel's configuration does not give what an object asks of it (`__kconfig`); `ObjectError.symbol` names it.
package enum ConfigurationFault: Sendable, Equatable {
    /// The variable's type is none that a configuration has.
    case type(String)
    /// The option is not in the configuration, and the program cannot do without; with where it was looked for.
    case missing(String)
    /// No such fact of the kernel is known (`LINUX_…`).
    case unknownFact
    /// The value is of another kind than the variable.
    case mismatch(KconfigValue, KconfigSection.Kind)
    /// The number does not fit into the variable.
    case range(KconfigValue, size: Int)
}

extension ConfigurationFault {
    /// What an error says.
    func words(_ error: ObjectError) -> ObjectError.Reason.Words {
        typealias Words = ObjectError.Reason.Words
        let name = error.symbol ?? ""
        return switch self {
        case .type(let type):
            Words(
                "\(name) cannot be taken from the kernel's configuration", "its type is \(type)",
                next: "declare it as bool, enum libbpf_tristate, char, an integer or an array of char")
        case .missing(let source):
            Words(
                "the kernel's configuration does not have \(name)", "it was looked for in \(source)",
                next: "declare it __weak, which makes it 0, or give the configuration of this kernel")
        case .unknownFact:
            Words(
                "\(name) is not a known fact about kernels",
                "there are " + KernelFacts.names.joined(separator: ", "), next: "declare it __weak, which makes it 0")
        case .mismatch(let value, let kind):
            Words(
                "\(name) is \(value) in the kernel's configuration, and \(kind) in the object",
                next: "declare it as \(value.fittingType)")
        case .range(let value, let size):
            Words(
                "\(name) is \(value) in the kernel's configuration, and has \(size) bytes in the object",
                next: "declare it as unsigned long")
        }
    }
}
