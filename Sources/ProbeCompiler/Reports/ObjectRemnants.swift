// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics

/// What is left in a compiled object that no kernel has: calls of the Swift runtime, and calls by pointers.
enum ObjectRemnants {
    /// What a user is told of it; none if the object is whole.
    ///
    /// - Parameter functions: Those of the kernel, which the loader finds.
    static func diagnostics(
        _ object: [UInt8], name: String, functions: [KernelFunction] = []
    ) -> [Diagnostic] {
        do throws(ObjectError) {
            let calls = try UnresolvedCall.all(in: object).filter { call in
                !functions.contains { $0.name == call.symbol }
            }
            var found: [Diagnostic] = []
            for call in calls {
                let words = call.symbol.map(BackEndWords.init(runtimeFunction:)) ?? .functionPointer
                var diagnostic = Diagnostic(
                    words.code, stage: .object, words.message, cause: words.cause, nextStep: words.nextStep)
                if let symbol = call.symbol { diagnostic.details.append("function: \(symbol)") }
                diagnostic.source = call.source
                if !found.contains(where: { $0.source == diagnostic.source && $0.code == diagnostic.code }) {
                    found.append(diagnostic)
                }
            }
            return found
        } catch {
            return [error.diagnostic]
        }
    }
}
