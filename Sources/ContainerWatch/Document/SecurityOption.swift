import Base

/// One entry of `HostConfig.SecurityOpt`. The engine keeps the separator as it was typed, `=` or `:`.
struct SecurityOption: Sendable, Equatable {
    /// In lower case.
    let key: String
    /// Trimmed and in lower case; empty when there is none.
    let value: String

    init(_ text: String) {
        let trimmed = text.trimmingSpace
        let utf8 = trimmed.utf8
        guard let separator = utf8.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else {
            self.key = trimmed.lowercased()
            self.value = ""
            return
        }
        self.key = trimmed[..<separator].lowercased()
        self.value = String(Substring(utf8[utf8.index(after: separator)...])).trimmingSpace.lowercased()
    }
}

extension SecurityOption {
    /// As the engine reads the value of a switch; without a value it is on.
    var isOn: Bool { ["", "1", "t", "true"].contains(self.value) }
}
