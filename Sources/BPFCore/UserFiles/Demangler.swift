// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF

/// Names of C++, Rust and Swift as their compilers wrote them, made readable.
package enum Demangler {
    /// The readable name; nil if it is none of a known language.
    package static func name(_ mangled: String) -> String? {
        guard mangled.utf8.count <= longest else { return nil }
        if mangled.hasPrefix("_R") { return Mangling.rustPath(mangled) }
        // Hostile names grow without end when they are written out.
        let isBounded = Mangling.bound(ofReadable: mangled).map { $0 <= mostBytes } ?? false
        if mangled.hasPrefix("_Z") || mangled.hasPrefix("__Z") {
            let plain =
                isBounded
                ? unsafe text(mangled.withCString { unsafe cbpf_demangle_cxx($0) })
                : unsafe text(mangled.withCString { unsafe cbpf_demangle_cxx_within($0, mostBytes) })
            return plain.map { Mangling.rustPath(ofReadable: $0) ?? $0 }
        }
        guard isBounded else { return nil }
        let plain = unsafe text(mangled.withCString { unsafe cbpf_demangle_swift($0, mangled.utf8.count) })
        // What it does not know it gives back.
        return plain == mangled ? nil : plain
    }

    private static let longest = 2_048
    /// Bytes of a readable name.
    private static let mostBytes = 1 << 20

    private static func text(_ result: UnsafeMutablePointer<CChar>?) -> String? {
        guard let result = unsafe result else { return nil }
        defer { unsafe free(result) }
        return unsafe String(cString: result)
    }
}

extension Demangler {
    /// The name as people read it: as it is if it is none of a known language.
    package static func readable(_ name: String) -> String {
        guard Mangling.mayBe(Array(name.utf8)[...]), let text = Self.name(name) else { return name }
        // A line of a stack has no room for more, and a hostile name would be kept once for each address in it.
        return text.utf8.count <= longestReadable ? text : name
    }

    private static let longestReadable = 4_096
}
