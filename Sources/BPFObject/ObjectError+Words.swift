// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

extension ObjectError.Reason {
    /// What an error says, in the order that a user reads it.
    struct Words {
        var message: String
        var cause: String?
        var details: [String] = []
        var nextStep: Diagnostic.Hint?

        init(_ message: String, _ cause: String? = nil, details: [String] = [], next: Diagnostic.Hint? = nil) {
            self.message = message
            self.cause = cause
            self.details = details
            self.nextStep = next
        }
    }

    private static let compile: Diagnostic.Hint =
        "\(.compile("-O2 -target bpf -c"), "compile the program with clang -O2 -target bpf -c")"
    private static let again: Diagnostic.Hint = "the file is damaged or was cut: " + compile + " again"

    /// The words for this reason.
    func words(_ error: ObjectError) -> Words {
        switch self {
        case .licenseTooLong, .versionSize, .foreignByteOrder, .noDescriptor, .library, .compressed:
            loadWords(error)
        case .mapsWithoutBytes, .mapsWithoutSymbols, .mapSize, .mapHole, .mapOverlap, .mapTail, .unknownMapMember,
            .mapName, .duplicateMap, .noInnerMap, .unknownInnerMap, .nestedMaps, .innerIndex, .innerKeySize:
            mapWords(error)
        case .noSection, .codeSize, .functionPlace, .functionOverlap, .noProgram, .otherType, .twoKinds, .unknownType,
            .halfWideLoad, .foreignDescriptor, .callIntoFunction, .callOfData,
            .noAttachTarget, .missingAttachTarget, .missingExtern:
            programWords(error)
        case .relocationOutside, .relocationMisaligned, .relocationSymbol, .relocationToNowhere, .relocationOfOther,
            .relocationTwice, .relocationToCommon, .relocationToExtern, .relocationToData, .relocationOutsideData,
            .relocationIntoMap:
            relocationWords(error)
        case .map(let fault): fault.words(error)
        case .global(let fault): fault.words(error)
        case .configuration(let fault): fault.words(error)
        default: fileWords(error)
        }
    }

    // MARK: - The file

    private func fileWords(_ error: ObjectError) -> Words {
        switch self {
        case .empty: Words("the object file is empty", "it has no bytes", next: Self.compile)
        case .notELF(let instead):
            Words(
                "not an ELF file", instead ?? "it does not begin with 0x7f 'E' 'L' 'F'",
                next: "name an object: " + Self.compile)
        case .truncated(let structure, let end, let size):
            Words(
                "the object file is truncated", "\(structure) ends at byte \(end), and the file has \(size)",
                next: Self.again)
        case .unknownByteOrder(let value):
            Words(
                "the object's byte order is unknown", "EI_DATA is \(value), not 1 (little) or 2 (big)", next: Self.again
            )
        case .unsupportedClass(let value):
            Words(
                "not a 64-bit object", value == 1 ? "it is a 32-bit ELF file" : "EI_CLASS is \(value)",
                next: Self.compile)
        case .unsupportedVersion(let version):
            Words("an ELF file of version \(version)", "there is only version 1", next: Self.again)
        case .unsupportedType(let type):
            Words(
                "not an object file but \(Self.typeName(type))", "e_type is \(type), and an object's is 1 (ET_REL)",
                next: Self.compile)
        case .otherMachine(let machine):
            Words(
                "an ELF file for \(ELF.machineName(machine)), not for BPF",
                "e_machine is \(machine), and a BPF object's is 247", next: "compile with -target bpf")
        case .tooMany(let what, let count, let limit):
            Words("too many \(what): \(count)", "\(limit) are read at most", next: Self.again)
        case .outOfBounds(let what, let offset, let size, let limit):
            Words(
                "\(what) lies outside of the \(error.section == nil ? "file" : "section")",
                "it claims \(size) bytes at \(offset), and there are \(limit)", next: Self.again)
        case .overlap(let first, let second):
            Words("parts of the object overlap", "\(second) begins within \(first)", next: Self.again)
        case .entrySize(let what, let found, let expected):
            Words(
                "\(what) is malformed", "its entries claim \(found) bytes each, and they have \(expected)",
                next: Self.again)
        case .badLink(let from, let what, let index):
            Words("\(from) leads nowhere", "section \(index) is not \(what)", next: Self.again)
        default: Words("the object cannot be used")
        }
    }

