// result: 20
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let inside = context.load(10, as: UInt32.self)
    let outside = context.load(62, as: UInt32.self)
    return (inside == 0 ? 20 : 30) + (outside == nil ? 0 : 1)
}
