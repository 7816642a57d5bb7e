import Base
import NIOConcurrencyHelpers
import NIOCore

/// Where the tunnel's service writes what it does, and everybody else reads it.
///
/// Concurrency: any thread; a lock guards one small value.
package final class TunnelMonitor: Sendable {
    private struct Contents {
        var status: TunnelStatus
        /// Reads the load of the session that lives, on its event loop.
        var probe: (@Sendable () -> EventLoopFuture<TunnelStatus.Load>)?
    }

    private let contents: NIOLockedValueBox<Contents>

    package init() {
        self.contents = NIOLockedValueBox(Contents(status: TunnelStatus(since: .now)))
    }

    package var status: TunnelStatus {
        get async {
            let probe = self.contents.withLockedValue { $0.probe }
            // First: the session adds to the counters of the status when it is asked.
            let load = try? await probe?().get()
            var status = self.contents.withLockedValue { $0.status }
            if let load { status.load = load }
            return status
        }
    }

    package var state: TunnelStatus.State { self.contents.withLockedValue { $0.status.state } }
    /// Readiness without a suspension.
    package var isConnected: Bool { self.contents.withLockedValue { $0.status.isConnected } }
    package var parking: Parking? { self.contents.withLockedValue { $0.status.parking } }

    func update(_ change: (inout TunnelStatus) -> Void) {
        self.contents.withLockedValue { contents in
            let before = contents.status.state
            change(&contents.status)
            if contents.status.state != before { contents.status.since = .now }
        }
    }

    func setProbe(_ probe: (@Sendable () -> EventLoopFuture<TunnelStatus.Load>)?) {
        self.contents.withLockedValue { $0.probe = probe }
    }
}
