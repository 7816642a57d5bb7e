import Auth
import Base
import DockerBridge
import Trail

/// Writes down what a controller did through the tunnel. Where there is no trail there is no such value, and nothing is
/// measured.
struct TunnelAudit {
    private let trail: AuditTrail
    /// The controller's URL. Only the controller knows which person asked it.
    let actor: String

    init(trail: AuditTrail, controller: ControllerAddress) {
        self.trail = trail
        self.actor = "\(controller)"
    }

    /// - Parameters:
    ///   - target: its query stays out: a controller that updates a container repeats the container's environment there.
    ///   - status: 0 where the engine gave none.
    ///   - start: when the request came; the time up to the answer's head counts.
    func request(
        _ method: String,
        _ target: String,
        _ outcome: AuditRecord.Outcome,
        status: Int = 0,
        since start: ContinuousClock.Instant
    ) {
        self.trail.record(
            .apiRequest(
                at: .now,
                actor: self.actor,
                method: method,
                path: String(target.prefix { $0 != "?" }),
                outcome: outcome,
                status: status,
                duration: start.duration(to: .now),
                identity: nil
            )
        )
    }

    func execStarted(_ start: ExecStartFrame) {
        self.trail.record(
            .execStart(
                at: .now,
                actor: self.actor,
                container: start.spec.containerID,
                execID: start.id,
                identity: nil
            )
        )
    }

    /// - Parameter end: `nil` where the controller ended the session or went away.
    func execEnded(_ start: ExecStartFrame, _ end: ExecEnd?, since began: ContinuousClock.Instant) {
        let hasRun = end.map { $0.reason == "exited" } ?? true
        self.trail.record(
            .execEnd(
                at: .now,
                actor: self.actor,
                container: start.spec.containerID,
                execID: start.id,
                outcome: hasRun ? .allowed : .error,
                duration: began.duration(to: .now)
            )
        )
    }
}
