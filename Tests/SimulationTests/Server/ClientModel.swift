import NIOCore
import Support

/// A client of the listener: sends what it has to say whole, in pieces or for ever, reads at once, at times or never, and
/// leaves when it likes.
final class ClientModel {
    struct Habits {
        enum Reading {
            case prompt, never
            case atTimes(TimeAmount)
        }
        enum Departure { case finished, reset, halfClosed }

        /// Sends hundreds of the smallest requests in one piece.
        var isFlooding = false
        /// Sends the next request before the last was answered.
        var isPipelining = false
        /// Bytes of a piece, and what lies between two; `nil` sends all that it can at once.
        var pieces: (bytes: Int, gap: TimeAmount)?
        var reading = Reading.prompt
        /// Between an answer and the next request.
        var pause = TimeAmount.zero
        var departure = Departure.finished
        /// It has left by then; earlier when everything was answered.
        var stay = TimeAmount.seconds(60)
        /// It waits for the agent to end the connection.
        var isPatient = false
        /// What follows its requests without an end, a piece each second.
        var fillerBytes = 0
    }

    let link: Link
    /// The connection is reset, which the agent's end notices whether or not it reads.
    var whenReset: () -> Void = {}
    private let loop: SimulatedLoop
    private let habits: Habits
    private let record: ClientRecord
    private var wire: ByteBuffer
    private var waiting = ByteBuffer()
    private var answered = 0
    private var receivedBytes = 0
    private var isPieceScheduled = false
    private var isThinking = false
    private var isFrozen = false
    private var hasLeft = false
    private var isOver = false

    init(_ link: Link, loop: SimulatedLoop, habits: Habits, wire: ByteBuffer, record: ClientRecord) {
        (self.link, self.loop, self.habits, self.wire, self.record) = (link, loop, habits, wire, record)
    }

    func begin() {
        self.link.outgoing.whenReadable = { self.pull() }
        self.link.incoming.whenRoom = { self.push() }
        if case .never = self.habits.reading { self.isFrozen = true }
        if case .atTimes(let time) = self.habits.reading { self.rest(time) }
        self.loop.after(self.habits.stay) { self.leave(self.habits.departure) }
        // Nobody is cut off without a last word, and nobody stays for ever.
        self.loop.after(self.habits.stay + .seconds(200)) { self.leave(.reset) }
        self.speak()
    }

    // MARK: Speaking

    /// The end of what may be sent now.
    private var end: Int {
        if self.habits.isPipelining { return self.wire.writerIndex }
        guard self.answered < self.record.requests.count else { return self.wire.writerIndex }
        return min(self.record.requests[self.answered].end, self.wire.writerIndex)
    }

    private func speak() {
        guard !self.hasLeft, !self.isPieceScheduled, !self.isThinking, self.waiting.readableBytes == 0 else { return }
        let count = self.end - self.wire.readerIndex
        if count <= 0 { return self.fill() }
        guard let pieces = self.habits.pieces else { return self.send(self.wire.readSlice(length: count)!) }
        self.later(pieces.gap)
        self.send(self.wire.readSlice(length: min(count, pieces.bytes))!)
    }

    private func fill() {
        guard self.habits.fillerBytes > 0, self.wire.readableBytes == 0 else { return }
        self.later(.seconds(1))
        self.send(ByteBuffer(repeating: UInt8(ascii: "f"), count: self.habits.fillerBytes))
    }

    private func later(_ gap: TimeAmount) {
        self.isPieceScheduled = true
        self.loop.after(gap) {
            self.isPieceScheduled = false
            self.speak()
        }
    }

    private func send(_ bytes: ByteBuffer) {
        self.waiting.writeImmutableBuffer(bytes)
        self.push()
    }

    private func push() {
        guard !self.isOver, self.waiting.readableBytes > 0 else { return }
        self.link.incoming.send(&self.waiting)
        if self.waiting.readableBytes == 0 {
            self.waiting.clear()
            self.speak()
        }
    }

    // MARK: Listening

    private func rest(_ time: TimeAmount) {
        self.isFrozen.toggle()
        if !self.isFrozen { self.pull() }
        if !self.isOver { self.loop.after(time) { self.rest(time) } }
    }

    private func pull() {
        if self.hasLeft, !self.isOver {
            // The kernel of a client that has left answers for it.
            if self.link.outgoing.isReadable { self.over(isReset: true) }
            return
        }
        guard !self.isOver else { return }
        if self.link.outgoing.end == .reset { return self.over(isReset: true) }
        guard !self.isFrozen else { return }
        while let bytes = self.link.outgoing.read(upTo: 64 << 10) { self.receivedBytes += bytes.readableBytes }
        while self.answered < self.record.answerEnds.count, self.record.answerEnds[self.answered] <= self.receivedBytes
        {
            self.answered += 1
            self.think()
        }
        if self.link.outgoing.end != nil { return self.over(isReset: false) }
        if self.answered == self.record.requests.count, !self.habits.isPatient { self.leave(.finished) }
    }

    private func think() {
        guard self.habits.pause > .zero, !self.habits.isPipelining else { return self.speak() }
        self.isThinking = true
        self.loop.after(self.habits.pause) {
            self.isThinking = false
            self.speak()
        }
    }

    // MARK: Leaving

    func leave(_ departure: Habits.Departure) {
        guard !self.isOver else { return }
        switch departure {
        case .reset: self.over(isReset: true)
        case .halfClosed:
            self.waiting.clear()
            self.wire.clear()
            self.link.incoming.finish(.finished)
        case .finished:
            guard !self.hasLeft else { return }
            self.hasLeft = true
            self.waiting.clear()
            self.link.incoming.finish(.finished)
            self.pull()
        }
    }

    private func over(isReset: Bool) {
        self.isOver = true
        self.hasLeft = true
        self.waiting.clear()
        self.link.outgoing.whenReadable = {}
        self.link.incoming.whenRoom = {}
        if !isReset { return self.link.incoming.finish(.finished) }
        self.link.tear()
        self.whenReset()
    }
}
