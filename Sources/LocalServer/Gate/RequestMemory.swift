import DockerBridge
import NIOCore

/// What one connection holds of the agent's memory for what its client sent and has not taken: of the strangers' budget
/// before the request was let in, of `MEMORY_BUDGET` after it.
///
/// Bytes are taken before they are kept, and all of them are given back with `release`.
struct RequestMemory {
    /// A connection's own cost, which the number of connections bounds: more is counted. Most heads fit.
    static let freeBytes = 4 << 10

    private let strangers: StrangerBudget
    private let memory: MemoryBudget
    private let network: ClientNetwork?
    private var buffered = 0
    private var gathered = 0
    private var ofKnown = 0
    /// Of an answer of the agent's own that the client has not taken.
    private var answered = 0
    /// Set while the one place for a large body is this connection's: up to `Authenticator.maxSignedBodyBytes`.
    private var largePlace: StrangerBudget.Ticket?

    init(strangers: StrangerBudget, memory: MemoryBudget, network: ClientNetwork?) {
        self.strangers = strangers
        self.memory = memory
        self.network = network
    }

    /// Counts what a stranger's request holds but its body. Returns whether there is room.
    mutating func hold(buffered bytes: Int) -> Bool {
        let bytes = bytes > Self.freeBytes ? bytes : 0
        guard bytes != self.buffered else { return true }
        if bytes > self.buffered {
            guard self.strangers.take(bytes - self.buffered, for: self.network) else { return false }
        } else {
            self.strangers.giveBack(self.buffered - bytes, of: self.network)
        }
        self.buffered = bytes
        return true
    }

    /// The request is over: of what was counted, no more than the `bytes` read behind it remains.
    mutating func releaseHead(buffered bytes: Int) {
        _ = self.hold(buffered: min(bytes, self.buffered))
    }

    /// Counts a piece of the body of a request that is not let in yet.
    ///
    /// - Parameter client: set where the headers name a known key and a fresh nonce, so that the body may be large.
    mutating func take(asStranger bytes: Int, mayBeLargeFor client: ClientNetwork?) -> Bool {
        if self.largePlace != nil { return !self.hasToGiveWay }
        if self.strangers.take(bytes, for: self.network) {
            self.gathered += bytes
            return true
        }
        guard let client, let place = self.strangers.takeLargePlace(for: client) else { return false }
        self.largePlace = place
        // What was taken before is the large place's now.
        self.strangers.giveBack(self.gathered, of: self.network)
        self.gathered = 0
        return true
    }

    /// Whether the place for a large body is wanted by a client that comes first.
    var hasToGiveWay: Bool { self.largePlace.map { self.strangers.hasToGiveWay($0) } ?? false }

    /// The request was let in.
    func becameKnown() {
        if let largePlace { self.strangers.keepLargePlace(largePlace) }
    }

    /// Counts a piece of the body of a request that was let in.
    mutating func take(_ bytes: Int) -> Bool {
        guard self.memory.take(bytes) else { return false }
        self.ofKnown += bytes
        return true
    }

    /// The request is over.
    mutating func releaseBody() {
        if self.gathered > 0 { self.strangers.giveBack(self.gathered, of: self.network) }
        if self.ofKnown > 0 { self.memory.change(by: -self.ofKnown) }
        if let largePlace { self.strangers.giveBackLargePlace(largePlace) }
        (self.gathered, self.ofKnown, self.largePlace) = (0, 0, nil)
    }

    /// Counts an answer of the agent's own until the client has taken it.
    mutating func take(answer bytes: Int) -> Bool {
        guard bytes > Self.freeBytes else { return true }
        guard self.memory.fits(bytes) else { return false }
        self.memory.change(by: bytes)
        self.answered += bytes
        return true
    }

    /// The client has taken the answer but for what may always wait for it.
    mutating func releaseAnswer() {
        if self.answered > 0 { self.memory.change(by: -self.answered) }
        self.answered = 0
    }

    /// The connection is over.
    mutating func release() {
        self.releaseBody()
        self.releaseAnswer()
        _ = self.hold(buffered: 0)
    }
}
