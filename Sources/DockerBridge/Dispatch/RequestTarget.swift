import Base

/// The rules for a request target (path and query) that goes to the engine.
package enum RequestTarget {
    /// Says what is wrong with `target`, or `nil`.
    package static func problem(_ target: String) -> String? {
        var bytes = target.utf8.makeIterator()
        guard bytes.next() == UInt8(ascii: "/") else { return "path must start with a slash" }
        var byte = bytes.next()
        guard byte != UInt8(ascii: "/") else { return "path must start with a single slash" }
        while let current = byte {
            switch current {
            case 0..<0x20, 0x7f: return "path holds a control character; percent-encode it"
            case UInt8(ascii: " "): return "path holds a space; percent-encode it"
            case UInt8(ascii: "\\"): return "path holds a backslash; percent-encode it"
            case UInt8(ascii: "#"): return "path holds a '#'; a fragment is never sent"
            default: byte = bytes.next()
            }
        }
        return nil
    }

    /// Whether the path already names an API version, as in `/v1.43/info`: then none is put in front.
    package static func namesVersion(_ target: String) -> Bool {
        var bytes = target.utf8.makeIterator()
        guard bytes.next() == UInt8(ascii: "/"), bytes.next() == UInt8(ascii: "v") else { return false }
        guard let separator = Self.skipDigits(&bytes), separator == UInt8(ascii: ".") else { return false }
        return Self.skipDigits(&bytes) == UInt8(ascii: "/")
    }

    /// Consumes one or more digits; returns the byte behind them, `nil` when there was no digit or nothing behind.
    private static func skipDigits(_ bytes: inout String.UTF8View.Iterator) -> UInt8? {
        guard let first = bytes.next(), first.isDigit else { return nil }
        while let byte = bytes.next() {
            if !byte.isDigit { return byte }
        }
        return nil
    }
}
