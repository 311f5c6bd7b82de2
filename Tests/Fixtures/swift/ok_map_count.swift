// result: 6
import BPFKit

let calls = HashMap<UInt32, UInt64>(maxEntries: 16)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    calls.count(2, for: 3)
    calls.count(4, for: 3)
    let sum = calls[3] ?? 0
    calls[3] = nil
    return Int32(sum)
}
