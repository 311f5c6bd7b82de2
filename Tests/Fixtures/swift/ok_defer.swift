// result: 69
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var s: Int32 = 0
    do {
        defer { s += 5 }
        s = n
    }
    return s
}
