import Base
package import ContainerWatch
package import DockerBridge
import NIOCore

/// Audits containers by asking the engine about them.
package struct LiveAudit: Sendable {
    /// Questions under way at once: enough to hide the engine's latency, few enough to leave it room for others.
    private static let atOnce = 8
    /// Bytes of one answer: a document with a megabyte of labels fits, and a list of ten thousand containers.
    private static let documentLimit = 4 << 20
    private static let listLimit = 32 << 20
    private static let documentPatience = TimeAmount.seconds(10)
    private static let listPatience = TimeAmount.seconds(30)

    /// About what one container refers to.
    private static let mostQuestions = 256

    let engine: EngineAPI
    let audit: Audit
    private let links: HostLinks?

    /// - Parameter links: follows the paths of the engine's host; `nil` where its files are not this host's.
    package init(engine: EngineAPI, audit: Audit, links: HostLinks? = nil) {
        self.engine = engine
        self.audit = audit
        self.links = links
    }

    /// - Throws: `CheckError` when the engine cannot be asked.
    package func report(includesStopped: Bool) async throws(CheckError) -> Report {
        _ = await self.engine.refreshVersion()
        let audited = try await self.containers(includesStopped: includesStopped)
        var shared = SharedPaths()
        for container in audited { shared.add(container.document) }
        let findings = audited.flatMap(\.findings) + self.audit.findings(among: shared)
        return Report(containersInspected: audited.count, findings: findings)
    }

    /// In no order; those that vanish meanwhile are left out.
    ///
    /// - Throws: `CheckError` when the engine cannot be asked.
    func containers(includesStopped: Bool = false) async throws(CheckError) -> [AuditedContainer] {
        let target = "/containers/json" + (includesStopped ? "?all=true" : "")
        guard let list = try await self.ask(target, limit: Self.listLimit, patience: Self.listPatience) else {
            throw CheckError(.engineRefuses, "the engine has no \(target); is it a Docker engine?")
        }
        return try await self.containers(list.elements.compactMap { $0["Id"]?.text })
    }

    /// What there is to say about one container.
    ///
    /// - Returns: `nil` when it is gone.
    /// - Throws: `CheckError` when the engine cannot be asked.
    func container(_ id: String) async throws(CheckError) -> AuditedContainer? {
        guard ContainerReference.isValid(id), let node = try await self.ask("/containers/\(id)/json") else {
            return nil
        }
        let document = InspectDocument(node)
        let surroundings = try await self.surroundings(of: document)
        return AuditedContainer(
            id: document.id,
            name: document.name,
            startedAt: document.startedAt ?? "",
            document: document,
            findings: self.audit.findings(in: document.placed(in: surroundings), volumes: surroundings.volumes)
        )
    }

    /// What the engine and this host say about what a document only refers to.
    private func surroundings(of document: InspectDocument) async throws(CheckError) -> Surroundings {
        var questions = LiveQuestions()
        var count = 0
        while let subjects = try? questions.next(for: [document], isValid: ContainerReference.isValid),
            !subjects.isEmpty, count < Self.mostQuestions
        {
            for subject in subjects.prefix(Self.mostQuestions - count) {
                if case .volume = subject, !self.audit.looksAtVolumes { continue }
                let node = try await self.ask(subject.target)
                questions.add(node.map { .found($0) } ?? .missing, to: subject)
            }
            count += subjects.count
        }
        if let links = self.links { questions.follow([document]) { links.targets(of: $0).links } }
        return questions.surroundings
    }

    /// What there is to say about a process that was started in a container.
    ///
    /// - Returns: `nil` when it is gone.
    /// - Throws: `CheckError` when the engine cannot be asked.
    func exec(_ id: String, container: String, containerID: String, image: String) async throws(CheckError)
        -> [Finding]?
    {
        guard ContainerReference.isValid(id), let node = try await self.ask("/exec/\(id)/json") else { return nil }
        return self.audit.findings(
            in: ExecDocument(node),
            container: container,
            containerID: containerID,
            image: image
        )
    }

    /// - Returns: `nil` for 404.
    private func ask(
        _ target: String,
        limit: Int = Self.documentLimit,
        patience: TimeAmount = Self.documentPatience
    ) async throws(CheckError) -> JSONNode? {
        let answer: CollectedResponse
        do {
            answer = try await self.engine.get(target, limit: limit, timeout: patience)
        } catch {
            throw CheckError(.engineUnreachable, "\(error)")
        }
        if answer.status == 404 { return nil }
        guard answer.isSuccess else {
            throw CheckError(.engineRefuses, "the engine answers \(answer.status) to \(target)")
        }
        do throws(JSONError) {
            return try JSONNode(parsing: Array(answer.body.readableBytesView))
        } catch {
            throw CheckError(.engineUnreadable, "the engine's answer to \(target) cannot be read: \(error)")
        }
    }

    private func containers(_ ids: [String]) async throws(CheckError) -> [AuditedContainer] {
        let outcome = await withTaskGroup(of: Result<AuditedContainer?, CheckError>.self) { group in
            var rest = ids[...]
            var results: [AuditedContainer] = []
            for id in rest.prefix(Self.atOnce) { group.addTask { await self.outcome(id) } }
            rest = rest.dropFirst(Self.atOnce)
            for await result in group {
                switch result {
                case .success(let container): if let container { results.append(container) }
                case .failure(let error):
                    group.cancelAll()
                    return Result<[AuditedContainer], CheckError>.failure(error)
                }
                if let next = rest.popFirst() { group.addTask { await self.outcome(next) } }
            }
            return .success(results)
        }
        return try outcome.get()
    }

    private func outcome(_ id: String) async -> Result<AuditedContainer?, CheckError> {
        do throws(CheckError) {
            return .success(try await self.container(id))
        } catch {
            return .failure(error)
        }
    }
}

/// A container as it was when it was looked at.
struct AuditedContainer: Sendable {
    let id: String
    let name: String
    /// RFC 3339 as the engine writes it; empty when it never was.
    let startedAt: String
    let document: InspectDocument
    let findings: [Finding]
}
