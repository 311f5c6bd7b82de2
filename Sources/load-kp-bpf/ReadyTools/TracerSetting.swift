// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject

/// A variable that leaves out the tracer's own doings: the loader sets it to the id of its process.
enum TracerSetting {
    /// What the author of a program writes on such a variable.
    static let tag = "default:tracer"

    /// Sets those that the command line does not set.
    ///
    /// - Parameters:
    ///   - process: The id as the kernel's programs see it; nil where that is not known, which leaves the object's value.
    ///   - assignments: `VARIABLE=VALUE` of the command line.
    static func apply(to object: inout Object, _ process: Int32?, beside assignments: [String]) throws(ObjectError) {
        guard let process else { return }
        let set = Set(assignments.map { String($0.prefix { $0 != "=" && $0 != "." && $0 != "[" }) })
        for (name, tags) in object.variableTags.sorted(by: { $0.key < $1.key })
        where tags.contains(tag) && !set.contains(name) {
            try object.set("\(name)=\(process)")
        }
    }
}
