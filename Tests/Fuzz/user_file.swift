// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Glibc

/// Reads any bytes as a program or library that probes go to, and as what says where such files are: the number of the
/// reader comes first.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUserFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let all = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let kind = all.first else { return 0 }
    let bytes = Array(all.dropFirst())
    switch kind % 4 {
    case 0:
        guard let elf = try? UserELF(FileInMemory(bytes)) else { return 0 }
        let tables = [elf.dynamicSymbols, elf.symbols].compactMap { $0 }
        for text in ["*", "main", "a::b", "copy@OLD"] {
            for symbol in UserSymbolPattern(text).symbols(in: tables, demangle: { Mangling.rustPath($0) }) {
                _ = elf.fileOffset(of: symbol.address)
            }
        }
        for probe in (try? elf.tracepoints()) ?? [] {
            _ = probe.reading(variables: ["lab_global": 0x4000])
            _ = probe.probed(behind: 1)
        }
        _ = elf.addresses(ofVariables: ["lab_global", "main"])
        _ = (elf.buildID, elf.debugLink, elf.compressedSymbols)
    case 1:
        let cache = LibraryCache(parsing: bytes)
        for library in cache.libraries.prefix(8) { precondition(LibraryName.isMeant(library.name, by: library.name)) }
    case 2:
        let text = String(decoding: bytes, as: UTF8.self)
        for machine: UInt16 in [62, 183, 0] { _ = USDTArgument.all(in: text, machine: machine) }
        for line in text.split(separator: "\n") { _ = ProcessMapping(line: line)?.address(ofOffset: 0x1000) }
    default:
        let text = String(decoding: bytes, as: UTF8.self)
        let pattern = UserSymbolPattern(text)
        _ = (
            pattern.matches(bytes[...]), pattern.matches(demangled: text), Mangling.rustPath(text),
            Mangling.rustPath(ofReadable: text)
        )
        _ = (Mangling.bound(ofReadable: text), Mangling.bound(ofReadable: "_Z" + text))
        precondition(!LibraryName.isNewer(text, than: text))
        for kind in ["uprobe", "uretprobe.s", "uprobe.session", "usdt"] {
            _ = SectionConvention(section: "\(kind)/\(text)")
        }
    }
    return 0
}
