/// Writes one JSON text into a buffer that it owns: commas and colons where they belong, escapes where they must be.
///
/// It cannot be copied, because a second owner of the buffer would turn every write into a copy of all before it.
///
///     var json = JSONWriter(ByteBuffer())
///     json.object { json in
///         json.member("id", record.id)
///         json.array("ports") { json in for port in record.ports { json.value(port) } }
///     }
///     let buffer = json.finish()
package struct JSONWriter<Output: JSONOutput>: ~Copyable {
    @usableFromInline var output: Output
    /// A value came before in the innermost object or array, so the next one follows a comma.
    @usableFromInline var isCommaDue = false

    @inlinable package init(_ output: consuming Output) {
        self.output = output
    }

    /// The buffer with all that was written.
    @inlinable package consuming func finish() -> Output { self.output }

    // MARK: Values: alone, as elements of an array, or behind a key

    @inlinable package mutating func value(_ text: String) {
        self.separate()
        self.output.appendJSON(quoting: text)
    }

    /// Bytes that are not UTF-8 become U+FFFD.
    @inlinable package mutating func value(_ text: UnsafeRawBufferPointer) {
        self.separate()
        self.output.appendJSON(quoting: text)
    }

    @inlinable package mutating func value(_ number: Int) {
        self.separate()
        self.output.appendJSON(number)
    }

    /// `null` for what JSON has no number for.
    package mutating func value(_ number: Double) {
        self.separate()
        var text = number.isFinite ? "\(number)" : "null"
        text.withUTF8 { self.output.appendJSON(UnsafeRawBufferPointer($0)) }
    }

    @inlinable package mutating func value(_ bool: Bool) {
        self.separate()
        self.output.appendJSON(bool ? "true" : "false")
    }

    /// A value that is JSON text already.
    @inlinable package mutating func raw(_ json: StaticString) {
        self.separate()
        self.output.appendJSON(json)
    }

    @inlinable package mutating func raw(_ json: UnsafeRawBufferPointer) {
        self.separate()
        self.output.appendJSON(json)
    }

    /// A value that `body` writes as JSON text.
    @inlinable package mutating func raw(_ body: (inout Output) -> Void) {
        self.separate()
        body(&self.output)
    }

    @inlinable package mutating func object(_ body: (inout JSONWriter) -> Void) {
        self.separate()
        self.output.appendJSON("{")
        self.isCommaDue = false
        body(&self)
        self.output.appendJSON("}")
        self.isCommaDue = true
    }

    @inlinable package mutating func array(_ body: (inout JSONWriter) -> Void) {
        self.separate()
        self.output.appendJSON("[")
        self.isCommaDue = false
        body(&self)
        self.output.appendJSON("]")
        self.isCommaDue = true
    }

    // MARK: Members of the innermost object

    /// The value must follow. Needs no escape: names of ours have none.
    @inlinable package mutating func key(_ name: StaticString) {
        self.output.appendJSON(self.isCommaDue ? ",\"" : "\"")
        self.output.appendJSON(name)
        self.output.appendJSON("\":")
        self.isCommaDue = false
    }

    /// The value must follow.
    @inlinable package mutating func key(named name: String) {
        self.value(name)
        self.output.appendJSON(":")
        self.isCommaDue = false
    }

    /// Leaves the member out where there is no value.
    @inlinable package mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        self.key(name)
        self.value(text)
    }

    @inlinable package mutating func member(named name: String, _ text: String) {
        self.key(named: name)
        self.value(text)
    }

    /// Leaves the member out where there is no value.
    @inlinable package mutating func member(_ name: StaticString, _ number: Int?) {
        guard let number else { return }
        self.key(name)
        self.value(number)
    }

    /// Leaves the member out where there is no value.
    package mutating func member(_ name: StaticString, _ number: Double?) {
        guard let number else { return }
        self.key(name)
        self.value(number)
    }

    @inlinable package mutating func member(_ name: StaticString, _ bool: Bool) {
        self.key(name)
        self.value(bool)
    }

    @inlinable package mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        self.key(name)
        self.object(body)
    }

    @inlinable package mutating func array(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        self.key(name)
        self.array(body)
    }

    /// An array of strings.
    @inlinable package mutating func array(_ name: StaticString, of texts: some Sequence<String>) {
        self.array(name) { json in
            for text in texts { json.value(text) }
        }
    }

    @inlinable mutating func separate() {
        if self.isCommaDue { self.output.appendJSON(",") }
        self.isCommaDue = true
    }
}

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
