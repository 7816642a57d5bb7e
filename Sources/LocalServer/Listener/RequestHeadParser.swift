import Auth
import Base
import DockerBridge
import Glibc
import NIOCore

/// Reads one HTTP/1.1 request head.
///
/// Ours and not NIOHTTP1's, because it has to be stricter than a general server: whatever two readers could understand
/// differently (a folded line, a bare line feed, a length beside chunks, a length twice) is refused. It also sorts the
/// fields on the way, so that each is looked at once.
struct RequestHeadParser {
    /// Docker's own clients stay below 16 KiB; credentials for many registries make the largest heads.
    static let maximumBytes = 64 << 10
    private static let maximumFields = 1000

    private var head: RequestHead
    private var hosts = 0
    private var hasLength = false
    private var isChunked = false
    private var connection: [Substring] = []
    private var upgrade: String?

    /// - Parameter bytes: a complete head with the empty line at its end.
    static func parse(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> RequestHead {
        var start = 0
        let requestLine = try Self.line(in: bytes, from: &start)
        var parser = try Self(requestLine: requestLine)
        var count = 0
        while true {
            let line = try Self.line(in: bytes, from: &start)
            if line.isEmpty { break }
            count += 1
            guard count <= Self.maximumFields else { throw RequestFault(431, "more than 1000 header fields") }
            try parser.readField(line)
        }
        return try parser.finish()
    }

    /// Cuts off the next line, which must end in CR LF and hold neither of them.
    private static func line(
        in bytes: UnsafeRawBufferPointer,
        from start: inout Int
    ) throws(RequestFault) -> UnsafeRawBufferPointer {
        let begin = start
        guard let base = bytes.baseAddress,
            let found = memchr(base + begin, Int32(UInt8(ascii: "\n")), bytes.count - begin)
        else { throw RequestFault.bad("malformed request head") }
        let end = UnsafeRawPointer(found) - base
        guard end > begin, bytes[end - 1] == UInt8(ascii: "\r") else {
            throw RequestFault.bad("a line of the request head does not end in CR LF")
        }
        start = end + 1
        return UnsafeRawBufferPointer(rebasing: bytes[begin..<(end - 1)])
    }

    private init(requestLine line: UnsafeRawBufferPointer) throws(RequestFault) {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 3, (1...32).contains(words[0].count), words[0].allSatisfy(\.isTokenByte),
            !words[1].isEmpty, words[1].allSatisfy({ $0 > 0x20 && $0 != 0x7f })
        else { throw RequestFault.bad("malformed request line") }
        self.head = RequestHead(
            method: String(decoding: words[0], as: UTF8.self),
            target: Self.originForm(String(decoding: words[1], as: UTF8.self))
        )
        if words[2].elementsEqual("HTTP/1.0".utf8) {
            self.head.isHTTP10 = true
        } else if !words[2].elementsEqual("HTTP/1.1".utf8) {
            throw words[2].starts(with: "HTTP/".utf8)
                ? RequestFault(505, "only HTTP/1.1 is spoken here") : RequestFault.bad("malformed request line")
        }
    }

    /// Takes scheme and authority off an absolute form; the authority never mattered.
    private static func originForm(_ target: String) -> String {
        guard !target.hasPrefix("/") else { return target }
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            guard let begin = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
            return rest[begin] == "/" ? String(rest[begin...]) : "/" + rest[begin...]
        }
        return target
    }

