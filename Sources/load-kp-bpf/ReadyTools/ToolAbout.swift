// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics

/// What an object says of itself as a ready tool: what it does, how it is shown, and its settings.
///
/// It stands in tags of variables (`Examples/tools/tool.h`): `tool:`, `show:` and `takes:` on the license, `help:` on each
/// setting. The object may be anybody's; what is not there is empty.
struct ToolAbout: Equatable {
    /// A variable that `--set` changes.
    struct Setting: Equatable {
        let name: String
        /// As C writes it: `u32`, `char [16]`.
        let type: String
        /// What it is without `--set`, as C writes it; nil if the loader decides.
        let value: String?
        let help: String
    }

    /// The object does not say what a tool has to say, or says what none may.
    struct Fault: DiagnosticError {
        let tool: String
        let cause: String

        var diagnostic: Diagnostic {
            Diagnostic(
                .argumentsInvalid, stage: .object, "\(tool) cannot be run by its name", cause: cause,
                nextStep: "name its file, and say what is to be shown: --show")
        }
    }

    let name: String
    /// One line; empty if the object does not say it.
    let summary: String
    let preset: ToolPreset
    /// What the command line has to name behind the tool: `FUNCTION`.
    let argument: String?
    let settings: [Setting]
    /// Whether words behind its name can be functions: a tool of ours says which it takes.
    let takesFunctions: Bool

    init(_ name: String, _ object: Object) throws(Fault) {
        let tags = object.variableTags
        let own = tags["LICENSE"] ?? tags["_license"] ?? []
        self.name = name
        summary = Self.text("tool:", in: own) ?? ""
        argument = Self.text("takes:", in: own)
        takesFunctions = argument != nil || object.programs.contains { $0.section == "prog" }
        do throws(ToolPreset.Fault) {
            preset = try ToolPreset(reading: Self.text("show:", in: own) ?? "")
        } catch {
            throw Fault(tool: name, cause: Self.words(error))
        }
        settings = object.variables.compactMap { variable in
            guard let help = Self.text("help:", in: tags[variable.name] ?? []) else { return nil }
            return Self.setting(variable.name, help, tags[variable.name] ?? [], object)
        }.prefix(Self.mostSettings).map { $0 }
    }

    /// Settings that are listed.
    private static let mostSettings = 256
    /// Characters of one text.
    private static let longest = 400

    private static func setting(_ name: String, _ help: String, _ tags: [String], _ object: Object) -> Setting? {
        guard let part = try? object.globalPart(name), let bytes = object.maps[part.map].content?.bytes else {
            return nil
        }
        let isOfLoader = tags.contains(TracerSetting.tag)
        return Setting(
            name: name, type: part.type, value: isOfLoader ? nil : cut(object.text(of: part, in: bytes), 40), help: help
        )
    }

    private static func text(_ prefix: String, in tags: [String]) -> String? {
        tags.first { $0.hasPrefix(prefix) }.map { cut(String($0.dropFirst(prefix.count)), longest) }
    }

    private static func cut(_ text: String, _ most: Int) -> String {
        text.count <= most ? text : text.prefix(most) + "…"
    }

    private static func words(_ fault: ToolPreset.Fault) -> String {
        switch fault {
        case .unknown(let word): "it asks to be shown with \(word), which a tool may not ask for"
        case .valueMissing(let option): "it asks to be shown with \(option), and gives it no value"
        case .tooLong: "the options that it asks to be shown with are too long"
        }
    }
}
