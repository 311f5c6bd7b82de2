// result: 1498500
// kernel: 5.17
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    var total: UInt64 = 0
    let step = UInt64(context.length & 3) + 3
    repeatLoop(1000) { index in
        total += step * UInt64(index)
        return 0
    }
    return Int32(truncatingIfNeeded: total)
}
