import Base
import DockerBridge
import NIOCore

/// The members of one JSON object inside a message, looked up by name.
///
/// A frame has a handful of short members, so a look-up walks them; frames that are frequent read in one walk with
/// `walk`. Of a name that comes twice the last one counts.
struct Members {
    /// The message's text.
    let bytes: UnsafeRawBufferPointer
    let message: ByteBuffer
    /// Where the object stands in the text.
    let range: Range<Int>

    /// Calls `body` for every member with the cursor on its value, which `body` must read or skip.
    func walk(
        _ body: (JSONString, inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        var scanner = self.scanner
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() { try body(key, &scanner) }
    }

    private var scanner: JSONScanner { JSONScanner(UnsafeRawBufferPointer(rebasing: self.bytes[self.range])) }

    /// What a scanner of this object found at `range`, as a view of the message.
    func slice(_ range: Range<Int>) -> ByteBuffer? {
        let start = self.message.readerIndex + self.range.lowerBound + range.lowerBound
        return self.message.getSlice(at: start, length: range.count)
    }

    func text(_ name: StaticString) throws(JSONError) -> String? {
        try self.find(name) { scanner throws(JSONError) in try scanner.readString()?.decoded }
    }

    /// A string's value, or a number as it is written.
    func scalarText(_ name: StaticString) throws(JSONError) -> String? {
        try self.find(name) { scanner throws(JSONError) in
            switch scanner.nextKind() {
            case .string: return try scanner.readString()?.decoded
            case .number:
                return self.slice(try scanner.skipValue()).map { String(buffer: $0) }
            case .object, .array, .bool, .null, nil:
                _ = try scanner.skipValue()
                return nil
            }
        }
    }

    func integer(_ name: StaticString) throws(JSONError) -> Int? {
        try self.find(name) { scanner throws(JSONError) in try scanner.readInteger() }
    }

    func bool(_ name: StaticString) throws(JSONError) -> Bool? {
        try self.find(name) { scanner throws(JSONError) in try scanner.readBool() }
    }

    func strings(_ name: StaticString, maximumBytes: Int) throws(JSONError) -> JSONScanner.BoundedStrings? {
        try self.find(name) { scanner throws(JSONError) in try scanner.readStrings(maximumBytes: maximumBytes) }
    }

    /// The value's text exactly as it stands.
    func raw(_ name: StaticString) throws(JSONError) -> ByteBuffer? {
        try self.find(name) { scanner throws(JSONError) in self.slice(try scanner.skipValue()) }
    }

    func members(_ name: StaticString) throws(JSONError) -> Members? {
        try self.find(name) { scanner throws(JSONError) in
            let isObject = scanner.nextKind() == .object
            let inner = try scanner.skipValue()
            guard isObject else { return nil }
            let start = self.range.lowerBound + inner.lowerBound
            return Members(bytes: self.bytes, message: self.message, range: start..<(start + inner.count))
        }
    }

    private func find<R>(
        _ name: StaticString,
        _ read: (inout JSONScanner) throws(JSONError) -> R?
    ) throws(JSONError) -> R? {
        var scanner = self.scanner
        return try scanner.readMember(name, read)
    }
}
