// result: 3
import BPFKit

struct upid { var nr: Int32 }
struct pid { var numbers: InlineArray<1, upid> }
struct task_struct {
    var pid: Int32
    var thread_pid: Kernel<pid>
    var group_leader: Kernel<task_struct>
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let task = currentTask(as: task_struct.self)
    // The number of the first namespace is that of the task.
    let leader = task.group_leader
    return (task.thread_pid.numbers[0].nr == task.pid ? 1 : 0) + (leader.group_leader == leader ? 2 : 0)
}
