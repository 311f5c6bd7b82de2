// error: 4: is private
import BPFKit

@section("kprobe/vfs_read") private func hidden(_ context: KprobeContext) {
    trace("never")
}

@section("socket") func run(_ context: SocketContext) -> Int32 { 0 }
