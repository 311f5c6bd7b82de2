// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

extension BTF {
    /// How many names a message is worth being compared with.
    private static let searchedNames = 4_096

    /// The members of a structure whose names are like one that is missing, anonymous members' own included.
    func memberNames(near name: [UInt8], of type: BTFType) -> [String] {
        var names: [String] = []
        collectMemberNames(of: type, into: &names, depth: 4)
        return EditDistance.names(near: String(decoding: name, as: UTF8.self), among: names)
    }

    private func collectMemberNames(of type: BTFType, into names: inout [String], depth: Int) {
        guard depth > 0, type.kind.isComposite else { return }
        for index in 0..<type.count where names.count < Self.searchedNames {
            guard let member = member(of: type, at: index) else { return }
            let name = string(member.nameOffset)
            guard name.isEmpty else {
                names.append(name)
                continue
            }
            // What has no names at all must not cost more than what has.
            guard index < Self.searchedNames, let inner = resolved(member.type) else { continue }
            collectMemberNames(of: inner, into: &names, depth: depth - 1)
        }
    }

    /// The enumerators whose names are like one that is missing.
    func enumeratorNames(near name: [UInt8], of type: BTFType) -> [String] {
        let names = (0..<min(type.count, Self.searchedNames)).compactMap { index in
            enumerator(of: type, at: index).map { string($0.nameOffset) }
        }
        return EditDistance.names(near: String(decoding: name, as: UTF8.self), among: names)
    }
}
