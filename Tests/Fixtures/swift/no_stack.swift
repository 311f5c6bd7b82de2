// error: 6: more than 512 bytes of stack
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var a = InlineArray<200, Int32>(repeating: n)
    a[Int(n & 127)] = 4
    withUnsafePointer(to: &a) { trace("%p", UInt64(UInt(bitPattern: $0))) }
    return a[Int(n & 63)]
}
