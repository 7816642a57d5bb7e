/// One import of a Swift file, read from its text.
struct ImportLine: Equatable {
    let access: String?
    let module: String

    /// Every import of a source text. Attributes, an access level, a declaration kind and a submodule may surround
    /// the name: `@preconcurrency package import struct NIOCore.ByteBuffer` is an import of `NIOCore`.
    static func all(in text: String) -> [ImportLine] {
        let attributes = #/(?:@\w+(?:\([^)]*\))?\s+)*/#
        let access = #/(?:(public|package|internal|fileprivate|private)\s+)?/#
        let kind = #/(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?/#
        return text.split(whereSeparator: \.isNewline).flatMap { line in
            line.split(separator: ";").compactMap { statement in
                let trimmed = statement.drop(while: \.isWhitespace)
                guard let prefix = trimmed.prefixMatch(of: attributes) else { return nil }
                let level = trimmed[prefix.range.upperBound...].prefixMatch(of: access)
                let rest = trimmed[(level?.range.upperBound ?? prefix.range.upperBound)...]
                guard rest.hasPrefix("import ") else { return nil }
                let named = rest.dropFirst("import ".count).drop(while: \.isWhitespace)
                let name = named.prefixMatch(of: kind).map { named[$0.range.upperBound...] } ?? named
                return ImportLine(
                    access: level?.output.1.map(String.init),
                    module: String(name.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
                )
            }
        }
    }
}
