// SPDX-License-Identifier: Apache-2.0

/// What a queue or a stack would hand out next (`BPF_MAP_LOOKUP_ELEM` without a key, 4.20).
struct PeekWalk: MapWay {
    var isUnsteady: Bool { false }

    mutating func fill(_ buffer: inout ElementBuffer, _ map: borrowing Map) throws(BPFError) -> Bool {
        buffer.clear(room: 1)
        let noKey: [UInt8] = []
        do throws(Errno) {
            if try BPFCommand.findElement(map: map.descriptor.rawValue, key: noKey.span, value: &buffer.values) {
                buffer.count = 1
            }
        } catch {
            throw map.elementError(error, "cannot read the next element of")
        }
        return true
    }
}
