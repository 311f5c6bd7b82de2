// SPDX-License-Identifier: Apache-2.0

import CBPF
import Foundation
import TestSupport

/// What a test must leave as it found it.
struct Machine: CustomStringConvertible {
    /// The ids of all loaded programs.
    var programs: Set<UInt32>
    /// The ids of all maps.
    var maps: Set<UInt32>
    /// The ids of all links.
    var links: Set<UInt32>
    /// The lines of tracefs `kprobe_events`.
    var kprobeEvents: String
    /// The lines of tracefs `uprobe_events`.
    var userEvents: String
    /// Every path below the bpf file system.
    var pins: Set<String>

    static var now: Machine {
        Machine(
            programs: ids(CBPF_PROG_GET_NEXT_ID), maps: ids(CBPF_MAP_GET_NEXT_ID), links: ids(CBPF_LINK_GET_NEXT_ID),
            kprobeEvents: kprobeEvents(), userEvents: tracingFile("uprobe_events"), pins: pins())
    }

    /// Whether ring buffers can be in overwrite mode (Linux 6.19).
    static let canOverwriteRings: Bool = {
        var attr = cbpf_map_create_attr()
        (attr.map_type, attr.max_entries, attr.map_flags) = (27, 4096, 1 << 19)
        let map = cbpf_bpf(Int32(CBPF_MAP_CREATE), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
        guard map >= 0 else { return false }
        close(map)
        return true
    }()

    var description: String {
        "programs \(programs), maps \(maps), links \(links), kprobe events [\(kprobeEvents)], uprobe events [\(userEvents)], "
            + "pins \(pins)"
    }

    /// Waits until nothing is left that was not there before.
    ///
    /// The kernel frees programs and maps a little later than it lets go of them, so there may be fewer than before: those
    /// of the test before this one.
    func isRestored() -> Bool {
        eventually("the machine is as before") {
            let now = Machine.now
            return now.programs.isSubset(of: programs) && now.maps.isSubset(of: maps) && now.links.isSubset(of: links)
                && now.kprobeEvents == kprobeEvents && now.userEvents == userEvents && now.pins == pins
        }
    }

    static func kprobeEvents() -> String { tracingFile("kprobe_events") }

    private static func tracingFile(_ name: String) -> String {
        for folder in ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"] {
            if let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) { return text }
        }
        return ""
    }

    static func pins(below folder: String = "/sys/fs/bpf") -> Set<String> {
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return Set(paths).subtracting(["maps.debug", "progs.debug"])
    }

    private static func ids(_ command: Int) -> Set<UInt32> {
        var found: Set<UInt32> = []
        var attr = cbpf_id_attr()
        while cbpf_bpf(Int32(command), &attr, UInt32(MemoryLayout<cbpf_id_attr>.size)) == 0 {
            found.insert(attr.next_id)
            attr = cbpf_id_attr(id: attr.next_id, next_id: 0, open_flags: 0)
        }
        return found
    }
}

/// Calls of bpf(2) that do nothing but pass through the function that the examples sit on.
enum Traffic {
    /// Calls bpf(2) with a command that the kernel refuses, on one CPU.
    ///
    /// - Parameters:
    ///   - command: What the events show as `cmd`: from 100 up to 32767 no kernel has it.
    ///   - count: How many calls.
    ///   - cpu: Where they are made; nil leaves it to the scheduler.
    static func bpf(command: Int32, count: Int, cpu: Int? = nil) {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            if let cpu { pin(to: cpu) }
            for _ in 0..<count { _ = cbpf_bpf(command, nil, 0) }
            done.signal()
        }
        thread.start()
        done.wait()
    }

    private static func pin(to cpu: Int) {
        var mask = [UInt](repeating: 0, count: 16)
        mask[cpu / UInt.bitWidth] |= 1 << (cpu % UInt.bitWidth)
        let result = cbpf_sched_setaffinity(0, mask.count * MemoryLayout<UInt>.size, &mask)
        precondition(result == 0, "the test's thread goes to CPU \(cpu)")
    }
}
