// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Does what C's preprocessor does, as far as the headers of events need it.
///
/// `#define` of names without parameters, `#undef`, `#ifdef`, `#ifndef`, `#else` and `#endif` are obeyed, lines that
/// change no type are skipped, and all else is refused: a type that is read otherwise than a compiler does is worse
/// than none. Macros that stand for macros cost no more than ``Limits/layoutTokens`` words.
struct LayoutPreprocessor {
    private enum Macro {
        case words([LayoutToken])
        /// One with parameters, which is refused where it is used.
        case function
    }

    private var macros: [String: Macro] = [:]
    /// The `#ifdef`s that are open: where they are and whether the lines are read.
    private var conditions: [(isTaken: Bool, place: Range<Int>)] = []
    private var output: [LayoutToken] = []
    /// Words looked at, so that macros of macros of nothing end as well.
    private var work = 0

    private init() {}

    /// The words that are left for the compiler, with `end` as the last.
    static func words(of text: [UInt8]) throws(LayoutFault) -> [LayoutToken] {
        guard text.count <= Limits.layout else { throw LayoutFault(.tooLong(limit: Limits.layout), 0..<0) }
        var lexer = LayoutLexer(text)
        var preprocessor = LayoutPreprocessor()
        var token = try lexer.next()
        while token.kind != .end {
            if token.startsLine, token.text == "#", token.kind == .punctuator {
                var line: [LayoutToken] = []
                token = try lexer.next()
                while token.kind != .end, !token.startsLine {
                    line.append(token)
                    token = try lexer.next()
                }
                try preprocessor.directive(line)
            } else {
                if preprocessor.isReading { try preprocessor.expand(token, place: token.place, within: []) }
                token = try lexer.next()
            }
        }
        if let open = preprocessor.conditions.last { throw LayoutFault(.directive("#if without #endif"), open.place) }
        return preprocessor.output + [token]
    }

    private var isReading: Bool { conditions.allSatisfy(\.isTaken) }

    private mutating func directive(_ line: [LayoutToken]) throws(LayoutFault) {
        guard let first = line.first else { return }
        guard conditions.count <= Limits.layoutDepth else {
            throw LayoutFault(.tooDeep(limit: Limits.layoutDepth), first.place)
        }
        func refuse(_ what: String) -> LayoutFault { LayoutFault(.directive(what), first.place) }
        func name() throws(LayoutFault) -> LayoutToken {
            guard line.count > 1, line[1].kind == .identifier else {
                throw refuse("#\(first.text) needs a name")
            }
            return line[1]
        }
        switch first.text {
        case "ifdef": conditions.append((macros[try name().text] != nil, first.place))
        case "ifndef": conditions.append((macros[try name().text] == nil, first.place))
        case "if" where !isReading: conditions.append((false, first.place))
        case "else":
            guard let last = conditions.popLast() else { throw refuse("#else without #ifdef") }
            conditions.append((!last.isTaken, last.place))
        case "elif" where conditions.dropLast().allSatisfy(\.isTaken): throw refuse("#elif is not obeyed")
        case "endif":
            guard conditions.popLast() != nil else { throw refuse("#endif without #ifdef") }
        case _ where !isReading: break
        case "define":
            let name = try name()
            let isFunction = line.count > 2 && line[2].text == "(" && line[2].place.lowerBound == name.place.upperBound
            macros[name.text] = isFunction ? .function : .words(Array(line.dropFirst(2)))
        case "undef": macros[try name().text] = nil
        case "pragma" where line.contains { $0.text == "pack" || $0.text == "ms_struct" }:
            throw refuse("#pragma \(line.dropFirst().prefix(1).map(\.text).joined()) is not obeyed")
        case "include", "include_next", "import", "pragma", "line", "ident", "warning": break
        default: throw refuse("#\(first.text) is not obeyed")
        }
    }

    /// Puts a word out, or what it stands for.
    private mutating func expand(
        _ token: LayoutToken, place: Range<Int>, within active: [String]
    ) throws(LayoutFault) {
        work += 1
        guard work <= Limits.layoutTokens else {
            throw LayoutFault(.tooManyWords(limit: Limits.layoutTokens), place)
        }
        // What has a meaning of its own here keeps it: kernel headers define it with parameters.
        guard token.kind == .identifier, let macro = macros[token.text], !active.contains(token.text),
            !LayoutAttribute.words.contains(token.text)
        else {
            var token = token
            token.place = place
            output.append(token)
            return
        }
        guard case .words(let words) = macro else { throw LayoutFault(.parameters(token.text), place) }
        guard active.count < Limits.layoutDepth else { throw LayoutFault(.tooDeep(limit: Limits.layoutDepth), place) }
        for word in words { try expand(word, place: place, within: active + [token.text]) }
    }
}
