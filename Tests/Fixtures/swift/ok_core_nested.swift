// result: 3
import BPFKit

// Structures inside a structure: each with the members that are used.
struct thread_info { var flags: UInt }
struct sched_entity { var vruntime: UInt64 }
struct task_struct {
    var thread_info: thread_info
    var se: sched_entity
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let task = currentTask(as: task_struct.self)
    let start = task.thread_info.address
    return (start >= task.address ? 1 : 0) + (task.se.vruntime >= 0 ? 2 : 0)
}
