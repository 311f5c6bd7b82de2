// error: 6: memory to allocate
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var d: [Int32: Int32] = [:]
    d[n] = 1
    return d[3] ?? 0
}
