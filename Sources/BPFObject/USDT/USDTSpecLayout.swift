// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// How the programs of an object read where the arguments of a static tracepoint are: the values of its map
/// `__bpf_usdt_specs`, which the header `usdt.bpf.h` of libbpf declares.
///
/// The places of the members are those of the object's own types, so that objects of all versions of the header run.
package struct USDTSpecLayout: Sendable, Equatable {
    /// A member: where its bits begin, and how many there are.
    struct Member: Sendable, Equatable {
        var bit: Int
        var bits: Int
    }

    /// The map of the places of arguments, an array.
    package static let specsMap = "__bpf_usdt_specs"
    /// The map from the address of a probe to the slot of the other map, for kernels without cookies.
    package static let addressesMap = "__bpf_usdt_ip_to_spec_id"

    /// Bytes of a value of the map.
    package private(set) var size = 208
    /// Arguments that a value has room for.
    package private(set) var argumentCount = 12
    private var argumentSize = 16
    private var arguments = 0
    private var cookie = Member(bit: 192 * 8, bits: 64)
    private var count = Member(bit: 200 * 8, bits: 16)
    private var value = Member(bit: 0, bits: 64)
    private var kind = Member(bit: 64, bits: 32)
    private var register = Member(bit: 96, bits: 16)
    private var isSigned = Member(bit: 112, bits: 8)
    private var shift = Member(bit: 120, bits: 8)
    private var index: Member?
    private var scale: Member?
    private var scaleIsFactor = false

    /// The layout of libbpf 0.8 to 1.6.
    init() {}

    /// Whether programs can add a register that is multiplied (libbpf 1.7).
    package var takesIndex: Bool { index != nil && scale != nil }

    /// The layout that the types of an object tell.
    ///
    /// - Parameters:
    ///   - types: Its BTF.
    ///   - id: The type of the map's values.
    init?(_ types: BTF, valueType id: Int) {
        guard let structure = types.resolved(id), structure.kind == .structure else { return nil }
        self.init()
        size = structure.sizeOrType
        guard size > 0, size <= 65_536, let arguments = Self.member("args", of: structure, types),
            let type = types.resolved(arguments.type), let array = types.array(of: type), array.count > 0,
            let argument = types.resolved(array.element), argument.kind == .structure,
            let count = Self.member("arg_cnt", of: structure, types)
        else { return nil }
        self.arguments = arguments.member.bit / 8
        argumentSize = argument.sizeOrType
        argumentCount = min(array.count, size / max(1, argumentSize))
        self.count = count.member
        cookie = Self.member("usdt_cookie", of: structure, types)?.member ?? Member(bit: 0, bits: 0)
        guard let value = Self.member("val_off", of: argument, types),
            let kind = Self.member("arg_type", of: argument, types),
            let register = Self.member("reg_off", of: argument, types),
            let isSigned = Self.member("arg_signed", of: argument, types),
            let shift = Self.member("arg_bitshift", of: argument, types)
        else { return nil }
        (self.value, self.kind, self.register) = (value.member, kind.member, register.member)
        (self.isSigned, self.shift) = (isSigned.member, shift.member)
        index = Self.member("idx_reg_off", of: argument, types)?.member
        scale = Self.member("scale_bitshift", of: argument, types)?.member
        if scale == nil, let factor = Self.member("scale", of: argument, types) {
            scale = factor.member
            scaleIsFactor = true
        }
    }

    private static func member(
        _ name: String, of structure: BTFType, _ types: BTF
    ) -> (member: Member, type: Int)? {
        for member in types.members(of: structure) where types.string(member.nameOffset) == name {
            let bits = member.bitSize > 0 ? member.bitSize : (types.size(of: member.type) ?? 0) * 8
            return (Member(bit: member.bitOffset, bits: bits), member.type)
        }
        return nil
    }

    /// Why programs of this object do not get an argument that others would; nil if they do.
    ///
    /// - Parameter number: Which of the tracepoint's arguments it is.
    package func lack(of argument: USDTArgument, number: Int) -> String? {
        if number >= argumentCount { return "the object's \(Self.specsMap) has room for \(argumentCount) arguments" }
        guard case .indexed = argument.place, !takesIndex else { return nil }
        return "it takes a register that is multiplied, which the object's usdt.bpf.h does not know (libbpf 1.7)"
    }

    /// A value of the map for a tracepoint.
    ///
    /// An argument that programs cannot read is there, and reading it fails.
    ///
    /// - Parameters:
    ///   - arguments: Those beyond ``argumentCount`` are left out.
    ///   - cookie: What `bpf_usdt_cookie` gives.
    package func encoded(_ arguments: [USDTArgument], cookie: UInt64 = 0) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        for (number, argument) in arguments.prefix(argumentCount).enumerated() {
            let base = (self.arguments + number * argumentSize) * 8
            put(UInt64(64 - argument.size * 8), shift, base, &bytes)
            put(argument.isSigned ? 1 : 0, isSigned, base, &bytes)
            put(argument.place, base, &bytes)
        }
        put(cookie, self.cookie, 0, &bytes)
        put(UInt64(min(arguments.count, argumentCount)), count, 0, &bytes)
        return bytes
    }

    private func put(_ place: USDTArgument.Place, _ base: Int, _ bytes: inout [UInt8]) {
        switch place {
        case .constant(let number):
            put(UInt64(bitPattern: number), value, base, &bytes)
            put(0, kind, base, &bytes)
        case .register(let name):
            put(UInt64(name.offset), register, base, &bytes)
            put(1, kind, base, &bytes)
        case .memory(let name, let displacement):
            put(UInt64(bitPattern: displacement), value, base, &bytes)
            put(UInt64(name.offset), register, base, &bytes)
            put(2, kind, base, &bytes)
        case .indexed(let name, let other, let bits, let displacement):
            guard let index, let scale else {
                put(Self.unreadable, kind, base, &bytes)
                return
            }
            put(UInt64(bitPattern: displacement), value, base, &bytes)
            put(UInt64(name.offset), register, base, &bytes)
            put(UInt64(other.offset), index, base, &bytes)
            put(UInt64(scaleIsFactor ? 1 << bits : bits), scale, base, &bytes)
            put(3, kind, base, &bytes)
        case .variable, .unreadable: put(Self.unreadable, kind, base, &bytes)
        }
    }

    /// A kind that no version of the header has: reading the argument gives `-EINVAL`.
    private static let unreadable: UInt64 = 0xff

    /// Objects are of the byte order of the machine, and every machine that is traced here is little-endian.
    private func put(_ number: UInt64, _ member: Member, _ base: Int, _ bytes: inout [UInt8]) {
        for bit in 0..<min(64, member.bits) where number >> UInt64(bit) & 1 != 0 {
            let place = base + member.bit + bit
            guard place >= 0, place / 8 < bytes.count else { return }
            bytes[place / 8] |= 1 << UInt8(place % 8)
        }
    }
}

extension Object {
    /// How the programs read where arguments of static tracepoints are; nil if the object has no map for it.
    package var tracepointSpecs: USDTSpecLayout? {
        guard let map = maps.first(where: { $0.name == USDTSpecLayout.specsMap }) else { return nil }
        if let types = typeInfo.types, let layout = USDTSpecLayout(types, valueType: map.valueTypeID),
            layout.size == map.valueSize
        {
            return layout
        }
        let usual = USDTSpecLayout()
        return map.valueSize == UInt32(usual.size) ? usual : nil
    }
}
