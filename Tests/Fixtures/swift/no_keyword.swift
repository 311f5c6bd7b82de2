// error: 4: is a word of C
import BPFKit

let register = HashMap<UInt32, UInt32>(maxEntries: 4)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return register[1] == nil ? 0 : 1
}
