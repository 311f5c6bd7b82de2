// error: 4: is called as its section
import BPFKit

@section("run") func run(_ context: SocketContext) -> Int32 {
    return 0
}
