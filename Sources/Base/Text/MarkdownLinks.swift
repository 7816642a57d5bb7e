extension String {
    /// Markdown whose links are only their texts, for a place from which their targets cannot be reached.
    package var withoutLinkTargets: String {
        var plain = ""
        var rest = self[...]
        while let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") {
            let behind = rest.index(after: close)
            let end = rest[behind...].first == "(" ? rest[behind...].firstIndex(of: ")") : nil
            plain += end == nil ? rest[...close] : rest[..<open] + rest[open..<close].dropFirst()
            rest = rest[rest.index(after: end ?? close)...]
        }
        return plain + rest
    }
}
