import BPF
import Glibc

// map dump: any pinned map or map of an object, decoded
do {
    var programs = try BPFCollection(Object(contentsOf: CommandLine.arguments[1]))
    try programs.attach()
    sleep(1)
    for entry in try programs.table("exec_start").entries() {
        print(entry.key.json, entry.value.json)
    }
    for (pid, time) in try programs.map("exec_start").entries(Int32.self, UInt64.self) { print(pid, time) }
} catch {
    print(error)
    exit(1)
}
