// result: 127
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let u = UInt64(n) | 0xff00
    return Int32(u.nonzeroBitCount + u.leadingZeroBitCount + u.trailingZeroBitCount)
        + Int32(UInt32(n).byteSwapped >> 24)
}
