import Base
package import DockerBridge
package import NIOCore

/// `container_logs`: the last lines of one container's log.
package struct ContainerLogsTool: MCPTool {
    static let lines = 1...500
    static let usualLines = 100

    package let name = "container_logs"
    package let description = "Shows the last lines of a container's log, each marked with its output."
    package let inputSchema: StaticString = """
        {"type":"object","properties":{"id":{"type":"string","description":"Id or name of the container"},\
        "tail":{"type":"integer","minimum":1,"maximum":500,"default":100,"description":"Lines from the end"}},\
        "required":["id"]}
        """
    private let dispatcher: NIOLoopBound<RequestDispatcher>
    private let patience: TimeAmount

    package init(dispatcher: NIOLoopBound<RequestDispatcher>) {
        self.init(dispatcher: dispatcher, patience: .seconds(20))
    }

    /// - Parameter patience: how long the engine may take to send the whole log.
    init(dispatcher: NIOLoopBound<RequestDispatcher>, patience: TimeAmount) {
        self.dispatcher = dispatcher
        self.patience = patience
    }

    package func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
        let id = try ContainerArgument.id(in: arguments)
        var query = LogQuery()
        query.tail = try self.tail(arguments)
        let lines = try await self.read(id, query)
        let object = ByteBuffer(jsonObject: { json in
            json.member("id", id)
            json.array("lines") { json in
                for line in lines { line.withUnsafeReadableBytes { json.value($0) } }
            }
        })
        return MCPToolResult(object)
    }

    private func tail(_ arguments: ByteBuffer) throws -> Int {
        if JSONMember.text("tail", of: arguments) != nil { throw MCPToolFailure("tail must be an integer") }
        guard let tail = JSONMember.integer("tail", of: arguments), tail > 0 else { return Self.usualLines }
        return min(tail, Self.lines.upperBound)
    }

    private func read(_ id: String, _ query: LogQuery) async throws -> [ByteBuffer] {
        let (dispatcher, eventLoop, patience) = (self.dispatcher, self.dispatcher.eventLoop, self.patience)
        let promise = eventLoop.makePromise(of: [ByteBuffer].self)
        let lines = NIOLoopBoundBox<LogLines?>.makeEmptyBox(valueType: LogLines.self, eventLoop: eventLoop)
        return try await withTaskCancellationHandler {
            eventLoop.execute {
                lines.value = LogLines.read(id, query, within: patience, on: dispatcher.value) {
                    promise.completeWith($0)
                }
            }
            return try await promise.futureResult.get()
        } onCancel: {
            // Behind the start, or before it: then the log is read for as long as its patience lasts.
            eventLoop.execute { lines.value?.logFailed(LogFailure("nobody waits for this log any longer")) }
        }
    }
}

/// Gathers the lines of a log that is asked for as a whole, the newest ones if there are too many bytes. They count in
/// `MEMORY_BUDGET` until they are handed over.
///
/// Concurrency: lives on the dispatcher's event loop.
private final class LogLines: LogSink, MemoryGatherer {
    /// Of one line; an assistant reads no more of it. A line that is cut says so.
    private static let lineBytes = 16 * 1024
    private static let cutMark = " (the rest of this line is left out)"
    private static let totalBytes = 1 << 20

    private let memory: MemoryBudget
    private let whenDone: (Result<[ByteBuffer], any Error>) -> Void
    private var lines: [ByteBuffer] = []
    private var bytes = 0
    private var unfinished: [StdStream: ByteBuffer] = [:]
    private var reader: LogReader?
    private var deadline: Scheduled<Void>?
    /// Bytes of the budget that are taken.
    private var heldBytes = 0
    private var isGatherer = false

    @discardableResult
    static func read(
        _ id: String,
        _ query: LogQuery,
        within patience: TimeAmount,
        on dispatcher: RequestDispatcher,
        whenDone: @escaping (Result<[ByteBuffer], any Error>) -> Void
    ) -> LogLines {
        let sink = LogLines(memory: dispatcher.memory, whenDone: whenDone)
        // A tool does not know who asks: a rule for an identity allows none of its logs.
        let reader = LogReader(
            containerID: id,
            query: query,
            dispatcher: dispatcher,
            asker: .peer(identity: nil),
            sink: sink
        )
        sink.reader = reader
        sink.deadline = dispatcher.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            sink.logFailed(LogFailure("the engine did not send the log in time"))
        }
        reader.start()
        return sink
    }

    private init(memory: MemoryBudget, whenDone: @escaping (Result<[ByteBuffer], any Error>) -> Void) {
        self.memory = memory
        self.whenDone = whenDone
    }

    var isWritable: Bool { !self.isGatherer || self.memory.mayGrow(self) }

    func memoryHasRoom() {
        self.reader?.resume()
    }

    func logBegan() {}

    func log(_ text: ByteBuffer, _ stream: StdStream) {
        var rest = text
        var line = self.unfinished.removeValue(forKey: stream) ?? ByteBuffer()
        while let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            if let part = rest.readSlice(length: end - rest.readerIndex) { Self.append(part, to: &line) }
            rest.moveReaderIndex(forwardBy: 1)
            self.take(line, stream)
            line = ByteBuffer()
        }
        Self.append(rest, to: &line)
        if line.readableBytes > 0 { self.unfinished[stream] = line }
        self.hold(self.bytes + self.unfinished.values.reduce(0) { $0 + $1.readableBytes })
    }

    func logEnded() {
        for stream in [StdStream.stdout, .stderr] {
            if let line = self.unfinished[stream] { self.take(line, stream) }
        }
        self.done(.success(self.lines))
    }

    func logFailed(_ failure: LogFailure) {
        self.done(.failure(MCPToolFailure(failure.reason)))
    }

    /// Keeps one byte more than a line may have, which tells that it was cut.
    private static func append(_ bytes: ByteBuffer, to line: inout ByteBuffer) {
        let room = Self.lineBytes + 1 - line.readableBytes
        line.writeBytes(bytes.readableBytesView.prefix(room))
    }

    private func take(_ line: ByteBuffer, _ stream: StdStream) {
        var whole = ByteBuffer(string: stream == .stderr ? "stderr: " : "stdout: ")
        var line = line
        // A terminal ends its lines with both.
        if line.readableBytesView.last == UInt8(ascii: "\r") { line.moveWriterIndex(to: line.writerIndex - 1) }
        let isCut = line.readableBytes > Self.lineBytes
        whole.writeBytes(line.readableBytesView.prefix(Self.lineBytes))
        if isCut { whole.writeString(Self.cutMark) }
        self.bytes += whole.readableBytes
        self.lines.append(whole)
        while self.bytes > Self.totalBytes || self.lines.count > ContainerLogsTool.lines.upperBound {
            self.bytes -= self.lines.removeFirst().readableBytes
        }
    }

    private func done(_ result: Result<[ByteBuffer], any Error>) {
        guard let reader = self.reader else { return }
        self.reader = nil
        self.deadline?.cancel()
        reader.cancel()
        self.whenDone(result)
        self.lines.removeAll()
        self.unfinished.removeAll()
        self.hold(0)
        if self.isGatherer { self.memory.leave(self) }
        self.isGatherer = false
    }

    private func hold(_ bytes: Int) {
        self.memory.change(by: bytes - self.heldBytes)
        self.heldBytes = bytes
        guard !self.isGatherer, bytes >= MemoryBudget.guaranteedBytes else { return }
        self.isGatherer = true
        self.memory.enter(self)
    }
}
