import Base

/// Header fields that concern one connection only and never travel on (RFC 9110 §7.6.1).
package enum HopByHopHeaders {
    private static let names: [StaticString] = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    package static func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        for candidate in Self.names where name.equalsIgnoringCase(candidate) {
            return true
        }
        return false
    }

    package static func list(_ value: UnsafeRawBufferPointer, names name: StaticString) -> Bool {
        name.withUTF8Buffer { self.list(value, names: UnsafeRawBufferPointer($0)) }
    }

    /// Whether the comma list `value` (of a `Connection` field) names `name`.
    package static func list(_ value: UnsafeRawBufferPointer, names name: UnsafeRawBufferPointer) -> Bool {
        var start = 0
        while start <= value.count {
            let end = value[start...].firstIndex(of: UInt8(ascii: ",")) ?? value.count
            if value[start..<end].trimmingBlanks.elementsEqual(name, by: { $0.asciiLowercased == $1.asciiLowercased }) {
                return true
            }
            start = end + 1
        }
        return false
    }
}
