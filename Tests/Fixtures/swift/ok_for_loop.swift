// result: 2880
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var s: Int32 = 0
    for i in 0..<10 { s += Int32(i) * n }
    return s
}
