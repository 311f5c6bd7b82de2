// result: 0
import BPFKit

struct Event {
    var a: UInt8
    var b: UInt64
}
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return Int32(truncatingIfNeeded: events.emit(Event(a: 1, b: 2)))
}
