package import Base
import Synchronization

/// Lets a controller add its public key once, with a secret that the operator gave both sides.
///
/// Attempts are serialised, so that of two correct ones exactly one succeeds. Only success uses the token up: otherwise
/// one bad call could disable enrollment. A used token stays used across restarts, by its hash next to the key file. The
/// hash is written before the key, so that no crash leaves a key without it; a token whose hash cannot be written adds none.
///
/// Concurrency: any thread, but `attempt` writes and syncs files, so it never runs on an event loop.
package final class Enrollment: Sendable {
    /// Many times the size of a correct body; a longer one is answered with `bodyTooLarge(from:at:)`.
    package static let maxBodyBytes = 64 * 1024

    /// How the secret travelled. Over plain HTTP everybody on the way could use it first.
    package enum Transport: Sendable {
        case encrypted
        case loopback
        case plain
    }

    /// What an attempt to enroll a key came to.
    package enum Outcome: Hashable, Sendable {
        case enrolled(keyID: String)
        case refused(Refusal)
    }

    /// Why a key was not enrolled.
    package enum Refusal: Hashable, Sendable {
        case limited(retryAfterSeconds: Int)
        case bodyTooLarge
        case plainTransport
        case invalidJSON
        case tokenUsed
        case wrongToken
        case keyNotBase64
        case keyLength(Int)
        case weakKey
        /// - Parameter detail: for the log, never for the caller.
        case fileFailed(detail: String)
    }

    private let tokenDigest: SHA256Digest
    private let registry: KeyRegistry
    private let file: EnrollmentFile
    private let limits: AttemptLimits
    private let allowsPlainTransport: Bool
    private let isUsed: Mutex<Bool>
    /// For the log at the start: a token that was used before, files that cannot be written.
    package let startWarnings: [String]

    package init(
        tokenDigest: SHA256Digest,
        registry: KeyRegistry,
        limits: AttemptLimits,
        allowsPlainTransport: Bool = false
    ) {
        self.tokenDigest = tokenDigest
        self.registry = registry
        self.limits = limits
        self.allowsPlainTransport = allowsPlainTransport
        self.file = EnrollmentFile(path: registry.path)
        let isUsed = self.file.hasMarker(tokenDigest)
        self.isUsed = Mutex(isUsed)
        self.startWarnings =
            (isUsed
                ? [
                    "the enrollment token was used before, or the marker of used ones cannot be read; remove ENROLLMENT_TOKEN"
                ] : self.file.writeProblems())
    }

    /// Judges one request, steps and answers as the contract lists them.
    package func attempt(
        body: Span<UInt8>,
        from client: ClientAddress,
        over transport: Transport,
        at now: Moment
    ) -> Outcome {
        if let refusal = self.limited(client, at: now) { return .refused(refusal) }
        guard body.count <= Self.maxBodyBytes else {
            return .refused(self.counted(.bodyTooLarge, of: client, at: now))
        }
        guard transport != .plain || self.allowsPlainTransport else { return .refused(.plainTransport) }
        do throws(Refusal) {
            let request = try Request(body)
            return try self.isUsed.withLock { isUsed throws(Refusal) in
                try self.enroll(request, isUsed: &isUsed)
            }
        } catch {
            return .refused(self.counted(error, of: client, at: now))
        }
    }

    /// The refusal for a body that is not even read, because it is longer than `maxBodyBytes`.
    package func bodyTooLarge(from client: ClientAddress, at now: Moment) -> Refusal {
        self.limited(client, at: now) ?? self.counted(.bodyTooLarge, of: client, at: now)
    }

    private func limited(_ client: ClientAddress, at now: Moment) -> Refusal? {
        let seconds =
            self.limits.secondsToWait(client, at: now) ?? self.limits.secondsToWaitAfterMalformed(client, at: now)
        return seconds.map { .limited(retryAfterSeconds: $0) }
    }

    private func counted(_ refusal: Refusal, of client: ClientAddress, at now: Moment) -> Refusal {
        switch refusal.answer.status {
        case 401: self.limits.recordRefusal(of: client, at: now)
        case 400, 413: self.limits.recordMalformed(of: client, at: now)
        default: break
        }
        return refusal
    }

    private func enroll(_ request: Request, isUsed: inout Bool) throws(Refusal) -> Outcome {
        guard !isUsed else { throw .tokenUsed }
        guard SHA256Digest(of: request.token) == self.tokenDigest else { throw .wrongToken }
        let key = try request.key()
        do throws(KeyFileError) {
            // An operator may have added it by hand since the last reload.
            try self.registry.reload()
            let mark = try self.file.mark(self.tokenDigest)
            if self.registry.current[key.keyID]?.key != key { try self.add(key, mark) }
        } catch {
            throw .fileFailed(detail: error.description)
        }
        isUsed = true
        return .enrolled(keyID: key.keyID)
    }

    private func add(_ key: VerifyingKey, _ mark: EnrollmentFile.Mark) throws(KeyFileError) {
        do throws(KeyFileError) {
            try self.file.append(key.authorizedKeysLine(comment: Self.comment(of: key.keyID)))
        } catch {
            // Left alone, the marker would refuse the token after a restart although it added no key.
            self.file.unmark(mark)
            throw error
        }
        try self.registry.reload()
        guard self.registry.current[key.keyID]?.key == key else {
            let detail = "does not have the key that was written when it is read again"
            throw KeyFileError(.unwritable, detail, path: self.registry.path)
        }
    }

    /// The comment of the key's line, and part of the answer.
    package static func comment(of keyID: String) -> String { "enrolled:\(keyID)" }
}

