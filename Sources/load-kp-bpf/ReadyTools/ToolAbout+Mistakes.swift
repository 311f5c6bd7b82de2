// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import ToolSupport

/// What is wrong with the command line of a ready tool, in words of its own.
extension ToolAbout {
    /// How its command line is written.
    var usage: String {
        let argument = self.argument.map { " " + $0.terminalSafe + "..." } ?? ""
        return "load-kp-bpf \(name)\(argument) [--set SETTING=VALUE]... [options]"
    }

    private var helpHint: Diagnostic.Hint { "load-kp-bpf \(name) --help lists its settings" }

    /// The word that it needs is not there.
    func missing(_ argument: String) -> CommandMistake {
        var mistake = CommandMistake.missing(
            argument.terminalSafe, because: "\(name) needs it: \(line)", shortest: "sudo load-kp-bpf \(name) vfs_read")
        mistake.usage = usage
        return mistake
    }

    /// A word that it does nothing with.
    func unexpected(_ word: String) -> CommandMistake {
        let isProcess = Int32(word) != nil && settings.contains { $0.name == "pid" }
        return CommandMistake.unexpected(
            word, because: "\(name) takes options alone",
            hint: isProcess ? "for one process: --set pid=\(word)" : helpHint)
    }

    /// An option that is none.
    ///
    /// - Parameters:
    ///   - mistake: What is said of it.
    ///   - option: The option.
    ///   - value: What stands behind it.
    func explained(_ mistake: CommandMistake, _ option: String, value: String?) -> CommandMistake {
        var mistake = mistake
        let word = String(option.drop { $0 == "-" }.prefix { $0 != "=" }).replacing("-", with: "_")
        let isLetter = word.utf8.count == 1
        let setting = settings.first { $0.name == word } ?? settings.first { isLetter && $0.name.hasPrefix(word) }
        if let setting {
            let value = value ?? (setting.type == "bool" || setting.type == "_Bool" ? "true" : "VALUE")
            mistake.cause = "\(name) has a setting \(setting.name.terminalSafe): \(setting.help.terminalSafe)"
            mistake.hint = Diagnostic.Hint("write --set \(setting.name.terminalSafe)=\(value)")
        } else if mistake.hint?.actions.isEmpty != false {
            mistake.hint = helpHint
        }
        return mistake
    }

    /// A setting that it does not have, or a value that one does not take.
    func setting(_ error: ObjectError) -> ToolFault {
        var diagnostic = error.diagnostic
        let known = error.symbol.flatMap { symbol in settings.first { $0.name == symbol } }
        if let known {
            diagnostic.details.append("\(known.name.terminalSafe): \(known.help.terminalSafe)")
        } else if diagnostic.hint?.actions.isEmpty != false {
            diagnostic.details = ["it has " + CommandMistake.list(settings.map(\.name.terminalSafe), "and")]
            diagnostic.hint = helpHint
        }
        return ToolFault(diagnostic: diagnostic)
    }
}

/// What is wrong with the settings of a ready tool.
struct ToolFault: DiagnosticError {
    let diagnostic: Diagnostic
}
