import NIOCore

@testable import LocalServer

/// The agent's end of a client's connection, as `ConnectionHandler` on a socket behaves: reads on demand, writes as far as
/// there is room, closes each half by itself.
///
/// Concurrency: see `SimulatedLoop`.
final class ClientTransport: ConnectionTransport {
    let link: Link
    private let loop: SimulatedLoop
    /// Is told of everything that passes.
    let record: ClientRecord
    private(set) var connection: ServerConnection?
    private(set) var isWritable = true
    private(set) var hasInputEnded = false
    private var waiting: CircularBuffer<ByteBuffer> = []
    private var flushed = 0
    private var waitingBytes = 0
    private var waterMark = ConnectionHandler.strangersOutput
    private var readBytes = 4 << 10
    private var isReadPending = false
    private var isReadScheduled = false
    private var isOutputClosing = false
    private var isOutputClosed = false

    init(_ link: Link, loop: SimulatedLoop, record: ClientRecord) {
        (self.link, self.loop, self.record) = (link, loop, record)
        link.incoming.whenReadable = { [unowned self] in self.somethingArrived() }
        link.outgoing.whenRoom = { [unowned self] in self.push() }
        link.outgoing.weather.window = ConnectionHandler.strangersUnsent
    }

    func open(_ connection: ServerConnection) {
        self.connection = connection
        connection.opened()
    }

    // MARK: Reading

    private func somethingArrived() {
        // A reset is noticed whether or not the socket is read.
        if self.link.incoming.end == .reset { return self.over(.reset) }
        self.scheduleRead()
    }

    func read() {
        guard self.connection != nil else { return }
        if self.isReadPending { self.record.problem("a read is asked for twice") }
        self.isReadPending = true
        self.scheduleRead()
    }

    private func scheduleRead() {
        guard self.isReadPending, !self.isReadScheduled, self.link.incoming.isReadable else { return }
        self.isReadScheduled = true
        self.loop.at(self.loop.now) {
            self.isReadScheduled = false
            self.readNow()
        }
    }

    private func readNow() {
        guard let connection = self.connection, self.isReadPending else { return }
        if let bytes = self.link.incoming.read(upTo: self.readBytes) {
            self.isReadPending = false
            self.record.read(bytes.readableBytes, isWritable: self.isWritable)
            connection.received(bytes)
            connection.readCompleted()
        } else if self.link.incoming.end != nil {
            self.isReadPending = false
            self.hasInputEnded = true
            self.record.inputEnded()
            connection.inputEnded()
        }
    }

    // MARK: Writing

    func write(_ bytes: ByteBuffer) {
        guard self.connection != nil else { return }
        if self.isOutputClosing { self.record.problem("something is written behind the last answer") }
        self.record.wrote(bytes, isWritable: self.isWritable)
        self.waiting.append(bytes)
        self.waitingBytes += bytes.readableBytes
        if self.waitingBytes > self.waterMark.high { self.isWritable = false }
    }

    func flush() {
        self.flushed = self.waiting.count
        self.push()
    }

    private func push() {
        guard self.connection != nil, !self.isOutputClosed else { return }
        while self.flushed > 0, self.link.outgoing.room > 0, var first = self.waiting.popFirst() {
            let before = first.readableBytes
            self.link.outgoing.send(&first)
            self.waitingBytes -= before - first.readableBytes
            if first.readableBytes > 0 {
                self.waiting.prepend(first)
            } else {
                self.flushed -= 1
            }
        }
        if !self.isWritable, self.waitingBytes < self.waterMark.low {
            self.isWritable = true
            self.record.becameWritable()
            self.connection?.outputBecameWritable()
        }
        self.closeOutputWhenSent()
    }

    private func closeOutputWhenSent() {
        guard self.isOutputClosing, !self.isOutputClosed, self.waiting.isEmpty else { return }
        self.isOutputClosed = true
        self.link.outgoing.finish(.finished)
        // The second half closes the socket.
        if self.hasInputEnded { self.over(.closed) } else { self.connection?.outputClosed() }
    }

    // MARK: The end

    enum End {
        /// By the agent.
        case closed
        case reset
    }

    func closeOutput() {
        self.isOutputClosing = true
        self.record.outputCloses()
        self.flush()
    }

    func close() {
        self.over(.closed)
    }

    /// By the client, or by the kernel of one that has left.
    func reset() {
        self.over(.reset)
    }

    private func over(_ end: End) {
        guard let connection = self.connection else { return }
        self.connection = nil
        self.waiting.removeAll()
        self.link.incoming.whenReadable = {}
        self.link.outgoing.whenRoom = {}
        self.link.outgoing.finish(.finished)
        self.record.closed(end, isWritable: self.isWritable)
        connection.closed()
    }

    func raiseBounds() {
        self.waterMark = .init(low: 32 << 10, high: 64 << 10)
        self.readBytes = 64 << 10
        self.link.outgoing.weather.window = 256 << 10
    }

    var eventLoop: any EventLoop { self.loop }
}
