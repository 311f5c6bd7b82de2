// error: 8: has no form in C
import BPFKit

struct Event {
    var a: UInt32
    var b: UInt32?
}
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return Int32(events.emit(Event(a: 1, b: nil)))
}