    private static func typeName(_ type: UInt16) -> String {
        switch type {
        case 2: "a program"
        case 3: "a shared library or a program"
        case 4: "a core dump"
        default: "an ELF file of another type"
        }
    }

    private func loadWords(_ error: ObjectError) -> Words {
        let target = ByteOrder.native == .little ? "bpfel" : "bpfeb"
        return switch self {
        case .compressed:
            Words(
                "section \(error.section ?? "") is compressed", next: "\(.compile("-gz=none"), "compile without -gz")")
        case .library(let text): Words("libelf cannot read the object", text, next: Self.again)
        case .licenseTooLong(let size):
            Words(
                "the license is too long", "it has \(size) bytes, and the kernel reads \(Limits.license - 1)",
                next: "write a short one, such as char _license[] __section(\"license\") = \"GPL\";")
        case .versionSize(let size):
            Words(
                "the version section has \(size) bytes", "a version is one number of 4 bytes",
                next: "remove the section: kernels from 5.0 on do not read it")
        case .foreignByteOrder(let order):
            Words(
                "the object is \(order), and this machine is \(ByteOrder.native)",
                "a kernel runs programs of its own byte order only",
                next: "\(.compile("-target \(target)"), "compile with -target \(target)")")
        case .noDescriptor(let map): Words("map \(map) of the object has no descriptor", "it was not created")
        default: fileWords(error)
        }
    }

    // MARK: - Maps

    private func mapWords(_ error: ObjectError) -> Words {
        let sizes = "a definition has 16, 20, 24, 28, 32 or 36 bytes, or is longer and ends in zeros"
        let map = error.map ?? ""
        return switch self {
        case .mapsWithoutBytes(let size):
            Words(
                "section maps has nothing in the file",
                "its \(size) bytes are only claimed, so all definitions are zero",
                next: "give each map a type and sizes")
        case .mapsWithoutSymbols(let size):
            Words(
                "section maps has no symbol", "its \(size) bytes cannot be separated without symbols",
                next: "do not strip the object")
        case .mapSize(let section, let symbols, let size?):
            Words(
                "section maps holds no known map definition",
                "its \(section) bytes with \(symbols) symbols make definitions of \(size) bytes", details: [sizes],
                next: "declare each map as one struct bpf_elf_map")
        case .mapSize(let section, let symbols, nil):
            Words(
                "section maps holds no known map definition",
                "its \(section) bytes cannot be divided by its \(symbols) symbols", details: [sizes],
                next: "declare each map as one struct bpf_elf_map")
        case .mapHole(let size, let count, let end):
            Words(
                "section maps has bytes that belong to no map",
                "up to byte \(end) there is no symbol, where \(count) definitions of \(size) bytes were expected",
                details: [sizes], next: "put nothing but maps into section maps, each with a name of its own")
        case .mapOverlap(let size):
            Words(
                "map \(map) begins within another map", "definitions have \(size) bytes", details: [sizes],
                next: Self.again)
        case .mapTail(let size, let known, let first, let last):
            Words(
                "the definition of map \(map) is longer than any known one",
                "of its \(size) bytes the first \(known) are known, and bytes \(first) to \(last) are not all zero",
                details: [sizes], next: "compile with -g, so that the members' names say what they are")
        case .unknownMapMember(let member):
            Words(
                "map \(map) sets a member that is not known: \(member.isEmpty ? "without a name" : member)",
                "its value is not zero, and what it asks for would be lost", next: "leave the member out")
        case .mapName(let reason):
            Words(
                "\"\(map)\" cannot be the name of a map", reason.description,
                next: "rename the map: 1 to \(MapName.longest) letters, digits and _")
        case .duplicateMap(let places):
            Words(
                "two maps have the name \(map)",
                "the first one is \(places.joined(separator: ", the other one "))", next: "rename one of them")
        default: innerMapWords(error)
        }
    }

