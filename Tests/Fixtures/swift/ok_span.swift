// result: 73
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var a = InlineArray<4, UInt32>(repeating: 3)
    a[1] = UInt32(n)
    let span = a.span
    var total: UInt32 = 0
    for i in span.indices { total += span[i] }
    return Int32(total)
}
