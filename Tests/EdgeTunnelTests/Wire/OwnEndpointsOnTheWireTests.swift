import DockerBridge
import NIOCore
import Support
import Testing
import Trail

@testable import EdgeTunnel

/// Requests that the agent answers itself, over real connections.
@Suite(.timeLimit(.minutes(1))) struct OwnEndpointsOnTheWireTests {
    /// Serves `/_own`; says what happens to its answers.
    private struct Endpoint: OwnEndpoint {
        let events = Mailbox<String>()
        let form: AnswerForm
        /// Of a whole answer.
        let status: Int?

        func serves(_ path: Substring) -> Bool { path == "/_own" }

        func answer(
            _ request: BridgeRequest,
            dispatcher: RequestDispatcher,
            to sink: any ResponseSink
        ) -> (any OwnAnswer)? {
            let body = request.body.map { String(buffer: $0) } ?? "none"
            self.events.put("\(request.method) \(body)\(request.streamedBody == nil ? "" : " streamed")")
            sink.requestBodyWasSent()
            if let status {
                sink.answer(status, json: ByteBuffer(string: "{}"))
                return nil
            }
            sink.begin(.own(200, contentType: "text/plain", length: nil), form: self.form)
            if self.form == .stream {
                sink.write(ByteBuffer(string: "hello"))
                sink.burstEnded()
            }
            return Answer(events: self.events)
        }
    }

    private final class Answer: OwnAnswer {
        let events: Mailbox<String>

        init(events: Mailbox<String>) {
            self.events = events
        }

        func resume() {}
        func cancel() { self.events.put("cancelled") }
    }

    private static func run(
        _ form: AnswerForm = .plain,
        status: Int? = nil,
        trail: AuditTrail? = nil,
        _ body: (WireBench, Endpoint) async throws -> Void
    ) async throws {
        let endpoint = Endpoint(form: form, status: status)
        var settings = WireBench.Settings()
        settings.endpoints = [endpoint]
        settings.trail = trail
        try await WireBench.run(settings, answer: { $1.respond(404, "{}") }) { try await body($0, endpoint) }
    }

    private static let cancel = #"{"type":"stream_end","data":{"requestId":"r","reason":"canceled"}}"#

    @Test func itAnswersInTheEnginesPlace() async throws {
        try await Self.run(status: 200) { bench, endpoint in
            bench.request("r", "/_own?query=1", method: "POST", #","body":{"a":1}"#)
            try await bench.says(
                #"{"type":"response","data":{"requestId":"r","statusCode":200,"headers":"#
                    + #"{"Content-Type":"application/json"},"contentType":"application/json","body":{}}}"#
            )
            #expect(try await endpoint.events.next() == #"POST {"a":1}"#)
            #expect(bench.engine.requests.isEmpty)
            #expect(try await bench.onLoop { $1.memory.used } == 0)
        }
    }

    @Test(arguments: ["/_owner", "/own", "/_own/x", "/_ping"])
    func otherPathsAreTheEngines(path: String) async throws {
        try await Self.run { bench, _ in
            bench.request("r", path)
            try await bench.says(containing: #""statusCode":404"#)
            #expect(bench.engine.requests.map(\.target) == ["/v1.44\(path)"])
        }
    }

    @Test func aStreamedAnswerComesAsAStreamAndEndsWithItsCancellation() async throws {
        try await Self.run(.stream) { bench, endpoint in
            bench.request("r", "/_own")
            try await bench.says(containing: #""isStream":true"#)
            try await bench.says(#"{"type":"stream","data":{"requestId":"r","data":"aGVsbG8="}}"#)
            #expect(try await endpoint.events.next() == "GET none")
            bench.send(Self.cancel)
            #expect(try await endpoint.events.next() == "cancelled")
            try await bench.isAnswered()
        }
    }

    @Test func theEndOfTheSessionCancelsIt() async throws {
        try await Self.run { bench, endpoint in
            bench.request("r", "/_own", method: "POST", #","body":"\#(String(repeating: "a", count: 1000))""#)
            _ = try await endpoint.events.next()
            try await bench.isAnswered()
            #expect(try await bench.onLoop { $1.memory.used } < 100, "the body is the endpoint's by now")
            try await bench.hangUp()
            #expect(try await endpoint.events.next() == "cancelled")
        }
    }

    @Test func aShutdownEndsItWithAWord() async throws {
        try await Self.run { bench, endpoint in
            bench.request("r", "/_own")
            _ = try await endpoint.events.next()
            try await bench.onLoop { tunnel, _ in tunnel.shutDown() }
            try await bench.says(containing: "agent is shutting down")
            #expect(try await endpoint.events.next() == "cancelled")
        }
    }

    @Test func itIsToldOfABodyThatComesInFramesAndTheFramesAreDropped() async throws {
        try await Self.run(status: 200) { bench, endpoint in
            bench.request("r", "/_own", method: "POST", #","bodyStream":true"#)
            try await bench.says(containing: #""statusCode":200"#)
            #expect(try await endpoint.events.next() == "POST none streamed")
            bench.send(#"{"type":"stream","data":{"requestId":"r","data":"aGVsbG8="}}"#)
            bench.send(#"{"type":"stream_end","data":{"requestId":"r"}}"#)
            try await bench.isAnswered()
        }
    }

    /// Whoever tries the doors is to be seen afterwards.
    @Test(arguments: [(200, 0), (400, 1), (404, 1), (405, 1)])
    func whatItRefusesIsWrittenDownAndWhatItDoesIsItsOwnMatter(status: Int, records: Int) async throws {
        let trail = try AuditTrail(nil, ringCapacity: 4) { Issue.record("\($0)") }
        try await Self.run(status: status, trail: trail) { bench, _ in
            bench.request("r", "/_own?query=1", method: "POST")
            try await bench.says(containing: #""statusCode":\#(status)"#)
            let lines = trail.recent.lines(after: 0, limit: nil).map { String(decoding: $0, as: UTF8.self) }
            #expect(lines.count == records)
            #expect(
                lines.allSatisfy { $0.contains(#""path":"/_own""#) && $0.contains(#""outcome":"denied""#) },
                "\(lines)"
            )
        }
    }
}
