// error: 6: memory to allocate
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var a: [Int32] = []
    for i in 0..<n { a.append(i) }
    return a[3]
}
