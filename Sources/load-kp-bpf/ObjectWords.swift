// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFCore
import BPFObject
import ToolSupport

extension CompletionKind {
    /// A program of the object.
    static func program(_ suffix: String = "") -> CompletionKind { .ofObject(suffix) { $0.programs.map(\.name) } }

    /// A map of the object, and what is said of it.
    static let map = CompletionKind.ofObject("=") { $0.maps.map(\.name) }

    /// A function of the kernel.
    ///
    /// There are too many of them to offer before the name has begun.
    static let kernelFunction = CompletionKind.words { request in
        guard request.word.utf8.count > 1 else { return [] }
        return request.offered(FunctionNames.beginning(with: request.word, limit: CompletionRequest.limit + 1))
    }
}
