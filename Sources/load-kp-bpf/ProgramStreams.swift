// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// What the programs of an object print with `bpf_stream_printk`, and what the kernel reports of them (Linux 6.17).
///
/// Nothing tells when there is something to read, so that the streams are looked at now and then.
struct ProgramStreams {
    /// Whether this kernel has streams, as far as is known.
    private(set) var isThere = true
    /// Of each program, the beginning of a line whose end was not read yet.
    private var beginnings: [Int: [UInt8]] = [:]
    private var buffer = [UInt8](repeating: 0, count: 1 << 14)
    /// Milliseconds between two looks, nil for none.
    var interval: Int64? { isThere ? usualInterval : nil }
    private let usualInterval: Int64

    /// The kernel keeps 100,000 bytes of each stream; a program that prints all the time does not keep us here.
    private static let readsPerLook = 16
    /// What is a line, wherever it ends.
    private static let longestLine = 1 << 14

    init(of object: Object) {
        let prints = object.externs.contains { $0.kind == .function && $0.name.hasPrefix("bpf_stream_") }
        // The kernel reports what goes wrong, of any program.
        usualInterval = prints ? 100 : 1000
    }

    /// The lines that programs have printed since the last look, each behind the program's name.
    mutating func lines(of programs: borrowing ProgramList) throws -> [UInt8] {
        var lines: [UInt8] = []
        for index in 0..<programs.count where isThere {
            let text = try take(.output, programs, index)
            guard !text.isEmpty else { continue }
            var rest = (beginnings[index] ?? []) + text
            while let end = rest.firstIndex(of: UInt8(ascii: "\n"))
                ?? (rest.count > Self.longestLine ? rest.endIndex : nil)
            {
                lines += line(rest[..<end], of: programs.definitions[index].name)
                rest.removeSubrange(..<min(end + 1, rest.endIndex))
            }
            beginnings[index] = rest
        }
        return lines
    }

    /// The lines that have no end.
    mutating func lastLines(of programs: borrowing ProgramList) -> [UInt8] {
        defer { beginnings = [:] }
        return beginnings.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }
            .flatMap { line($0.value[...], of: programs.definitions[$0.key].name) }
    }

    private func line(_ text: ArraySlice<UInt8>, of program: String) -> [UInt8] {
        Array("\(program): ".utf8) + text + [UInt8(ascii: "\n")]
    }

    /// What the kernel has reported of the programs since the last look.
    mutating func reports(of programs: borrowing ProgramList) throws -> [Diagnostic] {
        var reports: [Diagnostic] = []
        for index in 0..<programs.count where isThere {
            let text = String(decoding: try take(.errors, programs, index), as: UTF8.self)
            let lines = text.split(separator: "\n").map(String.init)
            guard let first = lines.first else { continue }
            reports.append(
                Diagnostic(
                    .programReport, .warning, stage: .run,
                    "program \(programs.definitions[index].name): \(first)", details: Array(lines.dropFirst())))
        }
        return reports
    }

    private mutating func take(_ stream: Program.Stream, _ programs: borrowing ProgramList, _ index: Int) throws
        -> [UInt8]
    {
        var bytes: [UInt8] = []
        for _ in 0..<Self.readsPerLook {
            guard let count = try read(stream, programs, index) else {
                isThere = false
                break
            }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// As the library reads; nothing is there while a program on a hook of the security modules forbids it.
    private mutating func read(
        _ stream: Program.Stream, _ programs: borrowing ProgramList, _ index: Int
    ) throws(BPFError) -> Int? {
        do throws(BPFError) {
            return try programs.read(stream, at: index, into: &buffer)
        } catch {
            guard error.code == .notPermitted else { throw error }
            return 0
        }
    }
}
