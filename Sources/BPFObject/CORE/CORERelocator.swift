// SPDX-License-Identifier: Apache-2.0

package import BTF

/// Resolves the CO-RE relocations of one object, and changes its instructions to fit the kernel.
///
/// What was found once is remembered: the candidates of each type, and the answer to each question.
package struct CORERelocator {
    private struct Question: Hashable {
        let type: Int
        let access: String
        let kind: CORERelocation.Kind
    }

    /// A type of the kernel, in its own BTF.
    private struct Candidate {
        let types: BTF
        let id: Int
    }

    /// What a local type was found to be in the kernel.
    private struct Candidates {
        var types: [Candidate] = []
        /// There is a forward declaration of the name.
        var isDeclared = false
    }

    private let local: BTF
    private let targets: any RelocationTargets
    private var kernel: BTFNameIndex?
    private var modules: [BTFNameIndex]?
    private var candidates: [Int: Candidates] = [:]
    private var answers: [Question: COREResolution] = [:]
    private var stepsLeft: Int

    /// Creates a relocator for an object.
    ///
    /// - Parameters:
    ///   - local: The object's own BTF.
    ///   - targets: Where the kernel's types come from; asked when the first relocation needs them.
    package init(local: BTF, targets: any RelocationTargets) {
        self.init(local: local, targets: targets, steps: Limits.typeComparisons)
    }

    /// The same with another bound on what may be compared.
    init(local: BTF, targets: any RelocationTargets, steps: Int) {
        self.local = local
        self.targets = targets
        stepsLeft = steps
    }

    /// Resolves a relocation and changes its instruction, both halves of a 64-bit load.
    ///
    /// - Parameters:
    ///   - relocation: A relocation of the object.
    ///   - code: The code of a function or of a whole program.
    ///   - index: Where the instruction is in the code, which need not be where it is in its section.
    package mutating func apply(
        _ relocation: CORERelocation, to code: inout [Instruction], at index: Int
    ) throws(COREError) -> COREOutcome {
        guard code.indices.contains(index) else {
            throw COREError(.outside(index: index, count: code.count), instruction: relocation.instruction)
        }
        let resolution = try resolve(relocation)
        guard let new = resolution.new else {
            COREPatch.poison(&code, at: index)
            return resolution.failure.map { .poisoned($0) } ?? .unchanged
        }
        let patch = COREPatch(old: resolution.old, new: new, sizeFailure: resolution.failure)
        do throws(COREPatch.Refusal) {
            return try patch.apply(to: &code, at: index)
        } catch {
            throw COREError(
                error.reason, instruction: relocation.instruction, specification: resolution.specification)
        }
    }

    /// Answers a relocation without an instruction.
    package mutating func resolve(_ relocation: CORERelocation) throws(COREError) -> COREResolution {
        let question = Question(type: relocation.typeID, access: relocation.access, kind: relocation.kind)
        if let answer = answers[question] { return answer }
        let answer = try find(relocation)
        if answers.count < Limits.answers { answers[question] = answer }
        return answer
    }

    // MARK: - One question

    private mutating func find(_ relocation: CORERelocation) throws(COREError) -> COREResolution {
        let specification = try CORESpecification(relocation, types: local)
        let text = "\(specification.path) (\(relocation.access))"
        func error(_ reason: COREError.Reason) -> COREError {
            COREError(reason, instruction: relocation.instruction, specification: text)
        }
        let kind = relocation.kind
        let old: COREValue
        switch specification.value(kind) {
        case .success(let value): old = value
        case .failure(let mismatch): throw error(.badAccess("\(mismatch)"))
        }
        var resolution = COREResolution(specification: text, old: old)
        if kind == .localTypeID {
            resolution.new = old
            return resolution
        }
        let candidates: Candidates
        do throws(COREError) {
            candidates = try self.candidates(for: specification.root, instruction: relocation.instruction)
        } catch var known {
            known.specification = text
            throw known
        }
        var answers: [(text: String, value: COREValue?, bitOffset: Int, failure: COREFailure.Candidate?)] = []
        var misses: [COREFailure.Candidate] = []
        for candidate in candidates.types {
            var comparison = COREComparison(local: local, target: candidate.types, stepsLeft: stepsLeft)
            let match: COREComparison.Match
            do throws(COREComparison.Exhausted) {
                match = try comparison.match(specification, kind: kind, candidate: candidate.id)
            } catch {
                throw COREError(.tooComplex, instruction: relocation.instruction, specification: text)
            }
            stepsLeft = comparison.stepsLeft
            func miss(_ mismatch: COREMismatch) -> COREFailure.Candidate {
                COREFailure.Candidate(
                    id: candidate.id, type: candidate.types.describe(candidate.id), mismatch: mismatch)
            }
            switch match {
            case .failure(let mismatch):
                if misses.count < Limits.explainedCandidates { misses.append(miss(mismatch)) }
            case .success(let found):
                let place = "\(found.path) [\(candidate.id)]"
                switch found.value(kind) {
                case .success(let value):
                    let failure = sizeMismatch(old, value, in: candidate.types).map(miss)
                    answers.append((place, value, found.bitOffset, failure))
                case .failure(let mismatch): answers.append((place, nil, found.bitOffset, miss(mismatch)))
                }
            }
        }
        func failure(_ candidatesTried: [COREFailure.Candidate]) -> COREFailure {
            COREFailure(
                kind: kind, specification: text, type: local.describe(specification.root),
                candidates: candidatesTried, isOnlyDeclared: candidates.types.isEmpty && candidates.isDeclared)
        }
        guard let first = answers.first else {
            resolution.failure = failure(misses)
            resolution.new = kind.hasAnswerWithoutType ? COREValue(bits: 0) : nil
            return resolution
        }
        for other in answers.dropFirst()
        where other.bitOffset != first.bitOffset || other.value?.bits != first.value?.bits {
            throw error(
                .ambiguous(
                    answers.prefix(Limits.explainedCandidates).map { answer in
                        answer.text + (answer.value.map { ": \(Int64(bitPattern: $0.bits))" } ?? ": no answer")
                    }))
        }
        resolution.target = first.text
        resolution.new = first.value
        resolution.failure = answers.compactMap(\.failure).first.map { failure([$0]) }
        return resolution
    }

    /// Whether a load or store of the field cannot be made to fit its new size.
    ///
    /// Zeros in front do not change unsigned integers and pointers; signs would have to be extended.
    private func sizeMismatch(_ old: COREValue, _ new: COREValue, in types: BTF) -> COREMismatch? {
        guard let size = old.size, let newSize = new.size, size != newSize else { return nil }
        let mine = local.resolved(old.sizeType)
        let other = types.resolved(new.sizeType)
        if mine?.kind == .pointer, other?.kind == .pointer { return nil }
        if let mine = mine.flatMap({ local.integer(of: $0) }), let other = other.flatMap({ types.integer(of: $0) }),
            !mine.isSigned, !other.isSigned
        {
            return nil
        }
        func text(_ types: BTF, _ id: Int, _ size: Int) -> String { "\(types.describe(id)) of \(size) bytes" }
        return .memorySize(
            local: text(local, old.sizeType, size), target: text(types, new.sizeType, newSize))
    }

    // MARK: - Candidates

    private mutating func candidates(for id: Int, instruction: Int) throws(COREError) -> Candidates {
        if let known = candidates[id] { return known }
        guard let type = named(id), !local.isEmptyString(type.nameOffset) else {
            throw COREError(.anonymous, instruction: instruction)
        }
        let name = Array(BTFNameIndex.essential(local.bytes(ofString: type.nameOffset)))
        guard !name.isEmpty else { throw COREError(.anonymous, instruction: instruction) }
        var found = Candidates()
        try collect(name, type.kind, in: kernelTypes(instruction), into: &found, instruction)
        if found.types.isEmpty {
            let modules = self.modules ?? targets.moduleTypes()
            self.modules = modules
            for module in modules { try collect(name, type.kind, in: module, into: &found, instruction) }
        }
        candidates[id] = found
        return found
    }

    /// The type behind qualifiers, which have no name; a typedef has one.
    private func named(_ id: Int) -> BTFType? {
        var id = id
        for _ in 0..<Limits.typeDepth {
            guard let type = local[id] else { return nil }
            guard type.kind.isModifier, type.kind != .typedef else { return type }
            id = type.sizeOrType
        }
        return nil
    }

    private mutating func kernelTypes(_ instruction: Int) throws(COREError) -> BTFNameIndex {
        if let kernel { return kernel }
        do throws(TargetTypesError) {
            let types = try targets.kernelTypes()
            kernel = types
            return types
        } catch {
            throw COREError(.noTargets(error.diagnostic), instruction: instruction)
        }
    }

    private mutating func collect(
        _ name: [UInt8], _ kind: BTFKind, in index: BTFNameIndex, into found: inout Candidates, _ instruction: Int
    ) throws(COREError) {
        let (ids, steps) = index.search(essentialName: name[...], atMost: stepsLeft)
        guard steps < stepsLeft else { throw COREError(.tooComplex, instruction: instruction) }
        stepsLeft -= steps
        for id in ids {
            guard let type = index.btf[id] else { continue }
            if COREComparison.sameKind(kind, type.kind) {
                found.types.append(Candidate(types: index.btf, id: id))
            } else if type.kind == .forward, kind.isComposite {
                found.isDeclared = true
            }
        }
    }
}
