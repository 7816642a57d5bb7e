package import NIOCore

/// Reads one member of a small JSON object, for answers of which a single value matters.
package enum JSONMember {
    package static func text(_ name: StaticString, of object: ByteBuffer) -> String? {
        Self.value(name, of: object) { scanner throws(JSONError) in try scanner.readString()?.decoded }
    }

    package static func integer(_ name: StaticString, of object: ByteBuffer) -> Int? {
        Self.value(name, of: object) { scanner throws(JSONError) in try scanner.readInteger() }
    }

    package static func bool(_ name: StaticString, of object: ByteBuffer) -> Bool? {
        Self.value(name, of: object) { scanner throws(JSONError) in try scanner.readBool() }
    }

    private static func value<R>(
        _ name: StaticString,
        of object: ByteBuffer,
        read: (inout JSONScanner) throws(JSONError) -> R?
    ) -> R? {
        object.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            do throws(JSONError) {
                return try scanner.readMember(name, read)
            } catch {
                // Not the object that was promised: then it has no such member either.
                return nil
            }
        }
    }
}