extension Enrollment.Refusal: Error {
    /// The answer's status and text; a line feed follows the text on the wire.
    package var answer: (status: Int, text: String) {
        switch self {
        case .limited: (429, "too many requests")
        case .bodyTooLarge: (413, "request body too large")
        case .plainTransport: (403, "enrollment requires https")
        case .invalidJSON: (400, "invalid JSON")
        case .tokenUsed: (401, "enrollment token already used")
        case .wrongToken: (401, "unauthorized")
        case .keyNotBase64: (400, "public_key: invalid base64")
        case .keyLength(let count): (400, "public_key: expected 32 bytes, got \(count)")
        case .weakKey: (400, "public_key: not an Ed25519 key")
        case .fileFailed: (500, "internal server error")
        }
    }

    /// Whether an `enrollment` record with outcome `denied` is written.
    package var isAudited: Bool {
        switch self {
        case .tokenUsed, .wrongToken: true
        case .limited, .bodyTooLarge, .plainTransport, .invalidJSON, .keyNotBase64, .keyLength, .weakKey,
            .fileFailed:
            false
        }
    }
}

extension Enrollment {
    private struct Request {
        let token: String
        let publicKey: String

        init(_ body: Span<UInt8>) throws(Refusal) {
            guard let fields = JSONFields(body) else { throw .invalidJSON }
            self.token = try Self.text("enrollment_token", fields)
            self.publicKey = try Self.text("public_key", fields)
        }

        func key() throws(Refusal) -> VerifyingKey {
            guard let bytes = ByteText.decode(self.publicKey, .standard) else { throw .keyNotBase64 }
            guard bytes.count == VerifyingKey.byteCount else { throw .keyLength(bytes.count) }
            guard let key = VerifyingKey(rawBytes: bytes) else { throw .weakKey }
            return key
        }

        /// An absent field is an empty text, which no later step accepts; another type is not our JSON.
        private static func text(_ name: String, _ fields: JSONFields) throws(Refusal) -> String {
            guard let value = fields.fields[name] else { return "" }
            guard case .text(let text) = value else { throw .invalidJSON }
            return text
        }
    }
}
