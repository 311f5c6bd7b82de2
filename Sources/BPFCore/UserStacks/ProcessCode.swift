// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
package import Symbolication

/// The code that a process has in its memory, with what tells its files from others of their names.
package struct ProcessCode: Sendable, Equatable {
    /// When the process started, in clock ticks since the machine did.
    package let start: UInt64
    /// What tells it from a later process of its number, and from what it was before execve(2).
    package let image: String
    /// Its code.
    package let code: CodeMappings
    /// The functions that were made while it ran, as its compiler lists them; empty if there are none.
    package var functions: [UInt8] = []
    /// Which list that is.
    var functionsKey: FunctionFiles.Key?
    /// Whether it has more.
    package let isCut: Bool
    /// Whether looking at its files took too long, so that some were not looked at.
    var isUnfinished = false

    /// Its code without what was made while it ran, which compilers change all the time.
    package var ofFiles: [CodeMapping] { code.all.filter { !$0.isMadeAtRunTime } }

    /// Whether a look at its memory has shown what was known of its files: all but what is in those.
    fileprivate func isOf(_ files: some Sequence<CodeMapping>) -> Bool {
        ofFiles.elementsEqual(files) { known, new in
            known.start == new.start && known.end == new.end && known.offset == new.offset
                && known.inode == new.inode && known.isDeleted == new.isDeleted && known.path == new.path
        }
    }
}

/// Reads the code of processes, and knows the build ids of files that it has seen.
package struct ProcessCodeReader: Sendable {
    private struct Facts {
        let buildID: [UInt8]
        let segments: [UserELF.Segment]
    }

    private let roots: KernelRoots
    private let hasSameNumbers: Bool?
    private let budget = FileBudget()
    private var files: [FunctionFiles.Key: Facts] = [:]
    private var vdso: Facts?
    private let clock: @Sendable () -> UInt64

    /// Nanoseconds for the files of one process: events wait meanwhile, and whoever is traced chooses the files.
    static let longestLook: UInt64 = 200_000_000
    /// Files that are remembered.
    private static let mostFiles = 4_096
    /// Parts of the memory of one process whose files are opened: as many as a capture tells.
    package static let mostParts = 2_048
    /// Bytes of a list of functions that were made while a process ran.
    package static let mostFunctionBytes = 256 << 10

    /// - Parameters:
    ///   - roots: Where /proc is.
    ///   - hasSameNumbers: Whether the numbers of processes in events are those of /proc; nil to look.
    ///   - clock: Nanoseconds of a clock that does not go back.
    package init(
        roots: KernelRoots = KernelRoots(), hasSameNumbers: Bool? = nil,
        clock: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds }
    ) {
        self.roots = roots
        self.hasSameNumbers = hasSameNumbers
        self.clock = clock
    }

    /// What tells a process from a later one of its number; nil if there is none now.
    package func image(of process: UInt32) -> String? {
        files(of: process)?.image
    }

    /// Whether a process is there whose memory is closed to us.
    package func isClosed(_ process: UInt32) -> Bool {
        files(of: process)?.isClosed ?? false
    }

    /// The files of a process; nil where its number says nothing here.
    private func files(of process: UInt32) -> ProcessFiles? {
        guard hasSameNumbers ?? OwnProcess.hasNumbersOfMachine, let number = Int32(exactly: process), number > 0 else {
            return nil
        }
        return ProcessFiles(process: number, roots: roots, budget: budget)
    }

    /// The code of a process; nil if it is gone, or closed to us.
    ///
    /// - Parameter known: What was read of it before: given back, without a look at files, if it still holds.
    package mutating func read(_ process: UInt32, unless known: ProcessCode? = nil) -> ProcessCode? {
        guard let own = files(of: process), let image = own.image, let start = UInt64(image.prefix { $0 != " " }) else {
            return nil
        }
        let all = own.code.all
        // Files first: who has thousands of parts without one must not hide them.
        let ofFiles = all.filter { !$0.isMadeAtRunTime }.prefix(Self.mostParts)
        let others = all.filter(\.isMadeAtRunTime).prefix(Self.mostParts - ofFiles.count)
        let old = known?.image == image ? known : nil
        let list =
            others.isEmpty ? nil : own.perfMapText(unless: old?.functionsKey, atMost: Self.mostFunctionBytes)
        if let old, !old.isUnfinished, !all.isEmpty, list == nil, old.isOf(ofFiles) {
            return own.image == image ? old : nil
        }
        let begin = clock()
        var isLate = false
        let mappings = ofFiles.map { mapping in
            var mapping = mapping
            isLate = isLate || clock() &- begin >= Self.longestLook
            if !isLate, let facts = facts(of: mapping, own) {
                mapping.buildID = facts.buildID
                mapping.address = Self.address(of: mapping, in: facts.segments)
            }
            return mapping
        }
        // It may have become another program while its files were looked at.
        guard !all.isEmpty, own.image == image else { return nil }
        return ProcessCode(
            start: start, image: image, code: CodeMappings(mappings + others),
            functions: list?.text ?? old?.functions ?? [], functionsKey: list?.key ?? old?.functionsKey,
            isCut: all.count > Self.mostParts || isLate || list?.isCut == true, isUnfinished: isLate)
    }

    /// The address of the first byte of a part of memory, as its file counts addresses; nil if no segment is there.
    ///
    /// Parts of memory begin at a page, where segments need not (those of lld do not): the segment is the one that has most
    /// of the part, and may begin behind its first byte.
    private static func address(of mapping: CodeMapping, in segments: [UserELF.Segment]) -> UInt64? {
        let begin = mapping.path == "[vdso]" ? 0 : mapping.offset
        let end = begin.addingReportingOverflow(mapping.end &- mapping.start)
        var best: (shared: UInt64, address: UInt64)?
        for segment in segments where segment.type == loaded && segment.isExecutable {
            let last = segment.offset.addingReportingOverflow(segment.fileSize)
            let from = max(begin, segment.offset)
            let to = min(end.overflow ? .max : end.partialValue, last.overflow ? .max : last.partialValue)
            guard from < to, best.map({ $0.shared < to - from }) ?? true else { continue }
            best = (to - from, segment.address &- (segment.offset &- begin))
        }
        return best?.address
    }

    /// `PT_LOAD`.
    private static let loaded: UInt32 = 1

    private mutating func facts(of mapping: CodeMapping, _ own: ProcessFiles) -> Facts? {
        if mapping.path == "[vdso]" {
            guard mapping.start > UInt64(UInt32.max) else { return nil }
            if vdso == nil { vdso = VDSO.elf.map(Self.facts) }
            return vdso
        }
        guard let file = own.open(mapping) else { return nil }
        let key = FunctionFiles.Key(file)
        if let known = files[key] { return known }
        guard let elf = try? UserELF(file) else { return nil }
        if files.count >= Self.mostFiles { files = [:] }
        let facts = Self.facts(elf)
        files[key] = facts
        return facts
    }

    private static func facts(_ elf: UserELF) -> Facts {
        Facts(buildID: elf.buildID ?? [], segments: elf.segments.filter(\.isExecutable))
    }
}
