// SPDX-License-Identifier: Apache-2.0

internal import EventTypes

extension LineBuffer {
    /// Appends a stack that is told by build ids: `struct bpf_stack_build_id` each, up to the first that is empty.
    mutating func appendStack(buildIDs bytes: RawSpan, _ environment: FormatEnvironment) {
        var at = 0
        while let frames = environment.framesOfPlace(buildIDs: bytes, at: at, process: process) {
            for (index, frame) in frames.enumerated() {
                guard room > 0 else { return appendCutMark() }
                charge(640)
                if at > 0 || index > 0 { append(";") }
                appendFrame(frame)
            }
            at += StackMembers.buildIDSize
        }
    }
}

extension StackFrame {
    /// The frame of an address so many bytes further on in the same function.
    fileprivate func later(by bytes: UInt64) -> StackFrame {
        var frame = self
        frame.address &+= bytes
        frame.offset &+= bytes
        return frame
    }
}

extension FormatEnvironment {
    /// The functions of a stack that is told by build ids, the innermost first.
    ///
    /// - Parameter limit: How many of its places are taken.
    package func stackFrames(buildIDs bytes: RawSpan, process: UInt32?, limit: Int) -> [StackFrame] {
        var found: [StackFrame] = []
        var at = 0
        while at / StackMembers.buildIDSize < limit,
            let frames = framesOfPlace(buildIDs: bytes, at: at, process: process)
        {
            found += frames
            at += StackMembers.buildIDSize
        }
        return found
    }

    /// The functions of one place of it, those that were inlined there in front; nil at the end.
    fileprivate func framesOfPlace(buildIDs bytes: RawSpan, at: Int, process: UInt32?) -> [StackFrame]? {
        guard at + StackMembers.buildIDSize <= bytes.byteCount else { return nil }
        let status = number(bytes.extracting(at..<(at + 4)))
        guard status != 0 else { return nil }
        let place = UInt64(truncatingIfNeeded: number(bytes.extracting((at + 24)..<(at + 32))))
        // A caller is where it goes on: its call, which may be the last instruction of the function, is before that.
        let before: UInt64 = at > 0 && place > 0 ? 1 : 0
        var frames: [StackFrame]
        if status == 1 {
            let id = unsafe bytes.extracting((at + 4)..<(at + 24)).withUnsafeBytes { unsafe Array($0) }
            frames = self.frames?.frames(ofBuildID: id, offset: place - before) ?? []
            if frames.isEmpty { frames = [StackFrame(buildID: id, offset: place - before)] }
        } else {
            // BPF_STACK_BUILD_ID_IP: the kernel found no build id, and has the address.
            frames = stackFrames(of: [place - before], process: process)
        }
        if let last = frames.last { frames[frames.count - 1] = last.later(by: before) }
        return frames
    }
}

extension StackFrame {
    /// A place of a file that is not known: by the first digits of its build id.
    fileprivate init(buildID id: [UInt8], offset: UInt64) {
        let digits = id.prefix(6).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        self.init(address: offset, module: digits, offset: offset)
    }
}
