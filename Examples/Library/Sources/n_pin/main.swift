import BPF
import Glibc

func run(_ path: String, _ folder: String) throws {
    if access(folder, F_OK) == 0 {
        for link in try PinnedLinks.stop(in: folder) { print("stopped", link.pin, link.program?.runCount ?? 0) }
        return
    }
    var programs = try BPFCollection(Object(contentsOf: path))
    try programs.attach()
    for pin in try programs.pinLinks(in: folder) { print("pinned", pin) }
    programs.keepPins()
}

do { try run(CommandLine.arguments[1], CommandLine.arguments[2]) } catch {
    print(error)
    exit(1)
}
