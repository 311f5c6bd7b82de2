// result: -9
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return (n - 100) / 4
}
