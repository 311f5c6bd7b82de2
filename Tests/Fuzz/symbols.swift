// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Glibc
import Symbolication

/// Reads any bytes as what gives the addresses of processes their names: the number of the reader comes first.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSymbols(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let all = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let kind = all.first else { return 0 }
    let bytes = Array(all.dropFirst())
    let addresses: [UInt64] = [0, 1, 0x1000, 0x1104, 0x40_0000, 0x7fff_ffff_ffff, .max - 1, .max]
    switch kind % 3 {
    case 0:
        guard let elf = try? UserELF(FileInMemory(bytes)) else { return 0 }
        let functions = FunctionIndex(elf)
        for address in addresses + elf.segments.prefix(8).map(\.address) {
            if let found = functions.function(at: address) { precondition(found.offset <= address) }
            _ = functions.address(ofFileOffset: address).flatMap(functions.function)
        }
    case 1:
        let code = CodeMappings(parsing: String(decoding: bytes, as: UTF8.self))
        for (one, next) in zip(code.all, code.all.dropFirst()) { precondition(one.end <= next.start) }
        for address in addresses + code.all.prefix(64).flatMap({ [$0.start, $0.end &- 1, $0.end] }) {
            guard let mapping = code.mapping(at: address) else { continue }
            precondition(mapping.start <= address && address < mapping.end)
            _ = (mapping.place(of: address), mapping.module, mapping.isFile)
        }
    default:
        let map = PerfMap(parsing: bytes)
        for address in addresses {
            if let found = map.function(at: address) { precondition(found.offset <= address) }
        }
    }
    return 0
}
