import Base
import DockerBridge
import Drydock
import Support
import Testing

@testable import EdgeTunnel

/// What follows each end, on a clock that the test turns.
@Suite struct RecoveryTests {
    /// Drives a recovery and writes down what it says.
    private struct Rig {
        var recovery: Recovery
        var now = ContinuousClock.Instant.now
        var candidate: Candidate
        var random = Middle()

        init(
            _ urls: [String] = ["https://a"],
            dialect: Dialect? = nil,
            hasNextKey: Bool = false,
            base: Int = 1,
            cap: Int = 60
        ) throws {
            let controllers = try urls.map { try ControllerAddress(parsing: $0) }
            self.recovery = Recovery(
                Recovery.Settings(
                    controllers: controllers,
                    dialect: dialect,
                    hasNextKey: hasNextKey,
                    base: .seconds(base),
                    cap: .seconds(cap)
                )
            )
            self.candidate = self.recovery.first
        }

        /// One attempt that takes `lasting` seconds and ends so; returns what comes next, in words.
        mutating func attempt(
            _ end: SessionEnd,
            lasting: Double = 2,
            uptime: Double? = nil,
            slot: Double = 0
        ) -> String {
            self.recovery.started(self.candidate, now: self.now)
            self.now += .seconds(lasting)
            let next = self.recovery.ended(
                end,
                of: self.candidate,
                uptime: uptime.map { .seconds($0) },
                slot: slot,
                now: self.now,
                using: &self.random
            )
            guard let next else { return "stop" }
            self.candidate = next.candidate
            self.now += next.wait
            return Self.words(next)
        }

        private static func words(_ next: Recovery.Next) -> String {
            let wait = (next.wait.seconds * 100).rounded() / 100
            var words = "\(wait) s: \(next.candidate.controller) \(next.candidate.dialect) \(next.candidate.key)"
            if next.measuresClock { words += ", clock" }
            if let parking = next.parking { words += ", parked \(parking.code)" }
            return words
        }
    }

    /// Always the middle of any range.
    private struct Middle: RandomNumberGenerator {
        func next() -> UInt64 { 1 << 63 }
    }

    // MARK: Every end

    struct Row: Sendable, CustomTestStringConvertible {
        let end: SessionEnd
        /// What the first and the second such end in a row lead to.
        let next: [String]

        init(_ end: SessionEnd, _ first: String, _ second: String) {
            self.end = end
            self.next = [first, second]
        }

        var testDescription: String { "\(self.end)" }
    }

    static let retried: [SessionEnd] =
        DialPhase.allCases.map { .dialFailed($0, "why") } + [
            .upgradeRefused(status: 400, retryAfter: nil), .upgradeRefused(status: 401, retryAfter: nil),
            .upgradeRefused(status: 403, retryAfter: nil), .upgradeRefused(status: 500, retryAfter: nil),
            .upgradeRefused(status: 502, retryAfter: nil), .upgradeRefused(status: 503, retryAfter: nil),
            .welcomeTimedOut, .closedByController(code: 1008, reason: "hello timeout"), .lost("reset"), .silent,
            .stalled, .suspended, .protocolViolation("masked"), .rejected(code: "bad-nonce", message: ""),
            .rejected(code: "replay", message: ""), .rejected(code: "internal-error", message: ""),
            .rejected(code: "rate-limited", message: ""), .rejected(code: "registry-full", message: ""),
            .rejected(code: "something-new", message: ""),
        ]

