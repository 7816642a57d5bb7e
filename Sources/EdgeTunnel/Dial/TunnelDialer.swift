import Base
import Logging
import NIOCore

/// One dial: the way to the origin, and the upgrade. Nothing is retried here.
struct TunnelDialer: Sendable {
    let origin: OriginDialer
    let eventLoop: any EventLoop
    let logger: Logger

    /// The channel's last handler is a `HeadExchange`, whose place the tunnel takes.
    func dial(_ target: DialTarget) async -> DialOutcome {
        var timings = DialTimings(eventLoop: self.eventLoop)
        do throws(DialError) {
            let channel = try await self.dial(target, &timings)
            return DialOutcome(timings: timings.phases, result: .success(channel))
        } catch {
            return DialOutcome(timings: timings.phases, result: .failure(error))
        }
    }

    private func dial(_ target: DialTarget, _ timings: inout DialTimings) async throws(DialError) -> any Channel {
        let connection = try await self.origin.open(target.address, for: target.dialect, &timings)
        if let reason = connection.fallback {
            self.logger.warning("dialled the last good address", metadata: ["reason": "\(reason)"])
        }
        let request = UpgradeRequest(target, userAgent: self.origin.userAgent)
        let showsCertificate = self.origin.settings.tls.client != nil
        do throws(DialError) {
            let head = try await timings.take(
                .upgrade,
                within: connection.backstop,
                explain: { error in
                    guard let failure = error as? HeadExchange.Failure else {
                        return .failed(.upgrade, ConnectFailure.broken(error, "the controller"))
                    }
                    return request.failure(failure, showsCertificate: showsCertificate)
                },
                HeadExchange.start(request.bytes, on: connection.channel, until: connection.deadline)
            )
            if let refusal = request.refusal(head, now: UnixTime.now.seconds) { throw refusal }
            self.origin.works(connection)
            return connection.channel
        } catch {
            self.origin.fails(connection)
            connection.channel.close(promise: nil)
            throw error
        }
    }
}

/// What one dial led to: the hops that were taken, and an upgraded channel or the reason why there is none.
struct DialOutcome {
    var timings: PhaseTimings
    var result: Result<any Channel, DialError>
}
