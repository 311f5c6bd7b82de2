// error: 4: the first value of begin is not a constant
import BPFKit

let begin = monotonicTime()

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return Int32(truncatingIfNeeded: begin)
}