    static let rows: [Row] =
        Self.retried.map { Row($0, "1.0 s: 0 portwing current", "2.0 s: 0 portwing current") }
        + [
            Row(.upgradeSilent, "0.0 s: 0 lookout current", "1.0 s: 0 portwing current"),
            Row(
                .upgradeRefused(status: 429, retryAfter: nil),
                "67.5 s: 0 portwing current",
                "67.5 s: 0 portwing current"
            ),
            Row(
                .upgradeRefused(status: 429, retryAfter: .seconds(200)),
                "225.0 s: 0 portwing current",
                "225.0 s: 0 portwing current"
            ),
            Row(
                .upgradeRefused(status: 503, retryAfter: .seconds(8)),
                "9.0 s: 0 portwing current",
                "9.0 s: 0 portwing current"
            ),
            Row(
                .upgradeRefused(status: 503, retryAfter: .seconds(999_999)),
                "4050.0 s: 0 portwing current",
                "4050.0 s: 0 portwing current"
            ),
            Row(
                .rejected(code: "timestamp-skew", message: ""),
                "0.0 s: 0 portwing current, clock",
                "1.0 s: 0 portwing current"
            ),
            Row(
                .rejected(code: "agent-already-connected", message: ""),
                "5.0 s: 0 portwing current",
                "5.0 s: 0 portwing current"
            ),
            Row(
                .rejected(code: "protocol-mismatch", message: ""),
                "0.0 s: 0 lookout current",
                "300.0 s: 0 portwing current, parked protocol-mismatch"
            ),
            Row(.shutDown, "stop", "stop"),
        ]
        + [404, 405, 410, 426, 501].map {
            Row(
                .upgradeRefused(status: $0, retryAfter: nil),
                "0.0 s: 0 lookout current",
                "300.0 s: 0 portwing current, parked http-\($0)"
            )
        }
        + [
            "ed25519-required", "no-auth", "unknown-key", "bad-signature", "invalid-agent-name", "parse-error",
            "expected-hello", "agent-name-claimed",
        ].map {
            let parked = "300.0 s: 0 portwing current, parked \($0)"
            return Row(.rejected(code: $0, message: ""), parked, parked)
        }
        + [
            Row(
                .keyUnusable("it is empty"),
                "300.0 s: 0 portwing current, parked key-unusable",
                "300.0 s: 0 portwing current, parked key-unusable"
            )
        ]

    @Test(arguments: Self.rows)
    func everyEndHasItsConsequence(row: Row) throws {
        var rig = try Rig()
        #expect([rig.attempt(row.end), rig.attempt(row.end)] == row.next)
    }

    @Test func theTableKnowsEveryCode() {
        let known = Self.rows.compactMap { if case .rejected(let code, _) = $0.end { code } else { nil } }
        #expect(Set(RejectionCode.allCases.map(\.rawValue)).subtracting(known).isEmpty)
    }

    // MARK: Back-off

    @Test func failuresDoubleTheDelayAndAHealthySessionResetsIt() throws {
        var rig = try Rig()
        let refused = SessionEnd.dialFailed(.tcp, "refused")
        #expect((0..<4).map { _ in rig.attempt(refused) }.map { $0.prefix(3) } == ["1.0", "2.0", "4.0", "8.0"])
        #expect(rig.attempt(.lost("reset"), lasting: 29, uptime: 29).hasPrefix("16.0 s"))
        #expect(rig.attempt(.lost("reset"), lasting: 31, uptime: 30).hasPrefix("1.0 s"))
    }

