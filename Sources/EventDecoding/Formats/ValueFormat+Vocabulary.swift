// SPDX-License-Identifier: Apache-2.0

extension ValueFormat {
    /// The words that the format has for numbers of a machine; nil if it has none.
    func vocabulary(on machine: Architecture) -> Vocabulary? {
        switch self {
        case .signal: .signals
        case .sigset: .signalSets
        case .mode: .modes
        case .openflags: .openFlags(on: machine)
        case .prot: .protections(on: machine)
        case .mapflags: .mappings(on: machine)
        case .family: .families
        case .socktype: .socketTypes
        case .protocol: .protocols
        case .tcpstate: .tcpStates
        case .ethertype: .etherTypes
        case .cap: .capabilities
        case .caps: .capabilitySets
        case .clone: .cloneFlags
        default: nil
        }
    }

    /// Whether the format takes a number for one whose highest byte is the first.
    ///
    /// Conditions compare such a number as it is shown.
    var isNetworkOrder: Bool { self == .port || self == .be || self == .ethertype }

    /// The names that conditions may have for the numbers of a field in this format.
    ///
    /// - Parameter machine: The machine, as uname(2) names it.
    func names(machine: String) -> [String] {
        switch self {
        case .errno, .ret: NumberNames.errnos
        case .syscall: NumberNames.syscalls(machine: machine).map(\.name)
        default: vocabulary(on: Architecture(machine: machine))?.words.map { "\($0.name)" } ?? []
        }
    }

    /// The number of a name.
    ///
    /// - Parameter machine: The machine, as uname(2) names it.
    func value(named name: String, machine: String) -> Int128? {
        switch self {
        case .errno, .ret: NumberNames.errno(named: name)
        case .syscall: NumberNames.syscalls(machine: machine).first { $0.name == name }?.number
        default: vocabulary(on: Architecture(machine: machine))?.value(named: name)
        }
    }
}
