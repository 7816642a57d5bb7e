import Auth
import ContainerWatch
import DockerBridge
import NIOCore

/// Applies the rules of the audit to the settings that a request gives a container.
struct Admission: AdmissionPolicy {
    enum Mode: String, CaseIterable, Sendable {
        case off, warn, deny
    }

    /// The base rules, and those by which a container gets at the host as well.
    static let usualRules = [
        "privileged-container", "docker-socket-mount", "runtime-socket-mount", "sensitive-host-mount",
        "host-pid-namespace", "host-network", "dangerous-capability", "seccomp-unconfined", "apparmor-unconfined",
        "docker-api-exposed", "host-ipc-namespace", "host-device", "device-cgroup-wildcard", "unmasked-system-paths",
        "volume-on-host-path",
    ]

    private static let podman = "a container made over Podman's own interface cannot be looked at; use Docker's"

    private let refuses: Bool
    private let audit: Audit
    private let trail: AuditTrail?

    /// - Returns: `nil` when nothing is to be looked at.
    init?(_ settings: AdmissionSettings, trail: AuditTrail?) {
        guard settings.mode != .off else { return nil }
        var selection = RuleSelection()
        selection.only = Set(settings.rules)
        // What is less severe is for a report, not for a refusal.
        selection.minimum = .high
        self.refuses = settings.mode == .deny
        self.audit = Audit(selection)
        self.trail = trail
    }

    func judge(_ request: ContainerCreation, body: ByteBuffer, actor: String) -> AdmissionVerdict {
        let findings: [Finding]
        do throws(CreateRequest.Fault) {
            switch request.kind {
            case .podman: return self.objection(Self.podman, request, actor) { Refusal(reason: Self.podman) }
            // The usual start has no body and leaves the settings as they are.
            case .start where body.readableBytes == 0: return .admitted
            case .start, .create:
                let bytes = body.withUnsafeReadableBytes { Array($0) }
                findings = self.audit.findings(in: try CreateRequest(bytes, name: request.name))
            }
        } catch {
            return self.objection("\(error)", request, actor) { Refusal(reason: "\(error)") }
        }
        if findings.isEmpty { return .admitted }
        let rules = Self.distinct(findings.map(\.rule)).joined(separator: ", ")
        return self.objection(rules, request, actor) { Refusal(findings) }
    }

    /// - Parameter short: for the trail and for a header line: the rules, or why the body could not be judged.
    private func objection(
        _ short: String,
        _ request: ContainerCreation,
        _ actor: String,
        refusal: () -> Refusal
    ) -> AdmissionVerdict {
        self.trail?.record(
            .admission(
                at: .now,
                actor: actor,
                container: request.name,
                rules: short,
                outcome: self.refuses ? .denied : .allowed
            )
        )
        guard self.refuses else { return .warned("299 lookout \"\(Self.quotable(short))\"") }
        return .refused(ByteBuffer(string: refusal().json))
    }

    private static func distinct(_ rules: [String]) -> [String] {
        var seen: Set<String> = []
        return rules.filter { seen.insert($0).inserted }
    }

    /// What may stand in a quoted string of a header field.
    private static func quotable(_ text: String) -> String {
        let mark = UInt8(ascii: "?")
        let special: Set = [UInt8(ascii: "\""), UInt8(ascii: "\\")]
        let bytes = text.utf8.map { 0x20..<0x7f ~= $0 && !special.contains($0) ? $0 : mark }
        return String(decoding: bytes, as: UTF8.self)
    }
}
