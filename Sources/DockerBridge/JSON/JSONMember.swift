package import NIOCore

/// Reads one member of a small JSON object, for answers of which a single value matters.
package enum JSONMember {
    package static func text(_ name: StaticString, of object: ByteBuffer) -> String? {
        Self.value(name, of: object) { scanner throws(JSONError) in try scanner.readString()?.decoded }
    }

    package static func integer(_ name: StaticString, of object: ByteBuffer) -> Int? {
        Self.value(name, of: object) { scanner throws(JSONError) in try scanner.readInteger() }
    }

    private static func value<R>(
        _ name: StaticString,
        of object: ByteBuffer,
        read: (inout JSONScanner) throws(JSONError) -> R?
    ) -> R? {
        object.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            do throws(JSONError) {
                guard try scanner.beginObject() else { return nil }
                while let key = try scanner.nextKey() {
                    if key.isEqual(to: name) { return try read(&scanner) }
                    _ = try scanner.skipValue()
                }
            } catch {
                // Not the object that was promised: then it has no such member either.
            }
            return nil
        }
    }
}
