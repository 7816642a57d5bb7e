import NIOCore

/// The agent's end of a link, as NIO's channel on a socket behaves: reads on demand, writes as far as there is room,
/// says when it is writable.
///
/// Concurrency: see `SimulatedLoop`.
final class SimulatedChannel: Channel, @unchecked Sendable {
    /// The most that one read brings.
    private static let readBytes = 64 * 1024

    let link: Link
    let allocator = ByteBufferAllocator()
    let closeFuture: EventLoopFuture<Void>
    let localAddress: SocketAddress? = nil
    let remoteAddress: SocketAddress? = nil
    let parent: (any Channel)? = nil
    private(set) var isActive = false
    private(set) var isWritable = true
    private(set) var isClosed = false
    private(set) var lastRead: NIODeadline
    private let loop: SimulatedLoop
    private let closePromise: EventLoopPromise<Void>
    private let waterMark: ChannelOptions.Types.WriteBufferWaterMark
    private var reallyPipeline: ChannelPipeline?
    private var autoRead: Bool
    private var isReadPending = false
    private var isReadScheduled = false
    private var waiting: CircularBuffer<ByteBuffer> = []
    private var flushed = 0
    private var waitingBytes = 0

    init(
        _ link: Link,
        loop: SimulatedLoop,
        autoRead: Bool,
        waterMark: ChannelOptions.Types.WriteBufferWaterMark = .init(low: 32 * 1024, high: 64 * 1024)
    ) {
        self.link = link
        self.loop = loop
        self.autoRead = autoRead
        self.lastRead = loop.now
        self.waterMark = waterMark
        self.closePromise = loop.makePromise(of: Void.self)
        self.closeFuture = self.closePromise.futureResult
        self.reallyPipeline = ChannelPipeline(channel: self)
        link.incoming.whenReadable = { self.scheduleRead() }
        link.outgoing.whenRoom = { self.push() }
    }

    deinit {
        self.closePromise.succeed(())
    }

    /// The connection stands.
    func activate() {
        self.isActive = true
        self.pipeline.fireChannelActive()
        if self.autoRead { self.pipeline.read() }
    }

    var eventLoop: any EventLoop { self.loop }
    var pipeline: ChannelPipeline { self.reallyPipeline! }
    var _channelCore: any ChannelCore { self }
    var syncOptions: (any NIOSynchronousChannelOptions)? { Options(channel: self) }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        self.loop.makeCompletedFuture { try Options(channel: self).setOption(option, value: value) }
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        self.loop.makeCompletedFuture { try Options(channel: self).getOption(option) }
    }

    private struct Options: NIOSynchronousChannelOptions {
        let channel: SimulatedChannel

        func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
            guard option is ChannelOptions.Types.AutoReadOption, let value = value as? Bool else {
                throw ChannelError.operationUnsupported
            }
            self.channel.autoRead = value
            if value { self.channel.pipeline.read() } else { self.channel.isReadPending = false }
        }

        func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
            guard option is ChannelOptions.Types.BufferedWritableBytesOption,
                let bytes = self.channel.waitingBytes as? Option.Value
            else { throw ChannelError.operationUnsupported }
            return bytes
        }
    }

    // MARK: Reading

    private func scheduleRead() {
        guard self.isReadPending, !self.isReadScheduled, self.link.incoming.isReadable else { return }
        self.isReadScheduled = true
        self.loop.at(self.loop.now) {
            self.isReadScheduled = false
            self.readNow()
        }
    }

    private func readNow() {
        guard self.isActive, self.isReadPending else { return }
        if let bytes = self.link.incoming.read(upTo: Self.readBytes) {
            self.isReadPending = false
            self.lastRead = self.loop.now
            self.pipeline.fireChannelRead(bytes)
            self.pipeline.fireChannelReadComplete()
            if self.autoRead, self.isActive { self.pipeline.read() }
        } else if let end = self.link.incoming.end {
            if end == .reset { self.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "read")) }
            self.close0(error: ChannelError.eof, mode: .all, promise: nil)
        }
    }

    // MARK: Writing

    private func push() {
        guard self.isActive else { return }
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
            self.pipeline.fireChannelWritabilityChanged()
        }
    }

    private func letGo() {
        self.waiting.removeAll()
        self.flushed = 0
        self.waitingBytes = 0
        self.isReadPending = false
        self.link.incoming.whenReadable = {}
        self.link.outgoing.whenRoom = {}
    }
}

extension SimulatedChannel: ChannelCore {
    func localAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    func remoteAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    func register0(promise: EventLoopPromise<Void>?) { promise?.succeed(()) }
    func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { promise?.succeed(()) }

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard self.isActive else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let bytes = self.unwrapData(data, as: ByteBuffer.self)
        self.waiting.append(bytes)
        self.waitingBytes += bytes.readableBytes
        promise?.succeed(())
        if self.isWritable, self.waitingBytes > self.waterMark.high {
            self.isWritable = false
            self.pipeline.fireChannelWritabilityChanged()
        }
    }

    func flush0() {
        self.flushed = self.waiting.count
        self.push()
    }

    func read0() {
        guard self.isActive else { return }
        self.isReadPending = true
        self.scheduleRead()
    }

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard !self.isClosed else {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        if mode == .output {
            self.link.outgoing.finish(.finished)
            promise?.succeed(())
            return
        }
        self.isClosed = true
        self.isActive = false
        self.letGo()
        self.link.outgoing.finish(.finished)
        promise?.succeed(())
        self.pipeline.fireChannelInactive()
        self.pipeline.fireChannelUnregistered()
        self.loop.at(self.loop.now) {
            self.removeHandlers(pipeline: self.pipeline)
            self.closePromise.succeed(())
            // A pipeline and its channel hold each other.
            self.reallyPipeline = nil
        }
    }
}
