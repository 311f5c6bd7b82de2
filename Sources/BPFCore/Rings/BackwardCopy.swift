// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
internal import CBPF
internal import Diagnostics
package import Records

/// What was copied of a perf ring that is written backwards.
package struct BackwardCopy: ~Copyable, Sendable {
    private let memory: RingCopy
    private let head: UInt64
    private let layout: PerfRecords.Layout
    /// The number of the map.
    package let source: UInt32
    /// The CPU whose ring it is.
    package let cpu: Int
    private let index: BackwardRecords.Index

    init(
        _ memory: consuming RingCopy, head: UInt64, layout: PerfRecords.Layout, source: UInt32, cpu: Int,
        isSettled: Bool
    ) {
        index = BackwardRecords(memory.bytes, head: head, layout: layout).index(isSettled: isSettled)
        self.memory = memory
        (self.head, self.layout, self.source, self.cpu) = (head, layout, source, cpu)
    }

    /// How many records there are.
    package var count: Int { index.count }

    /// Whether a header could not be true, so that what is older was left out.
    package var isDamaged: Bool { index.isDamaged }

    /// Hands records to a sink, the oldest first.
    ///
    /// - Parameter left: How many are left, as ``count`` or the pass before has it.
    package func deliver(
        _ left: Int, to sink: inout some SampleSink & ~Copyable
    ) -> (left: Int, samples: Int) {
        BackwardRecords(memory.bytes, head: head, layout: layout, source: source, cpu: cpu)
            .deliver(left, of: index, to: &sink)
    }
}

extension PerfRings {
    /// Copies the newest samples of each CPU, where they are kept (``PerfReader/Options/keepsNewest``).
    ///
    /// All rings are paused before the first is copied, and what programs had begun is finished by then: the kernel
    /// outputs within a read-side section of RCU, and `MEMBARRIER_CMD_GLOBAL` waits for the end of all.
    ///
    /// - Returns: Errors of operation `drainRing`: there is no memory for the copy of a ring, or it cannot be paused.
    package func copy(_ body: (consuming BackwardCopy) -> Void) -> [BPFError] {
        var failures: [BPFError] = []
        var memories = UniqueArray<RingCopy>()
        var paused: [Int] = []
        for index in 0..<rings.count where rings[index].isBackward {
            do throws(Errno) {
                let memory = try rings[index].roomForCopy()
                try rings[index].pause(true)
                memories.append(memory)
                paused.append(index)
            } catch {
                failures.append(cannotCopy(index, error))
            }
        }
        // The kernel does not wait where it knows of one CPU only, and refuses with nohz_full.
        let isSettled = paused.count > 1 && cbpf_membarrier_global() == 0
        for index in paused {
            let copy = rings[index].copy(into: memories.remove(at: 0), source: source, isSettled: isSettled)
            do throws(Errno) {
                try rings[index].pause(false)
            } catch {
                failures.append(cannotCopy(index, error))
            }
            body(copy)
        }
        return failures
    }

    private func cannotCopy(_ index: Int, _ errno: Errno) -> BPFError {
        BPFError(.drainRing, .ringMemory, errno: errno, "cannot copy the ring of CPU \(rings[index].cpu)")
    }
}
