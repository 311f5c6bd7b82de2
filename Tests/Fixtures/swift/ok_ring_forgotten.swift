// result: 7
// What is not submitted is given back by itself.
import BPFKit

struct Event { var number: UInt64 }
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    guard let room = events.reserve() else { return 7 }
    room.event.number = 4
    if context.length > 60 { return 7 }
    room.submit()
    return 1
}
