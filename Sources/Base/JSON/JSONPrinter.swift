/// Writes a JSON tree: spread over lines for reports, or on one line for streams.
struct JSONPrinter {
    private let isSpread: Bool
    private var output: [UInt8] = []

    /// Two spaces per level, UTF-8 as it is, a line feed at the end.
    static func spread(_ node: JSONNode) -> String {
        var printer = JSONPrinter(isSpread: true)
        printer.write(node, indent: 0)
        return String(decoding: printer.output, as: UTF8.self) + "\n"
    }

    static func compact(_ node: JSONNode) -> String {
        var printer = JSONPrinter(isSpread: false)
        printer.write(node, indent: 0)
        return String(decoding: printer.output, as: UTF8.self)
    }

    private init(isSpread: Bool) {
        self.isSpread = isSpread
    }

    private mutating func write(_ node: JSONNode, indent: Int) {
        switch node {
        case .null: self.output.appendJSON("null")
        case .bool(let value): self.output.appendJSON(value ? "true" : "false")
        case .number(let number):
            if let whole = Int(exactly: number) {
                self.output.appendJSON(whole)
            } else {
                // JSON has no infinity; a document may have 1e999.
                self.output.append(contentsOf: (number.isFinite ? "\(number)" : "null").utf8)
            }
        case .text(let text): self.output.appendJSON(quoting: text)
        case .array(let elements):
            self.list("[", "]", elements, indent: indent) { printer, element in
                printer.write(element, indent: indent + 1)
            }
        case .object(let members):
            self.list("{", "}", members, indent: indent) { printer, member in
                printer.output.appendJSON(quoting: member.name)
                printer.output.appendJSON(printer.isSpread ? ": " : ":")
                printer.write(member.value, indent: indent + 1)
            }
        }
    }

    private mutating func list<Item>(
        _ open: StaticString,
        _ close: StaticString,
        _ items: [Item],
        indent: Int,
        write: (inout JSONPrinter, Item) -> Void
    ) {
        self.output.appendJSON(open)
        for (index, item) in items.enumerated() {
            if index > 0 { self.output.appendJSON(",") }
            self.breakLine(indent + 1)
            write(&self, item)
        }
        if !items.isEmpty { self.breakLine(indent) }
        self.output.appendJSON(close)
    }

    private mutating func breakLine(_ indent: Int) {
        guard self.isSpread else { return }
        self.output.appendJSON("\n")
        self.output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * indent))
    }
}

extension JSONNode {
    /// Spread over lines, two spaces per level, with a line feed at the end.
    package var spread: String { JSONPrinter.spread(self) }
    /// On one line, without one.
    package var compact: String { JSONPrinter.compact(self) }
}
