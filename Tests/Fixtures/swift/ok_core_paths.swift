// result: 127
import BPFKit

// Members of structures inside, by one path; the types are private to the file, and their names the kernel's.
private struct sched_entity {
    var load: load_weight
    var nonesuch: UInt64
}
private struct load_weight {
    var weight: UInt
    var inv_weight: UInt32
}
private struct task_struct {
    var se: sched_entity
    var pid: Int32
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let task = currentTask(as: task_struct.self)
    let start = task.offset(of: \.se)
    var facts: Int32 = 0
    if start > 0 { facts += 1 }
    if task.has(\.se.load.inv_weight) { facts += 2 }
    if !task.has(\.se.nonesuch) { facts += 4 }
    // The three stand at one place here, and are of different sizes in the kernel.
    if task.size(of: \.se) > task.size(of: \.se.load) { facts += 8 }
    if task.size(of: \.se.load) > task.size(of: \.se.load.weight) { facts += 16 }
    if task.offset(of: \.se.load.inv_weight) == task.offset(of: \.se.load) + 8 { facts += 32 }
    if task.address(of: \.se.load.weight) == task.se.load.address { facts += 64 }
    return facts
}
