extension JSONReader {
    /// A string with its quotes; most have no escape and are one slice.
    mutating func string() throws(JSONFault) -> String {
        self.advance()
        let start = self.index
        while let byte = self.peek {
            switch byte {
            case UInt8(ascii: "\""):
                let text = try self.validated(self.bytes[start..<self.index])
                self.advance()
                return text
            case UInt8(ascii: "\\"):
                return try self.escapedString(Array(self.bytes[start..<self.index]))
            case 0..<0x20:
                throw self.fault("a control character stands in a string")
            default:
                self.advance()
            }
        }
        throw self.fault("a string does not end")
    }

    private mutating func escapedString(_ beginning: [UInt8]) throws(JSONFault) -> String {
        var text = beginning
        while let byte = self.peek {
            switch byte {
            case UInt8(ascii: "\""):
                let string = try self.validated(text[...])
                self.advance()
                return string
            case UInt8(ascii: "\\"):
                self.advance()
                try self.escape(into: &text)
            case 0..<0x20:
                throw self.fault("a control character stands in a string")
            default:
                text.append(byte)
                self.advance()
            }
        }
        throw self.fault("a string does not end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
        guard let byte = self.peek else { throw self.fault("a string does not end") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            self.advance()
            text.append(contentsOf: UTF8.encode(try self.scalar())!)
            return
        default: throw self.fault("a string has an escape that JSON does not know")
        }
        self.advance()
    }

    /// What four hexadecimal digits name, eight for a pair of surrogates. Half a pair becomes U+FFFD: engines write
    /// none, and a document must not fail for it.
    private mutating func scalar() throws(JSONFault) -> Unicode.Scalar {
        let unit = try self.codeUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        let (start, high) = (self.index, 0xD800...0xDBFF as ClosedRange<UInt32>)
        if high.contains(unit), self.take(UInt8(ascii: "\\")), self.take(UInt8(ascii: "u")) {
            let low = try self.codeUnit()
            if (0xDC00...0xDFFF).contains(low) {
                return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))!
            }
        }
        self.advance(by: start - self.index)
        return "\u{FFFD}"
    }

    private mutating func codeUnit() throws(JSONFault) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = self.peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw self.fault("\\u needs four hexadecimal digits")
            }
            unit = unit << 4 | UInt32(digit)
            self.advance()
        }
        return unit
    }

    private func validated(_ bytes: ArraySlice<UInt8>) throws(JSONFault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw self.fault("the string before this is not valid UTF-8")
        }
        return text
    }
}
