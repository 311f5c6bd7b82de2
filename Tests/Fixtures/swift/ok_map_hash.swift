// result: 71
import BPFKit

let counts = HashMap<Int32, UInt64>(maxEntries: 16)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    counts[n] = 5
    if let place = counts.pointer(to: n) { place.pointee += 2 }
    let value = counts[n] ?? 0
    counts[n] = nil
    return Int32(value) * 10 + (counts[n] == nil ? 1 : 0)
}
