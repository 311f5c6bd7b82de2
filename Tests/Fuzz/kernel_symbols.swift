// SPDX-License-Identifier: Apache-2.0

@testable import BPFCore
import BTF
import BPFObject
import Diagnostics

/// Reads any bytes as `/proc/kallsyms` and looks for functions in it, by the names it has and by others, as a load does.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSymbols(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let symbols = KernelSymbols(kallsyms: bytes)
    let addresses = KernelAddresses(symbols)
    // Code that was made at run time has a name and takes no probe.
    precondition(addresses.isEmpty || symbols.count > 0 || !symbols.generated.isEmpty)
    var names = ["vfs_read", "sys_bpf", "", "a"]
    // A name of the file itself, which is found.
    if let record = symbols.records.first {
        let function = symbols.function(record)
        names.append(function.name)
        _ = (symbols.size(of: function), function.address.flatMap { addresses.function(at: $0) })
    }
    for name in names {
        for function in symbols.functions(named: name) { precondition(function.name.utf8.count >= name.utf8.count) }
        _ = (symbols.addresses(of: name), symbols.hasData(named: name), symbols.variants(of: name))
        precondition(symbols.near(name).count <= 5)
        guard let target = try? ProbeTarget(parsing: name) else { continue }
        do throws(BPFError) {
            let probe = try ProbeResolver.resolve(target, symbols: symbols, roots: nowhere)
            precondition(!"\(probe)".isEmpty)
        } catch {
            precondition(!error.diagnostic.message.isEmpty)
        }
    }
    for address: UInt64 in [0, 1, .max, 0xffff_ffff_8100_0100] { _ = addresses.function(at: address) }
    return 0
}

private let nowhere = KernelRoots(proc: "/none", sys: "/none", modules: "/none", files: "/none")
