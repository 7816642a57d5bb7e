import DockerBridge
import NIOCore

/// The members of one JSON object inside a message, looked up by name.
///
/// A frame has a handful of short members, so a look-up walks them; frames that are frequent read in one walk with
/// `forEach`.
struct Members {
    let bytes: UnsafeRawBufferPointer
    let message: ByteBuffer
    /// Offset of the opening brace.
    let start: Int

    /// Calls `body` for every member with the cursor on its value, which `body` must read or skip.
    func forEach(
        _ body: (JSONString, inout JSONScanner) throws(JSONScanner.Failure) -> Void
    ) throws(JSONScanner.Failure) {
        var scanner = JSONScanner(self.bytes, from: self.start)
        try scanner.beginObject()
        while let key = try scanner.nextKey() { try body(key, &scanner) }
    }

    /// The bytes at `range`, as a view of the message.
    func slice(_ range: Range<Int>) -> ByteBuffer? {
        self.message.getSlice(at: self.message.readerIndex + range.lowerBound, length: range.count)
    }

    func text(_ name: StaticString) throws(JSONScanner.Failure) -> String? {
        try self.find(name) { scanner throws(JSONScanner.Failure) in try scanner.text() }
    }

    func integer(_ name: StaticString) throws(JSONScanner.Failure) -> Int? {
        try self.find(name) { scanner throws(JSONScanner.Failure) in try scanner.integer() }
    }

    func bool(_ name: StaticString) throws(JSONScanner.Failure) -> Bool? {
        try self.find(name) { scanner throws(JSONScanner.Failure) in try scanner.bool() }
    }

    func strings(_ name: StaticString) throws(JSONScanner.Failure) -> [String]? {
        try self.find(name) { scanner throws(JSONScanner.Failure) in try scanner.strings() }
    }

    /// The value's text exactly as it stands.
    func raw(_ name: StaticString) throws(JSONScanner.Failure) -> ByteBuffer? {
        try self.find(name) { scanner throws(JSONScanner.Failure) in self.slice(try scanner.skipValue()) }
    }

    func members(_ name: StaticString) throws(JSONScanner.Failure) -> Members? {
        try self.find(name) { scanner throws(JSONScanner.Failure) in
            guard scanner.peek == UInt8(ascii: "{") else { return nil }
            return Members(bytes: self.bytes, message: self.message, start: scanner.offset)
        }
    }

    private func find<R>(
        _ name: StaticString,
        _ read: (inout JSONScanner) throws(JSONScanner.Failure) -> R?
    ) throws(JSONScanner.Failure) -> R? {
        var scanner = JSONScanner(self.bytes, from: self.start)
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key.isEqual(to: name) { return try read(&scanner) }
            _ = try scanner.skipValue()
        }
        return nil
    }
}
