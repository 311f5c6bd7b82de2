// result: 37
import BPFKit

let slots = ArrayMap<UInt64>(maxEntries: 4)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    slots[2] = 30
    slots[3] = 7
    return Int32(slots[2] ?? 0) + Int32(slots[3] ?? 0) + (slots[4] == nil ? 0 : 1000)
}
