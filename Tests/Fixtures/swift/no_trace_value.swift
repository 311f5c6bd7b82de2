// error: 7: a line of trace() takes integers
import BPFKit

enum Kind { case first, second }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    trace("\(context.length > 5 ? Kind.first : Kind.second)")
    return 0
}
