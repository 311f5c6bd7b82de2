// result: 14
import BPFKit

struct Scratch { var numbers: InlineArray<200, UInt32> }
let scratch = PerCPUArray<Scratch>(maxEntries: 1)
let counts = PerCPUHashMap<UInt32, UInt64>(maxEntries: 8)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    guard let place = scratch.pointer(to: 0) else { return -1 }
    place.pointee.numbers[3] = 5
    counts[1] = 9
    return Int32(place.pointee.numbers[3]) + Int32(counts[1] ?? 0)
}
