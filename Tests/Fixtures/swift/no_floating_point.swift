// error: 6: floating point has no place in BPF
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return Int32(Double(n) * 1.5)
}
