/// The rules for the target of a request in origin form: path and query.
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
}
