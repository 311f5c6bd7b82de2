// error: 5: has no form in C
import BPFKit

struct Event { var pair: (UInt32, UInt64) }
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return Int32(events.emit(Event(pair: (1, 2))))
}
