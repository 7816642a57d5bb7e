import Base

/// The query of a target, read as engines read it: of several values of a name the first counts, whichever way the name is
/// written.
///
/// It is a view of bytes that are valid only as long as the target's.
struct EngineQuery {
    /// What is behind the first `?`, as it came.
    let bytes: UnsafeBufferPointer<UInt8>

    /// The first value of `name`, as it came and empty where there is no `=`; `nil` where the name does not occur.
    func first(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
        var rest = self.bytes
        while !rest.isEmpty {
            // Engines that were built with an old Go end a parameter at `;`, newer ones refuse it. Both are looked for at once: a
            // search for each would go on to the end of the query for every parameter.
            var end = 0
            while end < rest.count, rest[end] != UInt8(ascii: "&"), rest[end] != UInt8(ascii: ";") { end += 1 }
            let field = rest.part(from: 0, to: end)
            rest = rest.part(from: end + 1)
            let key = field.part(from: 0, to: field.position(of: UInt8(ascii: "=")))
            if key.isEqual(to: name) || Self.isEncoded(key, name) { return field.part(from: key.count + 1) }
        }
        return nil
    }

    private static func isEncoded(_ key: UnsafeBufferPointer<UInt8>, _ name: StaticString) -> Bool {
        guard key.contains(where: \.beginsEscape) else { return false }
        let decoded = String(decoding: key, as: UTF8.self).percentDecoded
        return decoded == name.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
    }
}
