import NIOCore

/// What one read brought and waits to be taken apart, and how much has been made of it in this turn of the event loop.
///
/// A record of nine bytes may become a frame of its own, so a read of 64 KiB may become seven thousand. The owner makes
/// `framesPerTurn` of them, and leaves the rest to a later turn (`LoopTurns`); the engine is not read meanwhile.
struct OutputPace {
    static let framesPerTurn = 64

    private var waiting: CircularBuffer<ByteBuffer> = []
    private var frames = 0
    /// A turn has been asked for.
    private(set) var isWaitingForTurn = false
    /// The engine has sent everything: the output is over once nothing waits.
    var hasEnded = false

    var isEmpty: Bool { self.waiting.isEmpty }
    var isUsedUp: Bool { self.frames >= Self.framesPerTurn }

    mutating func append(_ bytes: ByteBuffer) {
        self.waiting.append(bytes)
    }

    mutating func putBack(_ rest: ByteBuffer) {
        if rest.readableBytes > 0 { self.waiting.prepend(rest) }
    }

    mutating func popFirst() -> ByteBuffer? { self.waiting.popFirst() }

    mutating func removeAll() {
        self.waiting.removeAll()
        self.hasEnded = false
    }

    mutating func countFrame() {
        self.frames += 1
    }

    /// Another read, or another turn.
    mutating func begin() {
        self.frames = 0
    }

    /// - Returns: whether a turn must be asked for.
    mutating func waitForTurn() -> Bool {
        guard !self.isEmpty, !self.isWaitingForTurn else { return false }
        self.isWaitingForTurn = true
        return true
    }

    mutating func turnCame() {
        self.isWaitingForTurn = false
        self.frames = 0
    }
}
