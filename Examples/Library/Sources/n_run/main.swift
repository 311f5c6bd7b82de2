import BPF
import Glibc

func run(_ path: String, _ name: String) throws {
    var options = BPFCollection.Options()
    options.programs = [name]
    let programs = try BPFCollection(Object(contentsOf: path), options: options)
    for size in [64, 128, 1500] {
        let output = try programs.program(name).testRun(.init(data: [UInt8](repeating: 0, count: size), repeatCount: 1000))
        print(size, output.returnValue, output.nanoseconds)
    }
}

do { try run(CommandLine.arguments[1], CommandLine.arguments[2]) } catch {
    print(error)
    exit(1)
}
