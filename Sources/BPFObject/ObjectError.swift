// SPDX-License-Identifier: Apache-2.0

package import BTF
public import Diagnostics

/// Why an object file cannot be read, or a program of it not be loaded.
public struct ObjectError: DiagnosticError, Equatable {
    /// What is wrong; the cases are stable to switch on, the texts that they carry are for people.
    ///
    /// What they carry lies elsewhere: each function of an object has room for an error, and hardly one has any.
    package indirect enum Reason: Sendable, Equatable {
        // The file

        /// The file has no bytes.
        case empty
        /// The file does not begin as ELF does; with what it is instead, if that shows.
        case notELF(String?)
        /// The file ends before a structure does.
        case truncated(String, end: UInt64, size: Int)
        /// `EI_DATA` is neither little-endian nor big-endian.
        case unknownByteOrder(UInt8)
        /// `EI_CLASS` is not 64-bit.
        case unsupportedClass(UInt8)
        /// `EI_VERSION` or `e_version` is not 1.
        case unsupportedVersion(UInt32)
        /// `e_type` is not `ET_REL`.
        case unsupportedType(UInt16)
        /// `e_machine` is neither `EM_BPF` nor `EM_NONE`.
        case otherMachine(UInt16)
        /// More of something than is read.
        case tooMany(String, count: UInt64, limit: Int)
        /// Something claims to lie where there is nothing.
        case outOfBounds(String, offset: UInt64, size: UInt64, limit: Int)
        /// Two parts of the file claim the same bytes.
        case overlap(String, String)
        /// A table's entries do not have the size that they have in 64-bit ELF.
        case entrySize(String, found: UInt64, expected: Int)
        /// A section number in the file leads to the wrong place.
        case badLink(String, what: String, index: UInt64)
        /// The section is compressed.
        case compressed
        /// libelf refused the file.
        case library(String)

        // License and version

        /// The license is longer than the kernel reads.
        case licenseTooLong(Int)
        /// The `version` section is not 4 bytes long.
        case versionSize(Int)

        // Maps

        /// The `maps` section has no bytes in the file (`SHT_NOBITS`).
        case mapsWithoutBytes(size: UInt64)
        /// There is a `maps` section without a symbol.
        case mapsWithoutSymbols(size: Int)
        /// The section's size or its symbols' do not fit any map definition; the size tried, if one came out.
        case mapSize(section: Int, symbols: Int, size: Int?)
        /// Bytes of the `maps` section belong to no symbol.
        case mapHole(size: Int, count: Int, end: Int)
        /// A map begins within another one.
        case mapOverlap(size: Int)
        /// A definition longer than any known one has more than zeros there; offsets in the definition.
        case mapTail(size: Int, known: Int, first: Int, last: Int)
        /// A member whose meaning is not known is not zero.
        case unknownMapMember(String)
        /// The kernel would refuse the map's name.
        case mapName(MapNameError.Reason)
        /// Two maps have one name.
        case duplicateMap(places: [String])
        /// A map of maps does not tell which map is like the inner ones.
        case noInnerMap
        /// No map has the `id` (or the index) that a map of maps names.
        case unknownInnerMap(UInt32)
        /// The inner map is a map of maps itself.
        case nestedMaps(inner: String)
        /// A slot beyond the outer map's entries.
        case innerIndex(UInt32, outer: String, entries: UInt32)
        /// The outer map's key is not the 4 bytes of an `inner_idx`.
        case innerKeySize(UInt32, outer: String)

        // Programs

        /// There is no such section; with those that hold programs.
        case noSection([String])
        /// The size of the section is not a multiple of 8.
        case codeSize(Int)
        /// A function (its name) does not begin at an instruction of the section, or ends beyond it.
        case functionPlace(String, UInt64)
        /// A function (its name) reaches into the next one.
        case functionOverlap(String)
        /// There is no program of that name; with those that there are.
        case noProgram(String, [String])
        /// A target that was given for the program takes programs of another type.
        case otherType(of: ProgramType, than: ProgramType, target: String)
        /// Two targets that were given for the program are of different kinds.
        case twoKinds(AttachTarget, AttachTarget)
        /// No programs are of that type.
        case unknownType(String)
        /// The program ends within a 64-bit load.
        case halfWideLoad
        /// A load names a descriptor or another object of the loading process by number.
        case foreignDescriptor(UInt8)
        /// A call or an address does not lead to the start of a function.
        case callIntoFunction
        /// A call of something that is no function.
        case callOfData
        /// The section (of that pattern) must name what the program is made for.
        case noAttachTarget(String)
        /// The kernel's BTF does not have what the program is made for.
        case missingAttachTarget(AttachTarget)
        /// The kernel has nothing of that name and kind, and the program cannot do without.
        case missingExtern(ExternSymbol.Kind)
        /// A CO-RE relocation cannot be resolved.
        case fieldRelocation(COREError)
        /// What the kernel at hand said to something that the object asks of it.
        case environment(Diagnostic)

        // Relocations

        /// The relocation is beyond the section.
        case relocationOutside(UInt64, size: Int)
        /// The relocation does not begin where an instruction does.
        case relocationMisaligned(UInt64)
        /// The relocation names a symbol that the table does not have.
        case relocationSymbol(Int, count: Int)
        /// The symbol is in no section.
        case relocationToNowhere
        /// The instruction is neither a 64-bit load nor a call.
        case relocationOfOther(String)
        /// Two relocations change one instruction.
        case relocationTwice
        /// The symbol is an uninitialised global (`SHN_COMMON`).
        case relocationToCommon
        /// The symbol is not defined in this object, nor declared as an extern in its BTF.
        case relocationToExtern
        /// The symbol is in a section (of that name) that is neither code nor maps nor data.
        case relocationToData(String)
        /// The symbol is outside of its section of data.
        case relocationOutsideData(Int64, section: String)
        /// The relocation does not lead to the start of a map.
        case relocationIntoMap(Int64)

        // Maps of `.maps`, data and the user's wishes for them

        /// Something is wrong with a map of `.maps`, a section of data, or an option about maps.
        case map(MapFault)
        /// A global variable cannot be set.
        case global(GlobalFault)
        /// The kernel's configuration does not give what the object asks of it.
        case configuration(ConfigurationFault)

        // Loading

        /// The object is for machines of another byte order.
        case foreignByteOrder(ByteOrder)
        /// No descriptor was given for a map that the program uses.
        case noDescriptor(map: Int)
    }

