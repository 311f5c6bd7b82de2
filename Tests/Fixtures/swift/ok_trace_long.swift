// result: 0
import BPFKit

// Whether a line has a percent sign is known when it is compiled, however long it is.
@section("socket") func run(_ context: SocketContext) -> Int32 {
    trace("0123456789 abcdefgh ijklmnopqrstuvw xyz 0123456789 0123456789 abcdefgh ijklmnopq \(context.length)")
    trace("short \(context.length) and another one of some length \(context.length)")
    return 0
}
