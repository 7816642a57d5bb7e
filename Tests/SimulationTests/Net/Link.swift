import NIOCore
import Support

/// One TCP connection of the agent: its own end is a channel, the far one is a model.
final class Link {
    /// From the agent to the model.
    let outgoing: Pipe
    /// From the model to the agent.
    let incoming: Pipe

    init(loop: SimulatedLoop, weather: PipeWeather, random: inout SplitMix) {
        self.outgoing = Pipe(loop: loop, weather: weather, random: SplitMix(seed: random.next()))
        self.incoming = Pipe(loop: loop, weather: weather, random: SplitMix(seed: random.next()))
    }

    /// What is sent in one direction at least never arrives.
    var isBroken: Bool { self.outgoing.isBlackHole || self.incoming.isBlackHole }

    /// A reset that both ends notice.
    func tear() {
        self.outgoing.tear()
        self.incoming.tear()
    }

    /// Nothing arrives in either direction before `time`.
    func hold(until time: NIODeadline) {
        self.outgoing.hold(until: time)
        self.incoming.hold(until: time)
    }
}

/// The model's end of a link: writes as much as there is room for and keeps the rest.
final class FarEnd {
    let link: Link
    private let loop: SimulatedLoop
    /// Gets what arrives.
    var received: (ByteBuffer) -> Void = { _ in }
    /// The agent, or the network, has ended the connection.
    var ended: () -> Void = {}
    /// Everything that was written is on its way.
    var drained: () -> Void = {}
    private var waiting: CircularBuffer<ByteBuffer> = []
    private(set) var waitingBytes = 0
    /// All that was ever written, whether it has left or not.
    private(set) var writtenBytes = 0
    private(set) var isOver = false
    private var finishesWhenDrained: Pipe.End?
    /// What arrives is left where it is, as by a process that hangs.
    var isFrozen = false {
        didSet { if !self.isFrozen { self.pull() } }
    }

    init(_ link: Link, loop: SimulatedLoop) {
        self.link = link
        self.loop = loop
        link.outgoing.whenReadable = { self.pull() }
        link.incoming.whenRoom = { self.push() }
    }

    func write(_ bytes: ByteBuffer) {
        guard !self.isOver, self.finishesWhenDrained == nil else { return }
        self.waiting.append(bytes)
        self.waitingBytes += bytes.readableBytes
        self.writtenBytes += bytes.readableBytes
        self.push()
    }

    /// Ends the connection once everything has left.
    func finish() {
        self.finishesWhenDrained = .finished
        self.push()
    }

    /// Ends the connection at once.
    func reset() {
        self.over()
        self.link.incoming.tear()
    }

    private func push() {
        guard !self.isOver else { return }
        let hadWaiting = self.waitingBytes > 0
        while var first = self.waiting.popFirst() {
            let before = first.readableBytes
            self.link.incoming.send(&first)
            self.waitingBytes -= before - first.readableBytes
            if first.readableBytes > 0 {
                self.waiting.prepend(first)
                return
            }
        }
        if let end = self.finishesWhenDrained {
            self.over()
            self.link.incoming.finish(end)
        } else if hadWaiting {
            self.drained()
        }
    }

    private func pull() {
        guard !self.isFrozen else { return }
        while !self.isOver, !self.isFrozen, let bytes = self.link.outgoing.read(upTo: 64 * 1024) {
            self.received(bytes)
        }
        guard !self.isOver, !self.isFrozen, self.link.outgoing.end != nil else { return }
        self.over()
        self.link.incoming.finish(.finished)
        self.ended()
    }

    private func over() {
        self.isOver = true
        self.waiting.removeAll()
        self.waitingBytes = 0
        self.link.outgoing.whenReadable = {}
        self.link.incoming.whenRoom = {}
    }
}
