import Base

/// One field line of a head, as ranges of the bytes that it was read from.
///
/// A range needs no storage of its own, so a head costs one array however many fields it has. A head has at most 64 KiB,
/// for which 32 bits are enough.
package struct HeaderField: Sendable, Equatable {
    private let nameStart: UInt32
    private let nameEnd: UInt32
    private let valueStart: UInt32
    private let valueEnd: UInt32

    package init(name: Range<Int>, value: Range<Int>) {
        (self.nameStart, self.nameEnd) = (UInt32(name.lowerBound), UInt32(name.upperBound))
        (self.valueStart, self.valueEnd) = (UInt32(value.lowerBound), UInt32(value.upperBound))
    }

    /// - Parameter line: where the field stands in `bytes`, without its line end.
    init(_ line: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(WireFault) {
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound,
            // A name is a token. White space around it is how a field is hidden from one reader and shown to another.
            bytes[line.lowerBound..<colon].allSatisfy(\.isTokenByte)
        else { throw .field }
        let value = bytes[(colon + 1)..<line.upperBound].trimmingBlanks
        guard value.allSatisfy(\.isFieldValueByte) else { throw .controlCharacter }
        self.init(name: line.lowerBound..<colon, value: value.startIndex..<value.endIndex)
    }

    package func name(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(self.nameStart)..<Int(self.nameEnd)])
    }

    package func value(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(self.valueStart)..<Int(self.valueEnd)])
    }
}

extension UInt8 {
    /// May stand in a header value: anything but control characters, of which only the tab is allowed.
    @inlinable package var isFieldValueByte: Bool { self >= 0x20 && self != 0x7f || self == 0x09 }

    /// RFC 9110 `tchar`.
    @inlinable package var isTokenByte: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default:
            // ! # $ % & ' * + - . ^ _ ` | ~
            self == 0x21 || (0x23...0x27).contains(self) || self == 0x2a || self == 0x2b || self == 0x2d
                || self == 0x2e || (0x5e...0x60).contains(self) || self == 0x7c || self == 0x7e
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Compares ASCII text without regard to case.
    package func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
        self.count == other.count && self.elementsEqual(other) { $0.asciiLowercased == $1.asciiLowercased }
    }

    /// Compares ASCII text; `text` must be lower case.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard self.count == text.utf8CodeUnitCount else { return false }
        let expected = text.utf8Start
        for index in 0..<self.count where self[index].asciiLowercased != expected[index] { return false }
        return true
    }

    /// Calls `body` for every member of a comma list, without the white space around it. A member may be empty.
    package func forEachListMember(_ body: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        while start <= self.count {
            let end = self[start...].firstIndex(of: UInt8(ascii: ",")) ?? self.count
            body(UnsafeRawBufferPointer(rebasing: self[start..<end].trimmingBlanks))
            start = end + 1
        }
    }
}
