// SPDX-License-Identifier: Apache-2.0

public import BTF

extension EventSchema {
    /// Reads what an event is from C: `struct { short idx; short cmd; u32 cpu; u64 time; }`.
    ///
    /// Several declarations may come before: the last structure or union that is defined outside of others is the event,
    /// or the last typedef of one. `u32`, `__be16`, `pid_t`, `uint64_t` and the like are known without an `#include`, whose
    /// lines are skipped. Members have the places that clang gives them for BPF, where `char` has a sign, pointers and
    /// `long` have 64 bits; the BTF has the byte order of this machine.
    ///
    /// - Parameter text: Declarations, as a header of events has them; `#define NAME VALUE`, `#ifdef` and comments may be
    ///   among them, functions and values of variables not. Not trusted: at most 1 MiB of text, 32 levels of nesting,
    ///   and time in proportion to the text.
    /// - Throws: An error that tells the line, the column, and what was meant if that can be told.
    public static func layout(_ text: String) throws(LayoutError) -> EventSchema {
        let bytes = Array(text.utf8)
        do throws(LayoutFault) {
            let (type, blob) = try LayoutParser.event(of: bytes)
            let (btf, typeID) = try cut(type, blob)
            return EventSchema(name: type.words, btf: btf, typeID: typeID, size: type.size)
        } catch {
            throw LayoutError(error, in: bytes)
        }
    }

    /// Cuts out of what a text defines what the event needs.
    private static func cut(_ type: LayoutType, _ blob: [UInt8]) throws(LayoutFault) -> (btf: [UInt8], typeID: Int) {
        do {
            let (bytes, root) = try BTFPruner.prune(BTF(parsing: blob), to: type.id)
            return (bytes, root)
        } catch {
            // Of types that were made here only their number can be too large.
            throw LayoutFault(.tooManyWords(limit: Limits.layoutTokens), 0..<0)
        }
    }
}
