import Base

/// What a head says about its own message and its connection: length, transfer coding, `Connection` and `Upgrade`.
package struct ConnectionFields: Sendable {
    /// How far a field travels.
    enum Reach {
        case endToEnd
        /// `Content-Length`, which says where the body ends and may travel on.
        case length
        /// To the other end of this connection.
        case hop
    }

    /// What `Content-Length` announces; `nil` when there is none.
    package private(set) var length: Int?
    private var isChunked = false
    /// `Connection` names `close`.
    package private(set) var closes = false
    /// `Connection` names `upgrade`.
    package private(set) var asksForUpgrade = false
    /// The protocols to switch to.
    package private(set) var upgrade: HeaderField?
    /// Other options of `Connection`, in lower case. Usually there are none, and nothing is allocated.
    private var named: Set<String> = []

    /// Takes note of `field`.
    mutating func read(
        _ field: HeaderField,
        in bytes: UnsafeRawBufferPointer,
        isHTTP10: Bool
    ) throws(WireFault) -> Reach {
        let name = field.name(in: bytes)
        // All fields of interest begin with one of these letters; the others take the short way.
        switch name[0] | 0x20 {
        case UInt8(ascii: "c"), UInt8(ascii: "t"), UInt8(ascii: "u"), UInt8(ascii: "k"), UInt8(ascii: "p"): break
        default: return .endToEnd
        }
        if name.equalsIgnoringCase("content-length") {
            guard self.length == nil else { throw .repeatedLength }
            self.length = try Self.decimal(field.value(in: bytes))
            return .length
        }
        guard HopByHopHeaders.contains(name) else { return .endToEnd }
        if name.equalsIgnoringCase("transfer-encoding") {
            guard !self.isChunked, !isHTTP10 else { throw .misplacedCoding }
            guard field.value(in: bytes).equalsIgnoringCase("chunked") else { throw .unknownCoding }
            self.isChunked = true
        } else if name.equalsIgnoringCase("connection") {
            field.value(in: bytes).forEachListMember { self.readOption($0) }
        } else if name.equalsIgnoringCase("upgrade") {
            self.upgrade = field
        }
        return .hop
    }

    private mutating func readOption(_ option: UnsafeRawBufferPointer) {
        if option.equalsIgnoringCase("close") {
            self.closes = true
        } else if option.equalsIgnoringCase("upgrade") {
            self.asksForUpgrade = true
        } else if !option.isEmpty, !option.equalsIgnoringCase("keep-alive") {
            self.named.insert(Self.lowercased(option))
        }
    }

    /// Whether `Connection` names the field, which then does not travel on.
    package func names(_ name: UnsafeRawBufferPointer) -> Bool {
        !self.named.isEmpty && self.named.contains(Self.lowercased(name))
    }

    /// Where the body ends; `nil` when the head does not say.
    func bodyEnd() throws(WireFault) -> BodyEnd? {
        guard self.isChunked else { return self.length.map { .length($0) } }
        guard self.length == nil else { throw .ambiguousEnd }
        return .chunked
    }

    private static func lowercased(_ text: UnsafeRawBufferPointer) -> String {
        String(decoding: text.map(\.asciiLowercased), as: UTF8.self)
    }

    private static func decimal(_ text: UnsafeRawBufferPointer) throws(WireFault) -> Int {
        guard (1...18).contains(text.count) else { throw .length }
        var result = 0
        for byte in text {
            guard byte.isDigit else { throw .length }
            result = result * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return result
    }
}

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
}