    private mutating func readField(_ line: UnsafeRawBufferPointer) throws(RequestFault) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0, line[..<colon].allSatisfy(\.isTokenByte)
        else { throw RequestFault.bad("malformed header field") }
        let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
        let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...].trimmingBlanks)
        guard value.allSatisfy(\.isFieldValueByte) else {
            throw RequestFault.bad("a header field holds a control character")
        }
        let text = { String(decoding: value, as: UTF8.self) }
        switch name[0] | 0x20 {
        case UInt8(ascii: "h") where name.equalsIgnoringCase("host"):
            self.hosts += 1
            self.head.host = text()
            return
        case UInt8(ascii: "c") where name.equalsIgnoringCase("content-length"):
            return try self.readLength(value)
        case UInt8(ascii: "t") where name.equalsIgnoringCase("transfer-encoding"):
            return try self.readTransferEncoding(value)
        case UInt8(ascii: "e") where name.equalsIgnoringCase("expect"):
            guard value.equalsIgnoringCase("100-continue") else { throw RequestFault(417, "unknown expectation") }
            self.head.expectsContinue = !self.head.isHTTP10
            return
        case UInt8(ascii: "c") where name.equalsIgnoringCase("connection"):
            self.connection += text().split(separator: ",").map { $0.trimmingBlanks }
            return
        case UInt8(ascii: "u") where name.equalsIgnoringCase("upgrade"):
            self.upgrade = text()
            return
        case UInt8(ascii: "x") where name.equalsIgnoringCase("x-forwarded-for"):
            self.head.forwardedFor.append(text())
        case UInt8(ascii: "x") where name.equalsIgnoringCase("x-real-ip"):
            self.head.realIP.append(text())
        default: break
        }
        if HopByHopHeaders.contains(name) { return }
        if CredentialFields.contains(name) {
            let name = String(decoding: name, as: UTF8.self)
            // Two readers could choose differently between two values.
            guard !self.head.credentials.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw RequestFault.bad("a credential field given twice")
            }
            self.head.credentials.append((name, text()))
            return
        }
        self.head.headers.append(.init(String(decoding: name, as: UTF8.self), text()))
    }

    private mutating func readLength(_ value: UnsafeRawBufferPointer) throws(RequestFault) {
        guard !self.hasLength else { throw RequestFault.bad("Content-Length given twice") }
        self.hasLength = true
        guard (1...18).contains(value.count), value.allSatisfy(\.isDigit) else {
            throw RequestFault.bad("Content-Length is not a number")
        }
        let length = value.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        self.head.body = .sized(length)
    }

    private mutating func readTransferEncoding(_ value: UnsafeRawBufferPointer) throws(RequestFault) {
        guard !self.isChunked, !self.head.isHTTP10 else { throw RequestFault.bad("misplaced Transfer-Encoding") }
        guard value.equalsIgnoringCase("chunked") else { throw RequestFault(501, "unknown Transfer-Encoding") }
        self.isChunked = true
    }

    private consuming func finish() throws(RequestFault) -> RequestHead {
        if self.isChunked {
            guard !self.hasLength else { throw RequestFault.bad("both Content-Length and Transfer-Encoding") }
            self.head.body = .chunked
        }
        guard self.hosts == 1 || (self.hosts == 0 && self.head.isHTTP10) else {
            throw RequestFault.bad(self.hosts == 0 ? "missing Host" : "Host given twice")
        }
        var asksForUpgrade = false
        var named: Set<String> = []
        for option in self.connection.map({ $0.lowercased() }) {
            switch option {
            case "close": self.head.keepsAlive = false
            case "upgrade": asksForUpgrade = true
            default: named.insert(option)
            }
        }
        // A named credential has already been set aside; the framing fields were never among these.
        if !named.isEmpty { self.head.headers.removeAll { named.contains($0.name.lowercased()) } }
        if self.head.isHTTP10 { self.head.keepsAlive = false }
        if asksForUpgrade, !self.head.isHTTP10, let upgrade = self.upgrade, !upgrade.isEmpty {
            self.head.upgrade = upgrade
        }
        return self.head
    }
}

/// The fields that carry secrets or signatures, compared without making a string of every name.
private enum CredentialFields {
    private static let names: [[UInt8]] = AccessRequest.credentialFields.map { Array($0.lowercased().utf8) }

    static func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name[0] | 0x20 {
        case UInt8(ascii: "a"), UInt8(ascii: "x"): break
        default: return false
        }
        return Self.names.contains { candidate in
            candidate.count == name.count
                && zip(candidate, name).allSatisfy {
                    $0 == $1.asciiLowercased
                }
        }
    }
}
