import CAllocations
import CSteps
import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import DockerBridge

/// A judgment that depends on the engine: the request waits until it has answered.
@Suite struct AdmissionQuestionTests {
    /// Asks for the targets, then admits.
    ///
    /// - Parameter isInsatiable: asks again and again.
    private static func policy(_ targets: [String], isInsatiable: Bool = false) -> RecordingPolicy {
        RecordingPolicy { question in
            if question.answers == nil { return .asks(targets) }
            return isInsatiable ? .asks(["/volumes/further-\(question.number)"]) : .admitted
        }
    }

    private static func bench(_ policy: RecordingPolicy) -> VirtualEngine {
        var limits = RequestDispatcher.Limits()
        limits.admission = policy
        return VirtualEngine(limits) {
            // Judges at once, on the loop.
            RequestDispatcher(client: $0, limits: $1, processes: .real) { eventLoop, judgment in
                eventLoop.makeSucceededFuture(judgment())
            }
        }
    }

    private static func create(_ virtual: VirtualEngine) -> RecordingSink {
        let sink = RecordingSink(eventLoop: virtual.eventLoop)
        let request = BridgeRequest(
            method: "POST",
            target: "/containers/create",
            asker: .agent,
            body: ByteBuffer(string: "{}")
        )
        _ = virtual.dispatcher.proxy(request, sink: sink)
        virtual.eventLoop.run()
        return sink
    }

