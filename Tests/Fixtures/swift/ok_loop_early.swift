// result: 11
// kernel: 5.17
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    var seen: Int32 = 0
    let rounds = repeatLoop(100) { index in
        seen = Int32(index)
        return index == 10 ? 1 : 0
    }
    return rounds == 11 ? seen + 1 : -1
}
