// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// Global variables of the running programs: `.data` and `.bss` while they run, `.rodata` to read.
///
///     try programs.set("sampling", to: true)
///     let count = try programs.value(of: "count", as: UInt64.self)
extension BPFCollection {
    /// The value of a global variable as C writes it: `5`, `"bash"`, `{.x = 1, .y = 2}`.
    ///
    /// - Parameter variable: Its name; `.member` and `[index]` may follow.
    public func text(of variable: String) throws(BPFError) -> String {
        let part = try part(variable)
        return object.text(of: part, in: try bytes(of: part))
    }

    /// The value of a global variable as a Swift value of its size: a number, or a structure laid out as in C.
    ///
    /// - Parameters:
    ///   - variable: Its name; `.member` and `[index]` may follow.
    ///   - type: A type of as many bytes as the variable has.
    public func value<Value: BitwiseCopyable>(
        of variable: String, as type: Value.Type = Value.self
    ) throws(BPFError) -> Value {
        let part = try part(variable)
        let bytes = try bytes(of: part)
        guard part.size == MemoryLayout<Value>.size, let offset = part.offset, offset + part.size <= bytes.count else {
            throw BPFError(
                .mapElement, .globalTypeDiffers, "cannot read \(variable) as \(Value.self)",
                cause: part.offset == nil
                    ? "it is a bit-field: text(of:) reads it"
                    : "it is \(part.type), of \(part.size) bytes, and \(Value.self) has \(MemoryLayout<Value>.size)")
        }
        return Memory.value(bytes[offset..<(offset + part.size)])
    }

    /// Sets a global variable while the programs run; they see it at their next look.
    ///
    /// A number of 1, 2, 4 or 8 bytes changes at once; what is larger may be seen half old, half new.
    ///
    /// - Parameters:
    ///   - variable: Its name; `.member` and `[index]` may follow.
    ///   - value: A number, a Boolean, or a text for an array of `char`; others as `Object.set(_:)` reads them.
    /// - Throws: ``BPFError``; of a variable in `.rodata`, which is set before the load.
    public func set(_ variable: String, to value: some CustomStringConvertible) throws(BPFError) {
        let part = try part(variable)
        let old = try bytes(of: part)
        let new: [UInt8]
        do throws(ObjectError) {
            new = try object.set(part, to: "\(value)", in: old)
        } catch {
            throw error.asBPFError
        }
        guard object.maps[part.map].content?.isReadOnly != true else {
            throw BPFError(
                .mapElement, .globalConstant, "cannot set \(variable)",
                cause: "it is constant while programs run (.rodata, const volatile)",
                nextStep: "set it before the load: Object.set")
        }
        guard let map = try map(at: part.map) else { return }
        // The whole bytes that the part lies in.
        let start = part.offset ?? 0
        let end = part.offset.map { $0 + part.size } ?? new.count
        do throws(Errno) {
            try DataMapping.write(new, start..<min(end, new.count), instead: old, to: map)
        } catch {
            throw BPFError(.mapElement, .mapAccessFailed, errno: error, "cannot set \(variable)")
        }
    }

    private func part(_ variable: String) throws(BPFError) -> GlobalPart {
        do throws(ObjectError) { return try object.globalPart(variable) } catch { throw error.asBPFError }
    }

    private func bytes(of part: GlobalPart) throws(BPFError) -> [UInt8] {
        guard let bytes = try value(ofMap: part.map) else {
            throw BPFError(
                .mapElement, .globalNotLoaded, "cannot read \(part.path)",
                cause: "no program that is loaded uses its map")
        }
        return bytes
    }
}
