// result: 64
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    if case (let a, 0) = (n, n & 1) { return a }
    return 1
}
