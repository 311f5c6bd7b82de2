// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Testing

struct PinPathTests {
    @Test(arguments: [
        ("/sys/fs/bpf/map_event", "/", "/sys/fs/bpf", "map_event"),
        ("map_event", "/sys/fs/bpf", "/sys/fs/bpf", "map_event"),
        ("./tc/globals/x", "/sys/fs/bpf", "/sys/fs/bpf/tc/globals", "x"), ("/mnt//bpf/x", "/", "/mnt/bpf", "x"),
    ])
    func `a pin is named by its path, from / or from the working folder on`(
        path: String, from: String, folder: String, name: String
    ) throws {
        let pin = try PinPath(path: path, relativeTo: from)
        #expect(pin.folder == folder && pin.name == name && pin.path == folder + "/" + name)
        #expect(pin.mountPoint == (folder.hasPrefix("/sys/fs/bpf") ? "/sys/fs/bpf" : nil))
    }

    @Test(arguments: ["", "/", "/sys/fs/bpf/", "map/"])
    func `a path without a name at its end is refused as a usage error`(path: String) {
        #expect(throws: BPFError.self) { try PinPath(path: path, relativeTo: "/sys/fs/bpf") }
    }
}
