// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import EventDecoding
internal import Symbolication

/// The functions of stacks: those of the kernel by its symbols, those of processes by their files.
struct FrameSource: StackFrames {
    /// Nil where the events are of a kernel whose symbols are not to be had.
    let kernel: SymbolSource?
    let processes: ProcessPlaces
    /// Which of the codes that a capture tells of the process counts; nil for the last one.
    var generation: Int?

    func frames(ofBuildID id: [UInt8], offset: UInt64) -> [StackFrame] {
        processes.places(ofBuildID: id, offset: offset).map { StackFrame(offset, $0) }
    }

    func frames(of addresses: [UInt64], process: UInt32?) -> [StackFrame] {
        // A stack is of the kernel or of a process; programs put one behind the other at times.
        let first = addresses.firstIndex { !StackFrame.isKernel($0) }
        let own = first.map { Array(addresses[$0...]) } ?? []
        let places = own.isEmpty ? [] : processes.places(of: own, process: process, generation: generation)
        var frames: [StackFrame] = []
        for (index, address) in addresses.enumerated() {
            if StackFrame.isKernel(address) {
                frames.append(kernelFrame(address))
            } else if let first, index - first < places.count {
                frames.append(contentsOf: places[index - first].map { StackFrame(address, $0) })
            } else {
                frames.append(StackFrame(address: address))
            }
        }
        return frames
    }

    private func kernelFrame(_ address: UInt64) -> StackFrame {
        guard let place = kernel?.place(at: address) else { return StackFrame(address: address, isKernel: true) }
        return StackFrame(
            address: address, name: place.function.name, module: place.function.module, offset: place.offset,
            isKernel: true)
    }
}

extension StackFrame {
    init(_ address: UInt64, _ place: CodePlace) {
        self.init(
            address: address, name: place.function, module: place.module, offset: place.offset, place: place.line,
            isInlined: place.isInlined)
    }
}
