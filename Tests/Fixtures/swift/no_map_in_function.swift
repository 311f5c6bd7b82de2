// error: 5: is declared within a function
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let counts = HashMap<UInt32, UInt32>(maxEntries: 4)
    counts[1] = 2
    return 0
}
