/// Walks through one JSON text (RFC 8259) in place: finds keys, reads small values, skips the rest, builds no tree.
///
/// Whatever is passed over has been checked in full, UTF-8 included, so a skipped value can be spliced into another text
/// as the bytes it is. Reading a value of another type than expected is not an error: the value is skipped and the answer
/// is nil (or false), as if it were absent. Errors mean that the text itself is broken.
///
///     if try scanner.beginObject() {
///         while let key = try scanner.nextKey() {
///             switch key {
///             case "type": type = try scanner.readString()
///             default: _ = try scanner.skipValue()
///             }
///         }
///     }
///
/// Every key must be followed by exactly one read, begin or skip. The scanner, and the strings it gives out, must not
/// outlive the memory of `bytes`.
package struct JSONScanner {
    let bytes: UnsafeRawBufferPointer
    /// The next byte to look at.
    package var offset = 0
    /// No member of the innermost open object or array has been read yet, so no comma is due.
    private var isAtFirstMember = false

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Kind of the value that comes next, by its first byte; nil if none can start there.
    package mutating func nextKind() -> JSONText.Kind? {
        self.skipWhitespace()
        guard self.offset < self.bytes.count else { return nil }
        return switch self.bytes[self.offset] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: nil
        }
    }

    /// Steps into the object that comes next; false if the value is something else, which is skipped.
    package mutating func beginObject() throws(JSONError) -> Bool {
        try self.begin(.object)
    }

    /// Steps into the array that comes next; false if the value is something else, which is skipped.
    package mutating func beginArray() throws(JSONError) -> Bool {
        try self.begin(.array)
    }

    /// The next key of the innermost object, or nil at its end, which is passed.
    package mutating func nextKey() throws(JSONError) -> JSONString? {
        guard try self.nextMember(closing: UInt8(ascii: "}")) else { return nil }
        return try self.skipKey()
    }

    /// Whether the innermost array has another element, which is then next; its end is passed.
    package mutating func nextElement() throws(JSONError) -> Bool {
        try self.nextMember(closing: UInt8(ascii: "]"))
    }

    package mutating func readString() throws(JSONError) -> JSONString? {
        guard self.nextKind() == .string else { return try self.skip() }
        self.offset += 1
        return try self.skipString()
    }

    /// An integer, written as a JSON number or as a string of digits; nil for a fraction, an exponent or an overflow.
    package mutating func readInteger() throws(JSONError) -> Int? {
        switch self.nextKind() {
        case .number:
            let range = try self.skipValue()
            return Self.integer(UnsafeRawBufferPointer(rebasing: self.bytes[range]))
        case .string:
            self.offset += 1
            return Self.integer(try self.skipString().bytes)
        case .object, .array, .bool, .null, nil:
            return try self.skip()
        }
    }

    /// The nearest `Double`, which is infinite for a number that is too large.
    package mutating func readNumber() throws(JSONError) -> Double? {
        guard self.nextKind() == .number else { return try self.skip() }
        return Double(String(decoding: self.bytes[try self.skipValue()], as: UTF8.self))
    }

    package mutating func readBool() throws(JSONError) -> Bool? {
        let kind = self.nextKind()
        let range = try self.skipValue()
        return kind == .bool ? self.bytes[range.lowerBound] == UInt8(ascii: "t") : nil
    }

    /// An array of nothing but strings, of which no more than `maximumBytes` are kept. Every string counts as one byte more
    /// than its length, so that empty strings have a limit too.
    package mutating func readStrings(maximumBytes: Int) throws(JSONError) -> BoundedStrings? {
        guard try self.beginArray() else { return nil }
        var strings: [String] = []
        var isPure = true
        var left = maximumBytes
        while try self.nextElement() {
            guard let string = try self.readString() else {
                isPure = false
                continue
            }
            guard left >= 0 else { continue }
            let text = string.decoded
            left -= text.utf8.count + 1
            if left >= 0 { strings.append(text) } else { strings = [] }
        }
        guard isPure else { return nil }
        return left >= 0 ? .strings(strings) : .tooLong
    }

    /// An array of texts that was read with a bound.
    package enum BoundedStrings: Equatable {
        case strings([String])
        case tooLong
    }

    /// Makes sure that only whitespace is left.
    package mutating func end() throws(JSONError) {
        self.skipWhitespace()
        guard self.offset == self.bytes.count else { throw self.error(.trailingBytes) }
    }

    private mutating func begin(_ kind: JSONText.Kind) throws(JSONError) -> Bool {
        guard self.nextKind() == kind else {
            _ = try self.skipValue()
            return false
        }
        self.offset += 1
        self.isAtFirstMember = true
        return true
    }

    private mutating func nextMember(closing: UInt8) throws(JSONError) -> Bool {
        self.skipWhitespace()
        let isFirst = exchange(&self.isAtFirstMember, with: false)
        guard self.offset < self.bytes.count else { throw self.error(.cut) }
        if self.bytes[self.offset] == closing {
            self.offset += 1
            return false
        }
        if !isFirst {
            guard self.bytes[self.offset] == UInt8(ascii: ",") else { throw self.error(.noComma) }
            self.offset += 1
        }
        return true
    }

    private mutating func skip<Value>() throws(JSONError) -> Value? {
        _ = try self.skipValue()
        return nil
    }

    private static func integer(_ digits: UnsafeRawBufferPointer) -> Int? {
        let isNegative = digits.first == UInt8(ascii: "-")
        var value = 0
        for byte in digits.dropFirst(isNegative ? 1 : 0) {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
            let digit = Int(byte - UInt8(ascii: "0"))
            let (tenfold, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            // Counted downwards for negative numbers, whose range reaches one further.
            let (sum, isOver) =
                isNegative ? tenfold.subtractingReportingOverflow(digit) : tenfold.addingReportingOverflow(digit)
            guard !isTooLarge, !isOver else { return nil }
            value = sum
        }
        return digits.count > (isNegative ? 1 : 0) ? value : nil
    }
}

