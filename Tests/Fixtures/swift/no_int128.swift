// error: 6: BPF has no such function
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let a = UInt128(n) * UInt128(monotonicTime())
    return Int32(truncatingIfNeeded: a / 7)
}
