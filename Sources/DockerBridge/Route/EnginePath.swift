import Base
import Glibc

/// The path of a request in one spelling: decoded, without empty segments, version and `libpod`.
///
/// It is a view of bytes that are valid for the duration of `reading` only.
struct EnginePath {
    /// Begins with a slash, or is empty.
    let bytes: UnsafeBufferPointer<UInt8>
    /// What was in front of it: version and `libpod`.
    let front: UnsafeBufferPointer<UInt8>
    let isLibpod: Bool

    /// What is in front of the first `?`.
    static func path(of target: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        target.part(from: 0, to: target.position(of: UInt8(ascii: "?")))
    }

    /// What is behind the first `?`.
    static func query(of target: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        target.part(from: target.position(of: UInt8(ascii: "?")) + 1)
    }

    /// Hands `body` the one spelling of `path`.
    static func reading<Result>(_ path: UnsafeBufferPointer<UInt8>, _ body: (EnginePath) -> Result) -> Result {
        // A target in another form has no path that an engine would take.
        guard path.count > 0, path[0] == UInt8(ascii: "/") else {
            return body(EnginePath(plain: path.part(from: path.count)))
        }
        if Self.isPlain(path) { return body(EnginePath(plain: path)) }
        return Self.plain(path).withUnsafeBufferPointer { body(EnginePath(plain: $0)) }
    }

    /// The path as it came, which is how Podman compares it with its routes.
    ///
    /// - Returns: `nil` where that is the one spelling.
    static func asItCame(_ path: UnsafeBufferPointer<UInt8>) -> EnginePath? {
        path.count > 0 && path[0] == UInt8(ascii: "/") && !Self.isPlain(path) ? EnginePath(plain: path) : nil
    }

    /// - Parameter plain: without percent signs and empty segments.
    private init(plain: UnsafeBufferPointer<UInt8>) {
        var rest = plain
        if Self.beginsWithVersion(rest) { rest = Self.dropSegment(rest) }
        self.isLibpod = rest.starts(with: "/libpod/") || rest.isEqual(to: "/libpod")
        self.bytes = self.isLibpod ? Self.dropSegment(rest) : rest
        self.front = plain.part(from: 0, to: plain.count - self.bytes.count)
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
        path.part(from: path.position(of: UInt8(ascii: "/"), from: 1))
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
        let dot = path.endOfDigits(from: 2)
        guard dot > 2, dot < path.count, path[dot] == UInt8(ascii: ".") else { return false }
        let end = path.endOfDigits(from: dot + 1)
        return end > dot + 1 && end < path.count && path[end] == UInt8(ascii: "/")
    }
}

/// By positions, because the algorithms of `Collection` ask for memory on their way where they are not specialised.
extension UnsafeBufferPointer<UInt8> {
    /// A view of the bytes from `start` on, up to `end` or the last one; an empty one where there are none.
    func part(from start: Int, to end: Int = .max) -> UnsafeBufferPointer<UInt8> {
        let end = Swift.min(end, self.count)
        guard start < end, let base = self.baseAddress else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: base + start, count: end - start)
    }

    /// Where `byte` is found first, not before `start`; the count where it is not.
    func position(of byte: UInt8, from start: Int = 0) -> Int {
        guard start < self.count, let base = self.baseAddress,
            let found = memchr(base + start, Int32(byte), self.count - start)
        else { return self.count }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// The position behind the digits that begin at `start`.
    fileprivate func endOfDigits(from start: Int) -> Int {
        var end = start
        while end < self.count, self[end].isDigit { end += 1 }
        return end
    }

    func starts(with text: StaticString) -> Bool { self.holds(text, at: 0) }

    func ends(with text: StaticString) -> Bool { self.holds(text, at: self.count - text.utf8CodeUnitCount) }

    func isEqual(to text: StaticString) -> Bool { self.count == text.utf8CodeUnitCount && self.holds(text, at: 0) }

    func contains(_ text: StaticString) -> Bool {
        var start = 0
        while start + text.utf8CodeUnitCount <= self.count {
            if self.holds(text, at: start) { return true }
            start += 1
        }
        return false
    }

    private func holds(_ text: StaticString, at start: Int) -> Bool {
        guard start >= 0, self.count - start >= text.utf8CodeUnitCount else { return false }
        guard let base = self.baseAddress else { return true }
        return memcmp(base + start, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    /// Whether it ends with one of `texts`.
    func endsWithOne(of texts: [StaticString]) -> Bool {
        var index = 0
        while index < texts.count {
            if self.ends(with: texts[index]) { return true }
            index += 1
        }
        return false
    }
}
