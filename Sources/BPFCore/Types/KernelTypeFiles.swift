// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import CBPF
internal import Diagnostics

/// Where a kernel's BTF may be.
struct KernelTypeFiles {
    let roots: KernelRoots
    let kernel: UnameFacts
    /// Whether bpf(2) may give the types where a file would take longer.
    var asksKernel = true

    /// What the kernel shows itself (`CONFIG_DEBUG_INFO_BTF`).
    var own: String { roots.sys + "/kernel/btf/vmlinux" }

    /// Kernel images that may have a section `.BTF`, where distributions put them.
    var images: [String] {
        let release = kernel.release
        return [
            "\(roots.files)/boot/vmlinux-\(release)", "\(roots.modules)/\(release)/vmlinux-\(release)",
            "\(roots.modules)/\(release)/build/vmlinux", "\(roots.files)/usr/lib/modules/\(release)/kernel/vmlinux",
            "\(roots.files)/usr/lib/debug/boot/vmlinux-\(release)",
            "\(roots.files)/usr/lib/debug/boot/vmlinux-\(release).debug",
            "\(roots.files)/usr/lib/debug/lib/modules/\(release)/vmlinux",
        ]
    }

    /// The files of a folder with BTF by release, the most likely first; btfhub's layout has a folder for each
    /// distribution, its version and the architecture.
    func files(in folder: String) -> [String] {
        let release = kernel.release
        var places = ["\(folder)/\(release)", "\(folder)/\(release).btf", "\(folder)/vmlinux-\(release)"]
        if let (id, version) = distribution {
            places.append("\(folder)/\(id)/\(version)/\(kernel.machine)/\(release).btf")
        }
        return places
    }

    /// `ID` and `VERSION_ID` of os-release(5).
    private var distribution: (id: String, version: String)? {
        let places = ["/etc/os-release", "/usr/lib/os-release"]
        guard let text = places.lazy.compactMap({ try? KernelFile.text(roots.files + $0) }).first else { return nil }
        func value(_ name: String) -> String? {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + "=") }) else { return nil }
            let value = line.dropFirst(name.utf8.count + 1).filter { $0 != "\"" && $0 != "'" }
            // It becomes a part of a path.
            return value.isEmpty || value.contains("/") ? nil : String(value)
        }
        guard let id = value("ID"), let version = value("VERSION_ID") else { return nil }
        return (id, version)
    }

    /// The kernel's own types, from the first place that has them.
    func running() throws(BPFError) -> BTF {
        var tried: [String] = []
        do throws(BTFFile.Fault) {
            return try ownTypes()
        } catch {
            tried.append("\(own): \(error.words)")
        }
        for image in images where KernelFile.exists(image) {
            do throws(BTFFile.Fault) {
                return try BTFFile.types(image)
            } catch {
                tried.append("\(image): \(error.words)")
            }
        }
        if tried.count == 1 {
            tried.append("no vmlinux in \(roots.files)/boot, \(roots.modules)/\(kernel.release) or /usr/lib/debug")
        }
        throw BPFError(
            .loadTypes, .kernelTypesMissing, "the types of the running kernel (BTF) are needed and cannot be read",
            cause: "a kernel shows them if it was built with CONFIG_DEBUG_INFO_BTF", details: tried,
            nextStep: "use a kernel with BTF, or for CO-RE give the BTF of this one: \(.kernelTypes, "FILE")")
    }

    /// One call of bpf(2) takes the place of a read(2) for each page where sysfs gives no mapping (before Linux 6.16).
    private func ownTypes() throws(BTFFile.Fault) -> BTF {
        let mapped: BTFMemory?
        do throws(Errno) {
            let file = try KernelFile.open(own, O_RDONLY | O_CLOEXEC)
            mapped = KernelFile.mapped(file, count: try KernelFile.size(of: file))
        } catch {
            throw .unreadable(error)
        }
        if let mapped { return try BTFFile.types(of: mapped) }
        if asksKernel, roots == KernelRoots(), let memory = BTFHandle.kernelMemory() {
            return try BTFFile.types(of: memory)
        }
        return try BTFFile.types(own)
    }

    /// The types that a user names: a file, or a folder of them.
    func named(_ path: String) throws(BPFError) -> BTF {
        var path = path
        var tried: [String] = []
        if KernelFile.exists(path + "/.") {
            let places = files(in: path)
            guard let place = places.first(where: { KernelFile.exists($0) }) else {
                throw BPFError(
                    .loadTypes, .kernelTypesNotGiven, "\(path) has no BTF of kernel \(kernel.release)",
                    details: places.map { "no " + $0 },
                    nextStep: "give the file itself: \(.kernelTypes, "FILE")")
            }
            path = place
            tried.append("from the directory that was named")
        }
        do throws(BTFFile.Fault) {
            return try BTFFile.types(path)
        } catch {
            guard case .unreadable(let errno) = error else {
                throw BPFError(
                    .loadTypes, .kernelTypesMalformed, "\(path) has no BTF of a kernel", cause: error.words,
                    details: tried,
                    nextStep: "give BTF as /sys/kernel/btf/vmlinux has it, or a vmlinux with a section .BTF")
            }
            throw BPFError(.loadTypes, always: .kernelTypesNotGiven, errno: errno, "cannot read BTF from \(path)")
        }
    }
}
