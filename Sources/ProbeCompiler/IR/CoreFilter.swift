// SPDX-License-Identifier: Apache-2.0

/// Takes the places out of what `core.c` was compiled to: what is inlined from there has those of the calls, in the user's
/// source.
///
/// clang itself writes no answers to questions to the kernel's types for a function without debug information.
enum CoreFilter {
    static func filtered(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for line in IRText.lines(text) {
            let isInstruction = line.hasPrefix("  ")
            // Where a variable is, of a function that has no place any more.
            if isInstruction, line.drop(while: { $0 == " " }).hasPrefix("#dbg_") || IRText.has("@llvm.dbg.", in: line) {
                continue
            }
            // A declaration keeps its own: it is the type of a function of the kernel.
            result += isInstruction || line.hasPrefix("define ") ? OthersFunctions.withoutPlace(line) : String(line)
            result += "\n"
        }
        return result
    }
}
