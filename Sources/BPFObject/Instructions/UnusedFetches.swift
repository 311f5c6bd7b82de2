// SPDX-License-Identifier: Apache-2.0

/// Finds the atomic additions of which nobody uses what they give back.
///
/// clang makes `BPF_ADD | BPF_FETCH` of `__sync_fetch_and_add` from `-mcpu=v3` on, which kernels know since 5.12, also
/// where the result is not used. Without `BPF_FETCH` it is the same addition, and the one that every kernel knows
/// (`BPF_XADD`), but for the register: so that one must be dead afterwards.
package struct UnusedFetches {
    /// Where they are, in the order of the code.
    package let indices: [Int]

    /// Looks at the code of a whole program, its functions one behind the other.
    ///
    /// A register is dead if no way from there on reads it before it is overwritten. In doubt it is alive.
    package init(in code: [Instruction]) {
        let candidates = code.indices.filter { code[$0].isFetchingAdd && !Self.isSecondHalf($0, in: code) }
        guard !candidates.isEmpty else {
            indices = []
            return
        }
        let live = Self.liveBefore(code)
        indices = candidates.filter { index in
            let after = index + 1 < code.count ? live[index + 1] : .all
            return !after.contains(RegisterSet(code[index].source)) && code[index].source != code[index].destination
        }
    }

    private static func isSecondHalf(_ index: Int, in code: [Instruction]) -> Bool {
        index > 0 && code[index - 1].isWideLoad
    }

    /// The registers that are read, on some way from each instruction on, before they are overwritten.
    static func liveBefore(_ code: [Instruction]) -> [RegisterSet] {
        // Which instructions an instruction is reached from: those whose answer may change with it.
        var sources: [[Int]] = Array(repeating: [], count: code.count)
        let effects = code.map(\.effects)
        for (index, effect) in effects.enumerated() {
            guard case .distances(let distances) = effect.next else { continue }
            for distance in distances where code.indices.contains(index + distance) {
                sources[index + distance].append(index)
            }
        }
        var live: [RegisterSet] = Array(repeating: [], count: code.count)
        var isWaiting = Array(repeating: true, count: code.count)
        // From the end: most ways lead forward, so that most answers are there when they are asked for.
        var waiting = Array(code.indices)
        while let index = waiting.popLast() {
            isWaiting[index] = false
            var after: RegisterSet = []
            switch effects[index].next {
            case .unknown: after = .all
            case .distances(let distances):
                for distance in distances {
                    // What leads out of the code is refused by every kernel; here it only must not be guessed at.
                    after.formUnion(code.indices.contains(index + distance) ? live[index + distance] : .all)
                }
            }
            let before = after.subtracting(effects[index].writes).union(effects[index].reads)
            guard before != live[index] else { continue }
            live[index] = before
            for source in sources[index] where !isWaiting[source] {
                isWaiting[source] = true
                waiting.append(source)
            }
        }
        return live
    }
}

extension [Instruction] {
    /// The code with the additions at some places as the old ones that give nothing back.
    package func withoutFetch(at places: [Int]) -> [Instruction] {
        var code = self
        for place in places where code.indices.contains(place) && code[place].isFetchingAdd {
            code[place].immediate &= ~Instruction.fetch
        }
        return code
    }
}
