// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
internal import Diagnostics

/// Pins of programs, removed again unless they are kept.
struct ProgramPins: ~Copyable {
    // The last made comes first, and so is let go first: folders that were made for one hold the later ones too.
    private var pins = UniqueArray<PinGuard>()

    /// Pins a program under its name, made of what bpffs takes.
    ///
    /// - Parameters:
    ///   - program: Its descriptor.
    ///   - name: The function's name.
    ///   - folder: A folder of a bpf file system; missing ones are made.
    /// - Returns: The path of the pin.
    mutating func add(program: Int32, named name: String, in folder: String) throws(BPFError) -> String {
        let path = try PinPath(path: folder + "/" + PinName.of(name))
        let directory = try PinDirectory.open(path: path.folder, mountPoint: path.mountPoint)
        var pin = PinGuard(directory, name: path.name)
        do throws(Errno) {
            try BPFCommand.pin(program, at: pin.kernelPath)
        } catch {
            throw BPFError(
                .pin, error == .fileExists ? .pinExists : .pinRefused, errno: error,
                "cannot pin program \(name) at \(path.path)",
                cause: error == .fileExists ? "something is pinned there already" : nil,
                nextStep: error == .fileExists
                    ? "remove it (\(.remove(path.path), "rm \(path.path)")), or name another directory" : nil)
        }
        pin.wasCreated = true
        pins.insert(pin, at: 0)
        return path.path
    }

    /// Lets the pins outlive us.
    mutating func keep() {
        for index in 0..<pins.count { pins[index].keep() }
    }
}
