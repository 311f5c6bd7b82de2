// result: 9
import BPFKit

let tally = LRUHashMap<UInt64, UInt32>(maxEntries: 16)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    tally[7, default: 4] += 5
    let sum = tally[7] ?? 0
    tally[7] = nil
    return Int32(sum)
}
