// SPDX-License-Identifier: Apache-2.0

/// Numbers of the DWARF standard (version 5, section 7) that the reader needs.
enum DW {
    /// `DW_TAG_*`: what an entry is.
    enum Tag {
        static let arrayType: UInt16 = 0x01
        static let classType: UInt16 = 0x02
        static let enumerationType: UInt16 = 0x04
        static let formalParameter: UInt16 = 0x05
        static let member: UInt16 = 0x0d
        static let pointerType: UInt16 = 0x0f
        static let lexicalBlock: UInt16 = 0x0b
        static let structureType: UInt16 = 0x13
        static let subroutineType: UInt16 = 0x15
        static let typedef: UInt16 = 0x16
        static let unionType: UInt16 = 0x17
        static let inheritance: UInt16 = 0x1c
        static let inlinedSubroutine: UInt16 = 0x1d
        static let subrangeType: UInt16 = 0x21
        static let baseType: UInt16 = 0x24
        static let constType: UInt16 = 0x26
        static let enumerator: UInt16 = 0x28
        static let subprogram: UInt16 = 0x2e
        static let variantPart: UInt16 = 0x33
        static let variable: UInt16 = 0x34
        static let volatileType: UInt16 = 0x35
        static let restrictType: UInt16 = 0x37
        static let unspecifiedType: UInt16 = 0x3b
        static let atomicType: UInt16 = 0x47
        /// `DW_TAG_LLVM_annotation`: a tag of a declaration (`btf_decl_tag`).
        static let annotation: UInt16 = 0x6000
    }

    /// `DW_AT_*`: what an attribute tells.
    enum Attribute {
        static let location: UInt16 = 0x02
        static let name: UInt16 = 0x03
        static let byteSize: UInt16 = 0x0b
        static let bitOffset: UInt16 = 0x0c
        static let bitSize: UInt16 = 0x0d
        static let lowPC: UInt16 = 0x11
        static let highPC: UInt16 = 0x12
        static let constantValue: UInt16 = 0x1c
        static let upperBound: UInt16 = 0x2f
        static let abstractOrigin: UInt16 = 0x31
        static let count: UInt16 = 0x37
        static let memberLocation: UInt16 = 0x38
        static let declaration: UInt16 = 0x3c
        static let encoding: UInt16 = 0x3e
        static let specification: UInt16 = 0x47
        static let type: UInt16 = 0x49
        static let ranges: UInt16 = 0x55
        static let signature: UInt16 = 0x69
        static let dataBitOffset: UInt16 = 0x6b
        static let linkageName: UInt16 = 0x6e
        static let stringOffsetsBase: UInt16 = 0x72
        static let addressBase: UInt16 = 0x73
        static let locationListsBase: UInt16 = 0x8c
    }

    /// `DW_ATE_*`: how the bits of a base type are meant.
    enum Encoding {
        static let boolean: UInt64 = 0x02
        static let complexFloat: UInt64 = 0x03
        static let float: UInt64 = 0x04
        static let signed: UInt64 = 0x05
        static let signedCharacter: UInt64 = 0x06
        static let unsigned: UInt64 = 0x07
        static let unsignedCharacter: UInt64 = 0x08
        static let utf: UInt64 = 0x10
    }

    /// `DW_OP_*`: how expressions of places begin.
    enum Operation {
        static let address: UInt8 = 0x03
        static let addUnsigned: UInt8 = 0x23
        /// `DW_OP_reg0` to `DW_OP_reg9`.
        static let registers: ClosedRange<UInt8> = 0x50...0x59
        /// `DW_OP_breg10`: bytes from the frame pointer.
        static let framePointer: UInt8 = 0x7a
        static let frameBase: UInt8 = 0x91
        static let addressIndex: UInt8 = 0xa1
    }

    /// `DW_UT_*`: what a unit of version 5 is.
    enum Unit {
        static let type: UInt8 = 0x02
        static let skeleton: UInt8 = 0x04
        static let splitCompile: UInt8 = 0x05
        static let splitType: UInt8 = 0x06
    }
}
