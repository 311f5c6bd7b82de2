// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

extension PerfEvents {
    /// Makes a uprobe that lives as long as its descriptor: `perf_uprobe` (Linux 4.17).
    ///
    /// - Parameters:
    ///   - type: The number in `/sys/bus/event_source/devices/uprobe/type`.
    ///   - config: The bit for a return probe, or 0, and the place of the counter of users in the upper half.
    ///   - path: The program or library.
    ///   - offset: Where in the file.
    ///   - process: The process that it is for; nil is all.
    ///   - cpu: A CPU that is online; the program runs on all of them.
    static func openUprobe(
        type: UInt32, config: UInt64, path: String, offset: UInt64, process: Int32?, cpu: Int32
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = perf_event_attr()
        attributes.type = type
        attributes.config = config
        attributes.probe_offset = offset
        // The kernel reads the name during the call.
        let result = unsafe path.withFileName { name in
            attributes.uprobe_path = UInt64(UInt(bitPattern: name))
            return Result { () throws(Errno) in
                try open(&attributes, process: process ?? -1, cpu: process == nil ? cpu : -1).release()
            }
        }
        return OwnedDescriptor(owning: try result.get())
    }
}

extension Links {
    /// What one link attaches a program to in a file.
    struct UserPlaces {
        /// The program or library.
        var path: String
        /// Where in the file.
        var offsets: [UInt64]
        /// The counters of users, 0 where there is none; empty is none anywhere.
        var counters: [UInt64] = []
        /// What the program gets from `bpf_get_attach_cookie`; empty is 0 everywhere.
        var cookies: [UInt64] = []
        /// Whether the program runs when functions return.
        var isReturn = false
        /// The process that it is for; nil is all.
        var process: Int32?
    }

    /// Attaches a program to many places of a file (Linux 6.6; sessions 6.13).
    ///
    /// - Parameters:
    ///   - program: The descriptor of a program that was loaded for it.
    ///   - attachType: `BPF_TRACE_UPROBE_MULTI` or `BPF_TRACE_UPROBE_SESSION`.
    static func create(
        program: Int32, attachType: AttachType, places: UserPlaces
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_link_create_uprobes_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.attach_type = attachType.rawValue
        attributes.cnt = UInt32(clamping: places.offsets.count)
        // BPF_F_UPROBE_MULTI_RETURN
        attributes.probe_flags = places.isReturn ? 1 : 0
        attributes.pid = UInt32(bitPattern: places.process ?? 0)
        // The kernel reads all of them during the call.
        let result = unsafe places.path.withFileName { name in
            unsafe places.offsets.withUnsafeBufferPointer { offsets in
                unsafe places.counters.withUnsafeBufferPointer { counters in
                    unsafe places.cookies.withUnsafeBufferPointer { cookies in
                        attributes.path = UInt64(UInt(bitPattern: name))
                        attributes.offsets = UInt64(UInt(bitPattern: offsets.baseAddress))
                        if !counters.isEmpty {
                            attributes.ref_ctr_offsets = UInt64(UInt(bitPattern: counters.baseAddress))
                        }
                        if !cookies.isEmpty {
                            attributes.cookies = UInt64(UInt(bitPattern: cookies.baseAddress))
                        }
                        return Result { () throws(Errno) in try BPFCommand.call(CBPF_LINK_CREATE, &attributes) }
                    }
                }
            }
        }
        return OwnedDescriptor(owning: try result.get())
    }
}
