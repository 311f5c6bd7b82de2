// result: 1
import BPFKit

struct Event {
    var number: UInt64
    var text: Text<2000>
}
let events = RingBuffer<Event>(bytes: 65536)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    guard let room = events.reserve() else { return 1 }
    let sum = UInt64(room.event.text[0]) &+ UInt64(room.event.text[1999]) &+ room.event.number
    room.event.number = 4
    room.submit()
    return sum == 0 ? 1 : 2
}
