// result: 1
import BPFKit

struct task_struct { var __state: UInt32 }
// The same structure as it was before Linux 5.14.
struct task_struct___before_5_14 { var state: Int }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let task = currentTask(as: task_struct.self)
    if task.has(\.__state) { return task.__state < 0x8000_0000 ? 1 : 2 }
    return Kernel<task_struct___before_5_14>(task).state >= 0 ? 1 : 2
}
