// result: 6
import BPFKit

struct Waits { var slots: Histogram<16, Unit.us> }
let waits = ArrayMap<Waits>(maxEntries: 1)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    guard let place = waits.pointer(to: 0) else { return -1 }
    place.pointee.slots.count(UInt64(context.length))
    var bucket: Int32 = -1
    for i in 0..<16 where place.pointee.slots.slots[i] != 0 { bucket = Int32(i) }
    return bucket
}
