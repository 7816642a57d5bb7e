import Base
package import DockerBridge
import Drydock
package import Logging
package import NIOCore

/// Walks the way to a controller once, for a person who wants to know where it ends.
///
/// Nothing is left behind at the controller: the hello carries a time in 1970, which a controller refuses after it
/// has looked up the key and before it registers an agent.
package struct TunnelProbe: Sendable {
    /// One thing that was looked at.
    package struct Step: Sendable, Equatable {
        package let name: String
        /// `nil` when it is as it should be.
        package let fault: String?
        /// What was found.
        package let detail: String

        package init(_ name: String, _ detail: String = "", fault: String? = nil) {
            self.name = name
            self.fault = fault
            self.detail = detail
        }
    }

    /// Clocks may differ by 60 s before a controller refuses; half of it is worth a word.
    private static let largestOffset: Int64 = 30
    /// Certificates that end sooner than this should be renewed now.
    private static let shortestValidity: Int64 = 14 * 24 * 3600

    private let settings: TunnelSettings
    private let dispatcher: NIOLoopBound<RequestDispatcher>
    private let origin: OriginDialer
    private let logger: Logger

    package init(settings: TunnelSettings, dispatcher: NIOLoopBound<RequestDispatcher>, logger: Logger) {
        self.settings = settings
        self.dispatcher = dispatcher
        self.origin = settings.originDialer
        self.logger = logger
    }

    /// Every hop to one controller, in order; it ends at the first that fails, since none behind it can be looked at.
    package func walk(_ controller: ControllerAddress) async -> [Step] {
        var (steps, isThrough) = await self.walkToOrigin(controller)
        guard isThrough else { return steps }
        steps.append(await self.clock(controller))
        let dialects = controller.pinned.map { [$0.dialect] } ?? self.settings.dialect.map { [$0] } ?? Dialect.allCases
        var failures: [Step] = []
        for dialect in dialects {
            let (tried, end) = await self.greet(DialTarget(address: controller, dialect: dialect))
            if tried.allSatisfy({ $0.fault == nil }) { return steps + tried }
            failures += tried.filter { $0.fault != nil }
            guard case .otherDialect = end.consequence else { break }
        }
        return steps + failures
    }

    // MARK: To the origin

    /// - Returns: also whether a connection came about: what should be renewed soon does not end the way.
    private func walkToOrigin(_ controller: ControllerAddress) async -> (steps: [Step], isThrough: Bool) {
        var timings = DialTimings(eventLoop: self.dispatcher.eventLoop)
        do throws(DialError) {
            let connection = try await self.origin.open(controller, &timings)
            connection.channel.close(promise: nil)
            var steps = Self.taken(timings.phases)
            if let certificate = connection.certificate {
                steps[steps.count - 1] = self.tls(certificate, took: timings.phases.entries.last?.duration ?? .zero)
            }
            if let fallback = connection.fallback { steps.append(Step("dns", fault: fallback)) }
            return (steps, true)
        } catch {
            var steps = Self.taken(timings.phases)
            guard case .failed(let phase, let what) = error else {
                return (steps + [Step("tcp", fault: "\(error.end)")], false)
            }
            if steps.last?.name == phase.rawValue { steps.removeLast() }
            return (steps + [Step(phase.rawValue, fault: what)], false)
        }
    }

    private static func taken(_ timings: PhaseTimings) -> [Step] {
        timings.entries.map { Step($0.phase.rawValue, "\(($0.duration * 1000).seconds) ms") }
    }

    private func tls(_ certificate: PeerCertificate, took: Duration) -> Step {
        let rest = certificate.notAfter.seconds - UnixTime.now.seconds
        let detail =
            "\(certificate.subject), issued by \(certificate.issuer), until \(certificate.notAfter.rfc3339), "
            + "pin \(certificate.pin), \((took * 1000).seconds) ms"
        if !self.settings.dial.tls.verifies, self.settings.dial.tls.pins.isEmpty {
            return Step(
                "tls",
                detail,
                fault: "TLS_SKIP_VERIFY is set: anyone on the way can take the controller's place"
            )
        }
        if rest < Self.shortestValidity {
            return Step("tls", detail, fault: "the certificate ends in \(rest / 86400) days; renew it (\(detail))")
        }
        return Step("tls", detail)
    }

    private func clock(_ controller: ControllerAddress) async -> Step {
        do throws(OriginClock.Failure) {
            let clock = OriginClock(origin: self.origin, eventLoop: self.dispatcher.eventLoop)
            let reading = try await clock.read(controller)
            let offset: Int64
            do throws(ClockOffset.Failure) {
                offset = try ClockOffset.seconds(
                    server: reading.server,
                    local: reading.local,
                    roundTrip: reading.roundTrip
                )
            } catch {
                return Step("clock", fault: "\(error), with NTP for example")
            }
            let detail = "\(ClockOffset.words(offset)) the controller's"
            guard abs(offset) < Self.largestOffset else {
                return Step("clock", fault: "this host's clock is \(detail); set it right, with NTP for example")
            }
            return Step("clock", detail)
        } catch {
            return Step("clock", "not compared: \(error)")
        }
    }

    // MARK: Upgrade and hello

    private func greet(_ target: DialTarget) async -> ([Step], SessionEnd) {
        let name = "upgrade (\(target.dialect.rawValue))"
        let dialer = TunnelDialer(origin: self.origin, eventLoop: self.dispatcher.eventLoop, logger: self.logger)
        let outcome = await dialer.dial(target)
        switch outcome.result {
        case .failure(let error): return ([Step(name, fault: Self.advice(error.end))], error.end)
        case .success(let channel):
            let end = await HelloProbe(settings: self.settings, dispatcher: self.dispatcher, logger: self.logger)
                .run(on: channel, dialect: target.dialect)
            return ([Step(name), self.verdict(end)], end)
        }
    }

    private func verdict(_ end: SessionEnd) -> Step {
        switch end {
        case .rejected(code: RejectionCode.timestampSkew.rawValue, _):
            Step(
                "hello",
                "the controller knows this agent's key (a dry run: nobody was registered, and the name was not judged)"
            )
        case .keyUnusable(let what): Step("hello", fault: what)
        default: Step("hello", fault: Self.advice(end))
        }
    }

    private static func advice(_ end: SessionEnd) -> String {
        switch end.consequence {
        case .park(let parking), .otherKey(let parking), .otherDialect(let parking?): "\(end). \(parking.remedy)"
        case .otherDialect(nil):
            "\(end). A Drydock stays silent on a path it does not know; from 1.6 on its agent endpoint is switched on, "
                + "before that DD_EXPERIMENTAL_PORTWING=true does it"
        case .retry, .measureClock, .awaitReaping, .stop: "\(end)"
        }
    }
}
