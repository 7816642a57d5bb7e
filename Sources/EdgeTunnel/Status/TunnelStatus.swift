package import Base
import DockerBridge
package import Drydock
import NIOConcurrencyHelpers
package import NIOCore

/// What the agent knows about its tunnel at one moment.
package struct TunnelStatus: Sendable {
    /// What the agent does about its tunnel.
    package enum State: String, Sendable, CaseIterable {
        case starting
        case dialling
        case connected
        /// Between two dials.
        case waiting
        /// Between two dials that only a person can make succeed.
        case parked
        case stopping
    }

    package internal(set) var state = State.starting
    /// Since when it is in this state.
    package internal(set) var since: UnixTime
    package internal(set) var controller: ControllerAddress?
    package internal(set) var dialect: Dialect?
    package internal(set) var keyID: String?
    /// Set while parked.
    package internal(set) var parking: Parking?
    /// When the next dial is due, while waiting or parked.
    package internal(set) var nextDial: UnixTime?
    /// Why the last attempt ended.
    package internal(set) var lastEnd: String?
    /// Of the session that lives.
    package internal(set) var timings = PhaseTimings()
    package internal(set) var drydockVersion: String?
    package internal(set) var roundTrip: Duration?
    /// Between two pings.
    package internal(set) var pingInterval: Duration?
    /// What is added to this host's clock for a controller that finds it wrong, in seconds.
    package internal(set) var clockOffset: Int64 = 0
    package internal(set) var dials = 0
    package internal(set) var welcomes = 0
    /// How sessions and attempts ended, by code.
    package internal(set) var ends: [String: Int] = [:]
    package internal(set) var traffic = Traffic()
    /// Each a JSON object; the newest last.
    package internal(set) var attempts: [String] = []
    package internal(set) var load = Load()

    /// What all sessions together have moved.
    package struct Traffic: Sendable, Equatable {
        /// Bytes on the link, by the lane they took.
        package var controlBytes = 0
        package var interactiveBytes = 0
        package var bulkBytes = 0
        /// How often the link was not read for a while, because processes did not take their input.
        package var pauses = 0

        mutating func add(_ bytes: [Int]) {
            self.controlBytes += bytes[Lanes.Lane.control.rawValue]
            self.interactiveBytes += bytes[Lanes.Lane.interactive.rawValue]
            self.bulkBytes += bytes[Lanes.Lane.bulk.rawValue]
        }
    }

    /// What is under way in the session that lives.
    package struct Load: Sendable, Equatable {
        package var requests = 0
        package var execs = 0
        /// Bytes that wait for the controller.
        package var queuedBytes = 0
    }

    /// Welcomed, and so of use to the controller.
    package var isConnected: Bool { self.state == .connected }
}

extension TunnelStatus {
    /// Writes the members of a JSON object: times in RFC 3339, durations as their names say.
    package func write(into json: inout JSONWriter<ByteBuffer>) {
        json.member("state", self.state.rawValue)
        json.member("since", self.since.rfc3339)
        json.member("controller", self.controller.map { "\($0)" })
        json.member("dialect", self.dialect?.rawValue)
        json.member("keyId", self.keyID)
        json.member("parkedCode", self.parking?.code)
        json.member("remedy", self.parking?.remedy)
        json.member("nextDial", self.nextDial?.rfc3339)
        json.member("lastEnd", self.lastEnd)
        json.member("drydockVersion", self.drydockVersion)
        json.object("phases") { $0.members(self.timings) }
        json.member("roundTripMs", self.roundTrip.map { ($0 * 1000).seconds })
        json.member("pingSeconds", self.pingInterval?.seconds)
        json.member("clockOffsetSeconds", Int(self.clockOffset))
        json.member("dials", self.dials)
        json.member("welcomes", self.welcomes)
        json.member("requests", self.load.requests)
        json.member("execs", self.load.execs)
        json.member("queuedBytes", self.load.queuedBytes)
        json.array("attempts") { json in
            for line in self.attempts { json.raw(line) }
        }
    }
}

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
