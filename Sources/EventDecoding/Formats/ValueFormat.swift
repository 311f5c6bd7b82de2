// SPDX-License-Identifier: Apache-2.0

/// A way to write a value that is not its type's own: `hex` in `{flags:hex}` or in `btf_decl_tag("fmt:hex")`.
package enum ValueFormat: String, Sendable, CaseIterable {
    /// A number in decimal, also where it has a name or a format of its own.
    case dec
    /// A number in hexadecimal with `0x`; of anything else the bytes, two digits each.
    case hex
    /// A number in octal with a leading `0`, as modes of files are written.
    case oct
    /// A number in binary with `0b`.
    case bin
    /// Four bytes in network order, as they lie in memory, as an IPv4 address: `127.0.0.1`.
    case ip4
    /// Sixteen bytes as an IPv6 address in the form of RFC 5952: `2001:db8::1`, `::ffff:10.0.0.1`.
    case ip6
    /// Six bytes as a hardware address: `52:54:00:12:34:56`.
    case mac
    /// Two bytes in network order, as they lie in memory, as a port. A port in the machine's order is `dec`.
    case port
    /// Characters up to the first NUL as text without quotes, as the kernel's `comm` of a task.
    case comm
    /// A time in ns as UTC in the form of RFC 3339: `2026-11-21T14:39:22.123456789Z`.
    ///
    /// Below 2^58 (nine years) it is the kernel's time, as of ``ktime``; from there on it counts from 1970.
    case iso
    /// The kernel's time in ns (`bpf_ktime_get_ns`, `CLOCK_MONOTONIC`), written as ``iso`` by the capture's offset to UTC.
    ///
    /// Where no offset is known it is `boot+81234.567890123`, the seconds since the machine started.
    case ktime
    /// A duration in ns with the unit that suits it, cut after three places: `870ns`, `1.234ms`, `75.001s`.
    case ns
    /// An address of the kernel as `symbol+0x10`, by kallsyms; `0x…` where no symbol is known.
    case ksym
    /// An error by its name: `ENOENT` for 2, `-ENOENT` for -2; a number that is none stays one.
    case errno
    /// What a function of the kernel returned: `-ENOENT` for -2; what is not negative stays a number.
    case ret
    /// A system call by its name on the machine of the capture: `openat`; a number that is none stays one.
    case syscall
    /// The bytes as they lie in memory, in hexadecimal, two digits each: `deadbeef`.
    case bytes
    /// The names of a number's bits as `A|B`, for an enumeration whose values are flags.
    case flags
    /// A number in network order, as it lies in memory: `__be16`, `__be32`, `__be64`.
    case be
    /// A signal by its name: `SIGKILL`.
    case signal
    /// A set of signals: `SIGINT|SIGTERM`, `~(SIGKILL|SIGSTOP)`.
    case sigset
    /// A user by the name that the traced host has for it: `alice`; one without a name stays a number.
    case uid
    /// A group by the name that the traced host has for it; one without a name stays a number.
    case gid
    /// A file's mode as ls(1) writes it: `-rw-r--r--`; one that does not say what the file is in octal: `0644`.
    case mode
    /// Flags of open(2): `O_WRONLY|O_CREAT|O_CLOEXEC`.
    case openflags
    /// Protections of mmap(2): `PROT_READ|PROT_EXEC`.
    case prot
    /// Flags of mmap(2): `MAP_PRIVATE|MAP_ANONYMOUS`.
    case mapflags
    /// An address family: `AF_INET6`.
    case family
    /// The kind of a socket: `SOCK_STREAM|SOCK_CLOEXEC`.
    case socktype
    /// A protocol of IP: `IPPROTO_TCP`.
    case `protocol`
    /// A state of a TCP connection: `TCP_ESTABLISHED`.
    case tcpstate
    /// What a frame of Ethernet carries, two bytes in network order: `ETH_P_IPV6`.
    case ethertype
    /// One end of a connection: `10.0.0.1:443`, `[::1]:443`, `unix:/run/bus`; of a socket's address, of a structure with an
    /// address and a port, or of an address whose port is beside it.
    case endpoint
    /// A device as the kernel numbers it, with 20 bits of minor: `8:1`.
    case dev
    /// A device as user space sees it (`st_dev`, makedev(3)): `8:1`.
    case userdev
    /// A control group by its id: its path in the hierarchy.
    case cgroup
    /// The systemd unit that a control group belongs to, by its id or path: `ssh.service`.
    case unit
    /// The container that a control group belongs to, by its id or path: the first twelve digits of its id.
    case container
    /// A capability: `CAP_NET_ADMIN`.
    case cap
    /// A set of capabilities: `CAP_CHOWN|CAP_KILL`, `~CAP_SYS_ADMIN`.
    case caps
    /// Flags of clone(2) with the signal at the end: `CLONE_VM|CLONE_FS|SIGCHLD`.
    case clone
    /// The addresses of a stack, the innermost first, up to the first zero: `schedule+0x10;schedule_timeout;…`, each as
    /// ``ksym``.
    case stack
    /// A stack by its number in a map of stacks (`bpf_get_stackid`), written as ``stack``; a number that the map does not have
    /// stays one, and an error is one as of ``ret``.
    case stackid
    /// A stack of the kernel: its addresses as of ``stack``, or its number as of ``stackid``.
    case kstack
    /// A stack of a process: its addresses as of ``stack``, or its number as of ``stackid``.
    case ustack
    /// The frames of a stack by build id (`struct bpf_stack_build_id`), the innermost first: `name+0x10`, or where the file is
    /// not known the first digits of the build id and the place in the file, `3f2a9c01d5b7+0x1234`.
    case buildid
}

extension ValueFormat {
    /// The format of a name, as `--format`, `--fields` and decl tags write it.
    package init(parsing name: String) throws(FormatError) {
        guard let format = ValueFormat(rawValue: name) else { throw FormatError.unknown(name) }
        self = format
    }

    /// Whether the format needs the capture's offset to UTC.
    package var needsBootOffset: Bool { self == .iso || self == .ktime }
}
