import Base
package import NIOCore

/// Where the text of one log goes. Everything happens on one event loop; exactly one of `logEnded` and `logFailed` comes
/// last.
package protocol LogSink: AnyObject {
    /// `false` stops reading from the engine until the owner calls `LogReader.resume()`.
    var isWritable: Bool { get }
    /// The engine has the log, and what there is of it follows.
    func logBegan()
    /// Text of one output, cut between characters; bytes that are no text may be in it.
    func log(_ text: ByteBuffer, _ stream: StdStream)
    func logEnded()
    func logFailed(_ failure: LogFailure)
}

/// Why there is no log, or not all of it.
package struct LogFailure: Error {
    /// A sentence for people.
    package var reason: String
    /// The engine's own refusal; `nil` where the engine did not answer, or broke off.
    package var status: Int?

    package init(_ reason: String, status: Int? = nil) {
        self.reason = reason
        self.status = status
    }
}

/// Reads one container's log off the engine: finds out whether it has a terminal, then takes the body apart.
///
/// Concurrency: lives on the dispatcher's event loop.
package final class LogReader: ResponseSink {
    /// Bytes of an engine's complaint that are kept; the rest is of no use.
    private static let complaintBytes = 4096
    /// Bytes of an inspect document; one with large labels still fits.
    private static let documentBytes = 4 << 20

    private let containerID: String
    private let query: LogQuery
    private let dispatcher: RequestDispatcher
    private let asker: BridgeRequest.Asker
    private var sink: (any LogSink)?
    private var inspection: EngineExchange?
    private var exchange: EngineExchange?
    private var splitter = LogSplitter.raw
    private var text = LogText()
    private var pace = OutputPace()
    private var progress = ResponseProgress()
    private var failure: Int?
    private var complaint = ByteBuffer()

    /// - Parameter containerID: checked by `ContainerReference`.
    package init(
        containerID: String,
        query: LogQuery,
        dispatcher: RequestDispatcher,
        asker: BridgeRequest.Asker,
        sink: any LogSink
    ) {
        self.containerID = containerID
        self.query = query
        self.dispatcher = dispatcher
        self.asker = asker
        self.sink = sink
    }

    package func start() {
        let inspect = BridgeRequest(method: "GET", target: "/containers/\(self.containerID)/json", asker: .agent)
        self.inspection = self.dispatcher.collect(inspect, limit: Self.documentBytes) { result in
            switch result {
            case .success(let answer) where answer.status == 404:
                self.fail(LogFailure(Self.words(404, answer.body), status: 404))
            case .success(let answer): self.open(isTTY: answer.isSuccess ? Self.isTTY(answer.body) : nil)
            // The log may still be had, and what is wrong with the engine is told with it.
            case .failure: self.open(isTTY: nil)
            }
        }
    }

    /// The sink takes more again.
    package func resume() {
        if self.pace.isEmpty { self.exchange?.resume() } else { self.waitForTurn() }
    }

    /// Gives up; the sink hears nothing more.
    package func cancel() {
        _ = self.progress.end()
        self.sink = nil
        self.pace.removeAll()
        self.inspection?.cancel()
        self.exchange?.cancel()
        self.exchange = nil
    }

    private func open(isTTY: Bool?) {
        self.splitter = LogSplitter(isTTY: isTTY)
        let target = self.query.target(containerID: self.containerID)
        let request = BridgeRequest(method: "GET", target: target, asker: self.asker)
        let exchange = self.dispatcher.dispatch(request, to: self)
        if self.sink != nil { self.exchange = exchange }
    }

    private static func isTTY(_ document: ByteBuffer) -> Bool? {
        document.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            return try? scanner.readMember("Config") { scanner throws(JSONError) in
                try scanner.readMember("Tty") { scanner throws(JSONError) in try scanner.readBool() }
            }
        }
    }

    private static func words(_ status: Int, _ body: ByteBuffer) -> String {
        JSONMember.text("message", of: body) ?? "the engine answers \(status)"
    }

    // MARK: ResponseSink

    package var isWritable: Bool { self.pace.isEmpty && self.sink?.isWritable ?? true }

    package func begin(_ head: ResponseHead, form: AnswerForm) {
        guard self.progress.begin() else { return }
        if head.status == 200 { self.sink?.logBegan() } else { self.failure = head.status }
    }

    package func write(_ bytes: ByteBuffer) {
        guard self.progress.takesBody else { return }
        guard self.failure == nil else {
            if self.complaint.readableBytes < Self.complaintBytes { self.complaint.writeImmutableBuffer(bytes) }
            return
        }
        self.pace.append(bytes)
        if !self.pace.isWaitingForTurn { self.takeApart() }
    }

    package func burstEnded() {
        guard self.pace.isEmpty else { return }
        self.text.flush { self.sink?.log($0, $1) }
        self.pace.begin()
    }

    package func finish() {
        guard self.progress.takesBody else { return self.fail(.headless) }
        guard self.progress.end() else { return }
        self.exchange = nil
        self.pace.hasEnded = true
        if self.pace.isEmpty { self.ended() }
    }

    private func ended() {
        if let failure {
            self.fail(LogFailure(Self.words(failure, self.complaint), status: failure))
            return
        }
        self.giveOutRest()
        let sink = self.sink
        self.sink = nil
        sink?.logEnded()
    }

    package func fail(_ error: BridgeError) {
        guard self.progress.end() else { return }
        // Once in a log, and at most what one read brought.
        self.takeApart(isAtEnd: true)
        self.giveOutRest()
        self.fail(LogFailure(error.detail))
    }

    // MARK: Turns

    /// Makes texts of what waits, as many as are fair in this turn of the loop, and leaves the rest to another one.
    private func takeApart(isAtEnd: Bool = false) {
        do {
            while isAtEnd || !self.pace.isUsedUp, self.sink != nil, var bytes = self.pace.popFirst() {
                try self.splitter.split(&bytes) { piece, stream in
                    self.text.append(piece, stream) {
                        self.pace.countFrame()
                        self.sink?.log($0, $1)
                    }
                    return isAtEnd || !self.pace.isUsedUp
                }
                if self.sink != nil { self.pace.putBack(bytes) }
            }
        } catch {
            _ = self.progress.end()
            self.pace.removeAll()
            self.exchange?.cancel()
            self.fail(LogFailure("the engine's log is not in the form that it should have"))
        }
        self.waitForTurn()
    }

    private func waitForTurn() {
        if self.pace.waitForTurn() { self.dispatcher.turns.later { self.goOn() } }
    }

    private func goOn() {
        self.pace.turnCame()
        // Where the sink takes no more, its `resume` goes on.
        guard let sink = self.sink, sink.isWritable else { return }
        self.takeApart()
        guard self.pace.isEmpty else { return }
        if self.pace.hasEnded { return self.ended() }
        self.text.flush { self.sink?.log($0, $1) }
        if self.isWritable { self.exchange?.resume() }
    }

    private func giveOutRest() {
        self.splitter.finish { piece, stream in self.text.append(piece, stream) { self.sink?.log($0, $1) } }
        self.text.finish { self.sink?.log($0, $1) }
    }

    private func fail(_ failure: LogFailure) {
        self.exchange = nil
        let sink = self.sink
        self.sink = nil
        sink?.logFailed(failure)
    }
}
