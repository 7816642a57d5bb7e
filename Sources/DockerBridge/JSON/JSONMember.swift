package import NIOCore

/// Reads one member of a small JSON object, for answers of which a single value matters.
/// Of a name that comes twice the last one counts, as it does everywhere else.
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
            var result: R?
            do throws(JSONError) {
                guard try scanner.beginObject() else { return nil }
                while let key = try scanner.nextKey() {
                    if key.isEqual(to: name) {
                        result = try read(&scanner)
                    } else {
                        _ = try scanner.skipValue()
                    }
                }
            } catch {
                // Not the object that was promised: then it has no such member either.
                return nil
            }
            return result
        }
    }
}
