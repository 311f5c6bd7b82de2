// result: 71
import BPFKit

struct Point {
    var x: Int32
    var y: Int32
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let p = Point(x: 7, y: n)
    return p[keyPath: \.x] + p[keyPath: \.y]
}
