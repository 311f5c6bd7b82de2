// verifier: 7: the kernel does not see that the loop ends
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var i = n
    while monotonicTime() > 5 { i &+= 1 }
    return i
}
