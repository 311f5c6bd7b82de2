// error: 8: 'room' consumed more than once
import BPFKit

struct Event { var number: UInt64 }
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    guard let room = events.reserve() else { return 0 }
    room.submit()
    room.submit()
    return 1
}
