// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics

/// Asks all that can be asked of the types in any bytes, of themselves and of a damaged copy.
///
/// The first bytes say which byte of the copy is changed to what and which access is tried; the rest is BTF.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCORE(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard bytes.count > 8 else { return 0 }
    let blob = Array(bytes[8...])
    var damaged = blob
    damaged[(Int(bytes[0]) << 8 | Int(bytes[1])) % blob.count] ^= bytes[2]
    guard let local = try? BTF(parsing: blob), let target = try? BTF(parsing: damaged) else { return 0 }
    let targets = FixedRelocationTargets(kernel: BTFNameIndex(target))
    var relocator = CORERelocator(local: local, targets: targets)
    let accesses = ["0", "0:\(bytes[3] & 7)", "\(bytes[4]):\(bytes[3] & 7):\(bytes[5] & 3)", "0:0:0:\(bytes[5])"]
    for id in 0..<min(local.endID + 1, 64) {
        precondition(local.describe(id).utf8.count < 2_000)
        for access in accesses {
            for kind in CORERelocation.Kind.allCases {
                let relocation = CORERelocation(instruction: 0, typeID: id, access: access, kind: kind)
                var code = [Instruction(code: bytes[6], immediate: Int32(bytes[7])), Instruction(code: 0)]
                do throws(COREError) {
                    let outcome = try relocator.apply(relocation, to: &code, at: 0)
                    if case .poisoned(let failure) = outcome { precondition(!failure.description.isEmpty) }
                } catch {
                    precondition(!error.description.isEmpty)
                }
            }
        }
    }
    return 0
}
