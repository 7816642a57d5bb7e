package import NIOCore

extension ByteBuffer {
    /// Writes a JSON string with its quotes: escapes what must be, turns invalid UTF-8 into U+FFFD, in one pass.
    package mutating func writeJSONString(_ text: UnsafeRawBufferPointer) {
        self.writeInteger(UInt8(ascii: "\""))
        var index = 0
        while index < text.count {
            let plainEnd = Self.endOfPlainRun(text, from: index)
            if plainEnd > index { self.writeBytes(UnsafeRawBufferPointer(rebasing: text[index..<plainEnd])) }
            index = plainEnd
            guard index < text.count else { break }
            index += self.writeSpecial(text, at: index)
        }
        self.writeInteger(UInt8(ascii: "\""))
    }

    package mutating func writeJSONString(_ text: String) {
        var text = text
        text.withUTF8 { self.writeJSONString(UnsafeRawBufferPointer($0)) }
    }

    package mutating func writeJSONString(_ text: ByteBuffer) {
        text.withUnsafeReadableBytes { self.writeJSONString($0) }
    }

    package mutating func writeDecimal(_ value: Int) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { bytes in
            var index = bytes.count
            var rest = value.magnitude
            repeat {
                index -= 1
                bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                index -= 1
                bytes[index] = UInt8(ascii: "-")
            }
            self.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[index...]))
        }
    }

    /// The end of what can be copied as it stands: no quote, backslash or control character, no invalid UTF-8.
    private static func endOfPlainRun(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        let end = text.firstSpecialInString(from: start)
        let run = UnsafeRawBufferPointer(rebasing: text[..<end])
        var index = start
        while true {
            index = UTF8Check.skipASCII(run, from: index)
            guard index < end else { return end }
            let sequence = UTF8Check.sequenceLength(run, at: index)
            guard sequence.isComplete else { return index }
            index += sequence.bytes
        }
    }

    /// Writes what stands for the special or invalid bytes at `index`; returns how many bytes of `text` that were.
    private mutating func writeSpecial(_ text: UnsafeRawBufferPointer, at index: Int) -> Int {
        switch text[index] {
        case UInt8(ascii: "\""): self.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): self.writeStaticString("\\\\")
        case 0x0a: self.writeStaticString("\\n")
        case 0x0d: self.writeStaticString("\\r")
        case 0x09: self.writeStaticString("\\t")
        case let byte where byte < 0x20:
            self.writeStaticString("\\u00")
            self.writeInteger(Self.hexDigit(byte >> 4))
            self.writeInteger(Self.hexDigit(byte & 0xf))
        default:
            self.writeStaticString("\u{fffd}")
            return UTF8Check.sequenceLength(text, at: index).bytes
        }
        return 1
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
