// SPDX-License-Identifier: Apache-2.0
import BPFKit

/// Which process; 0 is every one, and it may be changed while the program runs.
let pid_filter = Global<Int32>(0)

/// Prints a line for each write(2) of one process, or of all: --set pid_filter=1234.
@section("tp/syscalls/sys_enter_write") func handle_write() {
    let pid = currentProcess, wanted = pid_filter.value
    guard wanted == 0 || pid == wanted else { return }
    trace("write(2) by process %d", pid)
}
