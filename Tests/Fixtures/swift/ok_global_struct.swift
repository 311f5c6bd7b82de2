// result: 75
import BPFKit

struct Point {
    var x: Int32
    var y: UInt16
}
let point = Global(Point(x: 5, y: 6))

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return point.value.x + Int32(point.value.y) + Int32(bitPattern: context.length)
}
