// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// Storage of tasks, by the threads of /proc: a descriptor of each is its key (`BPF_MAP_TYPE_TASK_STORAGE`, 5.11).
///
/// Kernels before 6.9 open none but the first thread of a process (`PIDFD_THREAD`).
struct ThreadWalk: MapWay {
    private var processes: [Int32]?
    private var threads: [Int32] = []
    private var opensThreads = true
    private let proc: String
    /// Threads that are looked at before the caller has its turn.
    private static let mostThreads = 1024

    init(roots: KernelRoots = KernelRoots()) { proc = roots.proc }

    var isUnsteady: Bool { false }

    mutating func fill(_ buffer: inout ElementBuffer, _ map: borrowing Map) throws(BPFError) -> Bool {
        if processes == nil { processes = Self.numbers(in: proc).sorted(by: >) }
        buffer.clear(room: 256)
        var looked = 0
        while buffer.count < buffer.capacity {
            guard looked < Self.mostThreads else { return false }
            looked += 1
            guard let thread = nextThread() else { return true }
            guard let descriptor = try open(thread) else { continue }
            do throws(Errno) {
                let key = UInt32(bitPattern: descriptor.rawValue).bytes
                if try BPFCommand.findElement(
                    map: map.descriptor.rawValue, key: key.span, value: &buffer.values, at: buffer.count * buffer.room)
                {
                    buffer.append(key: thread.bytes)
                }
            } catch {
                // The thread ended between the two calls.
                guard error == .noSuchProcess || error == .badFileDescriptor else {
                    throw map.elementError(error, "cannot read the storage of thread \(thread) in")
                }
            }
        }
        return false
    }

    private mutating func nextThread() -> Int32? {
        while threads.isEmpty {
            guard let process = processes?.popLast() else { return nil }
            threads = opensThreads ? Self.numbers(in: "\(proc)/\(process)/task").sorted(by: >) : [process]
        }
        return threads.popLast()
    }

    /// A descriptor of a thread; nil if it has gone, or is one that this kernel opens none of.
    private mutating func open(_ thread: Int32) throws(BPFError) -> OwnedDescriptor? {
        do throws(Errno) {
            do throws(Errno) {
                guard opensThreads else { throw .invalidArgument }
                return OwnedDescriptor(owning: try DescriptorLimit.retrying { cbpf_pidfd_open_thread(thread) })
            } catch .invalidArgument {
                opensThreads = false
                return OwnedDescriptor(owning: try DescriptorLimit.retrying { cbpf_pidfd_open(thread) })
            }
        } catch {
            if [.noSuchProcess, .invalidArgument].contains(error) { return nil }
            throw BPFError(.mapElement, .mapAccessFailed, errno: error, "cannot open a descriptor of thread \(thread)")
        }
    }

    private static func numbers(in folder: String) -> [Int32] { KernelFile.names(in: folder).compactMap { Int32($0) } }
}
