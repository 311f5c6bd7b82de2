// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// The names that C has for what a probe declares: each is there once.
struct NameTable {
    private struct Owner {
        var what: String
        var place: SourcePlace
    }

    private var owners: [String: Owner] = [:]

    /// Whether a name is taken.
    func has(_ name: String) -> Bool { owners[name] != nil }

    /// Takes a name.
    ///
    /// - Parameter what: What has it, such as `the map events`.
    mutating func take(_ name: String, for what: String, at place: SourcePlace) throws(ProbeError) {
        if let other = owners[name] {
            var error = ProbeError(
                .probeName, "\(what) needs the name \(name), which \(other.what) has", at: place,
                cause: "an object has each name once", nextStep: "give one of them another name")
            var label = other.place.label
            label.role = .secondary
            label.message = "\(other.what) is here"
            error.diagnostic.labels.append(label)
            throw error
        }
        owners[name] = Owner(what: what, place: place)
    }

    /// Takes the name of a program, a map or a variable, and that of what Swift has for it.
    mutating func takePair(_ name: String, for what: String, at place: SourcePlace) throws(ProbeError) {
        try take(name, for: what, at: place)
        try take(ShellNames.swiftName(name), for: what, at: place)
    }
}
