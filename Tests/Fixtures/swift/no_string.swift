// error: 6: memory to allocate
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let s = "n is \(n)"
    return Int32(s.utf8.count)
}
