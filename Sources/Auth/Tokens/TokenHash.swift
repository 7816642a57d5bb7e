import Base
import CArgon2

/// A token as an Argon2id string, so that the configuration does not hold the token itself.
///
/// `$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>` with unpadded base64. All costs are bounded when the
/// string is read, because every verification of a token pays them.
package struct TokenHash: Hashable, Sendable {
    package static let maxMemoryKiB: UInt32 = 1_048_576
    package static let maxPasses: UInt32 = 16
    package static let maxLanes: UInt32 = 16
    package static let saltBytes = 8...64
    package static let hashBytes = 16...64

    package let memoryKiB: UInt32
    package let passes: UInt32
    package let lanes: UInt32
    private let salt: [UInt8]
    private let hash: [UInt8]

    /// - Throws: `.badTokenHash` saying which part is wrong.
    package init(phc text: String) throws(SettingError) {
        let segments = text.split(separator: "$", omittingEmptySubsequences: false)
        guard segments.first == "", segments.count > 1, segments[1] == "argon2id" else {
            throw Self.malformed("it does not start with `$argon2id$`")
        }
        guard segments.count == 6 else { throw Self.malformed("it has \(segments.count) segments between `$`, not 6") }
        guard segments[2] == "v=19" else { throw Self.malformed("its version is not `v=19`") }
        let parameters = segments[3].split(separator: ",", omittingEmptySubsequences: false)
        guard parameters.count == 3 else {
            throw Self.malformed("it has \(parameters.count) parameters, not m, t and p")
        }
        let lanes = try Self.parameter("p", parameters[2], in: 1...Self.maxLanes)
        self.memoryKiB = try Self.parameter("m", parameters[0], in: 8 * lanes...Self.maxMemoryKiB)
        self.passes = try Self.parameter("t", parameters[1], in: 1...Self.maxPasses)
        self.lanes = lanes
        self.salt = try Self.bytes("salt", segments[4], count: Self.saltBytes)
        self.hash = try Self.bytes("hash", segments[5], count: Self.hashBytes)
    }

    /// Hashes a new token with the parameters that `hash-token` promises: 19,456 KiB, two passes, one lane.
    package init(hashing token: Span<UInt8>) {
        var salt = [UInt8](repeating: 0, count: 16)
        var span = salt.mutableSpan
        Sodium.fillWithRandomBytes(&span)
        self.memoryKiB = 19_456
        self.passes = 2
        self.lanes = 1
        self.salt = salt
        self.hash = Self.derive(token, salt: salt, memoryKiB: 19_456, passes: 2, lanes: 1, hashBytes: 32)!
    }

    package var phc: String {
        let salt = ByteText.base64(self.salt.span, .standardUnpadded)
        let hash = ByteText.base64(self.hash.span, .standardUnpadded)
        return "$argon2id$v=19$m=\(self.memoryKiB),t=\(self.passes),p=\(self.lanes)$\(salt)$\(hash)"
    }

    /// Derives with the stored costs and compares in constant time. Takes tens of milliseconds or more and
    /// `memoryKiB` of memory, so it never runs on an event loop.
    ///
    /// - Returns: `nil` if there is not enough memory to find out.
    package func matches(_ token: Span<UInt8>) -> Bool? {
        let derived = Self.derive(
            token,
            salt: self.salt,
            memoryKiB: self.memoryKiB,
            passes: self.passes,
            lanes: self.lanes,
            hashBytes: self.hash.count
        )
        return derived.map { Sodium.areEqual($0.span, self.hash.span) }
    }

    private static func derive(
        _ token: Span<UInt8>,
        salt: [UInt8],
        memoryKiB: UInt32,
        passes: UInt32,
        lanes: UInt32,
        hashBytes: Int
    ) -> [UInt8]? {
        var hash = [UInt8](repeating: 0, count: hashBytes)
        let status = unsafe token.withUnsafeBufferPointer { token in
            unsafe argon2id_hash_raw(
                passes,
                memoryKiB,
                lanes,
                token.baseAddress,
                token.count,
                salt,
                salt.count,
                &hash,
                hash.count
            )
        }
        precondition(
            status == ARGON2_OK.rawValue || status == ARGON2_MEMORY_ALLOCATION_ERROR.rawValue
                || status == ARGON2_THREAD_FAIL.rawValue,
            "libargon2 refused parameters that were checked before: \(status)"
        )
        return status == ARGON2_OK.rawValue ? hash : nil
    }

    /// Reads `name=number` with nothing but digits and no leading zero.
    private static func parameter(
        _ name: Character,
        _ text: Substring,
        in range: ClosedRange<UInt32>
    ) throws(SettingError) -> UInt32 {
        let digits = text.dropFirst(2)
        guard text.hasPrefix("\(name)="), !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit), digits.first != "0" else {
            throw self.malformed("where `\(name)=<number>` is expected stands something else")
        }
        guard let value = UInt32(digits), range.contains(value) else {
            throw self.malformed("`\(name)` is not within \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private static func bytes(
        _ name: String,
        _ text: Substring,
        count: ClosedRange<Int>
    ) throws(SettingError) -> [UInt8] {
        guard let bytes = ByteText.decode(text, .standardUnpadded) else {
            throw self.malformed("its \(name) is not base64 without padding")
        }
        guard count.contains(bytes.count) else {
            throw self.malformed("its \(name) has \(bytes.count) bytes, not \(count.lowerBound) to \(count.upperBound)")
        }
        return bytes
    }

    private static func malformed(_ reason: String) -> SettingError {
        SettingError(.badTokenHash, "TOKEN_HASH", "not a usable Argon2id string: \(reason)")
    }
}
