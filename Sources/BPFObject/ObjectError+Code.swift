// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension ObjectError.Reason {
    /// Whose mistake it is: the caller's, who asks for what is not there, or the object's.
    var stage: Diagnostic.Stage {
        switch self {
        case .map(let fault) where fault.isUsage: .arguments
        case .global, .noProgram, .otherType, .twoKinds, .unknownType: .arguments
        default: .object
        }
    }

    /// What the caller set wrong, if it is that.
    ///
    /// - Parameter symbol: The variable concerned.
    func setting(of symbol: String?) -> Diagnostic.Setting? {
        switch self {
        case .map(let fault): fault.setting
        case .global: Diagnostic.Setting(.variable, symbol)
        default: nil
        }
    }

    /// The code of the reason.
    var code: Diagnostic.Code {
        switch self {
        case .empty, .notELF: .objectNotELF
        case .unsupportedClass, .unsupportedType, .otherMachine: .objectNotBPF
        case .truncated, .unknownByteOrder, .unsupportedVersion, .tooMany, .outOfBounds, .overlap, .entrySize, .badLink,
            .library:
            .objectDamaged
        case .codeSize, .functionPlace, .functionOverlap, .halfWideLoad, .callIntoFunction, .callOfData: .objectDamaged
        case .compressed: .objectCompressed
        case .foreignByteOrder: .objectByteOrder
        case .licenseTooLong: .licenseTooLong
        case .versionSize: .versionSection
        case .noDescriptor: .mapNotCreated
        case .noSection: .sectionUnknown
        case .noProgram: .programUnknown
        case .otherType: .targetOfOtherType
        case .twoKinds: .targetConflict
        case .unknownType: .programTypeUnknown
        case .foreignDescriptor: .mapByNumber
        case .noAttachTarget: .sectionNamesNoTarget
        case .missingAttachTarget: .noSuchTarget
        case .missingExtern(let kind): kind.codeIfMissing
        case .fieldRelocation(let error): error.diagnostic.code
        case .environment(let diagnostic): diagnostic.code
        case .map(let fault): fault.code
        case .global(let fault): fault.code
        case .configuration(let fault): fault.code
        case .mapsWithoutBytes, .mapsWithoutSymbols, .mapSize, .mapHole, .mapOverlap, .mapTail, .unknownMapMember,
            .mapName, .duplicateMap, .noInnerMap, .unknownInnerMap, .nestedMaps, .innerIndex, .innerKeySize:
            mapCode
        case .relocationOutside, .relocationMisaligned, .relocationSymbol, .relocationToNowhere, .relocationOfOther,
            .relocationTwice, .relocationOutsideData:
            .objectDamaged
        case .relocationToCommon, .relocationToExtern: .symbolUndefined
        case .relocationToData: .dataSectionUnknown
        case .relocationIntoMap: .mapOffset
        }
    }

    private var mapCode: Diagnostic.Code {
        switch self {
        case .mapOverlap: .objectDamaged
        case .unknownMapMember: .mapMemberUnknown
        case .mapName: .mapNameInvalid
        case .duplicateMap: .mapNameTwice
        case .noInnerMap, .unknownInnerMap: .innerMapUnknown
        case .nestedMaps: .innerMapNested
        case .innerIndex, .innerKeySize: .mapSlotInvalid
        default: .legacyMapsUnreadable
        }
    }
}

extension ExternSymbol.Kind {
    fileprivate var codeIfMissing: Diagnostic.Code {
        switch self {
        case .configuration: .kconfigMissing
        case .address: .kernelSymbolMissing
        case .variable: .kernelVariableMissing
        case .function: .kfuncMissing
        }
    }
}

extension MapFault {
    fileprivate var code: Diagnostic.Code {
        switch self {
        case .noTypes, .noVariables: .mapsWithoutTypes
        case .unknownMember: .mapMemberUnknown
        case .noSymbol, .notGlobal, .notStructure, .memberForm, .memberRange, .sizeConflict, .typeSize, .pinning,
            .valuesNotLast, .valuesOfType, .valueSize, .noType, .pinnedInner, .slotPlace, .slotTarget:
            .mapDeclaration
        case .valuesInInner: .innerMapNested
        case .slotIndex, .slotKeySize: .mapSlotInvalid
        case .dataSize: .dataTooLarge
        case .noArena, .severalArenas: .arenaCount
        case .noMap: .mapUnknown
        case .optionForm: .mapOptionForm
        case .fixedSize: .mapSizeFixed
        }
    }
}

extension GlobalFault {
    fileprivate var code: Diagnostic.Code {
        switch self {
        case .noTypes: .globalWithoutTypes
        case .unknown, .unknownMember, .notComposite, .index: .globalUnknown
        case .form, .value, .time, .range, .enumerator, .tooLong, .tooMany: .globalValue
        case .pointer, .type: .globalNotSettable
        }
    }
}

extension ConfigurationFault {
    fileprivate var code: Diagnostic.Code {
        switch self {
        case .type, .mismatch, .range: .kconfigType
        case .missing, .unknownFact: .kconfigMissing
        }
    }
}
