import Base
import Testing

@testable import Auth
@testable import Trail

@Suite struct AuditRecordTests {
    private static let time = UnixTime(seconds: 1_767_225_600, nanoseconds: 237_000_000)
    private static let head = #"{"time":"2026-01-01T00:00:00.237Z","level":"INFO","msg":"","event":"#
    private static let tail = #","seq":7,"prev":"p"}"#

    private func text(_ record: AuditRecord?) -> String {
        String(decoding: record?.line(sequence: 7, previous: "p") ?? [], as: UTF8.self)
    }

    @Test func printsEveryEventWithItsKeysInOrder() {
        let key = Authenticator.Identity.key(id: "56475aa75463474c", comment: "c", skewSeconds: 0)
        let failure = AuthFailure(.replay, "detail")
        let rows: [(AuditRecord?, String)] = [
            (
                .apiRequest(
                    at: Self.time,
                    actor: "10.0.0.1",
                    method: "GET",
                    path: "/_lookout/info",
                    status: 200,
                    duration: .microseconds(6810),
                    identity: key
                ),
                #""api_request","actor":"10.0.0.1","method":"GET","path":"/_lookout/info","outcome":"allowed","status":200,"#
                    + #""duration_ms":6.81,"auth":"ed25519","key_id":"56475aa75463474c""#
            ),
            (
                .apiRequest(
                    at: Self.time,
                    actor: "",
                    method: "GET",
                    path: "/",
                    outcome: .error,
                    status: 0,
                    duration: .seconds(3),
                    identity: .anonymous
                ),
                #""api_request","actor":"","method":"GET","path":"/","outcome":"error","status":0,"duration_ms":3000,"auth":"none""#
            ),
            (
                .refusal(at: Self.time, actor: "::1", method: "GET", path: "/", failure: failure),
                #""auth_failure","actor":"::1","method":"GET","path":"/","outcome":"denied","reason":"replay""#
            ),
            (
                .refusal(
                    at: Self.time,
                    actor: "::1",
                    method: "GET",
                    path: "/",
                    failure: AuthFailure(.tooManyAttempts, "")
                ),
                #""rate_limited","actor":"::1","method":"GET","path":"/","outcome":"denied","reason":"too-many-attempts""#
            ),
            (
                .composeOperation(at: Self.time, actor: "a", operation: "up", stack: "web", outcome: .allowed),
                #""compose_op","actor":"a","operation":"up","stack":"web","outcome":"allowed""#
            ),
            (
                .execStart(at: Self.time, actor: "a", container: "/v1.41/exec/d/start", execID: "d", identity: .token),
                #""exec_start","actor":"a","container":"/v1.41/exec/d/start","exec_id":"d","outcome":"allowed","auth":"token""#
            ),
            (
                .execEnd(at: Self.time, actor: "a", container: "c", execID: "d", outcome: .error, duration: .zero),
                #""exec_end","actor":"a","container":"c","exec_id":"d","outcome":"error","duration_ms":0"#
            ),
            (
                .enrollment(at: Self.time, actor: "a", keyID: "", outcome: .denied),
                #""enrollment","actor":"a","key_id":"","outcome":"denied""#
            ),
            (
                .admission(at: Self.time, actor: "a", container: "web", rules: "host-network", outcome: .denied),
                #""admission","actor":"a","container":"web","rules":"host-network","outcome":"denied""#
            ),
            (
                .policy(
                    at: Self.time,
                    operation: "containers.stop",
                    identity: "controller",
                    container: "web",
                    line: 7,
                    outcome: .denied
                ),
                #""policy","identity":"controller","operation":"containers.stop","container":"web","line":7,"outcome":"denied""#
            ),
        ]
        for (record, middle) in rows {
            #expect(self.text(record) == Self.head + middle + Self.tail)
        }
    }

    @Test func eventsAreForever() {
        #expect(
            AuditRecord.Event.allCases.map(\.rawValue) == [
                "api_request", "auth_failure", "rate_limited", "compose_op", "exec_start", "exec_end", "enrollment",
                "admission", "policy", "audit_start", "audit_gap", "audit_checkpoint",
            ]
        )
    }

    @Test func nobodyWritesALineOfHisOwn() {
        let path = "/a\"\n{\"event\":\"x\"}\r\u{0}\u{1b}[2J\u{2028}\\é"
        let record = AuditRecord.composeOperation(
            at: Self.time,
            actor: path,
            operation: "",
            stack: "",
            outcome: .error
        )
        let line = record.line(sequence: 0, previous: "p")
        #expect(line.allSatisfy { $0 >= 0x20 })
        #expect(JSONFields(line.span)?.text("actor") == path)
    }

    @Test(arguments: ["é", "x"])
    func aLongTextIsCutBetweenCharacters(character: String) throws {
        let long = String(repeating: character, count: 5000)
        let record = AuditRecord.composeOperation(at: Self.time, actor: long, operation: "", stack: "", outcome: .error)
        let actor = try #require(JSONFields(record.line(sequence: 0, previous: "p").span)?.text("actor"))
        #expect(actor.utf8.count == 4096)
    }

    @Test(
        arguments: [
            (.invalidSignature, .authFailure), (.tooManyAttempts, .rateLimited), (.bodyTooLarge, nil),
        ] as [(AuthFailure.Code, AuditRecord.Event?)]
    )
    func aRefusalIsTheEventOfItsCode(_ code: AuthFailure.Code, event: AuditRecord.Event?) {
        #expect(AuthFailure(code, "").auditEvent == event)
    }
}