    private func innerMapWords(_ error: ObjectError) -> Words {
        let map = error.map ?? ""
        return switch self {
        case .noInnerMap:
            Words(
                "map \(map) holds maps and does not say which",
                error.section == BTFMapReader.sectionName ? "it has no values" : "it has no inner_id",
                next: error.section == BTFMapReader.sectionName
                    ? "end its declaration with __array(values, struct inner_map)"
                    : "give the inner map an id, and write that as inner_id of \(map)")
        case .unknownInnerMap(let id):
            Words("map \(map) holds maps like number \(id), and there is none", next: "give the inner map that id")
        case .nestedMaps(let inner):
            Words(
                "map \(map) holds \(inner), which holds maps itself", "the kernel allows one level",
                next: "let \(map) hold a plain map")
        case .innerIndex(let index, let outer, let entries):
            Words(
                "map \(map) goes to slot \(index) of \(outer), which has \(entries)",
                next: "raise max_elem of \(outer), or lower inner_idx of \(map)")
        case .innerKeySize(let size, let outer):
            Words(
                "map \(map) cannot be put into \(outer)",
                "the keys of \(outer) have \(size) bytes, and inner_idx has 4",
                next: "set size_key of \(outer) to 4, or inner_idx of \(map) to ~0")
        default: Words("the map cannot be used")
        }
    }

    // MARK: - Programs

    private func programWords(_ error: ObjectError) -> Words {
        let section = error.section ?? ""
        func choose(_ sections: [String]) -> Diagnostic.Hint {
            sections.isEmpty
                ? "put a function into a section: __attribute__((section(\"prog\"), used))"
                : "\(.chooseName(sections), "choose one of them") with \(.section)"
        }
        func list(_ sections: [String]) -> String {
            sections.isEmpty
                ? "no section holds a program" : "these sections hold programs: " + Self.enumerate(sections)
        }
        func list(programs: [String]) -> String {
            programs.isEmpty ? "it has no programs" : "its programs are: " + Self.enumerate(programs)
        }
        return switch self {
        case .noSection(let others): Words("the object has no section \(section)", list(others), next: choose(others))
        case .codeSize(let size):
            Words(
                "section \(section) is not made of instructions", "its \(size) bytes are not a multiple of 8",
                next: Self.again)
        case .functionPlace(let name, let value):
            Words(
                "the function \(name) is not within its section", "its symbol is at byte \(value)", next: Self.again)
        case .functionOverlap(let name):
            Words(
                "the function \(name) reaches into the next one", "its symbol claims too many bytes", next: Self.again)
        case .noProgram(let name, let others):
            Words(
                "the object has no program \(name)", list(programs: others),
                next: others.isEmpty ? nil : "\(.chooseName(others), "choose one of them") with \(.program)")
        case .otherType(let type, let own, let target):
            Words(
                "\(target) is nothing for this program",
                "it takes programs of type \(type), and this one is of type \(own)",
                next: "name a target of its type")
        case .twoKinds(let first, let second):
            Words(
                "the program cannot go to \(first) and to \(second)", "a program is loaded for one kind of targets",
                next: "load it twice, with one of them each")
        case .unknownType(let type):
            Words(
                "there is no type of programs \(type)", "it is neither the name of a section nor of a program type",
                next: "name it as a section is (tc, xdp, cgroup_skb/ingress) or as bpftool prints it (sched_cls)")
        case .halfWideLoad:
            Words("the program ends within a 64-bit load", "its second half is missing", next: Self.again)
        case .foreignDescriptor(let kind):
            Words(
                "the program names a map or a function by a number", "there is no relocation for it (source \(kind))",
                next: "name maps by their symbols: &map")
        case .callIntoFunction:
            Words(
                "the program refers to \(error.symbol ?? "code") where no function begins",
                "a call or an address must lead to the start of a function of this object", next: Self.again)
        case .callOfData:
            Words("the program calls \(error.symbol ?? "an extern"), which is not a function", next: Self.again)
        case .noAttachTarget(let pattern):
            Words(
                "section \(section) does not say what the program is for",
                "the verifier checks programs of this type against their target",
                next: "write SEC(\"\(pattern.hasSuffix("+") ? pattern.dropLast() : pattern[...])/NAME\")")
        case .missingAttachTarget(let target):
            Words(
                "this kernel has nothing to attach \(target) to",
                "neither its BTF nor that of a loaded module knows \(target.typeInKernel?.name ?? "it")",
                next: "name another target, or let the program be left out: SEC(\"?...\") or \(.optional)")
        case .missingExtern(let kind): externWords(kind, error.symbol ?? "the symbol")
        default: Words("the program cannot be used")
        }
    }

