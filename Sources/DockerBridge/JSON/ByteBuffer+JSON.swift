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
