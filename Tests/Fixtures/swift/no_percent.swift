// error: 4: a percent sign
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    trace("\(context.length)% of them")
    return 0
}