    private func externWords(_ kind: ExternSymbol.Kind, _ name: String) -> Words {
        let weak: Diagnostic.Hint = "declare it __weak and test it, if the program can do without"
        return switch kind {
        case .configuration:
            Words(
                "\(name) is not part of the kernel's configuration", "nor a name that loaders give a value to",
                next: weak)
        case .address:
            Words("the kernel has no symbol \(name)", "/proc/kallsyms does not list it", next: weak)
        case .variable:
            Words(
                "the kernel has no variable \(name)", "neither its BTF nor that of a loaded module knows one",
                next: weak)
        case .function:
            Words(
                "the kernel has no function \(name) for BPF programs",
                (KernelName.function(name).map { "kernels have it since \($0), and " } ?? "")
                    + "neither the BTF of this one nor that of a loaded module knows it",
                next: (KernelName.module(ofFunction: name).map { "\(.loadModule($0), "modprobe \($0)"), or " } ?? "")
                    + "declare it __weak and guard the call with bpf_ksym_exists(\(name)), if the program can do without"
            )
        }
    }

    /// At most eight names, for one line.
    static func enumerate(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }

    // MARK: - Relocations

    private func relocationWords(_ error: ObjectError) -> Words {
        let symbol = error.symbol.map { $0.isEmpty ? "a symbol without a name" : $0 } ?? "a symbol"
        return switch self {
        case .relocationOutside(let offset, let size):
            Words("a relocation is outside of the program", "it is at byte \(offset) of \(size)", next: Self.again)
        case .relocationMisaligned(let offset):
            Words("a relocation is not at an instruction", "byte \(offset) is not a multiple of 8", next: Self.again)
        case .relocationSymbol(let index, let count):
            Words("a relocation to nowhere", "it names symbol \(index), and there are \(count)", next: Self.again)
        case .relocationToNowhere:
            Words("a relocation to nowhere", "\(symbol) is in no section of the object", next: Self.again)
        case .relocationOfOther(let text):
            Words(
                "the instruction \"\(text)\" cannot be relocated to \(symbol)",
                "only 64-bit loads and calls can take an address", next: Self.again)
        case .relocationTwice:
            Words("an instruction has two relocations", "the second is to \(symbol)", next: Self.again)
        case .relocationToCommon:
            Words(
                "\(symbol) is an uninitialised global of no section",
                "the compiler left its place to a linker (SHN_COMMON)",
                next: "\(.compile("-fno-common"), "compile with -fno-common")")
        case .relocationToExtern:
            CLibrary.substitute(for: symbol).map {
                Words("\(symbol) is not defined in the object", CLibrary.cause, next: $0)
            }
                ?? Words(
                    "\(symbol) is not defined in the object",
                    "nor does its BTF declare it as something of the kernel (__ksym, __kconfig)",
                    next:
                        "define it in this file, or declare it with __ksym or __kconfig and \(.compile("-g"), "compile with -g")"
                )
        case .relocationToData(let section):
            Words(
                "the program uses \(symbol) in section \(section)", "which holds neither maps nor data nor code",
                next: "put data into .data, .rodata or .bss, or a section whose name begins so")
        case .relocationOutsideData(let offset, let section):
            Words(
                "the program uses \(symbol) outside of section \(section)", "at byte \(offset)", next: Self.again)
        case .relocationIntoMap(let offset):
            Words(
                "a relocation to section maps hits no map", "no map begins at byte \(offset)",
                next: "use maps only as &map, without an index or a member")
        default: Words("the relocation cannot be used")
        }
    }
}
