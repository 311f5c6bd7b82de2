// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension Object {
    /// What the author said of variables by `btf_decl_tag`, by the names of the variables; in the order of the source.
    ///
    /// Variables of all sections have tags, those of the license too. Of variables of one name the tags are together.
    package var variableTags: [String: [String]] {
        guard let types = typeInfo.types else { return [:] }
        var tags: [String: [String]] = [:]
        var count = 0
        for id in types.firstID..<types.endID {
            guard let tag = types[id], tag.kind == .declarationTag, types.componentIndex(of: tag) == -1,
                let variable = types[tag.sizeOrType], variable.kind == .variable
            else { continue }
            count += 1
            guard count <= Self.mostVariableTags else { break }
            tags[types.name(of: variable), default: []].append(types.name(of: tag))
        }
        return tags
    }

    /// Tags of variables that are read; of further ones nothing is known.
    private static let mostVariableTags = 4096
}
