import Auth
import NIOCore

/// Holds a request body whose end must be seen before anything is done with the request.
final class BodyGatherer {
    enum Purpose {
        /// The signature covers the body.
        case signature(Authenticator.PendingSignature)
        /// Somebody decides by the body whether the request goes on.
        case admission
        /// The connection changes its meaning behind the body.
        case upgrade
        case route(AgentRoute)
    }

    let purpose: Purpose
    let limit: Int
    private(set) var body = ByteBuffer()
    private var hasher: SHA256Hasher?

    init(_ purpose: Purpose, limit: Int) {
        self.purpose = purpose
        self.limit = limit
        if case .signature = purpose { self.hasher = SHA256Hasher() }
    }

    /// Returns whether it still fits.
    func append(_ bytes: ByteBuffer) -> Bool {
        guard self.body.readableBytes + bytes.readableBytes <= self.limit else { return false }
        self.hasher?.update(bytes.readableBytesSpan)
        self.body.writeImmutableBuffer(bytes)
        return true
    }

    /// Once, at the end of a signed body.
    func takeDigest() -> SHA256Digest {
        guard let hasher = self.hasher.take() else { preconditionFailure("a digest is taken once, of a signed body") }
        return hasher.finish()
    }
}
