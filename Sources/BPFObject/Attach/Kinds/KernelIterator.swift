// SPDX-License-Identifier: Apache-2.0

/// An iterator over objects of the kernel (Linux 5.8): `iter/task`, `iter:task:pid=4711`.
package struct KernelIterator: AttachKind {
    /// Of what the parts are shown, for iterators that show those of one object, or not all of them.
    package enum Scope: Sendable, Equatable {
        /// The elements of a map (5.9): one of the object by its name, another by its pin.
        case map(String)
        /// The threads of a process (6.1).
        case process(Int32)
        /// One thread (6.1).
        case thread(Int32)
        /// Control groups from a directory on (6.1).
        case cgroup(path: String, CgroupOrder)
    }

    /// In what order control groups are shown (`enum bpf_cgroup_iter_order`).
    package enum CgroupOrder: UInt32, Sendable, CaseIterable {
        /// The one alone.
        case only = 1
        /// Those below it, each before what is below it.
        case descendants
        /// Those below it, each after what is below it.
        case descendantsFirst
        /// Those above it.
        case ancestors
        /// Those right below it (Linux 7.0).
        case children

        /// As bpftool and the kernel write it.
        package var name: String {
            switch self {
            case .only: "self_only"
            case .descendants: "descendants_pre"
            case .descendantsFirst: "descendants_post"
            case .ancestors: "ancestors_up"
            case .children: "children"
            }
        }
    }

    /// What it iterates over, such as `task` or `bpf_map`.
    package let name: String
    /// Of what; nil is all that there is.
    package let scope: Scope?

    /// The `expected_attach_type` of its programs.
    package static let attachType = AttachType.traceIterator

    package static let sections = [
        SectionPattern("iter+", .tracing, attachType, [.attachBTF]),
        SectionPattern("iter.s+", .tracing, attachType, [.attachBTF, .sleepable]),
    ]

    /// Reads `NAME` or `NAME:KEY=VALUE[,KEY=VALUE]`.
    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        name = try parts[0].attachName()
        scope = parts.count == 2 ? try Self.scope(parts[1]) : nil
        guard let scope, let takes = Self.scopeForm(of: name), !takes.hasPrefix(Self.key(of: scope)) else { return }
        // The kernel takes the number of a map for that of a thread.
        if case .thread = scope, takes == Self.taskForm { return }
        throw .form(
            takes.isEmpty
                ? "the iterator \(name) shows all that there is, and takes no \(Self.key(of: scope))="
                : "the iterator \(name) takes \(takes), and no \(Self.key(of: scope))=")
    }

    private static func key(of scope: Scope) -> String {
        switch scope {
        case .map: "map"
        case .process: "pid"
        case .thread: "tid"
        case .cgroup: "cgroup"
        }
    }

    private static let taskForm = "pid=NUMBER or tid=NUMBER"

    /// What behind an iterator's name says of what it shows the parts; empty if nothing does, nil of an iterator that is
    /// not known.
    package static func scopeForm(of name: String) -> String? {
        if name == "task" || name.hasPrefix("task_") { return taskForm }
        if name == "cgroup" { return "cgroup=DIRECTORY" }
        if ["bpf_map_elem", "bpf_sk_storage_map", "sockmap"].contains(name) { return "map=NAME" }
        return KernelName.iterator(name) == nil ? nil : ""
    }

    private static func scope(_ text: Substring) throws(AttachTargetError.Reason) -> Scope {
        var values: [Substring: Substring] = [:]
        for setting in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[1].isEmpty else { throw .form("\"\(setting)\" is not written as KEY=VALUE") }
            guard values.updateValue(pair[1], forKey: pair[0]) == nil else { throw .form("\(pair[0]) is there twice") }
        }
        switch values.keys.sorted() {
        case ["map"]: return .map(try (values["map"] ?? "").attachPlainText())
        case ["pid"]: return .process(try number(values["pid"] ?? ""))
        case ["tid"]: return .thread(try number(values["tid"] ?? ""))
        case ["cgroup"], ["cgroup", "order"]:
            let path = try (values["cgroup"] ?? "").attachPlainText(isPath: true)
            let wanted = values["order"].map(String.init) ?? CgroupOrder.descendants.name
            guard let order = CgroupOrder.allCases.first(where: { $0.name == wanted }) else {
                throw .form("there is no order \(wanted): \(CgroupOrder.allCases.map(\.name).joined(separator: ", "))")
            }
            return .cgroup(path: path, order)
        default:
            throw .form("it takes one of map=NAME, pid=NUMBER, tid=NUMBER and cgroup=DIRECTORY, the last with order=")
        }
    }

    private static func number(_ text: Substring) throws(AttachTargetError.Reason) -> Int32 {
        guard let number = Int32(text), number > 0, text.utf8.first != UInt8(ascii: "+") else {
            throw .form("\"\(text)\" is no id of a process or thread")
        }
        return number
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/NAME\"), such as \(section.base)/task, or \(section.base)/NAME:KEY=VALUE with map=NAME, "
            + "pid=NUMBER, tid=NUMBER or cgroup=DIRECTORY,order=descendants_pre"
    }

    package var description: String {
        let shown =
            switch scope {
            case nil: ""
            case .map(let name): ":map=\(name)"
            case .process(let id): ":pid=\(id)"
            case .thread(let id): ":tid=\(id)"
            case .cgroup(let path, let order): ":cgroup=\(path),order=\(order.name)"
            }
        return "iter \(name)\(shown)"
    }

    package var typeInKernel: TypeInKernel? { TypeInKernel(name: "bpf_iter_" + name) }

    package var runsWhenRead: Bool { true }

    package var processes: TracedProcesses {
        switch scope {
        case .process(let id), .thread(let id): .named(id)
        case nil: Self.scopeForm(of: name) == Self.taskForm ? .choice : .all
        case .map, .cgroup: .all
        }
    }
}

extension AttachTarget {
    /// What an iterator shows, such as `task`, for a program that was loaded for it; it runs when its link is read.
    ///
    /// - Parameter name: The iterator, and of what it shows the parts: `bpf_map_elem:map=counts`, `task:pid=4711`,
    ///   `cgroup:cgroup=/sys/fs/cgroup/a,order=descendants_pre`.
    public static func iterator(_ name: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(KernelIterator.self, named: name[...], in: KernelIterator.sections[0])
    }
}
