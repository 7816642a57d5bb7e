import NIOCore
import Support

/// What the network does to the bytes of one direction.
struct PipeWeather {
    /// From one end to the other.
    var latency: TimeAmount = .milliseconds(1)
    /// What a segment may take longer than `latency`.
    var jitter: TimeAmount = .zero
    var bytesPerSecond = 100_000_000
    /// Sent and not read yet: what fits the buffers of both kernels.
    var window = 256 * 1024
    /// The chance of a segment to be lost or overtaken. Neither shows in a TCP stream but as a wait of all that follows,
    /// until the segment was sent again.
    var lossPerMille = 0
    /// Bytes of the longest segment.
    var segmentBytes = 64 * 1024
    /// Of a hundred segments, how many have a few bytes only: they cut frames anywhere, also in their heads.
    var crumbsPerCent = 0
}

/// One direction of a TCP connection: bytes go in and come out in the same order, none lost and none twice, later.
final class Pipe {
    enum End {
        /// Everything sent before it arrives.
        case finished
        /// What has not been read is gone.
        case reset
    }

    /// How long a lost segment waits to be sent again; each further time takes twice as long.
    private static let retransmission = TimeAmount.milliseconds(200)

    var weather: PipeWeather
    /// Nothing that is sent arrives any more, and nobody is told.
    var isBlackHole = false
    /// Bytes arrived, or the end did.
    var whenReadable: () -> Void = {}
    /// The receiver has read: there is room again.
    var whenRoom: () -> Void = {}
    /// What the receiver has to expect when it has read all that came.
    private(set) var end: End?
    /// Bytes that the receiver has read since the beginning.
    private(set) var readBytes = 0
    /// Bytes that were sent since the beginning.
    private(set) var sentBytes = 0
    private enum Arrival {
        case bytes(ByteBuffer)
        case end(End)
    }

    private let loop: SimulatedLoop
    private var random: SplitMix
    /// What is on its way: whatever is due, the first of it arrives.
    private var travelling: CircularBuffer<Arrival> = []
    private var unread: CircularBuffer<ByteBuffer> = []
    private var lastArrival: NIODeadline
    private var isEnding = false
    private var heldUntil: NIODeadline

    init(loop: SimulatedLoop, weather: PipeWeather, random: SplitMix) {
        self.loop = loop
        self.weather = weather
        self.random = random
        self.lastArrival = loop.now
        self.heldUntil = loop.now
    }

    var room: Int { max(0, self.weather.window - (self.sentBytes - self.readBytes)) }
    var isReadable: Bool { !self.unread.isEmpty || self.end != nil }

    /// Sends what has room now from the front of `bytes`.
    func send(_ bytes: inout ByteBuffer) {
        guard !self.isEnding else {
            bytes.clear()
            return
        }
        while bytes.readableBytes > 0, self.room > 0 {
            let count = min(bytes.readableBytes, self.room, self.segment())
            let segment = bytes.readSlice(length: count)!
            self.sentBytes += count
            if self.isBlackHole { continue }
            self.travel(.bytes(segment), count)
        }
    }

    /// The sender's last word.
    func finish(_ end: End) {
        guard !self.isEnding else { return }
        self.isEnding = true
        if self.isBlackHole { return }
        self.travel(.end(end), 0)
    }

    /// The connection is torn down here and now: whoever reads next is told.
    func tear() {
        self.isEnding = true
        self.travelling.removeAll()
        guard self.end == nil else { return }
        self.unread.removeAll()
        self.end = .reset
        self.whenReadable()
    }

    /// Nothing arrives before `time`; then all does.
    func hold(until time: NIODeadline) {
        self.heldUntil = max(self.heldUntil, time)
    }

    /// Takes what has arrived, at most `limit` bytes of it.
    func read(upTo limit: Int) -> ByteBuffer? {
        guard var bytes = self.unread.popFirst() else { return nil }
        while bytes.readableBytes < limit, let more = self.unread.popFirst() { bytes.writeImmutableBuffer(more) }
        if bytes.readableBytes > limit {
            let rest = bytes.getSlice(at: bytes.readerIndex + limit, length: bytes.readableBytes - limit)!
            bytes = bytes.readSlice(length: limit)!
            self.unread.prepend(rest)
        }
        self.readBytes += bytes.readableBytes
        self.loop.at(self.loop.now) { self.whenRoom() }
        return bytes
    }

    private func segment() -> Int {
        guard self.weather.crumbsPerCent > 0 else { return self.weather.segmentBytes }
        let isCrumb = Int.random(in: 0..<100, using: &self.random) < self.weather.crumbsPerCent
        return Int.random(in: 1...(isCrumb ? 9 : self.weather.segmentBytes), using: &self.random)
    }

    private func arrival(of count: Int) -> NIODeadline {
        let weather = self.weather
        var delay = weather.latency + .nanoseconds(Int64(count) * 1_000_000_000 / Int64(weather.bytesPerSecond))
        if weather.jitter > .zero {
            delay = delay + .nanoseconds(Int64.random(in: 0...weather.jitter.nanoseconds, using: &self.random))
        }
        var wait = Self.retransmission
        while weather.lossPerMille > 0, Int.random(in: 0..<1000, using: &self.random) < weather.lossPerMille {
            delay = delay + wait
            wait = wait * 2
        }
        self.lastArrival = max(self.lastArrival, self.loop.now + delay, self.heldUntil)
        return self.lastArrival
    }

    private func travel(_ arrival: Arrival, _ count: Int) {
        self.travelling.append(arrival)
        self.loop.at(self.arrival(of: count)) { self.arrive() }
    }

    private func arrive() {
        if self.loop.now < self.heldUntil {
            self.loop.at(self.heldUntil) { self.arrive() }
            return
        }
        switch self.travelling.popFirst() {
        case .bytes(let segment): self.unread.append(segment)
        case .end(let end): self.end = end
        // It was torn meanwhile.
        case nil: return
        }
        self.whenReadable()
    }
}
