// SPDX-License-Identifier: Apache-2.0

/// How much of everything an object may have, so that hostile counts cost neither memory nor time.
package enum Limits {
    /// Bytes of an object file.
    package static let fileSize = 32 << 20
    /// Sections; objects of one function per section have some thousands.
    package static let sections = 65_536
    /// Symbols of one table.
    package static let symbols = 1_000_000
    /// Symbols of one section that are looked at to name a place in a message.
    package static let searchedSymbols = 4_096
    /// Relocations of one section.
    package static let relocations = 1_000_000
    /// Instructions of one program: what the verifier looks at (`BPF_COMPLEXITY_LIMIT_INSNS`, Linux 5.2).
    package static let instructions = 1_000_000
    /// Functions of one object: some hundred times what the largest known ones have.
    package static let functions = 16_384
    /// Instructions of all functions of one object, before any is copied into the programs that call it.
    package static let code = 2_000_000
    /// Bytes of all programs of one object with the functions that they call, and what is told of those.
    package static let linkedSize = 64 << 20
    /// Instructions of one object that a kernel may have no answer for (CO-RE): each has its reason in words.
    package static let poisoned = 16_384
    /// Answers to CO-RE relocations that are remembered.
    package static let answers = 16_384
    /// Bytes of one CO-RE access, such as `0:1:2`, and of a way to a field in a message.
    package static let access = 256
    /// Global variables and externs of one object.
    package static let variables = 65_536
    /// What maps of one object hold by name: the kernel waits for all of its CPUs after each slot that is filled.
    package static let slots = 1_024
    /// Bytes of all strings that the BTF of an object needs for a kernel (`BTF_MAX_NAME_OFFSET`).
    package static let strings = 0xff_ffff
    /// Maps of one object.
    package static let maps = 1_024
    /// Bytes of all sections of data: those of `.bss` are only claimed.
    package static let dataSize = 64 << 20
    /// Bytes of what an object asks of the kernel's configuration.
    package static let configurationSize = 1 << 20
    /// Bytes of a license with its NUL: the kernel's buffer.
    package static let license = 128
    /// Bytes of a name or a line of source.
    package static let name = 1_024
    /// Types of one blob of BTF (`BTF_MAX_TYPE`).
    package static let types = 0xf_ffff
    /// Typedefs, `const` and the like around one type.
    package static let typeDepth = 32
    /// Indices of one CO-RE access (`BPF_CORE_SPEC_MAX_LEN`).
    package static let accessDepth = 64
    /// Members, enumerators and types that are compared for all CO-RE relocations of one object.
    package static let typeComparisons = 8_000_000
    /// Candidates of one failed CO-RE relocation that are kept for the message.
    package static let explainedCandidates = 8
    /// Bytes of the types that an event reaches, names included.
    package static let schema = 4 << 20
    /// Bytes of the types of all events of one object.
    package static let schemas = 16 << 20
    /// Types that are looked at to cut those of events out.
    package static let schemaLooks = 16_000_000
    /// Types within types of one event.
    package static let nesting = 64
    /// Bytes of an event: more than any ring takes (`RINGBUF_MAX_RECORD_SZ`).
    package static let event = 1 << 30
    /// Bytes of a layout in C: as many as one word of a command line has (`MAX_ARG_STRLEN`), and headers of events.
    package static let layout = 1 << 20
    /// Words of a layout, with what its macros stand for.
    package static let layoutTokens = 1 << 19
    /// What lies within each other in a layout: structures, parentheses, macros.
    package static let layoutDepth = 32
    /// Bytes of the debug information of one object, decompressed.
    package static let debugInformation = 32 << 20
    /// Units of debug information of one object.
    package static let debugUnits = 65_536
    /// Entries of debug information of one object.
    package static let debugEntries = 1_000_000
    /// Forms of entries of debug information, and attributes in all of them.
    package static let abbreviations = 262_144
    /// Attributes of entries of debug information that are looked at for all questions about one object.
    package static let debugWork = 20_000_000
    /// Attributes of one entry of debug information.
    package static let attributes = 64
}
