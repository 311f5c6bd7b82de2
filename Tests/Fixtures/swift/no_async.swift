// error: 4: fails at this function
import BPFKit

func next() async -> Int32 { currentProcess }

@section("socket") func run(_ context: SocketContext) async { trace("\(await next())") }
