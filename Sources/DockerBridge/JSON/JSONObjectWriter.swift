package import NIOCore

/// Writes the members of one JSON object, with commas where they belong.
///
/// It does not hold the buffer, so that objects inside objects need no closures.
package struct JSONObjectWriter {
    private var isFirst = true

    /// Opens the object.
    package init(_ buffer: inout ByteBuffer) {
        buffer.writeStaticString("{")
    }

    /// The value must follow.
    package mutating func key(_ name: String, into buffer: inout ByteBuffer) {
        if !exchange(&self.isFirst, with: false) { buffer.writeStaticString(",") }
        buffer.writeJSONString(name)
        buffer.writeStaticString(":")
    }

    /// Leaves the member out where there is no value.
    package mutating func write(_ name: String, _ value: String?, into buffer: inout ByteBuffer) {
        guard let value else { return }
        self.key(name, into: &buffer)
        buffer.writeJSONString(value)
    }

    package mutating func write(_ name: String, _ value: Bool, into buffer: inout ByteBuffer) {
        self.key(name, into: &buffer)
        buffer.writeStaticString(value ? "true" : "false")
    }

    package mutating func write(_ name: String, _ value: Int, into buffer: inout ByteBuffer) {
        self.key(name, into: &buffer)
        buffer.writeJSONInteger(value)
    }

    package func end(_ buffer: inout ByteBuffer) {
        buffer.writeStaticString("}")
    }
}
