import DockerBridge
import NIOCore

/// What one connection holds of the agent's memory for what its client sent: of the strangers' budget before the request
/// was let in, of `MEMORY_BUDGET` after it.
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
    /// Whether the one place for a large body is this connection's: up to `Authenticator.maxSignedBodyBytes`.
    private var hasLargePlace = false

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
    /// - Parameter mayBeLarge: whether the headers name a known key and a fresh nonce.
    mutating func take(asStranger bytes: Int, mayBeLarge: Bool) -> Bool {
        if self.hasLargePlace { return true }
        if self.strangers.take(bytes, for: self.network) {
            self.gathered += bytes
            return true
        }
        guard mayBeLarge, self.strangers.takeLargePlace() else { return false }
        self.hasLargePlace = true
        // What was taken before is the large place's now.
        self.strangers.giveBack(self.gathered, of: self.network)
        self.gathered = 0
        return true
    }

    /// Counts a piece of the body of a request that was let in.
    mutating func take(_ bytes: Int) -> Bool {
        guard self.memory.used + bytes <= self.memory.limit else { return false }
        self.memory.change(by: bytes)
        self.ofKnown += bytes
        return true
    }

    /// The request is over.
    mutating func releaseBody() {
        if self.gathered > 0 { self.strangers.giveBack(self.gathered, of: self.network) }
        if self.ofKnown > 0 { self.memory.change(by: -self.ofKnown) }
        if self.hasLargePlace { self.strangers.giveBackLargePlace() }
        (self.gathered, self.ofKnown, self.hasLargePlace) = (0, 0, false)
    }

    /// The connection is over.
    mutating func release() {
        self.releaseBody()
        _ = self.hold(buffered: 0)
    }
}
