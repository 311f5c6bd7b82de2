// SPDX-License-Identifier: Apache-2.0

import BPF
import Glibc

/// `mes-show [-v]`: what the programs of `mes_chk.c` have measured, from their pinned maps; with -v each packet too.
@main
struct MesShow {
    private static let globals = "/sys/fs/bpf/tc/globals"
    /// The indices of `mes_map_cnt`, as `mes_chk.h` has them.
    private static let (startIndex, endIndex) = (UInt32(0), UInt32(1))

    static func main() {
        do {
            let arguments = CommandLine.arguments.dropFirst()
            guard arguments.isEmpty || Array(arguments) == ["-v"] else {
                print("usage: mes-show [-v]")
                exit(64)
            }
            try show(each: !arguments.isEmpty)
        } catch {
            print(error)
            exit(1)
        }
    }

    private static func show(each isVerbose: Bool) throws {
        let counts = try Map(pinnedAt: globals + "/mes_map_cnt")
        let starts = try Map(pinnedAt: globals + "/mes_map_start")
        let ends = try Map(pinnedAt: globals + "/mes_map_end")
        let started = try counts.value(of: startIndex, as: UInt32.self) ?? 0
        let ended = try counts.value(of: endIndex, as: UInt32.self) ?? 0

        var measured = Measurement()
        for index in 0..<ended {
            guard let start = try starts.value(of: index, as: UInt64.self),
                let end = try ends.value(of: index, as: UInt64.self)
            else { break }
            measured.add(start: start, end: end)
            if isVerbose { print("\(padded(index)): \(start) \(end) \(end &- start)") }
        }
        print("reverse count: \(measured.reversed)")
        let average = ended == 0 ? 0 : measured.total / UInt64(ended)
        print(
            "count: \(started)/\(ended), total time: \(measured.total) ns, ave. time: \(average) ns "
                + "min: \(measured.shortest) ns max: \(measured.longest) ns")
    }

    private static func padded(_ index: UInt32) -> String {
        let digits = String(index)
        return String(repeating: " ", count: max(0, 4 - digits.count)) + digits
    }
}

/// The figures of all packets.
///
/// What is no time, since a packet overtook another, wraps around as in C.
private struct Measurement {
    var total: UInt64 = 0
    var shortest: UInt64 = 0
    var longest: UInt64 = 0
    /// Packets that came in before the one in front of them had gone out.
    var reversed = 0
    private var lastEnd: UInt64 = 0

    mutating func add(start: UInt64, end: UInt64) {
        let time = end &- start
        total &+= time
        if shortest == 0 || time < shortest { shortest = time }
        longest = max(longest, time)
        if start < lastEnd { reversed += 1 }
        lastEnd = end
    }
}
