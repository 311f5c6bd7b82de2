// SPDX-License-Identifier: Apache-2.0

package import BPFObject

/// The configuration that the running kernel was built with.
package enum KernelConfig {
    /// A configuration has some 300 KB.
    private static let limit = 16 << 20

    /// Reads it from /proc/config.gz (`CONFIG_IKCONFIG_PROC`), else from where distributions put it.
    ///
    /// - Returns: An empty text if there is none to be had; its source says where it was looked for.
    package static func read(roots: KernelRoots = KernelRoots()) -> KernelConfiguration {
        read(roots: roots, release: UnameFacts.current.release)
    }

    /// What to tell of options behind a refusal: one that the kernel is built without, or what it may be built without.
    ///
    /// - Returns: Nothing if it is built with all of them.
    static func doubts(of options: [String], roots: KernelRoots = KernelRoots()) -> [String] {
        guard !options.isEmpty else { return [] }
        let configuration = read(roots: roots)
        guard !configuration.text.isEmpty else {
            let names = options.joined(separator: " or ")
            return ["this kernel may be built without \(names): its configuration is not here"]
        }
        let missing = missing(options, in: configuration)
        return missing.isEmpty
            ? [] : ["this kernel is built without \(missing.joined(separator: " and ")) (\(configuration.source))"]
    }

    /// Those of some options that a kernel is built without.
    static func missing(_ options: [String], in configuration: KernelConfiguration) -> [String] {
        let values = KernelConfigText(configuration.text, names: Set(options))
        return options.filter { !values.isOn($0) }
    }

    static func read(roots: KernelRoots, release: String) -> KernelConfiguration {
        let own = roots.proc + "/config.gz"
        if let packed = try? KernelFile.bytes(own, limit: limit), let text = Gunzip.bytes(packed, limit: limit) {
            return KernelConfiguration(text: text, source: own)
        }
        let places = [
            "\(roots.files)/boot/config-\(release)", "\(roots.modules)/\(release)/config",
            "\(roots.modules)/\(release)/build/.config",
        ]
        for place in places {
            if let text = try? KernelFile.bytes(place, limit: limit) {
                return KernelConfiguration(text: text, source: place)
            }
        }
        return KernelConfiguration(text: [], source: ([own] + places).joined(separator: ", "))
    }
}

extension KernelConfigText {
    /// Whether an option is built in or a module.
    fileprivate func isOn(_ name: String) -> Bool {
        switch self[name] {
        case nil, .no?: false
        default: true
        }
    }
}
