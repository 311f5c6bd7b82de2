// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What an installation, the package for Debian and the tarball consist of, with stand-ins for the tools.
struct PackageTests {
    private static let root = fixtures.deletingLastPathComponent().deletingLastPathComponent()
    private static let tools = ["load-kp-bpf", "bpf-eventd", "print-event"]
    /// What the Makefile calls the place and the tools' own objects; those are not built here.
    private static let readyTool = "TOOL_OBJECTS=\(fixtures.path)/sent/bootstrap.bpf.o"

    /// Small programs in place of the tools, and completions.
    private static func makeTools(in folder: URL) throws {
        for (shell, form) in [("bash", "%@"), ("zsh", "_%@"), ("fish", "%@.fish")] {
            let place = folder.appending(path: "completions/\(shell)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for tool in tools {
                try Data(tool.utf8).write(to: place.appending(path: form.replacing("%@", with: tool)))
            }
        }
        for tool in tools {
            let made = try runProcess(
                "gcc", ["-g", "-x", "c", "-", "-o", folder.appending(path: tool).path, "-lelf"],
                stdin: Array("#include <libelf.h>\nint main() { return elf_version(1) == 0; }\n".utf8))
            try #require(made.status == 0, "\(made.errors)")
        }
    }

    private static func make(_ arguments: [String], tools: URL) throws -> ProcessOutcome {
        try runProcess(
            "make", ["-s", "-C", root.path] + arguments + ["RELEASE=\(tools.path)", readyTool],
            environment: ["MAKEFLAGS": "", "MAKELEVEL": ""])
    }

    /// Makes a package at one time of the commit.
    private static func package(_ kind: String, _ tools: URL, to folder: URL) throws -> [UInt8] {
        let outcome = try runProcess(
            root.appending(path: "Scripts/package").path, [kind, tools.path, folder.path, readyTool],
            environment: ["SOURCE_DATE_EPOCH": "1795261234", "MAKEFLAGS": "", "MAKELEVEL": ""])
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try [UInt8](Data(contentsOf: URL(filePath: outcome.output.trimmingCharacters(in: .newlines))))
    }

    /// The files below a folder, from there.
    private static func files(in folder: URL) throws -> [String] {
        let outcome = try runProcess("find", [".", "-not", "-type", "d"], currentDirectory: folder)
        return outcome.output.split(separator: "\n").map { String($0.dropFirst(2)) }.sorted()
    }

