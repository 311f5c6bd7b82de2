// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// What is there in place of a name that is not.
enum NamesThere {
    static func words(for name: String, _ names: [String]) -> String {
        names.isEmpty ? "there is none" : "there are \(names.prefix(32).joined(separator: ", "))"
    }

    static func hint(for name: String, _ names: [String]) -> Diagnostic.Hint? {
        let near = EditDistance.names(near: name, among: names)
        return near.isEmpty ? nil : "did you mean \(.chooseName(near), near.joined(separator: ", "))?"
    }
}
