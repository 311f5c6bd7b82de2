// result: 448
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var i: Int32 = 0, s: Int32 = 0
    while i < 20 && s < 1000 {
        s += n
        i += 3
    }
    return s
}
