// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import Diagnostics

extension Object {
    /// Reads an object file.
    ///
    /// - Parameters:
    ///   - path: The file, or a pipe.
    ///   - mapLayout: How to read a legacy `maps` section whose bytes have two meanings.
    /// - Throws: `BPFError` of the operation `readObject`.
    public init(contentsOf path: String, mapLayout: MapLayoutChoice = .automatic) throws(BPFError) {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try KernelFile.bytes(path, limit: 256 << 20)
        } catch {
            throw BPFError(.readObject, always: .objectUnreadable, errno: error, "cannot read \(path)")
        }
        do throws(ObjectError) {
            self = try Object(parsing: bytes, name: path, mapLayout: mapLayout)
            try checkByteOrder()
        } catch {
            throw error.asBPFError
        }
    }

    /// Gives a global variable another value, before the object is loaded.
    ///
    /// - Parameters:
    ///   - variable: Its name; `.member` and `[index]` may follow.
    ///   - value: A number, a Boolean, or a text for an array of `char`; others as ``set(_:)`` reads them.
    /// - Throws: `BPFError` that names the variable, what it can hold, and those of a similar name.
    public mutating func set(_ variable: String, to value: some CustomStringConvertible) throws(BPFError) {
        do throws(ObjectError) {
            try set("\(variable)=\(value)")
        } catch {
            throw error.asBPFError
        }
    }
}
