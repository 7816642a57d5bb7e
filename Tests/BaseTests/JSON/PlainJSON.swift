@testable import Base

/// A recursive reading of the grammar of RFC 8259, as plain as can be: what the fast one is compared with.
struct PlainJSON {
    private var rest: Substring.UnicodeScalarView

    static func kind(of bytes: [UInt8]) -> JSONText.Kind? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var parser = PlainJSON(rest: Substring(text).unicodeScalars)
        guard let kind = parser.value(), parser.rest.isEmpty else { return nil }
        return kind
    }

    private mutating func value() -> JSONText.Kind? {
        self.space()
        let kind = self.scalarOrContainer()
        self.space()
        return kind
    }

    private mutating func scalarOrContainer() -> JSONText.Kind? {
        switch self.rest.first {
        case "{": return self.members(closing: "}", isObject: true) ? .object : nil
        case "[": return self.members(closing: "]", isObject: false) ? .array : nil
        case "\"": return self.string() ? .string : nil
        case "t": return self.word("true") ? .bool : nil
        case "f": return self.word("false") ? .bool : nil
        case "n": return self.word("null") ? .null : nil
        default: return self.number() ? .number : nil
        }
    }

    private mutating func members(closing: Unicode.Scalar, isObject: Bool) -> Bool {
        self.rest.removeFirst()
        self.space()
        if self.take(closing) { return true }
        while true {
            if isObject {
                self.space()
                guard self.string() else { return false }
                self.space()
                guard self.take(":") else { return false }
            }
            guard self.value() != nil else { return false }
            if self.take(closing) { return true }
            guard self.take(",") else { return false }
        }
    }

    private mutating func string() -> Bool {
        guard self.take("\"") else { return false }
        while let scalar = self.rest.popFirst() {
            switch scalar {
            case "\"": return true
            case "\\":
                guard let letter = self.rest.popFirst() else { return false }
                if letter == "u" {
                    let digits = self.rest.prefix(4)
                    guard digits.count == 4, digits.allSatisfy({ "0123456789abcdefABCDEF".unicodeScalars.contains($0) })
                    else { return false }
                    self.rest = self.rest.dropFirst(4)
                } else if !"\"\\/bfnrt".unicodeScalars.contains(letter) {
                    return false
                }
            case "\u{0}"..."\u{1F}": return false
            default: continue
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        _ = self.take("-")
        if !self.take("0"), !self.digits() { return false }
        if self.take("."), !self.digits() { return false }
        if self.take("e") || self.take("E") {
            if !self.take("+") { _ = self.take("-") }
            return self.digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let count = self.rest.prefix { ("0"..."9").contains($0) }.count
        self.rest = self.rest.dropFirst(count)
        return count > 0
    }

    private mutating func word(_ word: String) -> Bool {
        guard self.rest.starts(with: word.unicodeScalars) else { return false }
        self.rest = self.rest.dropFirst(word.unicodeScalars.count)
        return true
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard self.rest.first == scalar else { return false }
        self.rest.removeFirst()
        return true
    }

    private mutating func space() {
        self.rest = self.rest.drop { [" ", "\t", "\n", "\r"].contains($0) }
    }
}
