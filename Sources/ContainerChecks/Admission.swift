import Base
package import ContainerWatch
package import DockerBridge
package import NIOCore

/// Applies the rules of the audit to the settings that a request gives a container.
package struct Admission: AdmissionPolicy {
    /// What `ADMISSION` does with a container that a rule objects to.
    package enum Mode: String, CaseIterable, Sendable {
        case off, warn, deny
    }

    /// The rules by which a container owns the host.
    package static let usualRules = RuleBook.ownsHost

    private static let podman =
        "Podman makes this container from a body that cannot be looked at; use containers/create"
    private static let checkpoint =
        "Podman knows no container of this name, and would make one from a checkpoint, which cannot be looked at"

    /// A request, and what is known about it.
    private struct Inquiry {
        let request: ContainerCreation
        /// `nil` when nothing was asked yet.
        let answers: AdmissionAnswers?
        let actor: String
    }

    private let refuses: Bool
    private let check: ContainerCheck
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
        self.check = ContainerCheck(selection)
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
        let inquiry = Inquiry(request: request, answers: answers, actor: actor)
        do throws(CreateRequest.Fault) {
            // The usual start has no body and leaves the settings as they are.
            if request.kind == .start, body.readableBytes == 0 { return .admitted }
            let (bytes, name) = (body.withUnsafeReadableBytes { Array($0) }, request.name)
            switch request.kind {
            case .create: return try self.judge(try CreateRequest(bytes, name: name), inquiry)
            case .start, .update: return try self.judge(try CreateRequest(changing: name, bytes), inquiry)
            case .service: return try self.judge(try ServiceRequest.read(bytes), inquiry)
            case .podman: return try self.judge(try PodmanRequest.read(bytes, name: name), inquiry)
            case .podmanUpdate: return try self.judge(try PodmanRequest.update(bytes, name: name), inquiry)
            case .podmanRestore: return self.restore(inquiry)
            case .podmanOther: return self.objection(Self.podman, inquiry) { Refusal(reason: Self.podman) }
            case .volume: return self.judge(try VolumeRequest.read(bytes), inquiry)
            case .exec:
                let exec = try ExecRequest.read(bytes)
                let findings = self.check.findings(in: exec, container: name, containerID: "", image: "")
                return self.verdict(findings, inquiry)
            }
        } catch {
            return self.objection("\(error)", inquiry) { Refusal(reason: "\(error)") }
        }
    }

    private func judge(_ volume: VolumeDocument, _ inquiry: Inquiry) -> AdmissionVerdict {
        if self.links != nil, inquiry.answers == nil, !volume.paths.isEmpty { return .asks([]) }
        let targets = self.links?.targets(of: volume.paths) ?? HostLinks.Targets()
        guard targets.isComplete else { return self.unfollowed(inquiry) }
        let placed = volume.following(targets.links).knowing(sockets: self.links?.sockets ?? [])
        return self.verdict(self.check.findings(in: placed), inquiry)
    }

    /// Judges first what the body itself says, and asks only when that is harmless.
    private func judge(_ body: CreateRequest, _ inquiry: Inquiry) throws(CreateRequest.Fault) -> AdmissionVerdict {
        let own = self.verdict(self.check.findings(in: body), inquiry)
        guard case .admitted = own else { return own }
        let answers = inquiry.answers
        var questions = LiveQuestions()
        while true {
            let subjects = try questions.next(for: body.documents, isValid: ContainerReference.isValid)
            let open = subjects.filter { answers?[$0.target] == nil }
            if !open.isEmpty { return .asks(open.map(\.target)) }
            if subjects.isEmpty { break }
            for subject in subjects { questions.add(Self.answer(answers?[subject.target]), to: subject) }
        }
        if let failure = questions.failures.first { return self.unanswered(failure, inquiry) }
        if let links = self.links {
            // Files are looked at on a thread, where a body is judged that has been asked about.
            if answers == nil, body.documents.contains(where: { !$0.references().paths.isEmpty }) { return .asks([]) }
            guard questions.follow(body.documents, on: links) else { return self.unfollowed(inquiry) }
        }
        return self.verdict(self.check.findings(in: body, among: questions.surroundings), inquiry)
    }

    /// A container that exists may be restored.
    private func restore(_ inquiry: Inquiry) -> AdmissionVerdict {
        switch self.existing(inquiry) {
        case .found: return .admitted
        case .missing: return self.objection(Self.checkpoint, inquiry) { Refusal(reason: Self.checkpoint) }
        case .failed: return self.unanswered("the container \(inquiry.request.name)", inquiry)
        case nil: return .asks([inquiry.request.document])
        }
    }

    /// The verdict on a request whose paths are too many to follow their links.
    private func unfollowed(_ inquiry: Inquiry) -> AdmissionVerdict {
        let reason = "the body names more paths of the host than can be followed"
        return self.objection(reason, inquiry) { Refusal(reason: reason) }
    }

    /// The verdict on a request for which the engine did not say what something is.
    private func unanswered(_ subject: String, _ inquiry: Inquiry) -> AdmissionVerdict {
        let isCut = inquiry.answers?.isCut ?? false
        let reason =
            isCut
            ? "the request refers to more containers, volumes and networks than are looked at"
            : "the engine did not say what \(subject) is"
        return self.objection(reason, inquiry) { Refusal(reason: reason) }
    }

    private static func answer(_ answer: AdmissionAnswers.Answer?) -> LiveQuestions.Answer {
        switch answer {
        case .found(let body):
            (try? JSONNode(parsing: Array(body.readableBytesView))).map { .found($0) } ?? .failed
        case .missing: .missing
        case .failed, nil: .failed
        }
    }

    /// What the engine says about the container that a request is about; `nil` when it was not asked yet.
    private func existing(_ inquiry: Inquiry) -> LiveQuestions.Answer? {
        // No engine has a container of another name.
        guard ContainerReference.isValid(inquiry.request.name) else { return .missing }
        return inquiry.answers?[inquiry.request.document].map { Self.answer($0) }
    }

    /// A finding about a container that exists is accepted by the name and the image that the engine has for it. The path may hold
    /// an id, and what the body says about an image is not read by an engine.
    private func verdict(_ findings: [Finding], _ inquiry: Inquiry) -> AdmissionVerdict {
        guard let accepted = self.accepted, !findings.isEmpty else { return self.objection(to: findings, inquiry) }
        var findings = findings
        if inquiry.request.kind.isOfExisting {
            switch self.existing(inquiry) {
            case .found(let node):
                let document = InspectDocument(node)
                findings = findings.map { $0.about(document) }
            case .missing: return self.objection(to: findings, inquiry)
            case .failed: return self.unanswered("the container \(inquiry.request.name)", inquiry)
            case nil: return .asks([inquiry.request.document])
            }
        }
        return self.objection(to: accepted.applied(to: findings, today: UnixTime.now.day).findings, inquiry)
    }

    private func objection(to findings: [Finding], _ inquiry: Inquiry) -> AdmissionVerdict {
        if findings.isEmpty { return .admitted }
        let rules = Self.distinct(findings.map(\.rule)).joined(separator: ", ")
        return self.objection(rules, inquiry) { Refusal(findings) }
    }

    /// - Parameter short: for the report and for a header line: the rules, or why the body could not be judged.
    private func objection(_ short: String, _ inquiry: Inquiry, refusal: () -> Refusal) -> AdmissionVerdict {
        self.report(
            AdmissionObjection(
                actor: inquiry.actor,
                container: inquiry.request.name,
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

extension ContainerCreation {
    /// The engine's path for the document of the container that the request is about.
    fileprivate var document: String { "/containers/\(self.name)/json" }
}

/// Which containers may be created.
package struct AdmissionSettings: Sendable, Equatable {
    package var mode = Admission.Mode.off
    /// By id; only critical and high findings of these count.
    package var rules = Admission.usualRules
    /// Findings that the operator accepts.
    package var accepted: Suppressions?

    package init(
        mode: Admission.Mode = .off,
        rules: [String] = Admission.usualRules,
        accepted: Suppressions? = nil
    ) {
        self.mode = mode
        self.rules = rules
        self.accepted = accepted
    }
}

/// A request that `Admission` warned of or refused.
package struct AdmissionObjection: Sendable, Equatable {
    /// Whom the audit trail names.
    package let actor: String
    /// Empty where the request names none.
    package let container: String
    /// The rules, or why the request could not be judged.
    package let reason: String
    package let isRefused: Bool
}
