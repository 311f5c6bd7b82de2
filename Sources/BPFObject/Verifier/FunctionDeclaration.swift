// SPDX-License-Identifier: Apache-2.0

/// The parameters of a function, as a line of C declares them.
///
/// It is for names and underlines: a line that is not read costs no more than a name.
struct FunctionDeclaration {
    /// A parameter, and its columns in the line, from 1.
    struct Parameter: Equatable {
        let text: String
        let columns: Range<Int>
    }

    /// All parameters on the line, the context first.
    let parameters: [Parameter]

    /// Looks for `function(…)` in a line; nil if it is not there.
    init?(_ line: String, of function: String) {
        let scalars = Array(line.unicodeScalars.prefix(Self.longestLine))
        let name = Array(function.unicodeScalars)
        guard !name.isEmpty, scalars.count > name.count,
            let start = (0..<(scalars.count - name.count)).first(where: { index in
                scalars[index..<index + name.count].elementsEqual(name) && scalars[index + name.count] == "("
                    && (index == 0 || !Self.isWord(scalars[index - 1]))
            })
        else { return nil }
        var parameters: [Parameter] = []
        var depth = 0
        var begin = start + name.count + 1
        func take(_ end: Int) {
            let columns = Self.trimmed(begin..<end, scalars)
            guard !columns.isEmpty else { return }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars[columns])
            parameters.append(Parameter(text: text, columns: columns.lowerBound + 1..<columns.upperBound + 1))
        }
        search: for index in begin..<scalars.count {
            switch scalars[index] {
            case "(", "[": depth += 1
            case ")" where depth == 0:
                take(index)
                break search
            case ")", "]": depth -= 1
            case "," where depth == 0:
                take(index)
                begin = index + 1
            default: break
            }
        }
        self.parameters = parameters
    }

    /// Lines that are longer were not written by people.
    private static let longestLine = 4096

    /// The name of a parameter, from 1: the last word of `const char *path`.
    func name(ofParameter number: Int) -> String? {
        guard parameters.indices.contains(number - 1) else { return nil }
        let scalars = parameters[number - 1].text.unicodeScalars
        guard let last = scalars.last, Self.isWord(last) else { return nil }
        var name = ""
        for scalar in scalars.reversed().prefix(while: Self.isWord).reversed() { name.unicodeScalars.append(scalar) }
        return name
    }

    private static func trimmed(_ range: Range<Int>, _ scalars: [Unicode.Scalar]) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, scalars[start].properties.isWhitespace { start += 1 }
        while end > start, scalars[end - 1].properties.isWhitespace { end -= 1 }
        return start..<end
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
        default: false
        }
    }
}
