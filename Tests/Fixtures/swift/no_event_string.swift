// error: 5: BitwiseCopyable
import BPFKit

struct Event { var name: String }
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return Int32(events.emit(Event(name: "a")))
}
