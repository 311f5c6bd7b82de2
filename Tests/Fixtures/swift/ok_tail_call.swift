// result: 5
import BPFKit

let jumps = ProgramArray(maxEntries: 2)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    jumps.call(1, context)
    return 5
}
