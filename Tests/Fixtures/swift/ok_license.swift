// result: 3
import BPFKit

@used let license = License("Dual BSD/GPL")

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return 3
}
