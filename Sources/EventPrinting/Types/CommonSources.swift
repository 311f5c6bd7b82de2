// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import MapTables
internal import ToolSupport

/// What the captures of one run have in common, whether they come one after the other or are merged: the files that names
/// are from, and the room for what is made of them.
struct CommonSources {
    /// The names of the kernel's addresses.
    let symbols: SymbolSource
    /// The functions of programs and libraries.
    let files: SymbolFiles
    /// Who knows the lines of source; nil where nobody wants them.
    let lines: SourceLines?
    /// The stacks of the captures to come.
    var ahead: StacksAhead?
    /// The memory for elements of snapshots before.
    let elements = ElementRoom()
    /// What the plans of all types may take.
    let plans: PlanRoom
    /// Whether what the user names is in some type.
    let fit = FieldFit()

    /// - Parameters:
    ///   - kallsyms: The symbols of the kernel that the events are from; nil for those of this one.
    ///   - folder: Where files of other machines are.
    ///   - lines: Who knows the lines of source.
    ///   - files: How many captures there are at once.
    init(
        kallsyms: String?, folder: String?, lines: SourceLines?, files count: Int = 1, reporter: Reporter
    ) {
        symbols = SymbolSource(path: kallsyms, reporter: reporter)
        files = SymbolFiles(folder: folder, lines: lines)
        self.lines = lines
        plans = PlanRoom(streams: count)
    }
}

/// Whether what the user names is in some type: then others may lack it.
final class FieldFit {
    /// Whether one has it.
    private(set) var hasOne = false
    private var first: InputFailure?

    /// Why no type has it.
    var failure: InputFailure? { hasOne ? nil : first }

    /// Notes that a type has it.
    func note() { hasOne = true }

    /// Notes that a type lacks it.
    func note(_ failure: InputFailure) { first = first ?? failure }
}
