import BPF
import Glibc

func run(_ path: String) throws {
    var programs = try BPFCollection(Object(contentsOf: path))
    try programs.attach()
    let map = try programs.map("slots")
    for _ in 0..<3 {
        sleep(1)
        for (slot, counts) in try map.entriesPerCPU(UInt32.self, UInt64.self) {
            let sum = counts.reduce(0, +)
            if sum > 0 { print(slot, String(repeating: "*", count: min(60, Int(sum)))) }
        }
        print("--")
    }
}

do { try run(CommandLine.arguments[1]) } catch {
    print(error)
    exit(1)
}
