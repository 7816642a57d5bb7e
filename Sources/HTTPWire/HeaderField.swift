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
