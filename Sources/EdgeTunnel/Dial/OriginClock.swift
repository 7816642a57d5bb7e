import Base
import DockerBridge
import HTTPWire
import NIOCore

/// Asks a controller's origin what time it is: the `Date` of a small request, the same way as a dial.
struct OriginClock: Sendable {
    let origin: OriginDialer
    let eventLoop: any EventLoop

    struct Reading: Sendable, Equatable {
        /// Unix seconds in the answer.
        let server: Int64
        /// This host's clock when the answer came, in milliseconds.
        let local: Int64
        let roundTrip: Duration
    }

    enum Failure: Error, CustomStringConvertible {
        /// Anyone on the way could turn this host's clock.
        case notVerified
        case dial(DialError)
        case noDate

        var description: String {
            switch self {
            case .notVerified: "the controller's time is believed only over verified TLS"
            case .dial(let error): "\(error.end)"
            case .noDate: "the controller's answer has no date"
            }
        }
    }

    func read(_ address: ControllerAddress) async throws(Failure) -> Reading {
        guard address.usesTLS, self.origin.settings.tls.verifies else { throw .notVerified }
        let (head, roundTrip): (ResponseHead, Duration)
        do throws(DialError) {
            (head, roundTrip) = try await self.ask(address)
        } catch {
            throw .dial(error)
        }
        guard let server = head.fields.first("date").flatMap({ HTTPDate.seconds($0) }) else { throw .noDate }
        return Reading(server: server, local: UnixTime.now.milliseconds, roundTrip: roundTrip)
    }

    private func ask(_ address: ControllerAddress) async throws(DialError) -> (ResponseHead, Duration) {
        var timings = DialTimings(eventLoop: self.eventLoop)
        let connection = try await self.origin.open(address, &timings)
        defer { connection.channel.close(promise: nil) }
        var request = ByteBuffer()
        request.writeRequestLine("HEAD", "/")
        request.writeField("Host", address.hostHeader)
        request.writeField("User-Agent", self.origin.userAgent)
        request.writeClose()
        request.endHead()
        let start = ContinuousClock.Instant.now
        let head = try await timings.take(
            .upgrade,
            within: connection.backstop,
            explain: { .failed(.upgrade, "no answer to a small request: \(Self.words($0))") },
            HeadExchange.start(request, on: connection.channel, until: connection.deadline)
        )
        return (head, start.duration(to: .now))
    }

    private static func words(_ error: any Error) -> String {
        switch error as? HeadExchange.Failure {
        case .silent?: "nothing came in time"
        case .slow?: "it began and did not end in time"
        case .notHTTP?: "it is not HTTP/1.1"
        case .onlyInterim?: "there were interim answers (1xx) only"
        case .closed?: "the controller closed the connection"
        case .broken(let error)?: ConnectFailure.broken(error, "the controller")
        case nil: ConnectFailure.broken(error, "the controller")
        }
    }
}
