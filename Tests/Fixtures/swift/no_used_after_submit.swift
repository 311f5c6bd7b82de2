// error: 8: 'room' used after consume
import BPFKit

struct Event { var number: UInt64 }
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    guard let room = events.reserve() else { return 0 }
    room.submit()
    room.event.number = 4
    return 1
}
