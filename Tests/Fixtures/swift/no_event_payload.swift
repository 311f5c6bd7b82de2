// error: 6: has no form in C
import BPFKit

enum Kind { case exec, exit(Int32) }
struct Event { var kind: Kind }
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return Int32(events.emit(Event(kind: .exit(3))))
}
