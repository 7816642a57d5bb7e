package import Drydock
import NIOCore

/// How connections to controllers are made.
package struct DialSettings: Sendable {
    package var tls = TLS()
    package var proxies = ProxySettings()
    /// Asked once for every dial.
    var limits: @Sendable () -> DialLimits = { DialLimits() }

    /// What the controller must prove, and what we show.
    package struct TLS: Sendable {
        /// PEM bundle that replaces the system roots; read again at every dial.
        package var caCertificateFile: String?
        package var verifies = true
        /// When there are any, the controller's key must be one of them, besides whatever else is verified.
        package var pins: [CertificatePin] = []
        /// What we show to a server that asks for a certificate; read again at every dial.
        package var client: Client?

        package init() {}

        /// A client certificate and its key.
        package struct Client: Sendable, Hashable {
            /// PEM, the chain.
            package let certificateFile: String
            /// PEM.
            package let keyFile: String

            package init(certificateFile: String, keyFile: String) {
                self.certificateFile = certificateFile
                self.keyFile = keyFile
            }
        }
    }

    package init() {}
}

/// Where one dial goes.
package struct DialTarget: Sendable, Hashable {
    package var address: ControllerAddress
    package var dialect: Dialect

    package init(address: ControllerAddress, dialect: Dialect) {
        self.address = address
        self.dialect = dialect
    }
}

/// How long one dial may take, and its parts.
package struct DialLimits: Sendable {
    /// A name server that is not heard in this time is asked again at the next dial.
    var resolve = TimeAmount.seconds(5)
    /// For TCP, the proxy and TLS, each. The third try of a lost SYN is sent after 3 s.
    var hop = TimeAmount.seconds(5)
    /// For the three together. An upgrade that stays unanswered says something about the path only if it was given
    /// time: at least 3 s are left for it.
    var open = TimeAmount.seconds(7)
    /// TCP, proxy, TLS and upgrade together, from the contract.
    var whole = TimeAmount.seconds(10)

    /// Longer than any of them: for what has a limit of its own that says more.
    var backstop: TimeAmount { self.whole + self.hop }
}

/// Waits for the hops of one dial, each with its deadline, and writes down how long each took.
struct DialTimings {
    let eventLoop: any EventLoop
    private(set) var phases = PhaseTimings()

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Waits until `future` is done, `limit` is over, or the task is cancelled.
    ///
    /// - Parameter late: gets what still came after the caller stopped waiting.
    /// - Throws: the future's own `DialError`, or one that `explain` makes of its error.
    mutating func take<Value: Sendable>(
        _ phase: DialPhase,
        within limit: TimeAmount,
        late: @escaping @Sendable (Value) -> Void = { _ in },
        explain: (any Error) -> DialError,
        _ future: EventLoopFuture<Value>
    ) async throws(DialError) -> Value {
        let start = ContinuousClock.Instant.now
        defer { self.phases.record(phase, start.duration(to: .now)) }
        let promise = self.eventLoop.makePromise(of: Value.self)
        future.whenComplete { result in
            promise.completeWith(result)
            guard case .success(let value) = result else { return }
            promise.futureResult.whenFailure { _ in late(value) }
        }
        let timeout = self.eventLoop.scheduleTask(in: limit) {
            promise.fail(DialError.failed(phase, "\(phase.silence) within \(Self.seconds(limit)) s"))
        }
        defer { timeout.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(CancellationError())
            }
        } catch let error as DialError {
            throw error
        } catch is CancellationError {
            throw .failed(phase, "given up")
        } catch {
            throw explain(error)
        }
    }

    /// To a tenth, and without one where there is none.
    private static func seconds(_ amount: TimeAmount) -> String {
        let tenths = (max(0, amount.nanoseconds) + 50_000_000) / 100_000_000
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
