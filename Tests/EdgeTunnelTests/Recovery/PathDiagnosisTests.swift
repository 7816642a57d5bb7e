import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct PathDiagnosisTests {
    private typealias Session = PathDiagnosis.Session

    private static let swallowed = Session(end: .stalled, uptime: .seconds(40), unacknowledged: 30_000)

    private static func cut(after gap: TimeAmount, afterPing: Bool = false, end: SessionEnd = .lost("reset")) -> Session
    {
        Session(end: end, uptime: .seconds(60), quiet: Quiet(gap: gap, afterPing: afterPing))
    }

    private static let longLived = Session(
        end: .silent,
        uptime: .seconds(90_000),
        quiet: Quiet(gap: .seconds(5), afterPing: true)
    )

    /// What is said after each.
    private static func said(_ sessions: [Session]) -> [String?] {
        var diagnosis = PathDiagnosis()
        return sessions.map { diagnosis.ended($0) }
    }

    @Test(arguments: [SessionEnd.stalled, .silent, .closedByController(code: 1001, reason: "no pong")])
    func largeMessagesThatAreNeverAcknowledgedAreNamedTheThirdTime(end: SessionEnd) throws {
        var session = Self.swallowed
        session.end = end
        let said = Self.said([session, session, session, session])
        #expect(said[0] == nil && said[1] == nil)
        #expect(try #require(said[2]).hasPrefix("3 sessions in a row"))
        #expect(try #require(said[2]).contains("lower MTU"))
        #expect(try #require(said[3]).hasPrefix("4 sessions in a row"))
    }

    @Test func cutsThatNoPingPreventsAreNamedWithTheirTime() throws {
        let said = Self.said([
            Self.cut(after: .milliseconds(8000)), Self.cut(after: .milliseconds(8100)),
            Self.cut(after: .milliseconds(7950)),
        ])
        #expect(said[0] == nil && said[1] == nil)
        #expect(try #require(said[2]).contains("were cut after about 8 s"))
        let silently = Self.cut(after: .seconds(5), afterPing: true, end: .silent)
        #expect(try #require(Self.said([silently, silently, silently])[2]).contains("about 5 s"))
    }

    /// What happens to every agent now and then, and what another part takes care of.
    @Test(
        arguments: [
            // A controller that crashes after any time, and one that is away in between.
            [cut(after: .seconds(2)), cut(after: .seconds(7)), cut(after: .seconds(4)), cut(after: .seconds(9))],
            [swallowed, Session(end: .dialFailed(.tcp, "refused")), swallowed, swallowed],
            [swallowed, swallowed, cut(after: .seconds(8)), swallowed],
            // A box that a ping in time keeps awake.
            [cut(after: .seconds(60)), cut(after: .seconds(60)), cut(after: .seconds(60))],
            [
                cut(after: .seconds(25), afterPing: true), cut(after: .seconds(25), afterPing: true),
                cut(after: .seconds(25), afterPing: true),
            ],
            // A link that was cut while nothing large was on its way, or long after the first large message.
            [
                Session(end: .silent, uptime: .seconds(40), unacknowledged: 90),
                Session(end: .silent, uptime: .seconds(40), unacknowledged: 90),
                Session(end: .silent, uptime: .seconds(40), unacknowledged: 90),
            ],
            [
                Session(end: .stalled, uptime: .seconds(9000), unacknowledged: 30_000),
                Session(end: .stalled, uptime: .seconds(9000), unacknowledged: 30_000),
                Session(end: .stalled, uptime: .seconds(9000), unacknowledged: 30_000),
            ],
            // A controller that hangs up over the list of containers, and a busy tunnel that is lost now and then.
            [cut(after: .milliseconds(50)), cut(after: .milliseconds(40)), cut(after: .milliseconds(60))],
            [cut(after: .milliseconds(1900)), cut(after: .milliseconds(1900)), cut(after: .milliseconds(1900))],
            // Weeks on pings of 5 s refute that those cannot keep the path open.
            [longLived, longLived, longLived],
            [
                cut(after: .seconds(5), afterPing: true), longLived, cut(after: .seconds(5), afterPing: true),
                cut(after: .seconds(5), afterPing: true),
            ],
            // A controller that says why it goes.
            [
                Session(end: .closedByController(code: 1001, reason: ""), uptime: .seconds(3), unacknowledged: 30_000),
                Session(end: .closedByController(code: 1001, reason: ""), uptime: .seconds(3), unacknowledged: 30_000),
                Session(end: .closedByController(code: 1001, reason: ""), uptime: .seconds(3), unacknowledged: 30_000),
            ],
        ] as [[Session]]
    )
    func otherEndsSayNothingOfThePath(sessions: [PathDiagnosis.Session]) {
        #expect(Self.said(sessions).allSatisfy { $0 == nil })
    }
}
