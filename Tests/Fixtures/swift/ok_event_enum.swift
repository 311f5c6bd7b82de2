// result: 0
import BPFKit

// With raw values or without: in an event an enumeration is one byte, and prints its case.
enum Kind { case exec, exit }
enum Answer: UInt32 { case yes, no }
struct Event {
    var kind: Kind
    var answer: Answer
    var number: UInt32
}
let events = RingBuffer<Event>(bytes: 4096)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let kind: Kind = context.length > 10 ? .exit : .exec
    return Int32(truncatingIfNeeded: events.emit(Event(kind: kind, answer: .no, number: 3)))
}
