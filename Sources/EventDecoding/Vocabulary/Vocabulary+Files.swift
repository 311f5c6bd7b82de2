// SPDX-License-Identifier: Apache-2.0

extension Vocabulary {
    /// Flags of open(2) (`asm/fcntl.h`), of which four have bits of their own on arm64.
    static func openFlags(on machine: Architecture) -> Vocabulary {
        switch machine {
        case .x86, .generic: genericOpenFlags
        case .arm: armOpenFlags
        case .unknown: commonOpenFlags
        }
    }

    private static let genericOpenFlags = openFlags(
        direct: 0o40000, large: 0o100000, directory: 0o200000, noFollow: 0o400000)
    private static let armOpenFlags = openFlags(
        direct: 0o200000, large: 0o400000, directory: 0o40000, noFollow: 0o100000)
    private static let commonOpenFlags = Vocabulary(.flags, accessModes + commonFlags)

    private static func openFlags(direct: UInt64, large: UInt64, directory: UInt64, noFollow: UInt64) -> Vocabulary {
        // What is made of two bits stands in front of each of them.
        let temporary = 0o20000000 | directory
        return Vocabulary(
            .flags,
            accessModes + [Word("O_TMPFILE", temporary, of: temporary)] + commonFlags + [
                Word("O_DIRECT", direct), Word("O_LARGEFILE", large), Word("O_DIRECTORY", directory),
                Word("O_NOFOLLOW", noFollow),
            ])
    }

    private static let accessModes = [
        Word("O_RDONLY", 0, of: 3), Word("O_WRONLY", 1, of: 3), Word("O_RDWR", 2, of: 3), Word("O_ACCMODE", 3, of: 3),
    ]
    private static let commonFlags = [
        Word("O_CREAT", 0o100), Word("O_EXCL", 0o200), Word("O_NOCTTY", 0o400), Word("O_TRUNC", 0o1000),
        Word("O_APPEND", 0o2000), Word("O_NONBLOCK", 0o4000), Word("O_SYNC", 0o4010000, of: 0o4010000),
        Word("O_DSYNC", 0o10000), Word("O_ASYNC", 0o20000), Word("O_NOATIME", 0o1000000),
        Word("O_CLOEXEC", 0o2000000), Word("O_PATH", 0o10000000),
    ]

    /// The bits of a file's mode (`linux/stat.h`); how a whole mode is written is no matter of words.
    static let modes = Vocabulary(
        .flags,
        [
            Word("S_IFIFO", 0o010000, of: 0o170000), Word("S_IFCHR", 0o020000, of: 0o170000),
            Word("S_IFDIR", 0o040000, of: 0o170000), Word("S_IFBLK", 0o060000, of: 0o170000),
            Word("S_IFREG", 0o100000, of: 0o170000), Word("S_IFLNK", 0o120000, of: 0o170000),
            Word("S_IFSOCK", 0o140000, of: 0o170000), Word("S_IFMT", 0o170000, of: 0o170000),
            Word("S_ISUID", 0o4000), Word("S_ISGID", 0o2000), Word("S_ISVTX", 0o1000), Word("S_IRUSR", 0o400),
            Word("S_IWUSR", 0o200), Word("S_IXUSR", 0o100), Word("S_IRGRP", 0o40), Word("S_IWGRP", 0o20),
            Word("S_IXGRP", 0o10), Word("S_IROTH", 0o4), Word("S_IWOTH", 0o2), Word("S_IXOTH", 0o1),
        ])

    /// Protections of mmap(2) (`asm/mman.h`).
    static func protections(on machine: Architecture) -> Vocabulary { machine == .arm ? armProtections : protections }

    private static let protections = Vocabulary(.flags, commonProtections)
    private static let armProtections = Vocabulary(
        .flags, commonProtections + [Word("PROT_BTI", 0x10), Word("PROT_MTE", 0x20)])
    private static let commonProtections = [
        Word("PROT_NONE", 0), Word("PROT_READ", 1), Word("PROT_WRITE", 2), Word("PROT_EXEC", 4), Word("PROT_SEM", 8),
        Word("PROT_GROWSDOWN", 0x1000000), Word("PROT_GROWSUP", 0x2000000),
    ]

    /// Flags of mmap(2) (`asm/mman.h`).
    static func mappings(on machine: Architecture) -> Vocabulary { machine == .x86 ? x86Mappings : mappings }

    private static let mappings = Vocabulary(.flags, commonMappings)
    private static let x86Mappings = Vocabulary(
        .flags, commonMappings + [Word("MAP_32BIT", 0x40), Word("MAP_ABOVE4G", 0x80)])
    private static let commonMappings =
        [
            Word("MAP_SHARED", 1, of: 0xf), Word("MAP_PRIVATE", 2, of: 0xf), Word("MAP_SHARED_VALIDATE", 3, of: 0xf),
            Word("MAP_DROPPABLE", 8, of: 0xf), Word("MAP_FIXED", 0x10), Word("MAP_ANONYMOUS", 0x20),
            Word("MAP_GROWSDOWN", 0x100), Word("MAP_DENYWRITE", 0x800), Word("MAP_EXECUTABLE", 0x1000),
            Word("MAP_LOCKED", 0x2000), Word("MAP_NORESERVE", 0x4000), Word("MAP_POPULATE", 0x8000),
            Word("MAP_NONBLOCK", 0x10000), Word("MAP_STACK", 0x20000), Word("MAP_HUGETLB", 0x40000),
            Word("MAP_SYNC", 0x80000), Word("MAP_FIXED_NOREPLACE", 0x100000),
        ]
        + hugePages.map { Word($0.name, $0.log2 << 26, of: 0x3f << 26) }

    /// The sizes of huge pages, by their powers of two.
    private static let hugePages: [(name: StaticString, log2: UInt64)] = [
        ("MAP_HUGE_16KB", 14), ("MAP_HUGE_64KB", 16), ("MAP_HUGE_512KB", 19), ("MAP_HUGE_1MB", 20),
        ("MAP_HUGE_2MB", 21), ("MAP_HUGE_8MB", 23), ("MAP_HUGE_16MB", 24), ("MAP_HUGE_32MB", 25),
        ("MAP_HUGE_256MB", 28), ("MAP_HUGE_512MB", 29), ("MAP_HUGE_1GB", 30), ("MAP_HUGE_2GB", 31),
        ("MAP_HUGE_16GB", 34),
    ]
}
