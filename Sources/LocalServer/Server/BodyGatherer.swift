import Auth
import DockerBridge
import NIOCore

/// Holds a request body whose end must be seen before anything is done with the request.
final class BodyGatherer {
    enum Purpose {
        /// The signature covers the body.
        case signature(Authenticator.PendingSignature)
        /// The body decides whether the request goes on.
        case admission
        /// The connection changes its meaning behind the body.
        case upgrade(limit: Int)
        case route(AgentRoute)
        case publicRoute(AgentRoute)

        var maximumBytes: Int {
            switch self {
            case .signature: Authenticator.maxSignedBodyBytes
            case .admission: ContainerCreation.maximumBodyBytes
            case .upgrade(let limit): limit
            case .route(let route), .publicRoute(let route): route.maximumBodyBytes
            }
        }

        /// Whether the request has not been let in when its body is gathered.
        var isForStranger: Bool {
            switch self {
            case .signature, .publicRoute: true
            case .admission, .upgrade, .route: false
            }
        }
    }

    enum Fit {
        case fits
        case tooLarge
        /// The memory for bodies is used up.
        case noRoom
    }

    let purpose: Purpose
    private let limit: Int
    /// Whose body it is, where it may be larger than the share of one address before it is let in.
    private let client: ClientNetwork?
    private(set) var body = ByteBuffer()
    private var hasher: SHA256Hasher?

    init(_ purpose: Purpose, limit: Int, of client: ClientNetwork? = nil) {
        self.purpose = purpose
        self.limit = limit
        self.client = client
        if case .signature = purpose { self.hasher = SHA256Hasher() }
    }

    /// Keeps `bytes` if there is room for them in `memory`, as a copy: a slice would keep the whole read alive.
    func append(_ bytes: ByteBuffer, counting memory: inout RequestMemory) -> Fit {
        let count = bytes.readableBytes
        guard self.body.readableBytes + count <= self.limit else { return .tooLarge }
        let hasRoom =
            switch self.purpose {
            case .signature, .publicRoute: memory.take(asStranger: count, mayBeLargeFor: self.client)
            case .admission, .upgrade, .route: memory.take(count)
            }
        guard hasRoom else { return .noRoom }
        self.hasher?.update(bytes.readableBytesSpan)
        self.body.writeImmutableBuffer(bytes)
        return .fits
    }

    /// Once, at the end of a signed body.
    func takeDigest() -> SHA256Digest {
        guard let hasher = self.hasher.take() else { preconditionFailure("a digest is taken once, of a signed body") }
        return hasher.finish()
    }
}

/// How fast a body has to arrive: a deadline that moves with every byte.
///
/// Apache's mod_reqtimeout works in the same way (`body=20,MinRate=500`). A body that must be whole before the request
/// goes on occupies memory until then, so a client that trickles is not waited for.
struct BodyPace: Equatable {
    struct Rule: Equatable {
        /// Before the rate counts.
        let grace: TimeAmount
        let bytesPerSecond: Int

        /// Memory that strangers share: 64 KiB/s is half a megabit, which the slowest line that carries Docker's API has.
        /// 4 MiB end after 74 s at the latest.
        static let stranger = Self(grace: .seconds(10), bytesPerSecond: 64 << 10)
        /// For a client that was let in: a request line of a mobile network.
        static let known = Self(grace: .seconds(30), bytesPerSecond: 4 << 10)
    }

    private let rule: Rule
    private let start: NIODeadline
    private var bytes = 0

    init(_ rule: Rule, since start: NIODeadline) {
        self.rule = rule
        self.start = start
    }

    mutating func received(_ count: Int) {
        self.bytes += count
    }

    var deadline: NIODeadline {
        self.start + self.rule.grace + .milliseconds(Int64(self.bytes) * 1000 / Int64(self.rule.bytesPerSecond))
    }
}