    @Test func `make install puts everything in place, and make uninstall takes just that away`() throws {
        try withTemporaryFolder { folder in
            try Self.makeTools(in: folder)
            let place = folder.appending(path: "place")
            let foreign = place.appending(path: "usr/local/include/swift-bpf/own.h")
            try FileManager.default.createDirectory(
                at: foreign.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: foreign)
            // A directory that is there keeps its mode.
            let programs = place.appending(path: "usr/local/bin").path
            try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
            chmod(programs, 0o775)
            let arguments = ["DESTDIR=\(place.path)", "PREFIX=/usr/local"]
            let installed = try Self.make(["install"] + arguments, tools: folder)
            try #require(installed.status == 0, "\(installed.errors)")
            #expect(try FileManager.default.attributesOfItem(atPath: programs)[.posixPermissions] as? Int == 0o775)
            let files = try Self.files(in: place)
            for file in [
                "bin/load-kp-bpf", "bin/bpf-eventd", "bin/print-event", "include/swift-bpf/kernel_types.h",
                "lib/swift-bpf/tools/bootstrap.bpf.o", "lib/systemd/system/load-kp-bpf@.service",
                "lib/systemd/system/bpf-eventd@.service", "share/man/man1/load-kp-bpf.1", "share/man/man8/bpf-eventd.8",
                "share/man/man1/print-event.1", "share/man/man5/swift-bpf-capture.5", "share/doc/swift-bpf/README.md",
                "share/doc/swift-bpf/LICENSE", "share/doc/swift-bpf/copyright", "share/doc/swift-bpf/docs/options.md",
                "share/bash-completion/completions/load-kp-bpf", "share/zsh/site-functions/_print-event",
                "share/fish/vendor_completions.d/bpf-eventd.fish",
            ] {
                #expect(files.contains("usr/local/" + file), "\(file)")
            }
            let removed = try Self.make(["uninstall"] + arguments, tools: folder)
            #expect(removed.status == 0, "\(removed.errors)")
            #expect(try Self.files(in: place) == ["usr/local/include/swift-bpf/own.h"])
            #expect(
                !FileManager.default.fileExists(atPath: place.appending(path: "usr/local/share/doc/swift-bpf").path))
        }
    }

    @Test func `texts name the place of the installation`() throws {
        try withTemporaryFolder { folder in
            try Self.makeTools(in: folder)
            let place = folder.appending(path: "place")
            let outcome = try Self.make(["install", "DESTDIR=\(place.path)", "PREFIX=/opt/bpf"], tools: folder)
            try #require(outcome.status == 0, "\(outcome.errors)")
            for (file, words) in [
                ("lib/systemd/system/load-kp-bpf@.service", "\nExecStart=/opt/bpf/bin/load-kp-bpf $LOAD_KP_BPF\n"),
                ("share/man/man1/load-kp-bpf.1", "/opt/bpf/include/swift"),
                ("share/doc/swift-bpf/README.md", "-I /opt/bpf/include/swift-bpf "),
            ] {
                let text = try String(contentsOf: place.appending(path: "opt/bpf/" + file), encoding: .utf8)
                #expect(text.contains(words) && !text.contains("/usr/local/"), "\(file)")
            }
        }
    }

    @Test func `nothing is installed as long as something is not built`() throws {
        try withTemporaryFolder { folder in
            try Self.makeTools(in: folder)
            try FileManager.default.removeItem(at: folder.appending(path: "print-event"))
            let place = folder.appending(path: "place")
            let outcome = try Self.make(["install", "DESTDIR=\(place.path)"], tools: folder)
            #expect(outcome.status != 0 && outcome.errors.contains("run 'make tools' first"), "\(outcome)")
            #expect(!FileManager.default.fileExists(atPath: place.path))
        }
    }

    @Test func `the package for Debian has it all, names what it needs, and is the same each time`() throws {
        try withTemporaryFolder { folder in
            try Self.makeTools(in: folder)
            let first = try Self.package("deb", folder, to: folder.appending(path: "first"))
            // Another time, another order in the directory, and modes of another umask.
            for tool in Self.tools.reversed() {
                let file = folder.appending(path: tool)
                let bytes = try Data(contentsOf: file)
                try FileManager.default.removeItem(at: file)
                try bytes.write(to: file)
                chmod(file.path, 0o700)
            }
            #expect(try Self.package("deb", folder, to: folder.appending(path: "second")) == first)

            let deb = folder.appending(path: "package.deb").path
            try Data(first).write(to: URL(filePath: deb))
            let control = try runProcess("dpkg-deb", ["-f", deb]).output
            #expect(control.contains("\nDepends: libc6 (>= 2.") && control.contains("libelf1"), "\(control)")
            let version = try Tools.run("load-kp-bpf", ["--version"]).output.trimmingCharacters(in: .newlines)
            #expect(control.contains("\nVersion: \(version)-1\n"))
            let content = try runProcess("dpkg-deb", ["-c", deb]).output
            for file in [
                "usr/bin/load-kp-bpf", "usr/share/man/man1/load-kp-bpf.1.gz", "usr/share/doc/swift-bpf/changelog.gz",
                "usr/share/doc/swift-bpf/changelog.Debian.gz", "usr/share/doc/swift-bpf/copyright",
                "usr/lib/systemd/system/bpf-eventd@.service", "usr/lib/swift-bpf/tools/bootstrap.bpf.o",
                "usr/share/zsh/vendor-completions/_load-kp-bpf", "usr/include/swift-bpf/kernel_types.h",
            ] {
                #expect(content.contains(" ./\(file)\n"), "\(file)")
            }
            for line in content.split(separator: "\n") {
                #expect(line.contains(" root/root ") && !line.contains("usr/local"), "\(line)")
                #expect(["drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x"].contains(line.prefix(10)), "\(line)")
            }
        }
    }

    @Test func `the tarball is the same each time, and its script installs and removes it`() throws {
        try withTemporaryFolder { folder in
            try Self.makeTools(in: folder)
            let first = try Self.package("tarball", folder, to: folder.appending(path: "first"))
            #expect(try Self.package("tarball", folder, to: folder.appending(path: "second")) == first)
            try Data(first).write(to: folder.appending(path: "package.tar.xz"))
            let script = """
                tar -xf package.tar.xz
                test -s swift-bpf-*/LICENSE && grep -q 'GCC RUNTIME LIBRARY EXCEPTION' swift-bpf-*/copyright
                DESTDIR=$PWD/place swift-bpf-*/install.sh /opt/bpf
                find place -type f -printf '%P\\n' | sort
                DESTDIR=$PWD/place swift-bpf-*/install.sh --remove /opt/bpf
                test -z "$(find place -type f)"
                """
            let outcome = try runProcess("/bin/sh", ["-euc", script], currentDirectory: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let files = outcome.output.split(separator: "\n")
            for file in ["bin/load-kp-bpf", "share/man/man8/bpf-eventd.8", "lib/systemd/system/load-kp-bpf@.service"] {
                #expect(files.contains("opt/bpf/\(file)"), "\(file)")
            }
        }
    }

    @Test func `the licenses of all that the tools contain are named`() throws {
        let text = try String(contentsOf: Self.root.appending(path: "Packaging/copyright"), encoding: .utf8)
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        for package in manifest.matches(of: /\.package\(url: "[^"]*\/([^"\/]+)"/) {
            #expect(text.contains("Static/\(package.1)"), "\(package.1)")
        }
    }
}
