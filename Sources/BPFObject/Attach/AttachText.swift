// SPDX-License-Identifier: Apache-2.0

/// What happens to functions.
enum FunctionEvent {
    /// Two modules may have functions of one name.
    static func words(_ function: String, of module: String?, isReturn: Bool) -> String {
        (isReturn ? "the return of " : "calls of ") + (module.map { $0 + ":" } ?? "") + function
    }
}

/// How kinds read what stands behind the slash of a section's name.
extension Substring {
    /// A name of letters, digits, `_` and `other`: it goes into calls and paths of the kernel.
    ///
    /// - Parameters:
    ///   - other: One more byte that it may have.
    ///   - start: Where it begins in the whole text, for the place of what is wrong.
    func attachName(besides other: UInt8? = nil, at start: Int = 0) throws(AttachTargetError.Reason) -> String {
        for (index, byte) in utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                continue
            default: guard byte == other else { throw .character(at: start + index) }
            }
        }
        // The longest name that is passed on (`KSYM_NAME_LEN` less the NUL).
        let limit = ProbeTarget.longestSymbol
        guard utf8.count <= limit else { throw .tooLong(bytes: utf8.count, limit: limit) }
        return String(self)
    }

    /// A name or a path that others have chosen: it is printed as it is, so that it has nothing that a terminal obeys.
    ///
    /// - Parameter isPath: Whether it is a path from the root on.
    func attachPlainText(isPath: Bool = false) throws(AttachTargetError.Reason) -> String {
        if let bad = utf8.enumerated().first(where: { !(0x20..<0x7f).contains($0.element) }) {
            throw .character(at: bad.offset)
        }
        guard utf8.count < 4096 else { throw .tooLong(bytes: utf8.count, limit: 4095) }
        guard !isEmpty, !isPath || utf8.first == UInt8(ascii: "/") else {
            throw .form("\"\(self)\" is no path from the root on")
        }
        return String(self)
    }

    /// A function of the kernel, `[MODULE:]NAME[@COPY][+OFFSET]`.
    func attachFunction(isReturn: Bool = false) throws(AttachTargetError.Reason) -> ProbeTarget {
        do throws(ProbeTargetError) {
            return try ProbeTarget(parsing: String(self), isReturn: isReturn)
        } catch {
            throw .probe(error)
        }
    }

    /// A function as a whole, `[MODULE:]NAME`: BTF knows no offsets and no copies.
    func attachWholeFunction() throws(AttachTargetError.Reason) -> (module: String?, name: String) {
        let place = try attachFunction()
        let marks = [UInt8(ascii: "+"), UInt8(ascii: "@")]
        if let mark = utf8.enumerated().first(where: { marks.contains($0.element) }) {
            throw .character(at: mark.offset)
        }
        return (place.module, place.symbol)
    }
}
