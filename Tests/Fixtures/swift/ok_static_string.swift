// result: 10
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let text: StaticString = n == 64 ? "sixty-four" : "other"
    return Int32(text.utf8CodeUnitCount)
}
