package import Auth
import Base
import DockerBridge
package import Logging
import NIOCore
import NIOPosix
package import Trail

/// Lets a controller add its key once: `POST /api/lookout/enroll`. There is such a route only where the operator gave a
/// token for it.
package struct EnrollmentRoutes: RouteGroup {
    private let enrollment: Enrollment
    private let trail: AuditTrail?
    private let logger: Logger

    package init(enrollment: Enrollment, trail: AuditTrail?, logger: Logger) {
        self.enrollment = enrollment
        self.trail = trail
        self.logger = logger
    }

    package func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard method == "POST", path == "/api/lookout/enroll" else { return nil }
        // A little longer than what is taken, so that the length is judged where it is counted.
        return AgentRoute(
            "/api/lookout/enroll",
            isPublic: true,
            maximumBodyBytes: Enrollment.maxBodyBytes + 1
        ) { request in
            // It writes files and waits for the disk.
            let outcome = try? await NIOThreadPool.singleton.runIfActive { self.attempt(request) }
            return outcome.map { self.answer($0, request) } ?? PlainAnswer(503, "the agent is shutting down")
        }
    }

    private func attempt(_ request: AgentRequest) -> Enrollment.Outcome {
        let body = Array(request.body.readableBytesView)
        return self.enrollment.attempt(
            body: body.span,
            from: request.client,
            over: request.transport,
            at: .now
        )
    }

    private func answer(_ outcome: Enrollment.Outcome, _ request: AgentRequest) -> PlainAnswer {
        switch outcome {
        case .enrolled(let keyID):
            self.audit(request, keyID, .allowed)
            self.logger.warning(
                "a key was enrolled; remove ENROLLMENT_TOKEN",
                metadata: ["key_id": "\(keyID)", "ip": "\(request.client.address)"]
            )
            let body = ByteBuffer(jsonObject: { json in
                json.member("key_id", keyID)
                json.member("comment", Enrollment.comment(of: keyID))
            })
            return PlainAnswer(200, contentType: "application/json", body: body)
        case .refused(let refusal):
            if refusal.isAudited { self.audit(request, "", .denied) }
            if case .fileFailed(let detail) = refusal {
                self.logger.error("a key could not be enrolled", metadata: ["reason": "\(detail)"])
            }
            let seconds: Int? = if case .limited(let seconds) = refusal { seconds } else { nil }
            return PlainAnswer(refusal.answer.status, refusal.answer.text, retryAfterSeconds: seconds)
        }
    }

    private func audit(_ request: AgentRequest, _ keyID: String, _ outcome: AuditRecord.Outcome) {
        self.trail?.record(
            .enrollment(at: .now, actor: request.client.address.description, keyID: keyID, outcome: outcome)
        )
    }
}
