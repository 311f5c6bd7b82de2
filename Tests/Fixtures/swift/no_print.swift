// error: 6: a program of the kernel has no output
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    print(n)
    return n
}
