// result: 0
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    // Not known when it is compiled.
    if context.length > 0 { fatalError("ends the run") }
    return 1
}
