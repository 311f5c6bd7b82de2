// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject

/// What the running kernel can do, each found by doing it once, and only when it is asked for.
package final class KernelFeatures {
    /// Something that kernels came to know over time.
    package enum Feature: UInt32, Sendable, CaseIterable {
        /// Programs may address the value of an array (`BPF_PSEUDO_MAP_VALUE`, 5.2).
        case globalData
        /// Arrays may be mapped (`BPF_F_MMAPABLE`, 5.5).
        case mappableArrays
        /// BTF of functions and their prototypes (5.0).
        case functionTypes
        /// BTF of functions with global linkage (5.6).
        case globalFunctionTypes
        /// BTF of variables and sections (5.2).
        case sectionTypes
        /// BTF of floating-point numbers (5.13).
        case floatTypes
        /// Tags on declarations (5.16).
        case declarationTags
        /// Tags on types (5.17).
        case typeTags
        /// BTF of enumerations of 64 bits (6.0).
        case enum64Types
        /// Links of perf events, and so a cookie for programs on probes (5.15).
        case perfLinks
        /// Links of one program to many places of a file of user space (6.6).
        case multiUserProbes
        /// The same for all threads of one process (6.10, and fixed in some 6.6 to 6.9).
        case multiUserProbesOfProcesses
        /// Atomic operations other than an addition that gives nothing back (5.12).
        case atomicFetch
        /// Links of one program to many functions (5.18, with `CONFIG_FPROBE`).
        case multiProbes
        /// The same at the entry and at the return (6.10).
        case sessionProbes
        /// Links of one program to many functions by BTF (7.2).
        case multiTracing
    }

    /// A bit for each feature that was asked for, and for each that is there: a dictionary costs the runtime a search for
    /// the type of its keys when a tool starts.
    private var asked: UInt32 = 0
    private var there: UInt32 = 0

    /// Probes nothing yet.
    ///
    /// - Parameter known: What is not to be probed, since the answer is given.
    package init(known: KeyValuePairs<Feature, Bool> = [:]) {
        for (feature, answer) in known { note(feature, answer) }
    }

    /// Whether the kernel has a feature; false also where we may not try.
    package func has(_ feature: Feature) -> Bool {
        let bit: UInt32 = 1 << feature.rawValue
        if asked & bit != 0 { return there & bit != 0 }
        let answer = Self.probe(feature)
        note(feature, answer)
        return answer
    }

    private func note(_ feature: Feature, _ answer: Bool) {
        asked |= 1 << feature.rawValue
        if answer { there |= 1 << feature.rawValue }
    }

    private static func probe(_ feature: Feature) -> Bool {
        switch feature {
        case .globalData: return takesValueAddress()
        case .mappableArrays:
            let mappable: UInt32 = 1 << 10
            return (try? Map.create(.probe(valueSize: 4, flags: mappable))) != nil
        case .perfLinks: return knowsPerfLinks()
        case .atomicFetch: return takesFetchingAddition()
        case .multiUserProbes: return refusesPlace(process: nil) == .badFileDescriptor
        // A kernel with the fix looks at the number first: none is negative.
        case .multiUserProbesOfProcesses: return refusesPlace(process: -1) == .invalidArgument
        case .multiProbes: return takesMany(.traceKprobeMulti)
        case .sessionProbes: return takesMany(.traceKprobeSession)
        case .multiTracing: return takesManyTyped()
        default:
            guard let blob = types(for: feature) else { return false }
            return (try? BTFHandle.loadQuietly(blob)) != nil
        }
    }

    /// The smallest BTF that has what is asked for.
    private static func types(for feature: Feature) -> [UInt8]? {
        var builder = BTFBuilder()
        let int = builder.int("int", isSigned: true)
        switch feature {
        case .functionTypes, .globalFunctionTypes:
            let prototype = builder.prototype(returning: 0, [(name: "a", type: int)])
            _ = builder.function("f", type: prototype, linkage: feature == .functionTypes ? .static : .global)
        case .sectionTypes:
            let variable = builder.variable("x", type: int, linkage: .static)
            _ = builder.dataSection(".data", size: 4, [(variable: variable, offset: 0, size: 4)])
        case .floatTypes: _ = builder.float("float", size: 4)
        case .declarationTags:
            let variable = builder.variable("x", type: int, linkage: .static)
            _ = builder.declarationTag("tag", on: variable)
        case .typeTags:
            let tag = builder.typeTag("tag", on: int)
            _ = builder.pointer(to: tag)
        case .enum64Types: _ = builder.enumeration64("e", [(name: "e_0", bits: 0)])
        case .globalData, .mappableArrays, .perfLinks, .atomicFetch, .multiUserProbes, .multiUserProbesOfProcesses,
            .multiProbes, .sessionProbes, .multiTracing:
            return nil
        }
        return builder.build()
    }

    /// Loads a program that writes into the value of an array.
    private static func takesValueAddress() -> Bool {
        guard let map = try? Map.create(.probe(valueSize: 32)) else { return false }
        return load(
            [
                // r1 = the address of byte 16 of the value; *(u64 *)r1 = 42
                Instruction(
                    code: Instruction.wideLoadCode, destination: 1, source: Instruction.pseudoMapValue,
                    immediate: map.descriptor.rawValue),
                Instruction(code: 0, immediate: 16), Instruction(code: 0x7a, destination: 1, immediate: 42),
            ] + exit, type: 1) != nil  // BPF_PROG_TYPE_SOCKET_FILTER
    }

    /// Loads a program that adds to its own stack and gets the old value back.
    private static func takesFetchingAddition() -> Bool {
        load(
            [
                // r1 = 0; *(u64 *)(r10 - 8) = r1; r1 = atomic_fetch_add((u64 *)(r10 - 8), r1)
                Instruction(code: 0xb7, destination: 1),
                Instruction(code: 0x7b, destination: 10, source: 1, offset: -8),
                Instruction(code: 0xdb, destination: 10, source: 1, offset: -8, immediate: 1),
            ] + exit, type: 1) != nil  // BPF_PROG_TYPE_SOCKET_FILTER
    }

    /// Asks for a link of a bad event: a kernel that knows such links says so of the event.
    private static func knowsPerfLinks() -> Bool {
        // BPF_PROG_TYPE_TRACEPOINT
        guard let program = load(exit, type: 5) else { return false }
        do throws(Errno) {
            _ = try Links.create(program: program.descriptor.rawValue, perfEvent: -1)
            return true
        } catch {
            return error == .badFileDescriptor
        }
    }

    /// Asks for a link to a place of a directory: a kernel that knows such links says that it is no file.
    private static func refusesPlace(process: Int32?) -> Errno? {
        // BPF_PROG_TYPE_KPROBE
        guard let program = load(exit, type: 2, .traceUprobeMulti) else { return nil }
        do throws(Errno) {
            _ = try Links.create(
                program: program.descriptor.rawValue, attachType: .traceUprobeMulti,
                places: Links.UserPlaces(path: "/", offsets: [0], process: process))
            return nil
        } catch {
            return error
        }
    }

    /// Asks for a link to functions that are nowhere: a kernel that knows such links looks for them.
    private static func takesMany(_ attachType: AttachType) -> Bool {
        // BPF_PROG_TYPE_KPROBE
        guard let program = load(exit, type: 2, attachType) else { return false }
        return Links.takesMany(program: program.descriptor.rawValue, attachType: attachType)
    }

    /// The same of functions by BTF.
    private static func takesManyTyped() -> Bool {
        // BPF_PROG_TYPE_TRACING
        guard let program = load(exit, type: 26, .traceFentryMulti) else { return false }
        return Links.takesManyTyped(program: program.descriptor.rawValue)
    }

    /// The end of a program: `r0 = 0; exit`.
    private static let exit = [Instruction(code: 0xb7), Instruction(code: 0x95)]

    /// Loads a program without asking why it failed if it does.
    private static func load(
        _ instructions: [Instruction], type: UInt32, _ attachType: AttachType? = nil
    ) -> Program? {
        try? Program.loadQuietly(
            Program.Attributes(
                type: type, name: "", instructions: instructions, license: "GPL", kernelVersion: 0,
                expectedAttachType: attachType?.rawValue ?? 0))
    }
}

extension Map.Attributes {
    /// An array of one value.
    fileprivate static func probe(valueSize: UInt32, flags: UInt32 = 0) -> Map.Attributes {
        Map.Attributes(type: .array, keySize: 4, valueSize: valueSize, maxEntries: 1, flags: flags, name: "")
    }
}

extension KernelFeatures {
    /// What of BTF the kernel takes, asked only for what is used.
    func support(for used: BTFFeatures) -> KernelBTFSupport {
        let taken = BTFFeature.allCases.filter { feature in
            guard used.contains(feature) else { return false }
            return switch feature {
            case .functions: has(.functionTypes)
            case .globalFunctions: has(.globalFunctionTypes)
            case .dataSections: has(.sectionTypes)
            case .floats: has(.floatTypes)
            case .declarationTags: has(.declarationTags)
            case .typeTags: has(.typeTags)
            case .enum64: has(.enum64Types)
            // Names and sizes of kinds that few objects have: older kernels get what all take.
            case .questionMarkDataSections, .layout: false
            }
        }
        return BTFFeatures(taken)
    }
}
