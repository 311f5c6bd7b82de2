// result: 753
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var s: Int32 = 1
    func add(_ x: inout Int32, _ y: Int32) {
        x += y
        s += 1
    }
    var z = n
    add(&z, 5)
    add(&z, 6)
    return z * 10 + s
}