    /// What is wrong.
    package let reason: Reason
    /// The object's file name.
    public internal(set) var object: String?
    /// The section concerned.
    public internal(set) var section: String?
    /// The program concerned.
    public internal(set) var program: String?
    /// The map concerned.
    public internal(set) var map: String?
    /// The symbol concerned.
    public internal(set) var symbol: String?
    /// Bytes from the start of the file, or of the section if there is one.
    package internal(set) var offset: Int?
    /// The index of the instruction in its section.
    package internal(set) var instruction: Int?
    /// The source line of the instruction, if the object tells it.
    public internal(set) var source: Diagnostic.Label?

    package init(_ reason: Reason, section: String? = nil, offset: Int? = nil) {
        self.reason = reason
        self.section = section
        self.offset = offset
    }

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        var diagnostic = ownDiagnostic
        diagnostic.object = object
        diagnostic.section = section ?? diagnostic.section
        diagnostic.program = program ?? diagnostic.program
        diagnostic.map = map ?? diagnostic.map
        diagnostic.instruction = instruction ?? diagnostic.instruction
        diagnostic.source = source ?? diagnostic.source
        if let offset {
            diagnostic.details.append(
                section == nil ? "at byte \(offset) of the file" : "at byte \(offset) of the section")
        }
        return diagnostic
    }

    private var ownDiagnostic: Diagnostic {
        if case .environment(let diagnostic) = reason { return diagnostic }
        if case .fieldRelocation(let error) = reason { return error.diagnostic }
        let words = reason.words(self)
        var diagnostic = Diagnostic(
            reason.code, stage: reason.stage, words.message, cause: words.cause, details: words.details,
            nextStep: words.nextStep)
        diagnostic.setting = reason.setting(of: symbol)
        return diagnostic
    }
}
