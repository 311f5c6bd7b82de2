// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BasicContainers
internal import Diagnostics
internal import Synchronization

/// The CPUs that a program samples: an event on each, with CPUs that come online and go offline followed.
final class SampledCPUs: LinkHold {
    private let samples: PerfEventSamples
    private let target: ResolvedTarget
    private let options: AttachOptions
    /// For the events of CPUs that come later.
    private let program: OwnedDescriptor
    private let state: Mutex<State>

    fileprivate struct State: ~Copyable, Sendable {
        var events = UniqueArray<SampledCPU>()
        var online = OnlineCPUs()
        /// CPUs that came online and whose events the kernel refused: told once.
        var refused: Set<Int> = []
        /// The event that is looked at next.
        var nextCheck = 0
    }

    /// Events looked at in each call: it interrupts their CPUs, and machines may have hundreds.
    private static let checksPerCall = 8

    /// Puts a program onto the CPUs of a target that are online.
    ///
    /// - Throws: ``BPFError``; a CPU that the target names must be online.
    init(
        _ samples: PerfEventSamples, _ program: Int32, _ target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) {
        let kept: OwnedDescriptor
        do throws(Errno) {
            kept = try OwnedDescriptor.duplicate(of: program)
        } catch {
            throw EventFailure.untied(error, target)
        }
        var state = State()
        let cpus: [Int]
        if let chosen = samples.cpus { cpus = chosen } else { cpus = try CPUList.online(roots: options.roots) }
        for cpu in cpus {
            do throws(SampleFailure) {
                state.events.append(try SampledCPU(cpu, samples, program, options))
            } catch {
                // It was taken offline in between.
                if samples.cpus == nil, error.isOfAbsentCPU { continue }
                throw error.described(samples, cpu: cpu, target, options)
            }
        }
        guard state.events.count > 0 else {
            throw BPFError(
                .attachProbe, .attachRefused, "cannot sample \(samples.event.name)", cause: "none of the CPUs is online"
            )
        }
        self.samples = samples
        self.target = target
        self.options = options
        self.program = kept
        self.state = Mutex(state)
    }

    /// Whether links hold the program on all of the events.
    var isLinked: Bool {
        state.withLock { state in
            for index in 0..<state.events.count where !state.events[index].tie.isLinked { return false }
            return true
        }
    }

    var link: Result<Int32, LinkLack> {
        state.withLock { state in
            guard state.events.count == 1 else { return .failure(.ofSeveral(state.events.count)) }
            return state.events[0].tie.linkNumber.map { .success($0) } ?? .failure(.ofPerfEvents)
        }
    }

    var followsCPUs: Bool { true }

    func followCPUs() -> [Diagnostic] {
        state.withLock { state in
            var notes: [Diagnostic] = []
            guard let online = state.online.look(options.roots, stage: .attach, &notes) else { return notes }
            state.forget { !online.contains($0) }.forEach {
                notes.append(Diagnostic(.cpuChanged, .note, stage: .attach, "CPU \($0) went offline"))
            }
            state.forgetDead(atMost: Self.checksPerCall)
            state.refused.formIntersection(online)
            let known = state.refused.union(state.cpus)
            for cpu in online where samples.cpus?.contains(cpu) ?? true && !known.contains(cpu) {
                do throws(SampleFailure) {
                    state.events.append(try SampledCPU(cpu, samples, program.rawValue, options))
                    notes.append(
                        Diagnostic(.cpuChanged, .note, stage: .attach, "CPU \(cpu) came online, and is sampled"))
                } catch {
                    // It went again.
                    if error.isOfAbsentCPU { continue }
                    state.refused.insert(cpu)
                    var warning = error.described(samples, cpu: cpu, target, options).explained().diagnostic
                    warning.severity = .warning
                    warning.message = "CPU \(cpu), which came online, is not sampled: " + warning.message
                    notes.append(warning)
                }
            }
            return notes
        }
    }
}

extension SampledCPUs.State {
    fileprivate var cpus: [Int] {
        var cpus: [Int] = []
        for index in 0..<events.count { cpus.append(events[index].cpu) }
        return cpus
    }

    /// Closes the events of some CPUs, which have ended.
    ///
    /// - Returns: The CPUs.
    fileprivate mutating func forget(where isGone: (Int) -> Bool) -> [Int] {
        let gone = cpus.filter(isGone)
        var index = 0
        while index < events.count {
            if gone.contains(events[index].cpu) { _ = events.remove(at: index) } else { index += 1 }
        }
        return gone
    }

    /// Closes events whose CPU was away between two looks.
    fileprivate mutating func forgetDead(atMost count: Int) {
        for _ in 0..<min(count, events.count) {
            if nextCheck >= events.count { nextCheck = 0 }
            if events[nextCheck].isAlive() { nextCheck += 1 } else { _ = events.remove(at: nextCheck) }
        }
    }
}

/// The event of one CPU, with the program on it.
private struct SampledCPU: ~Copyable, Sendable {
    let cpu: Int
    let tie: TiedEvent
    private var pulse = EventPulse()

    init(
        _ cpu: Int, _ samples: PerfEventSamples, _ program: Int32, _ options: AttachOptions
    ) throws(SampleFailure) {
        let event: OwnedDescriptor
        do throws(Errno) {
            event = try PerfEvents.openSampling(samples, cpu: Int32(truncatingIfNeeded: cpu))
        } catch {
            throw .unopened(error)
        }
        do throws(Errno) {
            tie = try TiedEvent(program, to: event, withoutLink: options.limits.contains(.withoutLink))
        } catch {
            throw .untied(error)
        }
        self.cpu = cpu
    }

    mutating func isAlive() -> Bool {
        guard let now = tie.timeEnabled() else { return true }
        return pulse.isAlive(now)
    }
}

/// Why an event does not sample.
private enum SampleFailure: Error {
    /// The kernel does not open it.
    case unopened(Errno)
    /// It does not take the program.
    case untied(Errno)

    /// Whether the CPU is not online.
    var isOfAbsentCPU: Bool {
        if case .unopened(.operationNotSupportedByDevice) = self { true } else { false }
    }

    func described(
        _ samples: PerfEventSamples, cpu: Int, _ target: ResolvedTarget, _ options: AttachOptions
    ) -> BPFError {
        switch self {
        case .unopened(let errno): samples.refused(errno, cpu: cpu, options)
        case .untied(let errno): EventFailure.untied(errno, target)
        }
    }
}
