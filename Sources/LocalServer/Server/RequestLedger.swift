import Auth
import Base
import Trail

/// Writes down what becomes of each request of a connection: in the audit trail, and in the counters.
struct RequestLedger {
    private let listenerLoop: ListenerLoop
    private(set) var request: RequestInProgress?

    init(listenerLoop: ListenerLoop) {
        self.listenerLoop = listenerLoop
    }

    mutating func began(_ request: RequestInProgress) {
        self.request = request
    }

    /// From here on its end counts.
    mutating func count() {
        self.request?.isCounted = true
        self.listenerLoop.meter.began()
    }

    mutating func admitted(_ identity: Authenticator.Identity) {
        self.request?.identity = identity
    }

    mutating func refused(_ failure: AuthFailure) {
        self.record { $0.refused(failure, at: self.listenerLoop.moment()) }
        self.request?.identity = nil
        guard let request = self.request, request.isCounted else { return }
        self.request?.isCounted = false
        self.listenerLoop.meter.refused(request.head.method, request.route?.name, failure)
    }

    func execStarts() {
        self.record { $0.execStarts(at: self.listenerLoop.moment()) }
    }

    func execEnded() {
        self.record { $0.execEnded(at: self.listenerLoop.moment()) }
    }

    mutating func finished(status: Int) {
        let now = self.listenerLoop.moment()
        self.record { $0.finished(status: status, at: now) }
        guard let request = self.request, request.isCounted else { return }
        self.request?.isCounted = false
        let seconds = request.began.steady.duration(to: now.steady) / .seconds(1)
        self.listenerLoop.meter.finished(request.head.method, request.route?.name, status: status, seconds: seconds)
    }

    /// The connection is at the next one.
    mutating func close() {
        self.request = nil
    }

    private func record(_ record: (RequestInProgress) -> AuditRecord?) {
        guard let trail = self.listenerLoop.gate.trail, let request = self.request, let record = record(request) else {
            return
        }
        trail.record(record)
    }
}
