// SPDX-License-Identifier: Apache-2.0

// Reads, compiles and runs an expression, as `--where` has it.
internal import Diagnostics
internal import BTF
import EventDecoding

/// The names that the inputs have; what they mean is of the context, which is there or not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let bytes = unsafe UnsafeBufferPointer(start: data, count: size)
    let text = unsafe String(decoding: bytes, as: UTF8.self)
    do throws(WhereError) {
        let program = try WhereExpression(parsing: text).compile(typeName: "event", names: ["pid", "comm"]) {
            ContextField(name: $0).map { .context($0) }
        }
        var context = EventContext()
        let event = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(bytes))
        _ = program.matches(event, context)
        (context.cpu, context.pid, context.tid, context.time) = (1, 2, 3, .max)
        context.map = "events"
        _ = program.matches(event, context)
    } catch {
        precondition(error.position.upperBound <= text.utf8.count)
        precondition(error.description.utf8.count < 4096)
    }
    return 0
}
