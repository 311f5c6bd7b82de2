// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import ToolSupport

/// The report on a machine, for people and as JSON.
struct MachineText {
    let report: MachineReport
    private var facts: MachineFacts { report.facts }
    private var permissions: PermissionFacts { report.facts.permissions }

    init(_ report: MachineReport) { self.report = report }

    // MARK: - For people

    var lines: [String] {
        var lines = [report.obstacle == nil ? "Programs on kprobes work for this user." : ""]
        if let obstacle = report.obstacle { lines = [Self.text(obstacle)] }
        let settings = settings
        let width = settings.reduce(16) { max($0, $1.name.count + 2) }
        lines += ["", "This machine:"]
        lines += settings.map { "  " + Self.padded($0.name, width) + $0.words.terminalSafe }
        lines += ["", "Ways to attach:"] + report.ways.map { "  " + Self.row($0.way.rawValue, $0.state, $0.reason) }
        if !report.findings.isEmpty { lines += ["", "What to know:"] + report.findings.map(Self.text) }
        return lines
    }

    private static func text(_ diagnostic: Diagnostic) -> String { diagnostic.text(wording: .options) }

    /// A way with its state, and why.
    static func row(_ name: String, _ state: MachineReport.State, _ reason: String?) -> String {
        let word =
            switch state {
            case .works: "works"
            case .no: "no"
            case .unknown: "?"
            }
        return padded(name, 16) + word + (reason.map { ": \($0.terminalSafe)" } ?? "")
    }

    static func padded(_ text: String, _ width: Int) -> String {
        let safe = text.terminalSafe
        return safe + String(repeating: " ", count: max(1, width - safe.count))
    }

    private var settings: [(name: String, words: String)] {
        var list = [
            (
                "kernel",
                "\(facts.release) \(facts.architecture)" + (facts.container.map { ", in a container (\($0))" } ?? "")
            ),
            ("user", user), ("capabilities", capabilities(permissions.effective)),
        ]
        if permissions.bounding & wanted != wanted {
            list.append(("at most", capabilities(permissions.bounding)))
        }
        list += [
            ("lockdown", permissions.lockdown.rawValue),
            (
                "security",
                permissions.securityModules.isEmpty
                    ? "not known: no securityfs" : permissions.securityModules.joined(separator: ",")
            ),
            ("seccomp", permissions.hasSeccompFilter ? "a filter looks at system calls" : "no filter"),
            (
                "types (BTF)",
                Self.words(facts.types) + (facts.moduleTypes > 0 ? ", and of \(facts.moduleTypes) modules" : "")
            ),
            ("tracefs", tracing), ("bpffs", facts.bpffs ?? "not mounted"),
            ("configuration", facts.configuration ?? "not known"), ("addresses", facts.addresses.rawValue),
            ("clock", facts.clockSource ?? "not known"),
        ]
        list += sysctls.map { ($0.name, $0.value.map { "\($0)" } ?? "not there") }
        return list.map { (name: $0.0, words: $0.1) }
    }

    private var sysctls: [(name: String, value: Int?)] {
        [
            ("kernel.unprivileged_bpf_disabled", permissions.unprivilegedBPFDisabled),
            ("kernel.perf_event_paranoid", permissions.perfEventParanoid),
            ("kernel.kptr_restrict", permissions.kptrRestrict), ("kernel.ftrace_enabled", permissions.ftraceEnabled),
            ("net.core.bpf_jit_enable", permissions.jitEnabled),
        ]
    }

    private var user: String {
        (permissions.effectiveUser == 0 ? "root" : "uid \(permissions.effectiveUser)")
            + (permissions.isInUserNamespace ? ", of another user namespace than the machine's" : "")
    }

    /// The bits of the capabilities that tracing asks for.
    private var wanted: UInt64 { known.reduce(0) { $0 | 1 << UInt64($1.rawValue) } }

    private var known: [Capability] { Capability.allCases.filter { $0.rawValue <= permissions.lastCapability } }

    private func capabilities(_ set: UInt64) -> String {
        let there = known.filter { set & 1 << UInt64($0.rawValue) != 0 }
        if there.count == known.count { return "all that tracing asks for" }
        return there.isEmpty ? "none that tracing asks for" : there.map(\.name).joined(separator: " ")
    }

    private static func words(_ access: MachineFacts.Access) -> String {
        switch access {
        case .open: "readable"
        case .closed: "closed to this user"
        case .missing: "none"
        }
    }

    private var tracing: String {
        switch permissions.tracing {
        case .open: "readable"
        case .closed(let path): "\(path), closed to this user"
        case .unmounted: "not mounted"
        }
    }

    // MARK: - As JSON

    var members: [(String, JSONValue)] {
        [
            ("works", .bool(report.obstacle == nil)),
            ("obstacle", report.obstacle.map { $0.json(wording: .options) } ?? .null),
            ("release", .string(facts.release)), ("architecture", .string(facts.architecture)),
            ("container", facts.container.map { .string($0) } ?? .null), ("permissions", permissionMembers),
            ("files", fileMembers),
            ("settings", .object(sysctls.map { ($0.name, $0.value.map { .integer(Int64($0)) } ?? .null) })),
            (
                "ways", .array(report.ways.map { Self.way($0.way.rawValue, $0.state, $0.reason, next: nil) })
            ),
            ("findings", .array(report.findings.map { $0.json(wording: .options) })),
        ]
    }

    static func way(_ name: String, _ state: MachineReport.State, _ reason: String?, next: String?) -> JSONValue {
        .object(
            [("way", .string(name)), ("state", .string(state.rawValue))]
                + [("reason", reason), ("next", next)].compactMap { key, text in text.map { (key, .string($0)) } })
    }

    private var permissionMembers: JSONValue {
        func names(_ set: UInt64) -> JSONValue {
            .array(known.filter { set & 1 << UInt64($0.rawValue) != 0 }.map { .string($0.name) })
        }
        return .object([
            ("uid", .integer(Int64(permissions.effectiveUser))), ("capabilities", names(permissions.effective)),
            ("bounding", names(permissions.bounding)), ("user_namespace", .bool(permissions.isInUserNamespace)),
            ("seccomp_filter", .bool(permissions.hasSeccompFilter)),
            ("lockdown", .string(permissions.lockdown.rawValue)),
            ("security_modules", .array(permissions.securityModules.map { .string($0) })),
        ])
    }

    private var fileMembers: JSONValue {
        let tracing: JSONValue =
            switch permissions.tracing {
            case .open: .string("open")
            case .closed: .string("closed")
            case .unmounted: .string("missing")
            }
        return .object([
            ("types", .string(facts.types.rawValue)), ("module_types", .integer(Int64(facts.moduleTypes))),
            ("tracefs", tracing), ("bpffs", facts.bpffs.map { .string($0) } ?? .null),
            ("tokens", facts.tokens.map { .string($0) } ?? .null), ("blacklist", .string(facts.blacklist.rawValue)),
            ("configuration", facts.configuration.map { .string($0) } ?? .null),
            ("missing_options", .array(facts.missingOptions.map { .string($0) })),
            ("addresses", .string(facts.addresses.rawValue)),
            ("clock", facts.clockSource.map { .string($0) } ?? .null),
        ])
    }
}
