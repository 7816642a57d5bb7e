import FoundationEssentials

/// The ids that a controller makes up.
enum Identifier {
    /// Names a request or an exec on the wire: a UUID of version 7, which begins with the time and so sorts by age.
    static func wireID() -> String {
        let high = UInt64(self.millisecondsSince1970()) << 16 | 0x7000 | UInt64.random(in: 0...0xfff)
        let low = 0x8000_0000_0000_0000 | UInt64.random(in: 0...0x3fff_ffff_ffff_ffff)
        var rest = (self.hex(high) + self.hex(low))[...]
        let groups = [8, 4, 4, 4, 12].map { length in
            defer { rest = rest.dropFirst(length) }
            return String(rest.prefix(length))
        }
        return groups.joined(separator: "-")
    }

    /// Names an exec towards a Docker client, which expects 64 hex digits.
    static func execID() -> String {
        (0..<4).map { _ in self.hex(UInt64.random(in: 0...UInt64.max)) }.joined()
    }

    static func millisecondsSince1970() -> Int { Int(Date().timeIntervalSince1970 * 1000) }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
