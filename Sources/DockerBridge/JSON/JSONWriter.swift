import Base
package import NIOCore

extension ByteBuffer {
    /// Appends a JSON string with quotes whose value is `text`; bytes that are not UTF-8 become U+FFFD on the way.
    ///
    /// The result is valid UTF-8 and at most six times as long as `text`, plus two.
    package mutating func writeJSONString(_ text: UnsafeRawBufferPointer) {
        self.writeInteger(UInt8(ascii: "\""))
        var escaper = JSONEscaper(text)
        repeat {
            self.writeWithUnsafeMutableBytes(minimumWritableBytes: escaper.nextRoom) { escaper.write(into: $0) }
        } while !escaper.isDone
        self.writeInteger(UInt8(ascii: "\""))
    }

    /// Appends `text` as a JSON string with quotes.
    package mutating func writeJSONString(_ text: String) {
        var text = text
        text.withUTF8 { self.writeJSONString(UnsafeRawBufferPointer($0)) }
    }

    /// Appends `value` in decimal digits.
    package mutating func writeJSONInteger(_ value: Int) {
        var rest = value.magnitude
        var count = value < 0 ? 2 : 1
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            var rest = value.magnitude
            bytes[0] = UInt8(ascii: "-")
            for index in stride(from: count - 1, through: value < 0 ? 1 : 0, by: -1) {
                bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            return count
        }
    }
}
