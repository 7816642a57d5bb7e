import NIOCore
import NIOPosix

@testable import EdgeTunnel

/// Dials of one test, in which every name is this machine.
struct DialRig {
    let loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    var settings = DialSettings()
    var resolver = HostResolver { _ in [try SocketAddress(ipAddress: "127.0.0.1", port: 0)] }

    init() {
        self.settings.limits = { .patient }
    }

    var origin: OriginDialer {
        OriginDialer(settings: self.settings, resolver: self.resolver, userAgent: "lookout/1")
    }

    struct Outcome {
        /// `opened`, or the sentence of the failure.
        var text: String
        var certificate: PeerCertificate?
        var fallback: String?
        var phases: [DialPhase]
    }

    func open(_ url: String) async throws -> Outcome {
        let address = try ControllerAddress(parsing: url)
        var timings = DialTimings(eventLoop: self.loop)
        do throws(DialError) {
            let connection = try await self.origin.open(address, &timings)
            connection.channel.close(promise: nil)
            return Outcome(
                text: "opened",
                certificate: connection.certificate,
                fallback: connection.fallback,
                phases: timings.phases.entries.map(\.phase)
            )
        } catch {
            return Outcome(text: error.end.description, phases: timings.phases.entries.map(\.phase))
        }
    }
}

extension DialLimits {
    /// Longer than a test may take: on a busy machine a dial waits for its turn, which says nothing about the peer.
    static let patient = DialLimits(resolve: .minutes(5), hop: .minutes(5), open: .minutes(5), whole: .minutes(6))
}
