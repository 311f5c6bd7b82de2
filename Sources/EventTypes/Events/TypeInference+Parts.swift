// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF
internal import Diagnostics

/// What of a type is sent.
extension TypeInference {
    /// What of a type is sent: all of it, the structure that it begins with, or its head.
    static func part(
        _ emission: Emission, of type: BTFType, id: Int, _ types: BTF
    ) throws(EventFault) -> (id: Int, sent: ClosedRange<Int>?) {
        let whole = types.size(of: id) ?? 0
        guard let size = emission.size else {
            return (id, EventHead.fixed(of: type, least: emission.least, types).map { $0...whole })
        }
        guard size != whole else { return (id, nil) }
        if let first = EventHead.first(of: type, size: size, types) { return (first, nil) }
        guard size < whole, EventHead.ends(at: size, of: type, types) else {
            throw EventFault(words: "they are \(size) bytes of \(types.spelling(of: id)), which has \(whole)")
        }
        return (id, size...size)
    }

    func part(
        _ emission: Emission, of schema: EventSchema, _ source: EventEvidence.Source
    ) throws(EventFault) -> Finding {
        guard emission.size != schema.size else { return Finding(schema: schema, sent: nil, source: source) }
        let types: BTF
        do throws(BTFError) { types = try BTF(parsing: schema.btf) } catch { throw EventFault(words: "\(error)") }
        guard let type = types.resolved(schema.typeID) else {
            return Finding(schema: schema, sent: nil, source: source)
        }
        let (id, sent) = try Self.part(emission, of: type, id: schema.typeID, types)
        guard id != schema.typeID else { return Finding(schema: schema, sent: sent, source: source) }
        do throws(EventSchemaError) {
            return Finding(schema: try EventSchema.schema(ofType: id, in: types), sent: sent, source: source)
        } catch {
            throw EventFault(words: error.diagnostic.message)
        }
    }
}