/// Which objects and arrays are open, one bit each, so that a hostile text can use neither stack nor heap.
struct JSONNesting {
    /// Deeper texts are refused; Docker's and the controller's stay below twenty levels.
    static let maximumDepth = 512

    private(set) var depth = 0
    /// Whether the innermost open value is an object. Meaningless at depth 0.
    private(set) var isObject = false
    private var objects = [8 of UInt64](repeating: 0)

    /// - Returns: false, with nothing changed, at the maximum depth.
    mutating func push(isObject: Bool) -> Bool {
        guard self.depth < Self.maximumDepth else { return false }
        let bit: UInt64 = 1 << UInt64(self.depth % 64)
        if isObject {
            self.objects[self.depth / 64] |= bit
        } else {
            self.objects[self.depth / 64] &= ~bit
        }
        self.isObject = isObject
        self.depth += 1
        return true
    }

    mutating func pop() {
        self.depth -= 1
        guard self.depth > 0 else { return }
        let top = self.depth - 1
        self.isObject = self.objects[top / 64] >> UInt64(top % 64) & 1 == 1
    }
}

extension JSONScanner {
    /// Reads the member `name` of the object at the cursor, and goes on to the object's end.
    ///
    /// Of a name that comes twice the last one counts, as it does at the controller and everywhere else.
    /// - Parameter read: gets the cursor on a value, which it must read or skip.
    /// - Returns: `nil` when there is no such member, or the value is no object.
    package mutating func readMember<R>(
        _ name: StaticString,
        _ read: (inout JSONScanner) throws(JSONError) -> R?
    ) throws(JSONError) -> R? {
        guard try self.beginObject() else { return nil }
        var result: R?
        while let key = try self.nextKey() {
            if key.isEqual(to: name) {
                result = try read(&self)
            } else {
                _ = try self.skipValue()
            }
        }
        return result
    }
}
