// SPDX-License-Identifier: Apache-2.0

/// A program that somebody has loaded, and one of its functions, as the target of another program.
///
/// `/sys/fs/bpf/filter:parse`, `id:12:parse` or `prog:filter:parse`; without the last part it is the program itself.
package struct ProgramFunction: Sendable, Equatable {
    /// Which program.
    package enum Reference: Sendable, Equatable {
        /// The one behind a pin.
        case pin(String)
        /// The one of an id.
        case id(UInt32)
        /// The only one of a name, as bpftool lists it.
        case name(String)
    }

    /// Which program.
    package let reference: Reference
    /// One of its functions that are not static; nil is the program itself.
    package let function: String?

    /// Reads a text that begins as one of a program does; nil if it does not.
    init?(reading text: Substring) throws(AttachTargetError.Reason) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let rest: ArraySlice<Substring>
        if text.utf8.first == UInt8(ascii: "/") {
            reference = .pin(try parts[0].attachPlainText(isPath: true))
            rest = parts.dropFirst()
        } else if parts.count >= 2, parts[0] == "id" {
            guard let id = UInt32(parts[1]), id > 0, parts[1].utf8.first != UInt8(ascii: "+") else {
                throw .form("\"\(parts[1])\" is no id of a program")
            }
            reference = .id(id)
            rest = parts.dropFirst(2)
        } else if parts.count >= 2, parts[0] == "prog" {
            guard !parts[1].isEmpty else { throw .form("there is no name of a program") }
            reference = .name(try parts[1].attachPlainText())
            rest = parts.dropFirst(2)
        } else {
            return nil
        }
        guard rest.count <= 1 else { throw .form("there is more behind the name of the function") }
        function = try rest.first.map { (name) throws(AttachTargetError.Reason) in
            guard !name.isEmpty else { throw .form("there is no name of a function behind the colon") }
            return try name.attachName()
        }
    }

    /// The function of a program by its name.
    init(_ name: Substring, function: Substring) throws(AttachTargetError.Reason) {
        reference = .name(try name.attachPlainText())
        self.function = try function.attachName()
    }
}

extension ProgramFunction: CustomStringConvertible {
    /// The text that it is read from.
    package var description: String {
        let program =
            switch reference {
            case .pin(let path): path
            case .id(let id): "id:\(id)"
            case .name(let name): "prog:\(name)"
            }
        return program + (function.map { ":" + $0 } ?? "")
    }
}
