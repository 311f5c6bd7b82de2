// error: 4: has no form in C
import BPFKit

let table = HashMap<UInt32, (UInt32, UInt64)>(maxEntries: 4)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return table[1] == nil ? 0 : 1
}
