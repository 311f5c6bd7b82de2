// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
package import BPFObject
internal import BTF

extension CompletionKind {
    /// Words that the tool finds out when a shell asks for them.
    package static func words(
        _ words: @escaping @Sendable (_ request: CompletionRequest) -> [String]
    ) -> CompletionKind {
        .custom { arguments, index, _ in words(CompletionRequest(arguments: arguments, index: index)) }
    }

    /// Names that the object of the command line has.
    ///
    /// - Parameters:
    ///   - suffix: What the name is followed by: `=` where the option takes `NAME=VALUE`.
    ///   - names: The names; nothing that the object says is trusted.
    package static func ofObject(
        _ suffix: String = "", _ names: @escaping @Sendable (_ object: Object) -> [String]
    ) -> CompletionKind {
        .words { request in
            guard let object = request.object else { return [] }
            return request.offered(names(object).map { $0 + suffix })
        }
    }
}

extension CompletionRequest {
    /// The object that the command line names; nil if there is none, or if it cannot be read.
    package var object: Object? {
        file { $0 == [0x7f] + Array("ELF".utf8) }.flatMap { try? Object.read($0) }
    }
}
