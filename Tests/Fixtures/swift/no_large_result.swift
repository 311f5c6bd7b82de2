// error: 4: more than one register holds
import BPFKit

@inline(never) func large(_ a: Int32) -> (UInt64, UInt64, UInt64) { (monotonicTime(), UInt64(a), currentID) }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let t = large(n)
    return Int32(truncatingIfNeeded: t.0 + t.1 + t.2)
}
