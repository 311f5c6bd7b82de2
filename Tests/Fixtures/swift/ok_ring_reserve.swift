// result: 1
import BPFKit

struct Event {
    var number: UInt64
    var name: Text<16>
}
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    guard let room = events.reserve() else { return 1 }
    room.event.number = monotonicTime()
    room.event.name[0] = UInt8(ascii: "s")
    room.submit()
    return 1
}
