package import Base
package import NIOCore

extension ByteBuffer: JSONOutput {
    package mutating func appendJSON(_ bytes: UnsafeRawBufferPointer) {
        self.writeBytes(bytes)
    }

    package mutating func appendJSON(room count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: count, body)
    }
}

extension ByteBuffer {
    /// One JSON object without a line break, as most answers are.
    package init(jsonObject body: (inout JSONWriter<ByteBuffer>) -> Void) {
        var json = JSONWriter(ByteBuffer())
        json.object(body)
        self = json.finish()
    }

    /// Appends JSON text. The buffer goes into the writer and comes back, without a copy.
    package mutating func writeJSON(_ body: (inout JSONWriter<ByteBuffer>) -> Void) {
        var json = JSONWriter(exchange(&self, with: ByteBuffer()))
        body(&json)
        self = json.finish()
    }

    /// Appends a JSON string with quotes, for texts whose frame is a template.
    package mutating func writeJSONString(_ text: UnsafeRawBufferPointer) {
        self.appendJSON(quoting: text)
    }

    package mutating func writeJSONString(_ text: String) {
        self.appendJSON(quoting: text)
    }

    package mutating func writeJSONInteger(_ value: Int) {
        self.appendJSON(value)
    }
}

extension JSONWriter<ByteBuffer> {
    package mutating func raw(_ json: ByteBuffer) {
        self.raw { $0.writeImmutableBuffer(json) }
    }

    /// A number as text, such as a fraction.
    package mutating func raw(_ json: String) {
        self.raw { $0.writeString(json) }
    }
}

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
