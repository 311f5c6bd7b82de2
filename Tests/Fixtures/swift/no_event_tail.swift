// error: 12: padding
import BPFKit

struct Inner {
    var a: UInt64
    var b: UInt8
}
struct Event {
    var inner: Inner
    var c: UInt8
}
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return Int32(events.emit(Event(inner: Inner(a: 1, b: 2), c: 3)))
}
