package import Base

/// Decides for every protected request whether it is let in, and counts the refusals.
///
/// The order of the checks is part of the contract, because the answers show it: limited client, signature (which then
/// decides alone), token. A signature is judged by its headers before a byte of the body is read.
///
/// Concurrency: any thread. Nothing here blocks; a derivation that takes long is awaited in `finish(_:at:)`.
package final class Authenticator: Sendable {
    /// How a caller proved who it is.
    package enum Identity: Hashable, Sendable {
        /// No credential is configured, which the operator allowed explicitly.
        case anonymous
        case token
        /// - Parameter skewSeconds: how far the signer's clock is ahead; above 30 either way it deserves a warning.
        case key(id: String, comment: String, skewSeconds: Int64)
    }

    /// What the head of a request leads to.
    package enum HeadVerdict: Sendable {
        case allowed(Identity)
        case refused(AuthFailure)
        /// The headers are good. Read the body, at most `maxSignedBodyBytes`, and call `finish` with its digest.
        case needsBody(PendingSignature)
        /// Off the event loop, await `finish`.
        case needsDerivation(PendingToken)
    }

    /// Whether a request is let in, once everything of it is known.
    package enum Verdict: Sendable {
        case allowed(Identity)
        case refused(AuthFailure)
    }

    /// Proof that the headers of a signed request passed; the body is still to come.
    package struct PendingSignature: Sendable {
        fileprivate let signed: SignedRequest
        fileprivate let timestamp: Int64
        fileprivate let skewSeconds: Int64
        fileprivate let family: HeaderFamily
        fileprivate let attempt: FailedAttempt
    }

    /// A token that only a derivation can tell from a wrong one.
    package struct PendingToken: Sendable {
        fileprivate let token: String
        fileprivate let verifier: TokenVerifier
        fileprivate let attempt: FailedAttempt
    }

    /// A larger body is answered with `bodyTooLarge(_:)`.
    package static let maxSignedBodyBytes = 64 * 1024 * 1024
    /// Beyond this clock difference a signer's clock deserves a warning, although it is still accepted.
    package static let skewWarningSeconds: Int64 = 30

    private let token: TokenRule?
    private let keys: KeyRegistry?
    private let limits: AttemptLimits
    private let replay: ReplayMemory
    private let hidesReasons: Bool

    /// - Parameters:
    ///   - hidesReasons: answers every refused signature with `invalid-signature`; the log still has the reason.
    package init(
        token: TokenRule?,
        keys: KeyRegistry?,
        limits: AttemptLimits,
        replay: ReplayMemory,
        hidesReasons: Bool = false
    ) {
        self.token = token
        self.keys = keys
        self.limits = limits
        self.replay = replay
        self.hidesReasons = hidesReasons
    }

    package func authenticate(_ request: AccessRequest, at now: Moment) -> HeadVerdict {
        if self.token == nil && self.keys == nil { return .allowed(.anonymous) }
        let families = request.families
        let family = families.first ?? .lookout
        if let seconds = self.limits.secondsToWait(request.client, at: now) {
            let hint =
                request.client.hasIgnoredForwarding
                ? "; it forwards for others but is not in TRUSTED_PROXIES, so all of them share its limit" : ""
            let detail = "more than \(RateLimiter.maxFailures) failures in a minute\(hint)"
            return .refused(AuthFailure(.tooManyAttempts, detail, family: family, retryAfterSeconds: seconds))
        }
        do throws(AuthFailure) {
            let isSigned = self.keys != nil && families.contains { request.has(.family($0, .signature)) }
            if let repeated = request.repeated {
                let detail = "\(repeated.name) is there more than once"
                throw self.failure(isSigned ? .invalidSignature : .badToken, detail, family)
            }
            if let keys = self.keys, isSigned {
                guard families.count == 1 else {
                    throw self.failure(.invalidSignature, "both header families in one request", family)
                }
                return .needsBody(try self.check(request, family: family, keys: keys.current, at: now))
            }
            return try self.checkToken(request, families: families)
        } catch {
            return .refused(self.counted(error, of: request.attempt, at: now))
        }
    }

    /// Judges the signature over the whole request and records its nonce.
    package func finish(_ pending: PendingSignature, bodyDigest: SHA256Digest, at now: Moment) -> Verdict {
        do throws(AuthFailure) {
            return .allowed(try self.verify(pending, bodyDigest: bodyDigest, at: now))
        } catch {
            return .refused(self.counted(error, of: pending.attempt, at: now))
        }
    }

    package func finish(_ pending: PendingToken, at now: Moment) async -> Verdict {
        switch await pending.verifier.verify(pending.token) {
        case .valid: return .allowed(.token)
        case .invalid(let isDerived):
            let failure = AuthFailure(.badToken, "wrong token")
            return .refused(self.counted(failure, of: pending.attempt, isCostly: isDerived, at: now))
        case .busy:
            let failure = AuthFailure(.verificationBusy, "too many tokens to verify at once", retryAfterSeconds: 2)
            return .refused(failure)
        }
    }

    /// The refusal for a signed request whose body is longer than `maxSignedBodyBytes`.
    package func bodyTooLarge(_ pending: PendingSignature) -> AuthFailure {
        AuthFailure(.bodyTooLarge, "more than \(Self.maxSignedBodyBytes) bytes", family: pending.family)
    }

    private func check(
        _ request: AccessRequest,
        family: HeaderFamily,
        keys: AuthorizedKeys,
        at now: Moment
    ) throws(AuthFailure) -> PendingSignature {
        let signed: SignedRequest
        do throws(SignedRequest.Flaw) {
            signed = try SignedRequest(request, family: family)
        } catch {
            throw self.failure(.invalidSignature, error.text, family)
        }
        guard let entry = keys[signed.keyID] else {
            throw self.failure(.unknownKey, "no authorized key has this id", family)
        }
        let timestamp = Int64(signed.timestampText)
        guard let timestamp else {
            throw self.failure(.timestampSkew, "the timestamp of key \(signed.keyID) is not a number", family)
        }
        do throws(ReplayRefusal) {
            try self.replay.check(signed.nonce, of: entry.key, timestamp: timestamp, at: now)
        } catch {
            throw self.failure(error, keyID: signed.keyID, family)
        }
        return PendingSignature(
            signed: signed,
            timestamp: timestamp,
            skewSeconds: timestamp - now.calendar.seconds,
            family: family,
            attempt: request.attempt
        )
    }

    private func verify(
        _ pending: PendingSignature,
        bodyDigest: SHA256Digest,
        at now: Moment
    ) throws(AuthFailure) -> Identity {
        let signed = pending.signed
        // Looked up again: the key may have been revoked while the body was on its way.
        guard let keys = self.keys?.current, let entry = keys[signed.keyID] else {
            throw self.failure(.unknownKey, "key \(signed.keyID) was removed meanwhile", pending.family)
        }
        let request = signed.canonicalRequest(timestamp: pending.timestamp, bodyDigest: bodyDigest)
        guard let signature = Signature(base64url: signed.signatureText), entry.key.isValid(signature, for: request)
        else {
            throw self.failure(.invalidSignature, "the signature of key \(signed.keyID) does not fit", pending.family)
        }
        do throws(ReplayRefusal) {
            try self.replay.claim(
                signed.nonce,
                of: entry.key,
                timestamp: pending.timestamp,
                among: keys.count,
                at: now
            )
        } catch {
            throw self.failure(error, keyID: signed.keyID, pending.family)
        }
        return .key(id: signed.keyID, comment: entry.comment, skewSeconds: pending.skewSeconds)
    }

    private func checkToken(_ request: AccessRequest, families: [HeaderFamily]) throws(AuthFailure) -> HeadVerdict {
        let family = families.first ?? .lookout
        guard let rule = self.token else {
            throw self.failure(.noCredentials, "no signature, and no token is configured", family)
        }
        guard let token = request.token else { throw self.failure(.noCredentials, "no credential presented", family) }
        guard families.count <= 1 else {
            throw self.failure(.badToken, "both header families in one request", family)
        }
        switch rule {
        case .plain(let digest):
            guard SHA256Digest(of: token) == digest else { throw self.failure(.badToken, "wrong token", family) }
            return .allowed(.token)
        case .hashed(let verifier):
            switch verifier.quickAnswer(token) {
            case true?: return .allowed(.token)
            case false?: throw self.failure(.badToken, "wrong token", family)
            case nil:
                return .needsDerivation(PendingToken(token: token, verifier: verifier, attempt: request.attempt))
            }
        }
    }

    private func failure(_ code: AuthFailure.Code, _ detail: String, _ family: HeaderFamily) -> AuthFailure {
        AuthFailure(code, detail, family: family, hidesReason: self.hidesReasons)
    }

    private func failure(_ refusal: ReplayRefusal, keyID: String, _ family: HeaderFamily) -> AuthFailure {
        switch refusal {
        case .used: self.failure(.replay, "key \(keyID) used this nonce before", family)
        case .tooOld: self.failure(.timestampSkew, "the timestamp of key \(keyID) is not within the window", family)
        case .noRoom(let seconds):
            AuthFailure(
                .nonceTableFull,
                "key \(keyID) has used up its share of the nonce table; raise NONCE_LRU_SIZE if its requests are wanted",
                family: family,
                retryAfterSeconds: seconds
            )
        case .beforeStart(let seconds):
            AuthFailure(
                .beforeStart,
                "key \(keyID) signed it before the agent could tell a replay; its clock has to go on for \(seconds) s",
                family: family,
                retryAfterSeconds: seconds
            )
        case .clockSetBack(let floor, let seconds):
            AuthFailure(
                .beforeStart,
                """
                this host's clock was set back: signatures of key \(keyID) are refused until \
                \(UnixTime(seconds: floor).rfc3339), because a request from before that time may have been accepted already; \
                if the clock was wrong then and is right now, stop the agent, delete replay.journal and replay.journal.1 in \
                STATE_DIR, and start it again
                """,
                family: family,
                retryAfterSeconds: seconds
            )
        case .unrecorded(let detail):
            AuthFailure(.replayNotRecorded, "\(detail)", family: family, retryAfterSeconds: 5)
        }
    }

    private func counted(
        _ failure: AuthFailure,
        of attempt: FailedAttempt,
        isCostly: Bool = false,
        at now: Moment
    ) -> AuthFailure {
        if failure.countsAsFailure {
            self.limits.recordRefusal(of: attempt, isCostly: isCostly, at: now)
        }
        return failure
    }
}

/// What a presented token is compared with.
package enum TokenRule: Sendable {
    /// Only the digest is kept, so that neither its length nor the token itself can leak.
    case plain(SHA256Digest)
    case hashed(TokenVerifier)
}
