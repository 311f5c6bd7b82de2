// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Lists of CPU ids as sysfs writes them: `0,2-3,8` (`Documentation/admin-guide/cputopology.rst`).
///
/// Ids may have holes, so a count of CPUs says nothing about them.
package enum CPUList {
    /// The most ids that a list may name; kernels are built for 8192 CPUs at most.
    private static let bound = 1 << 16

    /// Reads a list.
    ///
    /// - Returns: The ids in rising order, each once; nil if the text is no list. An empty text is a list of none.
    package static func parse(_ text: String) -> [Int]? {
        var ids: Set<Int> = []
        let text = text.last == "\n" ? text.dropLast() : Substring(text)
        guard !text.isEmpty else { return [] }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(number)
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else { return nil }
            ids.formUnion(first...last)
        }
        return ids.sorted()
    }

    /// Writes a list, ids in rising order.
    package static func text(_ ids: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for id in ids {
            if let last = ranges.last, id == last.upperBound + 1 {
                ranges[ranges.count - 1] = last.lowerBound...id
            } else {
                ranges.append(id...id)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }

    /// The CPUs that run at this time.
    package static func online(roots: KernelRoots = KernelRoots()) throws(BPFError) -> [Int] {
        try read("online", roots)
    }

    /// The CPUs that may ever run, in sockets that are still empty too: the kernel's own tables have these slots.
    package static func possible(roots: KernelRoots = KernelRoots()) throws(BPFError) -> [Int] {
        try read("possible", roots)
    }

    private static func read(_ name: String, _ roots: KernelRoots) throws(BPFError) -> [Int] {
        let path = roots.sys + "/devices/system/cpu/" + name
        let text: String
        do {
            text = try KernelFile.text(path)
        } catch {
            throw BPFError(
                .readKernelFile, always: error == .noSuchFileOrDirectory ? .sysfsMissing : .cpuListUnreadable,
                errno: error, "cannot read which CPUs there are: \(path)",
                nextStep: error == .noSuchFileOrDirectory
                    ? "mount sysfs: \(.mount("sysfs"), "mount -t sysfs sysfs /sys")" : nil)
        }
        guard let ids = parse(text), !ids.isEmpty else {
            throw BPFError(
                .readKernelFile, .kernelFileMalformed, "\(path) holds no list of CPUs",
                cause: "it reads: \(text.prefix(80))")
        }
        return ids
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(text), number < bound
        else { return nil }
        return number
    }
}

/// The CPUs that run, for those who look again and again: a list that cannot be read is told once until it can.
struct OnlineCPUs {
    private var isUnreadable = false

    /// Looks which CPUs run.
    ///
    /// - Parameter notes: Gets a warning if the list cannot be read and the last time it could.
    /// - Returns: Their ids in rising order; nil if the list cannot be read, so that nothing can be followed.
    mutating func look(_ roots: KernelRoots, stage: Diagnostic.Stage, _ notes: inout [Diagnostic]) -> [Int]? {
        do throws(BPFError) {
            let online = try CPUList.online(roots: roots)
            isUnreadable = false
            return online
        } catch {
            if !isUnreadable {
                var warning = error.explained().diagnostic
                warning.severity = .warning
                warning.stage = stage
                warning.message = "CPUs that come online are not seen: " + warning.message
                notes.append(warning)
            }
            isUnreadable = true
            return nil
        }
    }
}
