/// Colours for a terminal, or none.
package enum Paint: Sendable {
    case none
    case ansi

    func bold(_ text: String) -> String { self.wrap(text, "1") }
    func dim(_ text: String) -> String { self.wrap(text, "2") }

    func severity(_ severity: Severity, _ text: String) -> String {
        switch severity {
        case .critical: self.wrap(text, "1;91")
        case .high: self.wrap(text, "91")
        case .medium: self.wrap(text, "93")
        case .low: self.wrap(text, "94")
        }
    }

    private func wrap(_ text: String, _ code: String) -> String {
        switch self {
        case .none: text
        case .ansi: "\u{1b}[\(code)m\(text)\u{1b}[0m"
        }
    }
}

extension Severity {
    /// In capitals, filled up on the left so that all are equally wide.
    var label: String {
        let name = self.rawValue.uppercased()
        return String(repeating: " ", count: 8 - name.count) + name
    }
}
