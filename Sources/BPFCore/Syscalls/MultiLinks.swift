// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import CBPF

extension Links {
    /// Functions as one link takes them.
    package enum ManyFunctions {
        /// By their names, which the kernel sorts and finds.
        case names([String])
        /// By their addresses.
        case addresses([UInt64])

        var count: Int {
            switch self {
            case .names(let names): names.count
            case .addresses(let addresses): addresses.count
            }
        }
    }

    /// Attaches a program to many functions with `BPF_LINK_CREATE` (Linux 5.18, with `CONFIG_FPROBE`).
    ///
    /// - Parameters:
    ///   - program: The descriptor of a program that was loaded for `attachType`.
    ///   - attachType: `BPF_TRACE_KPROBE_MULTI`, or `BPF_TRACE_KPROBE_SESSION` (6.10).
    ///   - functions: Each once.
    ///   - atReturn: Whether it runs when they return (`BPF_F_KPROBE_MULTI_RETURN`).
    package static func create(
        program: Int32, attachType: AttachType, functions: ManyFunctions, atReturn: Bool
    ) throws(Errno) -> OwnedDescriptor {
        guard let count = UInt32(exactly: functions.count) else { throw .argListTooLong }
        var attributes = cbpf_link_create_kprobe_multi_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.attach_type = attachType.rawValue
        attributes.probe_flags = atReturn ? 1 : 0
        attributes.cnt = count
        // The kernel reads what the addresses lead to during the call.
        switch functions {
        case .addresses(let addresses):
            let result = unsafe addresses.withUnsafeBufferPointer { buffer in
                attributes.addrs = UInt64(UInt(bitPattern: buffer.baseAddress))
                return Result { () throws(Errno) in try BPFCommand.call(CBPF_LINK_CREATE, &attributes) }
            }
            return OwnedDescriptor(owning: try result.get())
        case .names(let names):
            var text: [UInt8] = []
            var starts: [Int] = []
            for name in names {
                starts.append(text.count)
                text += name.utf8
                text.append(0)
            }
            let result = unsafe text.withUnsafeBufferPointer { text in
                let base = UInt64(UInt(bitPattern: text.baseAddress))
                return unsafe starts.map { base + UInt64($0) }.withUnsafeBufferPointer { pointers in
                    attributes.syms = UInt64(UInt(bitPattern: pointers.baseAddress))
                    return Result { () throws(Errno) in try BPFCommand.call(CBPF_LINK_CREATE, &attributes) }
                }
            }
            return OwnedDescriptor(owning: try result.get())
        }
    }

    /// Whether the kernel has links to many functions of a kind: it gets as far as to read a list that is not there.
    static func takesMany(program: Int32, attachType: AttachType) -> Bool {
        var attributes = cbpf_link_create_kprobe_multi_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.attach_type = attachType.rawValue
        attributes.cnt = 1
        // Nothing is ever mapped there.
        attributes.addrs = 8
        do throws(Errno) {
            _ = OwnedDescriptor(owning: try BPFCommand.call(CBPF_LINK_CREATE, &attributes))
            return false
        } catch {
            return error == .badAddress
        }
    }

    /// Attaches a program to many functions by their ids in the BTF that it was loaded for (Linux 7.2).
    ///
    /// - Parameters:
    ///   - program: The descriptor of a program that was loaded for `attachType`.
    ///   - attachType: `BPF_TRACE_FENTRY_MULTI`, `BPF_TRACE_FEXIT_MULTI` or `BPF_TRACE_FSESSION_MULTI`.
    ///   - ids: Each once.
    package static func create(
        program: Int32, attachType: AttachType, functionIDs ids: [UInt32]
    ) throws(Errno) -> OwnedDescriptor {
        guard let count = UInt32(exactly: ids.count) else { throw .argListTooLong }
        let result = unsafe ids.withUnsafeBufferPointer { buffer in
            let address = UInt64(UInt(bitPattern: buffer.baseAddress))
            return Result { () throws(Errno) in
                try createTyped(program, attachType, ids: address, count: count).release()
            }
        }
        return OwnedDescriptor(owning: try result.get())
    }

    /// Whether the kernel has links to many functions by BTF: it gets as far as to read a list that is not there.
    static func takesManyTyped(program: Int32) -> Bool {
        do throws(Errno) {
            _ = try createTyped(program, .traceFentryMulti, ids: 8, count: 1)
            return false
        } catch {
            return error == .badAddress
        }
    }

    private static func createTyped(
        _ program: Int32, _ attachType: AttachType, ids: UInt64, count: UInt32
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_link_create_tracing_multi_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.attach_type = attachType.rawValue
        attributes.ids = ids
        attributes.cnt = count
        let end = MemoryLayout<cbpf_link_create_tracing_multi_attr>.offset(of: \.padding)
        return OwnedDescriptor(owning: try BPFCommand.call(CBPF_LINK_CREATE, &attributes, size: end))
    }

    /// Hits that the kernel dropped on all functions of a link (`bpf_link_info.kprobe_multi.missed`, Linux 6.7).
    static func missedOfMany(link: Int32) throws(Errno) -> UInt64? {
        var info = cbpf_link_info_kprobe_multi()
        let known = try BPFCommand.readInfo(of: link, into: &info)
        return known >= MemoryLayout<cbpf_link_info_kprobe_multi>.size ? info.missed : nil
    }
}
