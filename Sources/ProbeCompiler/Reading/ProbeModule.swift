// SPDX-License-Identifier: Apache-2.0

/// What a module of probes declares, as the shell in C has it.
struct ProbeModule: Equatable {
    /// A function with a section.
    struct Program: Equatable {
        var name: String
        var symbol: String
        var section: String
        var place: SourcePlace
        /// What the function returns, as C has it.
        var result: String
        /// Whether it takes the context.
        var takesContext: Bool
    }

    /// A map: a global variable whose value is a constant definition.
    struct Map: Equatable {
        var name: String
        var symbol: String
        var definition: MapDefinition
        var place: SourcePlace
    }

    /// A global variable, or a setting that is constant once it is loaded.
    struct Variable: Equatable {
        var name: String
        var symbol: String
        var type: CType
        /// Its first value, as C initialises it.
        var value: String
        var isSetting: Bool
        /// Where it is declared, if the compiler has not handed on its first value: it is zero then.
        var lostAt: SourcePlace?
    }

    /// A structure or an enumeration of the kernel, of which something is asked.
    struct KernelType: Equatable {
        /// The name in Swift, and in C.
        var name: String
        var members: [CMember] = []
        /// The cases of an enumeration; none for a structure.
        var cases: [String] = []
    }

    /// A function that answers questions to a type of the kernel.
    struct Question: Equatable {
        var symbol: String
        var type: String
        /// The structure that a member is which is asked; nil where the member is of another type.
        var memberType: String?
    }

    /// The license, where the probe has one of its own.
    struct License: Equatable {
        var text: String
        var place: SourcePlace
    }

    var programs: [Program] = []
    var maps: [Map] = []
    var variables: [Variable] = []
    /// The declarations of the types that maps and variables have, in an order that C takes.
    var declarations: [CDeclaration] = []
    /// Headers of C that types come from.
    var headers: [String] = []
    var kernelTypes: [KernelType] = []
    var questions: [Question] = []
    /// nil is the GPL.
    var license: License?
}

/// What a map is: the stored properties of `MapDefinition` of BPFKit, in their order, and the types of its elements.
struct MapDefinition: Equatable {
    var kind: UInt32
    var keySize: UInt32
    var valueSize: UInt32
    var maxEntries: UInt32
    var flags: UInt32
    var pinning: UInt32
    /// The types of its keys and values, or of its events.
    var types: [CType] = []
    /// What the maps in a map of maps are.
    var inner: [MapDefinition] = []

    /// The numbers of a definition.
    static let numbers = 6

    /// - Returns: nil if the numbers are not as many as a definition has, or one and that of the maps in it.
    init?(_ numbers: [UInt32]) {
        guard numbers.count == Self.numbers || numbers.count == 2 * Self.numbers else { return nil }
        kind = numbers[0]
        keySize = numbers[1]
        valueSize = numbers[2]
        maxEntries = numbers[3]
        flags = numbers[4]
        pinning = numbers[5]
        if numbers.count > Self.numbers { inner = MapDefinition(Array(numbers[Self.numbers...])).map { [$0] } ?? [] }
    }
}

/// A type as C declares it.
struct CType: Equatable {
    /// The declaration, with `%` where the name goes.
    var declaration: String
    /// In bytes, without what pads it to its stride.
    var size: Int
    var alignment: Int
    /// How it is printed: a tag of the declaration (`btf_decl_tag`), such as `fmt:uid`.
    var tag: String?

    /// The declaration of a member, with its tag.
    func declaringMember(_ name: String) -> String {
        declaring(name) + (tag.map { " __attribute__((btf_decl_tag(\"\($0)\")))" } ?? "")
    }

    /// The declaration of a name.
    func declaring(_ name: String) -> String { declaration.replacing("%", with: name) }

    /// The declaration of a pointer to it.
    func pointing(_ name: String) -> String {
        declaration.contains("[") || declaration.contains("*") ? declaring("(*\(name))") : declaring("*\(name)")
    }

    /// The structure that it is: `task_struct` of `struct task_struct %`; nil for other types, arrays among them.
    var structure: String? {
        declaration.hasPrefix("struct ") && declaration.hasSuffix(" %")
            ? String(declaration.dropFirst("struct ".count).dropLast(2)) : nil
    }

    /// What an array of it takes for each element.
    var stride: Int { max((size + alignment - 1) / alignment * alignment, 1) }
}

/// A member of a structure, and where Swift has it.
struct CMember: Equatable {
    var name: String
    var type: CType
    var offset: Int
}

/// A type that is declared in the shell.
enum CDeclaration: Equatable {
    case structure(name: String, members: [CMember], size: Int)
    /// The cases by their names in C.
    case enumeration(name: String, cases: [String])
}
