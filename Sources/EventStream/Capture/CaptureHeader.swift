// SPDX-License-Identifier: Apache-2.0

/// What a capture says of itself and of the machine it comes from: its first block.
public struct CaptureHeader: Sendable, Equatable {
    /// The version of the format that this package writes: a reader refuses a larger first number.
    public static let version: (major: UInt16, minor: UInt16) = (1, 6)

    /// The first number of the version: another one cannot be read by readers of this one.
    public var majorVersion = version.major
    /// The second number: blocks and fields have come in that older readers skip.
    public var minorVersion = version.minor
    /// The clock that all times are of, as clock_gettime(2) numbers them; 1 is `CLOCK_MONOTONIC`.
    public var clock: UInt32 = 1
    /// What is added to a time to make it one since 1970: `CLOCK_REALTIME` less that clock, in ns, when the capture began;
    /// ``CaptureClock`` tells what it became later.
    public var bootOffset: Int64
    /// When the capture began, in ns of the clock; with the host it tells one capture from another.
    public var began: UInt64
    /// The host's name (uname(2)).
    public var host = ""
    /// The kernel's release (uname(2)).
    public var kernel = ""
    /// The machine's architecture (uname(2)).
    public var machine = ""
    /// How many CPUs the machine can ever have.
    public var possibleCPUs: UInt32?
    /// The CPUs that were online, as `/sys/devices/system/cpu/online` lists them.
    public var onlineCPUs = ""
    /// The program that wrote the capture, with its version.
    public var writer = ""
    /// The id of the boot of the machine (`/proc/sys/kernel/random/boot_id`): addresses in the kernel and ids of maps and
    /// programs mean something until the next one.
    public var bootID = ""
    /// The machine's id, hashed as docs/capture.md says: 32 hexadecimal digits, the same in each boot; empty if it is
    /// not known.
    public var machineID = ""
    /// How far the time of day may have been off when the capture began, in ns; nil where the clock was not synchronised, or
    /// nobody knows.
    public var clockError: UInt64?

    /// Creates a header; set the other parts afterwards.
    public init(bootOffset: Int64, began: UInt64) {
        self.bootOffset = bootOffset
        self.began = began
    }

    private enum Tag {
        static let version: UInt16 = 1
        static let clock: UInt16 = 2
        static let bootOffset: UInt16 = 3
        static let began: UInt16 = 4
        static let host: UInt16 = 5
        static let kernel: UInt16 = 6
        static let machine: UInt16 = 7
        static let possibleCPUs: UInt16 = 8
        static let onlineCPUs: UInt16 = 9
        static let writer: UInt16 = 10
        static let bootID: UInt16 = 11
        static let machineID: UInt16 = 12
        static let clockError: UInt16 = 13
    }

    var payload: [UInt8] {
        var fields = CaptureFieldWriter()
        var version: [UInt8] = []
        version.append(integer: majorVersion)
        version.append(integer: minorVersion)
        fields.put(Tag.version, bytes: version)
        fields.put(Tag.clock, clock)
        fields.put(Tag.bootOffset, bootOffset)
        fields.put(Tag.began, began)
        fields.put(Tag.host, host)
        fields.put(Tag.kernel, kernel)
        fields.put(Tag.machine, machine)
        fields.put(Tag.possibleCPUs, possibleCPUs)
        fields.put(Tag.onlineCPUs, onlineCPUs)
        fields.put(Tag.writer, writer)
        fields.put(Tag.bootID, bootID)
        fields.put(Tag.machineID, machineID)
        fields.put(Tag.clockError, clockError)
        return fields.payload
    }

    init(_ payload: CaptureBytes) throws(CaptureMalformed) {
        self.init(bootOffset: 0, began: 0)
        var hasVersion = false
        try payload.forEachField { (tag, value) throws(CaptureMalformed) in
            switch tag {
            case Tag.version:
                majorVersion = try value.integer(UInt16.self)
                guard value.count >= 4 else { throw CaptureMalformed(reason: "the version has one number") }
                minorVersion = value.load(UInt16.self, at: 2)
                hasVersion = true
            case Tag.clock: clock = try value.integer(UInt32.self)
            case Tag.bootOffset: bootOffset = try value.integer(Int64.self)
            case Tag.began: began = try value.integer(UInt64.self)
            case Tag.host: host = value.text
            case Tag.kernel: kernel = value.text
            case Tag.machine: machine = value.text
            case Tag.possibleCPUs: possibleCPUs = try value.integer(UInt32.self)
            case Tag.onlineCPUs: onlineCPUs = value.text
            case Tag.writer: writer = value.text
            case Tag.bootID: bootID = value.text
            case Tag.machineID: machineID = value.text
            case Tag.clockError: clockError = try value.integer(UInt64.self)
            default: break
            }
        }
        guard hasVersion else { throw CaptureMalformed(reason: "the header has no version") }
    }
}
