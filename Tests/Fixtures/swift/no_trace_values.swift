// error: 5: at most three values
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    trace("\(1) \(2) \(3) \(context.length)")
    return 0
}
