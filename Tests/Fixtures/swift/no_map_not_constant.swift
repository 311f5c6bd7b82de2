// error: 4: not a constant
import BPFKit

let counts = HashMap<UInt32, UInt32>(maxEntries: randomNumber())

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return counts[1] == nil ? 0 : 1
}
