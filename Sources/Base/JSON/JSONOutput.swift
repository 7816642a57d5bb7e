/// A growing buffer that JSON text is written into.
package protocol JSONOutput {
    mutating func appendJSON(_ bytes: UnsafeRawBufferPointer)

    /// Appends what `body` writes into at least `count` bytes of room; it returns how many bytes that is.
    mutating func appendJSON(room count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int)
}

extension JSONOutput {
    @inlinable package mutating func appendJSON(_ text: StaticString) {
        self.appendJSON(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a JSON string with quotes whose value is `text`; bytes that are not UTF-8 become U+FFFD on the way.
    ///
    /// The result is valid UTF-8 and at most six times as long as `text`, plus two.
    @inlinable package mutating func appendJSON(quoting text: UnsafeRawBufferPointer) {
        self.appendJSON("\"")
        var escaper = JSONEscaper(text)
        repeat {
            self.appendJSON(room: escaper.nextRoom) { escaper.write(into: $0) }
        } while !escaper.isDone
        self.appendJSON("\"")
    }

    @inlinable package mutating func appendJSON(quoting text: String) {
        var text = text
        text.withUTF8 { self.appendJSON(quoting: UnsafeRawBufferPointer($0)) }
    }

    /// Appends `value` in decimal digits.
    @inlinable package mutating func appendJSON(_ value: Int) {
        var rest = value.magnitude
        var count = value < 0 ? 2 : 1
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        self.appendJSON(room: count) { bytes in
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

extension [UInt8]: JSONOutput {
    package mutating func appendJSON(_ bytes: UnsafeRawBufferPointer) {
        self.append(contentsOf: bytes)
    }

    package mutating func appendJSON(room count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
        let start = self.count
        self.append(contentsOf: repeatElement(0, count: count))
        let written = self.withUnsafeMutableBytes { body(UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
        self.removeLast(count - written)
    }
}
