// SPDX-License-Identifier: Apache-2.0

import BPFObject

extension SectionConvention {
    /// What a program is that this tool loads and does not attach, and the command that does if there is one; nil of
    /// programs that it attaches.
    ///
    /// - Parameter program: The name of the program, which is that of its pin.
    func leftAlone(_ program: String) -> String? {
        if type == .programExtension {
            return "it stands in for a function of a loaded program, which is named with it: "
                + "--attach \(program)=freplace:/sys/fs/bpf/PIN:FUNCTION, or freplace:id:NUMBER:FUNCTION"
        }
        guard let means = otherMeans(pin: "DIR/\(program)") else { return nil }
        let kind = pattern.hasSuffix("+") ? String(pattern.dropLast()) : pattern
        let what = "load-kp-bpf does not attach \(kind) programs"
        return switch means {
        case .unknown: what
        case .notAlone(let reason): "\(what): \(reason)"
        case .pinned(let command): "\(what); pin it with --pin-programs DIR and attach it with: \(command)"
        }
    }
}
