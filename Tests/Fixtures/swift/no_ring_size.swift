// error: 4: of 5000 bytes
import BPFKit

let events = RingBuffer<UInt64>(bytes: 5000)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    events.emit(1)
    return 0
}
