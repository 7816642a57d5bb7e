import Base

/// The query of a target, read as engines read it: of several values of a name the first counts, whichever way the name is
/// written.
///
/// A parameter ends at `&` or at `;`. Engines that were built with Go before 1.17 read it so; newer ones leave a parameter out
/// that holds a `;`.
///
/// It is a view of bytes that are valid only as long as the target's.
struct EngineQuery {
    /// What is behind the first `?`, as it came.
    let bytes: UnsafeBufferPointer<UInt8>

    /// The first value of `name`, as it came and empty where there is no `=`; `nil` where the name does not occur.
    func first(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
        var rest = self.bytes
        while let field = Self.next(&rest) {
            let key = field.part(from: 0, to: field.position(of: UInt8(ascii: "=")))
            if key.isEqual(to: name) || Self.isEncoded(key, name) { return field.part(from: key.count + 1) }
        }
        return nil
    }

    /// Whether two engines may read the query differently. No client writes a `;` that is not encoded.
    var isAmbiguous: Bool { self.bytes.position(of: UInt8(ascii: ";")) < self.bytes.count }

    /// Whether the body of a restore is the archive of a checkpoint.
    var importsCheckpoint: Bool { self.switchesOn("import") }

    /// Whether Podman may take a parameter for true. It takes the key in any case, and decodes it. Every value counts, not only
    /// the first.
    ///
    /// - Parameter name: in small letters.
    func switchesOn(_ name: String) -> Bool {
        var rest = self.bytes
        while let field = Self.next(&rest) {
            let endOfKey = field.position(of: UInt8(ascii: "="))
            let key = String(decoding: field.part(from: 0, to: endOfKey), as: UTF8.self).percentDecoded
            guard key.lowercased() == name else { continue }
            let value = String(decoding: field.part(from: endOfKey + 1), as: UTF8.self).percentDecoded
            if !["", "0", "f", "false", "off"].contains(value.lowercased()) { return true }
        }
        return false
    }

    /// Takes the next parameter. Both separators are looked for at once: a search for each would go on to the end of the query for
    /// every parameter.
    private static func next(_ rest: inout UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        if rest.isEmpty { return nil }
        var end = 0
        while end < rest.count, rest[end] != UInt8(ascii: "&"), rest[end] != UInt8(ascii: ";") { end += 1 }
        defer { rest = rest.part(from: end + 1) }
        return rest.part(from: 0, to: end)
    }

    private static func isEncoded(_ key: UnsafeBufferPointer<UInt8>, _ name: StaticString) -> Bool {
        guard key.contains(where: \.beginsEscape) else { return false }
        let decoded = String(decoding: key, as: UTF8.self).percentDecoded
        return decoded == name.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
    }
}
