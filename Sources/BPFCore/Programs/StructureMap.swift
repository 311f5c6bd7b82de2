// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// The map of a structure of functions.
enum StructureMap {
    /// `BPF_F_VTYPE_BTF_OBJ_FD`: the structure is one of a module (Linux 6.9).
    private static let moduleFlag: UInt32 = 1 << 15

    /// Creates the map of a structure of functions (`BPF_MAP_TYPE_STRUCT_OPS`), for a link where the kernel has that:
    /// ``Map/Info/flags`` tell.
    ///
    /// - Parameters:
    ///   - structure: The structure as this kernel has it.
    ///   - name: The map's name.
    ///   - types: The object's BTF, which the kernel wants to see; nil if it did not take that.
    ///   - module: The BTF of the module that has the structure; nil is the kernel's own.
    static func create(
        _ structure: StructureLayout, name: String, types: Int32?, module: Int32?
    ) throws(BPFError) -> Map {
        var attributes = Map.Attributes(
            type: .structOps, keySize: 4, valueSize: UInt32(truncatingIfNeeded: structure.value.count), maxEntries: 1,
            flags: module == nil ? Map.linkFlag : Map.linkFlag | moduleFlag, name: name, btf: types ?? 0)
        attributes.structureTypeID = structure.valueTypeID
        attributes.structureModule = module
        var hasAsked = false
        while true {
            do throws(BPFError) {
                return try Map.create(attributes)
            } catch {
                switch error.errno {
                // Kernels before 6.4 know no flag.
                case .invalidArgument where attributes.flags & Map.linkFlag != 0: attributes.flags &= ~Map.linkFlag
                case .notSupportedByKernel where !hasAsked:
                    hasAsked = true
                    letKernelReadItsTypes()
                default: throw lacksTypes(types, error)
                }
            }
        }
    }

    /// Loads the smallest program: older kernels read their own types then, and know no structures before.
    private static func letKernelReadItsTypes() {
        // BPF_PROG_TYPE_SOCKET_FILTER: r0 = 0; exit
        _ = try? Program.loadQuietly(
            Program.Attributes(
                type: 1, name: "", instructions: [Instruction(code: 0xb7), Instruction(code: 0x95)], license: "GPL",
                kernelVersion: 0))
    }

    private static func lacksTypes(_ types: Int32?, _ error: BPFError) -> BPFError {
        guard types == nil, error.errno != .notPermitted else { return error }
        var error = error
        error.diagnostic.cause = "it wants the object's types (BTF) for it, which it does not take"
        return error
    }
}
