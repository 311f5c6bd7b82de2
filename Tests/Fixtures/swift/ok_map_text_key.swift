// result: 4
import BPFKit

let counts = HashMap<Text<8>, UInt32>(maxEntries: 16)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var name = Text<8>()
    name[0] = 0x61
    counts[name] = 4
    let other = Text<8>()
    let found = counts[name] ?? 0
    return counts[other] == nil ? Int32(found) : -1
}
