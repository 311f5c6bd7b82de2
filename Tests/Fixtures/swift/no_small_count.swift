// error: 7: 1 or 2 bytes
import BPFKit

let counts = HashMap<UInt32, UInt16>(maxEntries: 4)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    counts.count(for: 1)
    return 0
}
