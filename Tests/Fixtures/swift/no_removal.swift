// error: 7: an entry of an array is removed
import BPFKit

let slots = ArrayMap<UInt64>(maxEntries: 4)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    slots[0] = nil
    return 0
}
