// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF
internal import Diagnostics

/// What the variables of a function say of what it sends.
extension TypeInference {
    /// The type of the variable at the place of the frame that is sent, where only its head is.
    ///
    /// Variables that are not in use at once may have one place: of several that could be sent none is known.
    func placed(
        _ emission: Emission, at place: Int, _ own: [DWARF.Variable], _ name: String, _ dwarf: DWARF
    ) throws(EventFault) -> Finding? {
        let depths = depths[emission.function] ?? []
        func heads(_ variables: [DWARF.Variable]) throws(EventFault) -> (
            whole: [TypeCandidates.Candidate], heads: [TypeCandidates.Candidate], findings: [Finding]
        ) {
            let there = variables.filter { TypeCandidates.isAt($0.place, frame: place, depths: depths) }
            let whole = emission.size.map { TypeCandidates.values(there, size: $0, dwarf).distinct } ?? []
            var heads: [TypeCandidates.Candidate] = []
            var findings: [Finding] = []
            for candidate in TypeCandidates.largerValues(there, than: emission.size ?? 0, dwarf).distinct {
                let schema = try schemas.schema(of: candidate.type, dwarf)
                do throws(EventFault) {
                    findings.append(try part(emission, of: schema, .place))
                    heads.append(candidate)
                } catch {
                    // What is cut within a member is not sent as a head.
                    continue
                }
            }
            return (whole, heads, findings)
        }
        var found = try heads(own)
        guard !found.heads.isEmpty else { return nil }
        if found.whole.count + found.heads.count > 1 {
            // Only what is in scope at the call can be sent there.
            let function = object.functions[emission.function]
            let call = UInt64(function.start + emission.instruction) * UInt64(Instruction.size)
            let inScope = try heads(own.filter { $0.scope?.contains(call) ?? true })
            if inScope.whole.count + inScope.heads.count > 0 { found = inScope }
        }
        _ = try Self.only(found.whole + found.heads, name, dwarf)
        return found.findings.first
    }

    /// The type that the variable points to which holds the address of the event.
    ///
    /// - Returns: What was found, and the types of pointers that are seen to hold another address.
    func pointedTo(
        _ emission: Emission, _ own: [DWARF.Variable], _ name: String, _ dwarf: DWARF
    ) throws(EventFault) -> (finding: Finding?, elsewhere: Set<String>) {
        let function = object.functions[emission.function]
        let targets = jumpTargets[emission.function] ?? []
        let holders = AddressHolders(emission, in: function) { targets.contains($0) }
        var holding: [DWARF.Variable] = []
        var others: [DWARF.Variable] = []
        var unknown: [DWARF.Variable] = []
        for variable in own {
            switch holders.holds(variable) {
            case true?: holding.append(variable)
            case false?: others.append(variable)
            case nil: unknown.append(variable)
            }
        }
        let size = emission.size
        func identities(_ candidates: TypeCandidates) -> Set<String> { Set(candidates.distinct.map(\.identity)) }
        let elsewhere = identities(TypeCandidates.targets(others, size: size, dwarf))
            .subtracting(identities(TypeCandidates.targets(unknown, size: size, dwarf)))
        // Calls that the compiler made one have the variables of one of them only: the others' places are not told.
        let may = holding + unknown
        var all = size.map { TypeCandidates.targets(may, size: $0, dwarf).distinct } ?? []
        var findings: [String: Finding] = [:]
        for candidate in TypeCandidates.largerTargets(may, than: size ?? 0, dwarf).distinct {
            do throws(EventFault) {
                let schema = try schemas.schema(of: candidate.type, dwarf)
                findings[candidate.identity] = try part(emission, of: schema, .pointer)
                all.append(candidate)
            } catch {
                // What is cut within a member is not sent as a head.
                continue
            }
        }
        let proven = identities(size.map { TypeCandidates.targets(holding, size: $0, dwarf) } ?? TypeCandidates())
            .union(identities(TypeCandidates.largerTargets(holding, than: size ?? 0, dwarf)))
        guard all.contains(where: { proven.contains($0.identity) }), let only = try Self.only(all, name, dwarf),
            only.isComposite
        else { return (nil, elsewhere) }
        if let finding = findings[only.identity] { return (finding, elsewhere) }
        return (try part(emission, of: try schemas.schema(of: only.type, dwarf), .pointer), elsewhere)
    }

    func candidates(
        _ emission: Emission, _ own: [DWARF.Variable], isKnown: Bool, _ dwarf: DWARF
    ) -> (TypeCandidates, EventEvidence.Source) {
        let size = emission.size
        if case .frame(let offset) = emission.data, isKnown {
            let values = TypeCandidates.values(own, size: size, dwarf)
            guard let offset else { return (values, .function) }
            let there = values.at(frame: offset, depths: depths[emission.function] ?? [])
            return (there, values.distinct.count > there.distinct.count ? .place : .function)
        }
        let locals = TypeCandidates.targets(own.filter { !$0.isParameter }, size: size, dwarf)
        // Only what comes from elsewhere may be what another function has.
        guard locals.isEmpty, emission.data == .elsewhere, let size else { return (locals, .function) }
        let parameters = TypeCandidates.targets(own.filter(\.isParameter), size: size, dwarf)
        // Small structures have any size by chance.
        guard parameters.isEmpty, size > Self.largestByChance else { return (parameters, .function) }
        return (TypeCandidates.values(dwarf.variables(), size: size, dwarf), .object)
    }

    private static let largestByChance = 8
}
