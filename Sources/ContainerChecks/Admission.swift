import Base
import ContainerWatch
package import DockerBridge
package import NIOCore

/// Applies the rules of the audit to the settings that a request gives a container.
package struct Admission: AdmissionPolicy {
    package enum Mode: String, CaseIterable, Sendable {
        case off, warn, deny
    }

    /// The rules by which a container owns the host.
    package static let usualRules = RuleBook.ownsHost

    private static let podman =
        "Podman makes this container from a body that cannot be looked at; use containers/create"

    private let refuses: Bool
    private let audit: Audit
    private let accepted: Suppressions?
    private let links: HostLinks?
    private let report: @Sendable (AdmissionObjection) -> Void

    /// - Parameters:
    ///   - links: follows the paths of the engine's host; `nil` where its files are not this host's.
    ///   - report: called with each request that is warned of or refused, on any thread.
    /// - Returns: `nil` when no request is checked.
    package init?(
        _ settings: AdmissionSettings,
        links: HostLinks? = nil,
        report: @escaping @Sendable (AdmissionObjection) -> Void
    ) {
        guard settings.mode != .off else { return nil }
        var selection = RuleSelection()
        selection.only = Set(settings.rules)
        // What is less severe is for a report, not for a refusal.
        selection.minimum = .high
        self.refuses = settings.mode == .deny
        self.audit = Audit(selection)
        self.accepted = settings.accepted
        self.links = links
        self.report = report
    }

    package func judge(
        _ request: ContainerCreation,
        body: ByteBuffer,
        answers: AdmissionAnswers?,
        actor: String
    ) -> AdmissionVerdict {
        let findings: [Finding]
        do throws(CreateRequest.Fault) {
            if request.kind == .podmanOther {
                return self.objection(Self.podman, request, actor) { Refusal(reason: Self.podman) }
            }
            // The usual start has no body and leaves the settings as they are.
            if request.kind == .start, body.readableBytes == 0 { return .admitted }
            let bytes = body.withUnsafeReadableBytes { Array($0) }
            switch request.kind {
            case .create, .start, .update, .podmanOther:
                return try self.judge(try CreateRequest(bytes, name: request.name), request, answers, actor)
            case .podman:
                return try self.judge(try PodmanRequest.read(bytes, name: request.name), request, answers, actor)
            case .service: return try self.judge(try ServiceRequest.read(bytes), request, answers, actor)
            case .volume:
                let volume = try VolumeRequest.read(bytes)
                if self.links != nil, answers == nil, !volume.paths.isEmpty { return .asks([]) }
                let targets = self.links?.targets(of: volume.paths) ?? HostLinks.Targets()
                guard targets.isComplete else { return self.unfollowed(request, actor) }
                findings = self.audit.findings(in: volume.following(targets.links))
            case .exec:
                let exec = try ExecRequest.read(bytes)
                findings = self.audit.findings(in: exec, container: request.name, containerID: "", image: "")
            }
        } catch {
            return self.objection("\(error)", request, actor) { Refusal(reason: "\(error)") }
        }
        return self.verdict(findings, request, actor)
    }

    /// Judges first what the body itself says, and asks only when that is harmless.
    private func judge(
        _ body: CreateRequest,
        _ request: ContainerCreation,
        _ answers: AdmissionAnswers?,
        _ actor: String
    ) throws(CreateRequest.Fault) -> AdmissionVerdict {
        let findings = self.unaccepted(self.audit.findings(in: body))
        guard findings.isEmpty else { return self.verdict(findings, request, actor) }
        var questions = LiveQuestions()
        while true {
            let subjects = try questions.next(for: body.documents, isValid: ContainerReference.isValid)
            let open = subjects.filter { answers?[$0.target] == nil }
            if !open.isEmpty { return .asks(open.map(\.target)) }
            if subjects.isEmpty { break }
            for subject in subjects { questions.add(Self.answer(answers?[subject.target]), to: subject) }
        }
        if let failure = questions.failures.first {
            let reason = "the engine did not say what \(failure) is"
            return self.objection(reason, request, actor) { Refusal(reason: reason) }
        }
        if let links = self.links {
            // Files are looked at on a thread, where a body is judged that has been asked about.
            if answers == nil, body.documents.contains(where: { !$0.references().paths.isEmpty }) { return .asks([]) }
            var isComplete = true
            questions.follow(body.documents) { paths in
                let targets = links.targets(of: paths)
                isComplete = targets.isComplete
                return targets.links
            }
            guard isComplete else { return self.unfollowed(request, actor) }
        }
        return self.verdict(self.audit.findings(in: body, among: questions.surroundings), request, actor)
    }

    /// The verdict on a request whose paths are too many to follow their links.
    private func unfollowed(_ request: ContainerCreation, _ actor: String) -> AdmissionVerdict {
        let reason = "the body names more paths of the host than can be followed"
        return self.objection(reason, request, actor) { Refusal(reason: reason) }
    }

    private static func answer(_ answer: AdmissionAnswers.Answer?) -> LiveQuestions.Answer {
        switch answer {
        case .found(let body):
            (try? JSONNode(parsing: Array(body.readableBytesView))).map { .found($0) } ?? .failed
        case .missing: .missing
        case .failed, nil: .failed
        }
    }

    private func unaccepted(_ findings: [Finding]) -> [Finding] {
        self.accepted.map { $0.applied(to: findings, today: UnixTime.now.day).findings } ?? findings
    }

    private func verdict(_ findings: [Finding], _ request: ContainerCreation, _ actor: String) -> AdmissionVerdict {
        let findings = self.unaccepted(findings)
        if findings.isEmpty { return .admitted }
        let rules = Self.distinct(findings.map(\.rule)).joined(separator: ", ")
        return self.objection(rules, request, actor) { Refusal(findings) }
    }

    /// - Parameter short: for the report and for a header line: the rules, or why the body could not be judged.
    private func objection(
        _ short: String,
        _ request: ContainerCreation,
        _ actor: String,
        refusal: () -> Refusal
    ) -> AdmissionVerdict {
        self.report(
            AdmissionObjection(
                actor: actor,
                container: request.name,
                reason: short,
                isRefused: self.refuses
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
        let bytes = text.utf8.map { $0.isPrintableASCII && !special.contains($0) ? $0 : mark }
        return String(decoding: bytes, as: UTF8.self)
    }
}
