// SPDX-License-Identifier: Apache-2.0

internal import BTF
package import Diagnostics

/// A kernel that is asked what it has, and not to do anything: the running one by its files, or another one.
package protocol CheckedKernel: KernelEnvironment {
    /// How it is called in reports, such as `6.12.9-amd64`.
    var name: String { get }
    /// Its release; nil if nothing tells it.
    var release: KernelRelease? { get }
    /// Bytes of memory of its machine; nil if it is another one.
    var memory: UInt64? { get }
    /// The files that it is known by, such as `/sys/kernel/btf/vmlinux`.
    var sources: [String] { get }
    /// Whether codes of errors are there only since a file of it was not given: its types, its configuration.
    func isUnknown(_ code: Diagnostic.Code) -> Bool
    /// Whether it has the place that a target names.
    func place(of target: AttachTarget) -> CheckedPlace
    /// What is at the path that a map would be pinned at.
    func pin(at pin: LoadPlan.Pin) -> CheckedPin
}

extension CheckedKernel {
    /// Of another machine nothing is known.
    package var memory: UInt64? { nil }
}

/// What a kernel has for a target.
package enum CheckedPlace: Sendable {
    /// The place: what it is called there.
    case there(String)
    /// There is none.
    case absent(Diagnostic)
    /// The files do not tell it: why.
    case notKnown(String)
    /// It is nothing of the kernel's, and of another machine: a user's file, a device, a control group. It shows when it is
    /// attached.
    case notAsked(String)
}

/// What is at the path of a pin.
package struct CheckedPin: Sendable, Equatable {
    /// Whether there is something.
    package enum State: String, Sendable {
        /// Nothing: the map is created and pinned.
        case created
        /// Something: the map is taken if it fits.
        case reused
        /// The directory is closed to this user, or it is another machine's.
        case notKnown = "not known"
    }

    /// The whole path.
    package let path: String
    /// What is there.
    package let state: State

    /// Takes what was found.
    package init(path: String, state: State) {
        self.path = path
        self.state = state
    }
}

/// The numbers that a kernel's types name: of helpers, and of types of maps, programs and ways to attach.
///
/// They tell what it has better than its version: distributions bring things to older kernels.
struct KernelNumbers {
    private let known: [KernelAsk.Kind: Set<UInt64>]

    /// Reads the enumerations of a kernel's types; without types nothing is known.
    init(_ kernel: any KernelEnvironment) {
        guard let index = try? kernel.kernelTypes() else {
            known = [:]
            return
        }
        var known: [KernelAsk.Kind: Set<UInt64>] = [:]
        for (kind, name) in Self.enumerations {
            guard let id = index.id(named: name, kind: .enum), let type = index.btf[id] else { continue }
            // The last ones count the others: __MAX_BPF_PROG_TYPE.
            known[kind] = Set(
                index.btf.enumerators(of: type).filter {
                    !index.btf.bytes(ofString: $0.nameOffset).starts(with: "__".utf8)
                }.map(\.bits))
        }
        self.known = known
    }

    private static let enumerations: [(KernelAsk.Kind, String)] = [
        (.helper, "bpf_func_id"), (.mapType, "bpf_map_type"), (.programType, "bpf_prog_type"),
        (.attachType, "bpf_attach_type"),
    ]

    /// Whether the kernel has a number; nil if its types do not tell.
    func has(_ kind: KernelAsk.Kind, _ number: UInt64) -> Bool? { known[kind].map { $0.contains(number) } }
}
