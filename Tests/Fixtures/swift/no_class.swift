// error: 6: memory to allocate
import BPFKit

class C {
    var x: Int32
    init(_ x: Int32) { self.x = x }
}
nonisolated(unsafe) var keep: C? = nil
func use(_ c: C) -> Int32 {
    keep = c
    return c.x
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return use(C(n))
}
