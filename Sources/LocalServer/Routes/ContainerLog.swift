import Base
import DockerBridge
import NIOCore

/// A container's log as plain text, whole or followed.
///
/// Concurrency: lives on the event loop of its connection.
final class ContainerLog: LogSink {
    private let answer: AnswerStream
    private let follows: Bool
    private var reader: LogReader?
    private var hasBegun = false

    private init(_ answer: AnswerStream, follows: Bool) {
        self.answer = answer
        self.follows = follows
    }

    /// - Parameter id: as it stands in the path.
    static func send(_ id: Substring, _ request: AgentRequest, to answer: AnswerStream) {
        let name = String(id).percentDecoded
        guard ContainerReference.isValid(name) else {
            return answer.send(PlainAnswer(400, "invalid container id: letters, digits, '_', '.' and '-' only"))
        }
        let query: LogQuery
        do throws(Problem) {
            query = try self.query(request)
        } catch {
            return answer.send(PlainAnswer(400, error.text))
        }
        let log = ContainerLog(answer, follows: query.follow)
        let reader = LogReader(
            containerID: name,
            query: query,
            dispatcher: answer.dispatcher,
            asker: answer.asker,
            sink: log
        )
        log.reader = reader
        answer.whenWritable = { reader.resume() }
        answer.whenGone = {
            reader.cancel()
            log.reader = nil
        }
        reader.start()
    }

    private struct Problem: Error {
        let text: String
    }

    private static func query(_ request: AgentRequest) throws(Problem) -> LogQuery {
        var query = LogQuery()
        if let tail = request.parameter("tail") {
            guard let lines = Int(tail), lines > 0 else {
                throw Problem(text: "invalid tail: must be a positive integer")
            }
            query.tail = lines
        }
        let times: [(String, WritableKeyPath<LogQuery, String?>)] = [("since", \.since), ("until", \.until)]
        for (name, path) in times {
            guard let time = request.parameter(name) else { continue }
            guard LogQuery.isTime(time) else {
                throw Problem(text: "invalid \(name): must be Unix seconds, perhaps with a fraction")
            }
            query[keyPath: path] = time
        }
        query.follow = ["1", "true"].contains(request.parameter("follow"))
        query.timestamps = ["1", "true"].contains(request.parameter("timestamps"))
        return query
    }

    private func begin() {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        let goesOn = self.answer.begin(contentType: "text/plain; charset=utf-8", isEndless: self.follows)
        self.answer.flush()
        if !goesOn { self.over() }
    }

    private func over() {
        self.reader?.cancel()
        self.reader = nil
    }

    // MARK: LogSink

    var isWritable: Bool { self.answer.isWritable }

    func logBegan() {
        self.begin()
    }

    func log(_ text: ByteBuffer, _ stream: StdStream) {
        self.answer.write(text)
        self.answer.flush()
    }

    func logEnded() {
        self.over()
        self.begin()
        self.answer.finish()
    }

    func logFailed(_ failure: LogFailure) {
        self.over()
        if self.hasBegun {
            self.answer.breakOff(because: BridgeError(.truncated, failure.reason))
            return
        }
        switch failure.status {
        case .some(let status) where status == 400 || status == 404:
            self.answer.send(PlainAnswer(status, "getting logs: \(failure.reason)"))
        case .some: self.answer.send(PlainAnswer(500, "getting logs: \(failure.reason)"))
        case nil: self.answer.send(PlainAnswer(502, "getting logs: \(failure.reason)"))
        }
    }
}
