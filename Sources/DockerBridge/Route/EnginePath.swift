import Base
import Glibc

/// The path of a request in one spelling: decoded, without empty segments, version and `libpod`.
///
/// It is a view of bytes that are valid for the duration of `reading` only.
struct EnginePath {
    /// Begins with a slash, or is empty.
    let bytes: UnsafeBufferPointer<UInt8>
    let isLibpod: Bool

    /// What is in front of the first `?`.
    static func path(of target: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: target.prefix { $0 != UInt8(ascii: "?") })
    }

    /// What is behind the first `?`.
    static func query(of target: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>> {
        target.drop { $0 != UInt8(ascii: "?") }.dropFirst()
    }

    /// Hands `body` the one spelling of `path`.
    static func reading<Result>(_ path: UnsafeBufferPointer<UInt8>, _ body: (EnginePath) -> Result) -> Result {
        // A target in another form has no path that an engine would take.
        guard path.first == UInt8(ascii: "/") else {
            return body(EnginePath(plain: UnsafeBufferPointer(rebasing: path.prefix(0))))
        }
        if Self.isPlain(path) { return body(EnginePath(plain: path)) }
        return Self.plain(path).withUnsafeBufferPointer { body(EnginePath(plain: $0)) }
    }

    /// - Parameter plain: without percent signs and empty segments.
    private init(plain: UnsafeBufferPointer<UInt8>) {
        var rest = plain
        if Self.beginsWithVersion(rest) { rest = Self.dropSegment(rest) }
        self.isLibpod = rest.starts(with: "/libpod/") || rest.isEqual(to: "/libpod")
        self.bytes = self.isLibpod ? Self.dropSegment(rest) : rest
    }

    /// Whether a segment is `.` or `..`.
    var holdsDots: Bool {
        // Of the segment under way: its length, and whether it is made of dots so far.
        var (length, isDots) = (0, true)
        for byte in self.bytes {
            if byte == UInt8(ascii: "/") {
                if isDots, 1...2 ~= length { return true }
                (length, isDots) = (0, true)
            } else {
                length += 1
                isDots = isDots && byte == UInt8(ascii: ".")
            }
        }
        return isDots && 1...2 ~= length
    }

    // MARK: Spelling

    private static func isPlain(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for byte in path {
            if byte.beginsEscape || byte == UInt8(ascii: "/") && byte == previous { return false }
            previous = byte
        }
        return previous != UInt8(ascii: "/")
    }

    /// Engines decode a path once, before they take it apart.
    private static func plain(_ path: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let decoded = String(decoding: path, as: UTF8.self).percentDecoded
        var plain: [UInt8] = []
        plain.reserveCapacity(decoded.utf8.count + 1)
        for segment in decoded.utf8.split(separator: UInt8(ascii: "/")) {
            plain.append(UInt8(ascii: "/"))
            plain.append(contentsOf: segment)
        }
        return plain
    }

    private static func dropSegment(_ path: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: path.dropFirst().drop { $0 != UInt8(ascii: "/") })
    }

    // MARK: Versions

    /// Docker takes digits and dots behind the `v`, Podman letters and dashes behind the first digit, too. No other path
    /// of either engine begins so.
    private static func beginsWithVersion(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard path.starts(with: "/v") else { return false }
        guard path.count > 2 else { return true }
        return path[2].isDigit || path[2] == UInt8(ascii: ".") || path[2] == UInt8(ascii: "/")
    }

    /// Whether a path as it came begins with a version such as `/v1.43/`, with digits on both sides of one dot.
    static func namesVersion(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard path.starts(with: "/v") else { return false }
        let rest = path.dropFirst(2)
        let minor = rest.drop(while: \.isDigit)
        guard minor.startIndex > rest.startIndex, minor.first == UInt8(ascii: ".") else { return false }
        let digits = minor.dropFirst()
        let end = digits.drop(while: \.isDigit)
        return end.startIndex > digits.startIndex && end.first == UInt8(ascii: "/")
    }
}

extension UnsafeBufferPointer<UInt8> {
    func starts(with text: StaticString) -> Bool { self.prefix(text.utf8CodeUnitCount).isEqual(to: text) }

    func ends(with text: StaticString) -> Bool { self.suffix(text.utf8CodeUnitCount).isEqual(to: text) }

    func isEqual(to text: StaticString) -> Bool { self[...].isEqual(to: text) }

    func contains(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return self.count >= length
            && (0...self.count - length).contains { self[$0..<($0 + length)].isEqual(to: text) }
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    func isEqual(to text: StaticString) -> Bool {
        guard self.count == text.utf8CodeUnitCount else { return false }
        guard let base = UnsafeBufferPointer(rebasing: self).baseAddress else { return true }
        return memcmp(base, text.utf8Start, self.count) == 0
    }
}
