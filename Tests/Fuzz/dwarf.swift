// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import EventTypes

/// Asks any bytes, as an object with debug information, what its events are; nothing may trap, and what comes out must
/// be whole.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDWARF(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    do throws(ObjectError) {
        let object = try Object(parsing: bytes, name: "fuzzed.o")
        for events in object.events() {
            precondition(!events.types.isEmpty || !events.notes.isEmpty)
            for note in events.notes { precondition(!note.isEmpty) }
            for type in events.types {
                precondition(!type.note(map: events.map).isEmpty)
                check(type.schema)
            }
        }
        for name in ["struct event", "event_t", "u32"] {
            do throws(EventSchemaError) {
                check(try object.eventSchema(named: name))
            } catch {
                precondition(!error.diagnostic.message.isEmpty)
            }
        }
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}

/// What is given out can be read again and has the size that it says.
private func check(_ schema: EventSchema) {
    do throws(BTFError) {
        let types = try BTF(parsing: schema.btf)
        precondition(types.size(of: schema.typeID) == schema.size)
    } catch {
        preconditionFailure(error.description)
    }
}
