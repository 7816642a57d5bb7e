import Base
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

    /// The text of a member that is an object.
    package static func object(_ name: StaticString, of object: ByteBuffer) -> ByteBuffer? {
        let range = self.value(name, of: object) { scanner throws(JSONError) -> Range<Int>? in
            let isObject = scanner.nextKind() == .object
            let range = try scanner.skipValue()
            return isObject ? range : nil
        }
        return range.flatMap { object.getSlice(at: object.readerIndex + $0.lowerBound, length: $0.count) }
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