    @Test func anAlternationIsOneStepOfTheBackOff() throws {
        var rig = try Rig()
        let waits = (0..<6).map { _ in rig.attempt(.upgradeSilent, lasting: 10) }
        #expect(
            waits == [
                "0.0 s: 0 lookout current", "1.0 s: 0 portwing current", "0.0 s: 0 lookout current",
                "2.0 s: 0 portwing current", "0.0 s: 0 lookout current", "4.0 s: 0 portwing current",
            ]
        )
    }

    @Test func anAnswerThatComesAtOnceStillKeepsTheFloor() throws {
        var rig = try Rig()
        let first = rig.attempt(.upgradeRefused(status: 404, retryAfter: nil), lasting: 0.25)
        #expect(first == "0.75 s: 0 lookout current")
    }

    @Test func aFleetWhoseControllerSaysGoodbyeComesBackSpread() throws {
        let goodbye = SessionEnd.closedByController(code: 1001, reason: "restart")
        for (slot, wait) in [(0.0, "1.0"), (0.5, "3.5"), (0.9, "5.5")] {
            var rig = try Rig()
            #expect(rig.attempt(goodbye, lasting: 100, uptime: 100, slot: slot).hasPrefix("\(wait) s"))
        }
        var rig = try Rig()
        let timeout = SessionEnd.closedByController(code: 1001, reason: "ping timeout")
        #expect(rig.attempt(timeout, lasting: 100, uptime: 100, slot: 0.9).hasPrefix("1.0 s"))
        #expect(rig.attempt(.lost("reset"), lasting: 100, uptime: 100, slot: 0.9).hasPrefix("1.0 s"))
    }

    @Test func aSessionThatIsNotReapedGetsTheBackOffInTheEnd() throws {
        var rig = try Rig()
        let busy = SessionEnd.rejected(code: "agent-already-connected", message: "")
        let waits = (0..<20).map { _ in rig.attempt(busy).prefix(3) }
        #expect(waits == [Substring](repeating: "5.0", count: 18) + ["1.0", "2.0"])
    }

    // MARK: A controller that is being replaced

    @Test(arguments: [404, 405, 410, 426, 501])
    func whoWelcomedUsBeforeIsDialledOnWhileAProxyAnswersForIt(status: Int) throws {
        var rig = try Rig(dialect: .portwing)
        #expect(rig.attempt(.lost("reset"), uptime: 40) == "1.0 s: 0 portwing current")
        let refused = SessionEnd.upgradeRefused(status: status, retryAfter: nil)
        let waits = (0..<8).map { _ in rig.attempt(refused).prefix { $0 != "s" } }
        #expect(waits == ["2.0 ", "4.0 ", "8.0 ", "16.0 ", "32.0 ", "60.0 ", "60.0 ", "60.0 "])
    }

    @Test func bothDialectsAreTriedWhileItIsReplaced() throws {
        var rig = try Rig()
        _ = rig.attempt(.lost("reset"), uptime: 40)
        let refused = SessionEnd.upgradeRefused(status: 404, retryAfter: nil)
        #expect(rig.attempt(refused) == "0.0 s: 0 lookout current")
        #expect(rig.attempt(refused) == "2.0 s: 0 portwing current")
    }

    @Test func aQuarterOfAnHourOfNothingElseIsAFinalAnswer() throws {
        var rig = try Rig(dialect: .portwing)
        _ = rig.attempt(.lost("reset"), uptime: 40)
        let refused = SessionEnd.upgradeRefused(status: 404, retryAfter: nil)
        _ = rig.attempt(refused)
        let begin = rig.now
        var next = ""
        while !next.contains("parked"), rig.now < begin + .seconds(1200) { next = rig.attempt(refused) }
        #expect(next == "300.0 s: 0 portwing current, parked http-404")
        let passed = begin.duration(to: rig.now) - .seconds(300)
        #expect(passed >= .seconds(840) && passed <= .seconds(960), "\(passed)")
        // It stays final until something else comes.
        #expect(rig.attempt(refused).hasSuffix("parked http-404"))
        #expect(!rig.attempt(.dialFailed(.tcp, "refused")).hasSuffix("parked http-404"))
        #expect(!rig.attempt(refused).hasSuffix("parked http-404"))
    }

    @Test func anAddressThatNeverWelcomedUsIsFinalAtOnce() throws {
        var rig = try Rig(["https://a", "https://b"], dialect: .portwing)
        let refused = SessionEnd.upgradeRefused(status: 404, retryAfter: nil)
        _ = rig.attempt(refused)
        #expect(rig.attempt(.lost("reset"), uptime: 40) == "1.0 s: 0 portwing current")
        // The second one has welcomed the agent, the first one has not: nothing says that all is lost.
        #expect(rig.attempt(refused) == "0.0 s: 1 portwing current")
        #expect(rig.attempt(refused) == "2.0 s: 0 portwing current")
    }

    // MARK: Dialects

    @Test func theDialectThatWorkedComesFirstFromThenOn() throws {
        var rig = try Rig()
        #expect(rig.attempt(.upgradeSilent) == "0.0 s: 0 lookout current")
        #expect(rig.attempt(.lost("reset"), uptime: 40) == "1.0 s: 0 lookout current")
        #expect(rig.attempt(.upgradeSilent) == "0.0 s: 0 portwing current")
    }

    @Test func aSilentDialectBesideOneThatIsNotFoundIsNoReasonToPark() throws {
        var rig = try Rig()
        #expect(rig.attempt(.upgradeSilent) == "0.0 s: 0 lookout current")
        #expect(rig.attempt(.upgradeRefused(status: 404, retryAfter: nil)) == "1.0 s: 0 portwing current")
    }

    @Test func aChosenDialectIsNeverSwitched() throws {
        var chosen = try Rig(dialect: .lookout)
        #expect(chosen.attempt(.upgradeSilent) == "1.0 s: 0 lookout current")
        var pinned = try Rig(["https://a/api/v1/lookout/ws"])
        #expect(pinned.attempt(.upgradeSilent) == "1.0 s: 0 lookout current")
        #expect(
            pinned.attempt(.upgradeRefused(status: 404, retryAfter: nil))
                == "300.0 s: 0 lookout current, parked http-404"
        )
    }

    // MARK: Keys

    @Test func theNextKeyIsTriedOnceAndStaysWhenItWorks() throws {
        var rig = try Rig(hasNextKey: true)
        let unknown = SessionEnd.rejected(code: "unknown-key", message: "")
        #expect(rig.attempt(unknown) == "0.0 s: 0 portwing next")
        #expect(rig.attempt(unknown) == "300.0 s: 0 portwing current, parked unknown-key")
        #expect(rig.attempt(unknown) == "0.0 s: 0 portwing next")
        #expect(rig.attempt(.lost("reset"), uptime: 40) == "1.0 s: 0 portwing next")
        #expect(rig.attempt(unknown) == "0.0 s: 0 portwing current")
    }

    @Test func aNextKeyThatCannotBeReadDoesNotHideWhatTheControllerSaid() throws {
        var rig = try Rig(hasNextKey: true)
        _ = rig.attempt(.rejected(code: "unknown-key", message: ""))
        #expect(rig.attempt(.keyUnusable("gone")) == "300.0 s: 0 portwing current, parked unknown-key")
    }

    // MARK: Several controllers

    @Test func controllersAreTriedInTheirOrderAndOnlyTheRoundCounts() throws {
        var rig = try Rig(["https://a", "https://b", "https://c"])
        let refused = SessionEnd.dialFailed(.tcp, "refused")
        #expect(
            (0..<6).map { _ in rig.attempt(refused) } == [
                "0.0 s: 1 portwing current", "0.0 s: 2 portwing current", "1.0 s: 0 portwing current",
                "0.0 s: 1 portwing current", "0.0 s: 2 portwing current", "2.0 s: 0 portwing current",
            ]
        )
    }

    @Test func afterALossTheFirstControllerIsPreferredAgain() throws {
        var rig = try Rig(["https://a", "https://b"])
        #expect(rig.attempt(.dialFailed(.tcp, "refused")) == "0.0 s: 1 portwing current")
        #expect(rig.attempt(.lost("reset"), uptime: 40) == "1.0 s: 0 portwing current")
    }

    @Test func itParksOnlyWhenEveryControllerGaveAFinalAnswer() throws {
        let claimed = SessionEnd.rejected(code: "agent-name-claimed", message: "")
        var mixed = try Rig(["https://a", "https://b"])
        #expect(mixed.attempt(claimed) == "0.0 s: 1 portwing current")
        #expect(mixed.attempt(.dialFailed(.tcp, "refused")) == "1.0 s: 0 portwing current")
        var all = try Rig(["https://a", "https://b"])
        #expect(all.attempt(claimed) == "0.0 s: 1 portwing current")
        #expect(
            all.attempt(.rejected(code: "no-auth", message: ""))
                == "300.0 s: 0 portwing current, parked agent-name-claimed"
        )
    }

    @Test func somethingChangedMeansAFreshStart() throws {
        var rig = try Rig()
        for _ in 0..<5 { _ = rig.attempt(.dialFailed(.tcp, "refused")) }
        rig.recovery.startOver()
        #expect(rig.attempt(.dialFailed(.tcp, "refused")).hasPrefix("1.0 s"))
    }
}
