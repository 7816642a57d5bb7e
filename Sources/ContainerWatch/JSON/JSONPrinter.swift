/// Writes a JSON tree: spread over lines for reports, or on one line for streams.
struct JSONPrinter {
    private let isSpread: Bool
    private var text = ""

    /// Two spaces per level, UTF-8 as it is, a line feed at the end.
    static func spread(_ node: JSONNode) -> String {
        var printer = JSONPrinter(isSpread: true)
        printer.write(node, indent: 0)
        return printer.text + "\n"
    }

    static func compact(_ node: JSONNode) -> String {
        var printer = JSONPrinter(isSpread: false)
        printer.write(node, indent: 0)
        return printer.text
    }

    private init(isSpread: Bool) {
        self.isSpread = isSpread
    }

    private mutating func write(_ node: JSONNode, indent: Int) {
        switch node {
        case .null: self.text += "null"
        case .bool(let value): self.text += value ? "true" : "false"
        case .number(let number): self.text += Int(exactly: number).map { "\($0)" } ?? "\(number)"
        case .text(let text): self.quote(text)
        case .array(let elements):
            self.list("[", "]", elements, indent: indent) { printer, element in
                printer.write(element, indent: indent + 1)
            }
        case .object(let members):
            self.list("{", "}", members, indent: indent) { printer, member in
                printer.quote(member.name)
                printer.text += printer.isSpread ? ": " : ":"
                printer.write(member.value, indent: indent + 1)
            }
        }
    }

    private mutating func list<Item>(
        _ open: String,
        _ close: String,
        _ items: [Item],
        indent: Int,
        write: (inout JSONPrinter, Item) -> Void
    ) {
        self.text += open
        for (index, item) in items.enumerated() {
            if index > 0 { self.text += "," }
            self.breakLine(indent + 1)
            write(&self, item)
        }
        if !items.isEmpty { self.breakLine(indent) }
        self.text += close
    }

    private mutating func breakLine(_ indent: Int) {
        guard self.isSpread else { return }
        self.text += "\n"
        self.text += String(repeating: "  ", count: indent)
    }

    private mutating func quote(_ string: String) {
        self.text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": self.text += "\\\""
            case "\\": self.text += "\\\\"
            case "\n": self.text += "\\n"
            case "\r": self.text += "\\r"
            case "\t": self.text += "\\t"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                self.text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: self.text.unicodeScalars.append(scalar)
            }
        }
        self.text += "\""
    }
}

extension JSONNode {
    /// Spread over lines, two spaces per level, with a line feed at the end.
    package var spread: String { JSONPrinter.spread(self) }
    /// On one line, without one.
    package var compact: String { JSONPrinter.compact(self) }
}
