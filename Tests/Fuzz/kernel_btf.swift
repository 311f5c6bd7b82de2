// SPDX-License-Identifier: Apache-2.0

@testable import BPFCore
import BTF
import BPFObject
import Glibc

private let path: String = {
    var name = Array("/tmp/fuzz-btf-XXXXXX".utf8CString)
    let file = unsafe mkstemp(&name)
    guard file >= 0 else { fatalError("mkstemp") }
    close(file)
    return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}()

/// Reads any file as a kernel's types: a bare blob, or an ELF file of any machine that has them in a section.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBTFFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let file = open(path, O_TRUNC | O_WRONLY)
    precondition(unsafe write(file, start, count) == count)
    close(file)
    do throws(BTFFile.Fault) {
        // Of whichever machine, so that the table of sections is reached.
        let memory = try BTFFile.memory(path, machine: 0)
        let types = try BTFFile.types(of: memory)
        precondition(types.endID >= types.firstID)
        for id in types.firstID..<types.endID { _ = types[id].map { (types.name(of: $0), types.size(of: id)) } }
    } catch {
        precondition(!error.words.isEmpty)
    }
    return 0
}
