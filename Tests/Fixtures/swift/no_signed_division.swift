// error: 7: division of signed integers
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let d = Int32(truncatingIfNeeded: monotonicTime())
    return (n - 100) / d
}
