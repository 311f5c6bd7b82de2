// SPDX-License-Identifier: Apache-2.0

import TestSupport
import RandomTypes

/// Prints C with types that were made up from a seed, for the objects that the lab's kernels get.
@main
struct RandomTypesTool {
    static func main() {
        let seed = CommandLine.arguments.dropFirst().first.flatMap { UInt64($0) } ?? runSeed
        // Kernels before 6.0 know no enumerations of 64 bits, and would be given others in their place.
        let made = RandomTypes(40, seed: seed, isForKernel: true, hasWideEnumerations: false)
        print("/* seed \(seed) */\n\(made.source)")
        for (index, type) in made.types.enumerated() { print("\(type.name) *unused\(index);") }
    }
}
