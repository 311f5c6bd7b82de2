// error: 4: not in the object
import BPFKit

let license = License("Proprietary")

@section("socket") func run(_ context: SocketContext) -> Int32 { 0 }
