// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// What is known of a kernel module by its name.
struct KernelModules {
    enum State: Equatable {
        /// It is in /proc/modules.
        case loaded
        /// It is part of the kernel image.
        case builtIn
        /// It is on disk.
        case available
        /// Nothing knows it.
        case unknown
    }

    let roots: KernelRoots
    /// The release whose folder is looked at.
    let release: String

    init(roots: KernelRoots, release: String = UnameFacts.current.release) {
        self.roots = roots
        self.release = release
    }

    /// Looks a module up; `-` and `_` are the same in its name.
    func state(of module: String) -> State {
        let loaded = (try? KernelFile.text(roots.proc + "/modules", limit: 4 << 20)) ?? ""
        if loaded.split(separator: "\n").contains(where: { $0.prefix { $0 != " " } == module }) { return .loaded }
        if lists("modules.builtin", module) { return .builtIn }
        return lists("modules.dep", module) ? .available : .unknown
    }

    /// Why nothing of a module that stands in front of a function's name is there, and what to do; nil if it is loaded.
    func lack(of module: String) -> (cause: String, nextStep: Diagnostic.Hint?)? {
        switch state(of: module) {
        case .loaded: nil
        case .builtIn: ("\(module) is built into this kernel and is no module here", "leave out \"\(module):\"")
        case .available:
            ("the module \(module) is not loaded", "load it: \(.loadModule(module), "modprobe \(module)")")
        case .unknown: ("the module \(module) is not loaded, and \(roots.modules) has none of that name", nil)
        }
    }

    /// The module on disk that gives a function to others; nil where none does.
    ///
    /// `alias symbol:xfs_do_something xfs`
    func exporter(of symbol: String) -> String? {
        guard let text = try? KernelFile.text("\(roots.modules)/\(release)/modules.symbols", limit: 16 << 20) else {
            return nil
        }
        let start = "alias symbol:\(symbol) "
        return text.split(separator: "\n").first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.utf8.count)) }
    }

    /// Whether an index of depmod(8) has a line `kernel/fs/xfs/xfs.ko...`.
    private func lists(_ index: String, _ module: String) -> Bool {
        guard let text = try? KernelFile.text("\(roots.modules)/\(release)/\(index)", limit: 16 << 20) else {
            return false
        }
        return text.split(separator: "\n").contains { line in
            let path = line.prefix { $0 != ":" }
            let file = path.split(separator: "/").last ?? ""
            return file.prefix { $0 != "." }.elementsEqual(module) { ($0 == "-" ? "_" : $0) == $1 }
        }
    }
}
