// error: 4: the format of owners is lost
import BPFKit

let owners = HashMap<UInt32, Formatted<UInt32, Format.uid>>(maxEntries: 4)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    owners[1] == nil ? 0 : 1
}
