// result: 1792
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var a = InlineArray<8, Int32>(repeating: 1)
    for i in a.indices { a[i] = Int32(i) * n }
    var s: Int32 = 0
    for i in 0..<8 { s += a[i] }
    return s
}
