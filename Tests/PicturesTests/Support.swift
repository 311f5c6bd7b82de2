// SPDX-License-Identifier: Apache-2.0

import EventDecoding
@testable import Pictures

/// A stack of a process, the outermost frame first.
func stack(_ names: String...) -> [PictureFrame] {
    names.enumerated().map { PictureFrame($1, $0 == 0 ? .process : .user) }
}

/// The text of a buffer.
func text(_ lines: inout LineBuffer) -> String { String(decoding: lines.take(from: 0), as: UTF8.self) }

/// A strict reader of XML as pictures write it: nothing of it is passed over, and nothing else is taken.
struct MarkupReader {
    struct Element: Equatable {
        var name: String
        var attributes: [String: String] = [:]
        var children: [Element] = []
        /// The text directly in it.
        var text = ""

        /// Itself and all in it.
        var all: [Element] { [self] + children.flatMap(\.all) }

        func named(_ name: String) -> [Element] { all.filter { $0.name == name } }
    }

    enum Fault: Error, Equatable { case at(Int, String) }

    private let text: [Character]
    private var place = 0

    /// Reads a whole document.
    static func read(_ text: String) throws -> Element {
        for scalar in text.unicodeScalars {
            let isAllowed = scalar == "\n" || scalar == "\t" || scalar.value >= 0x20 && scalar.value != 0x7f
            guard isAllowed, !(0x80..<0xa0).contains(scalar.value), scalar.value & 0xfffe != 0xfffe else {
                throw Fault.at(0, "control \(scalar.value)")
            }
        }
        var reader = MarkupReader(text)
        if reader.takes("<?xml") { try reader.skip(to: "?>") }
        reader.skipSpace()
        let element = try reader.element()
        reader.skipSpace()
        guard reader.place == reader.text.count else { throw reader.fault("text behind the document") }
        return element
    }

    private init(_ text: String) { self.text = Array(text) }

    private func fault(_ words: String) -> Fault { .at(place, words) }

    private mutating func takes(_ word: String) -> Bool {
        let word = Array(word)
        guard place + word.count <= text.count, Array(text[place..<(place + word.count)]) == word else { return false }
        place += word.count
        return true
    }

    private mutating func skip(to word: String) throws {
        while !takes(word) {
            guard place < text.count else { throw fault("no \(word)") }
            place += 1
        }
    }

    private mutating func skipSpace() {
        while place < text.count, text[place].isWhitespace { place += 1 }
    }

    private mutating func name() throws -> String {
        let start = place
        func isPart(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || "-_:.".contains(character)
        }
        while place < text.count, isPart(text[place]) { place += 1 }
        guard place > start else { throw fault("no name") }
        return String(text[start..<place])
    }

    private mutating func element() throws -> Element {
        guard takes("<") else { throw fault("no element") }
        var element = Element(name: try name())
        while true {
            let hadSpace = place < text.count && text[place].isWhitespace
            skipSpace()
            if takes("/>") { return element }
            if takes(">") { break }
            guard hadSpace else { throw fault("no space before an attribute") }
            let key = try name()
            guard takes("=\"") else { throw fault("no value of \(key)") }
            guard element.attributes.updateValue(try characters(until: "\""), forKey: key) == nil else {
                throw fault("\(key) twice")
            }
            place += 1
        }
        while true {
            element.text += try characters(until: "<")
            if takes("</") {
                guard try name() == element.name, takes(">") else { throw fault("\(element.name) does not end") }
                return element
            }
            if takes("<![CDATA[") {
                let start = place
                try skip(to: "]]>")
                element.text += String(text[start..<(place - 3)])
            } else {
                element.children.append(try self.element())
            }
        }
    }

    private mutating func characters(until end: Character) throws -> String {
        var found = ""
        while place < text.count, text[place] != end {
            let character = text[place]
            guard character != "<" else { throw fault("a bare <") }
            if character == "&" {
                let known = ["&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'"]
                guard let entity = known.first(where: { takes($0.key) }) else { throw fault("a bare &") }
                found += entity.value
            } else {
                found.append(character)
                place += 1
            }
        }
        guard place < text.count else { throw fault("no \(end)") }
        return found
    }
}