    private static func answer(_ virtual: VirtualEngine, _ status: String, _ body: String = "") throws {
        try virtual.says("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        virtual.eventLoop.run()
    }

    @Test func theRequestWaitsForTheAnswers() throws {
        let policy = Self.policy(["/volumes/data", "/containers/web/json", "/networks/n"])
        let virtual = Self.bench(policy)
        let sink = Self.create(virtual)
        #expect(try virtual.hears().contains("GET /volumes/data HTTP/1.1\r\n"))
        try Self.answer(virtual, "200 OK", #"{"Name":"data"}"#)
        #expect(try virtual.hears().contains("GET /containers/web/json HTTP/1.1\r\n"))
        try Self.answer(virtual, "404 Not Found")
        #expect(try virtual.hears().contains("/networks/n HTTP/1.1\r\n"))
        #expect(policy.answers.isEmpty)
        try Self.answer(virtual, "500 Internal Server Error")
        let answers = try #require(policy.answers.first)
        #expect(answers["/volumes/data"] == .found(ByteBuffer(string: #"{"Name":"data"}"#)))
        #expect(answers["/containers/web/json"] == .missing)
        #expect(answers["/networks/n"] == .failed)
        #expect(answers["/volumes/other"] == nil)
        #expect(try virtual.hears().hasPrefix("POST /containers/create HTTP/1.1\r\n"))
        try Self.answer(virtual, "201 Created")
        #expect(sink.recorded.status == 201)
    }

    /// Neither many questions nor questions without end keep the engine busy.
    @Test func questionsHaveABound() throws {
        let most = AdmissionAnswers.most
        let policy = Self.policy((0..<most).map { "/volumes/\($0)" })
        let virtual = Self.bench(policy)
        _ = Self.create(virtual)
        for number in 0..<most {
            #expect(try virtual.hears().contains("/volumes/\(number) HTTP"))
            try Self.answer(virtual, "404 Not Found")
        }
        let answers = try #require(policy.answers.first)
        #expect(!answers.isCut && answers["/volumes/\(most - 1)"] == .missing)
        #expect(try virtual.hears().hasPrefix("POST "))

        let insatiable = Self.policy(["/volumes/first"], isInsatiable: true)
        let other = Self.bench(insatiable)
        let sink = Self.create(other)
        var questions = 0
        while try other.hears().hasPrefix("GET ") {
            questions += 1
            try Self.answer(other, "404 Not Found")
        }
        #expect(questions == 4)
        #expect(sink.recorded.errorDetail == "the container refers to more than can be looked at")
    }

    /// An engine that answers each question just in time would keep a place for judgments for ten minutes.
    @Test func questionsHaveADeadlineTogether() throws {
        let policy = Self.policy((0..<AdmissionAnswers.most).map { "/volumes/\($0)" })
        let virtual = Self.bench(policy)
        _ = Self.create(virtual)
        for number in 0..<3 {
            #expect(try virtual.hears().contains("/volumes/\(number) HTTP"))
            virtual.wait(.seconds(number < 2 ? 9 : 4))
            if number < 2 { try Self.answer(virtual, "404 Not Found") }
        }
        let answers = try #require(policy.answers.first)
        #expect(answers["/volumes/1"] == .missing)
        #expect(answers["/volumes/2"] == .failed && answers["/volumes/3"] == .failed)
        #expect(try virtual.hears().hasPrefix("POST "))
    }

    /// A verdict needs an answer to every question, so that part of the answers would be of no use.
    @Test func ofMoreThanTheBoundNothingIsAsked() throws {
        let policy = Self.policy((0...AdmissionAnswers.most).map { "/volumes/\($0)" })
        let virtual = Self.bench(policy)
        _ = Self.create(virtual)
        let answers = try #require(policy.answers.first)
        #expect(answers.isCut && answers["/volumes/0"] == .failed)
        #expect(try virtual.hears().hasPrefix("POST "))
    }

    /// A body of 4 MiB refers to thousands of containers, volumes and networks.
    @Test func aThousandReferencesMoreCostNothing() {
        let (few, many) = (Self.steps(4_096), Self.steps(8_192))
        #expect(many < few + 4_096, "\(few) steps, then \(many)")
    }

    /// Steps and blocks allocated from the request to the verdict.
    private static func steps(_ count: Int) -> UInt {
        let policy = Self.policy((0..<count).map { "/volumes/a-volume-with-a-long-name-\($0)" })
        let virtual = Self.bench(policy)
        let before = steps_of_this_thread() + allocations_of_this_thread()
        _ = Self.create(virtual)
        let steps = steps_of_this_thread() + allocations_of_this_thread() - before
        #expect(policy.answers.count == 1)
        return steps
    }

    @Test func answersHaveABoundTogether() throws {
        var answers = AdmissionAnswers()
        answers.add(.found(ByteBuffer(repeating: 0, count: AdmissionAnswers.mostBytes - 1)), to: "/volumes/a")
        #expect(answers.bytesLeft == 1)
        answers.add(.found(ByteBuffer(repeating: 0, count: 1)), to: "/volumes/b")
        #expect(answers.bytesLeft == 0)
        let policy = Self.policy(["/volumes/a", "/volumes/b"])
        let virtual = Self.bench(policy)
        _ = Self.create(virtual)
        _ = try virtual.hears()
        try Self.answer(virtual, "200 OK", String(repeating: "a", count: AdmissionAnswers.mostBytes))
        #expect(try virtual.hears().hasPrefix("POST "))
        #expect(policy.answers.first?["/volumes/b"] == .failed)
    }

    @Test func answersCountInTheMemoryBudgetUntilTheVerdict() throws {
        let virtual = Self.bench(Self.policy(["/volumes/a", "/volumes/b"]))
        let memory = virtual.dispatcher.memory
        _ = Self.create(virtual)
        try Self.answer(virtual, "200 OK", String(repeating: "a", count: 100_000))
        #expect(memory.used >= 100_000)
        try Self.answer(virtual, "404 Not Found")
        #expect(memory.used == 0)
    }

    @Test func nothingFurtherIsAskedForARequestThatIsOver() throws {
        let policy = Self.policy(["/volumes/a", "/volumes/b"])
        let virtual = Self.bench(policy)
        let sink = RecordingSink(eventLoop: virtual.eventLoop)
        let request = BridgeRequest(
            method: "POST",
            target: "/containers/create",
            asker: .agent,
            body: ByteBuffer(string: "{}")
        )
        let exchange = virtual.dispatcher.proxy(request, sink: sink)
        virtual.eventLoop.run()
        #expect(try virtual.hears().contains("/volumes/a HTTP"))
        exchange?.cancel()
        try Self.answer(virtual, "404 Not Found")
        #expect(try virtual.hears() == "")
        #expect(policy.answers.isEmpty)
    }

    /// What is asked does not wait for an engine that does not answer.
    @Test func anEngineThatHangsFailsTheQuestion() throws {
        let policy = Self.policy(["/volumes/a"])
        let virtual = Self.bench(policy)
        _ = Self.create(virtual)
        virtual.wait(.seconds(12))
        #expect(policy.answers.first?["/volumes/a"] == .failed)
    }
}
