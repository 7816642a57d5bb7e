import Base
package import ContainerWatch
package import DockerBridge
import NIOCore
import Synchronization

/// Audits containers by asking the engine about them.
package struct LiveCheck: Sendable {
    /// Questions under way at once: enough to hide the engine's latency, few enough to leave it room for others.
    private static let atOnce = 8
    /// Bytes of one answer: a document with a megabyte of labels fits, and a list of ten thousand containers.
    private static let documentLimit = 4 << 20
    private static let listLimit = 32 << 20
    private static let documentPatience = TimeAmount.seconds(10)
    private static let listPatience = TimeAmount.seconds(30)

    /// About what one container refers to.
    static let mostQuestions = 256
    /// Bytes of all the answers about that: four of the largest, and far more than 256 usual ones.
    static let referenceBytes = 16 << 20
    /// Containers that the engine does not describe in time, before it is taken for one that hangs.
    static let mostLate = 8

    let engine: EngineAPI
    let check: ContainerCheck
    /// Follows the paths of the engine's host; `nil` where its files are not this host's.
    var links: HostLinks?
    /// To the document of one container.
    var containerPatience = documentPatience
    /// To an answer about what a document refers to.
    var referencePatience = documentPatience
    /// Takes sentences about what was not looked at.
    var notes: @Sendable (String) -> Void

    /// - Parameters:
    ///   - links: follows the paths of the engine's host; `nil` where its files are not this host's.
    ///   - notes: takes sentences about what was not looked at.
    package init(
        engine: EngineAPI,
        check: ContainerCheck,
        links: HostLinks? = nil,
        notes: @escaping @Sendable (String) -> Void
    ) {
        self.engine = engine
        self.check = check
        self.links = links
        self.notes = notes
    }

    /// - Returns: a report that counts what the engine did not describe.
    /// - Throws: `CheckError` when the engine cannot be asked.
    package func report(includesStopped: Bool) async throws(CheckError) -> Report {
        _ = await self.engine.refreshVersion()
        let (containers, missed) = try await self.containers(includesStopped: includesStopped)
        let services = try await self.services()
        var shared = SharedPaths()
        // A service would share its folders with its own tasks.
        for container in containers { shared.add(container.document) }
        let findings = (containers + services).flatMap(\.findings) + self.check.findings(among: shared)
        return Report(
            containersInspected: containers.count + services.count,
            containersMissed: missed,
            findings: findings
        )
    }

    /// The services of the swarm that the engine manages, each as one of its tasks; none where it manages none.
    private func services() async throws(CheckError) -> [CheckedContainer] {
        let documents = try await self.serviceList().elements.compactMap { InspectDocument(service: $0) }
        return try await self.each(documents) { (document) async throws(CheckError) -> CheckedContainer? in
            try await self.checked(document)
        }
    }

    /// Where the engine does not give it, the containers are judged all the same, and a note says what is missing.
    private func serviceList() async throws(CheckError) -> JSONNode {
        let target = "/services"
        do throws(CheckError) {
            let answer = try await self.answer(target, limit: Self.listLimit, patience: Self.listPatience)
            if answer.isSuccess { return try Self.node(answer, target) }
            // Podman knows no services, and an engine that does not manage a swarm says so with one of the other two.
            if ![404, 406, 503].contains(answer.status) {
                self.notes("the engine answers \(answer.status) to \(target): no services were looked at")
            }
        } catch {
            guard error.isOfOneQuestion else { throw error }
            self.notes("\(target): \(error); no services were looked at")
        }
        return .null
    }

    /// In no order; those that vanish meanwhile are left out.
    ///
    /// - Returns: also how many the engine did not describe, each with a note: it may hang or fail for one of them alone.
    /// - Throws: `CheckError` when the engine cannot be asked, or hangs for many.
    func containers(
        includesStopped: Bool = false
    ) async throws(CheckError) -> (checked: [CheckedContainer], missed: Int) {
        let target = "/containers/json" + (includesStopped ? "?all=true" : "")
        guard let list = try await self.ask(target, limit: Self.listLimit, patience: Self.listPatience) else {
            throw CheckError(.engineRefuses, "the engine has no \(target); is it a Docker engine?")
        }
        let ids = list.elements.compactMap { $0["Id"]?.text }
        let missed = Mutex((all: 0, late: 0))
        let checked = try await self.each(ids) { (id) async throws(CheckError) -> CheckedContainer? in
            do throws(CheckError) {
                return try await self.container(id)
            } catch {
                let late = missed.withLock { missed in
                    missed.all += 1
                    if error.code == .engineLate { missed.late += 1 }
                    return missed.late
                }
                guard error.isOfOneContainer, late <= Self.mostLate else { throw error }
                self.notes("\(String(id.prefix(12)).printable) was not looked at: \(error)")
                return nil
            }
        }
        return (checked, missed.withLock { $0.all })
    }

    /// What there is to say about one container.
    ///
    /// - Returns: `nil` when it is gone.
    /// - Throws: `CheckError` when the engine cannot be asked.
    func container(_ id: String) async throws(CheckError) -> CheckedContainer? {
        guard ContainerReference.isValid(id) else { return nil }
        let target = "/containers/\(id)/json"
        guard let node = try await self.ask(target, patience: self.containerPatience) else { return nil }
        return try await self.checked(InspectDocument(node))
    }

    private func checked(_ document: InspectDocument) async throws(CheckError) -> CheckedContainer {
        let surroundings = try await self.surroundings(of: document)
        return CheckedContainer(
            id: document.id,
            name: document.name,
            startedAt: document.startedAt ?? "",
            document: document,
            findings: self.check.findings(in: document.placed(in: surroundings), volumes: surroundings.volumes)
        )
    }

    /// What the engine and this host say about what a document only refers to.
    private func surroundings(of document: InspectDocument) async throws(CheckError) -> Surroundings {
        var questions = LiveQuestions()
        var (left, bytes) = (Self.mostQuestions, Self.referenceBytes)
        // An engine that hangs for one volume often does so for all of a plugin, so one wait is enough for a document.
        var isLate = false
        while let subjects = self.subjects(&questions, of: document), !subjects.isEmpty {
            for subject in subjects.prefix(left) {
                try await questions.add(isLate ? .failed : self.answer(to: subject, &bytes, &isLate), to: subject)
            }
            guard subjects.count <= left else {
                questions.leave(.references(most: Self.mostQuestions))
                break
            }
            left -= subjects.count
        }
        for failure in questions.failures {
            self.notes("\(document.name.printable): the engine did not say what \(failure) is")
        }
        if let links = self.links, !questions.follow([document], on: links) { questions.leave(.paths) }
        return questions.surroundings
    }

    /// A volume whose plugin has gone, for example, makes an engine fail or hang; the container is judged all the same.
    ///
    /// - Parameters:
    ///   - bytes: how much is still held of answers for this document.
    ///   - isLate: set when the engine did not answer in time.
    private func answer(
        to subject: LiveQuestions.Subject,
        _ bytes: inout Int,
        _ isLate: inout Bool
    ) async throws(CheckError) -> LiveQuestions.Answer {
        do throws(CheckError) {
            let limit = min(Self.documentLimit, bytes)
            let answer = try await self.answer(subject.target, limit: limit, patience: self.referencePatience)
            bytes -= answer.body.readableBytes
            if answer.status == 404 { return .missing }
            return answer.isSuccess ? .found(try Self.node(answer, subject.target)) : .failed
        } catch {
            guard error.isOfOneQuestion else { throw error }
            isLate = error.code == .engineLate
            return .failed
        }
    }

    /// What is still to be asked; `nil` when it cannot be.
    private func subjects(_ questions: inout LiveQuestions, of document: InspectDocument) -> [LiveQuestions.Subject]? {
        do throws(CreateRequest.Fault) {
            return try questions.next(
                for: [document],
                looksAtVolumes: self.check.looksAtVolumes,
                isValid: ContainerReference.isValid
            )
        } catch {
            questions.leave(.name)
            return nil
        }
    }

    /// What there is to say about a process that was started in a container.
    ///
    /// - Returns: `nil` when it is gone.
    /// - Throws: `CheckError` when the engine cannot be asked.
    func exec(_ id: String, container: String, containerID: String, image: String) async throws(CheckError)
        -> [Finding]?
    {
        guard ContainerReference.isValid(id), let node = try await self.ask("/exec/\(id)/json") else { return nil }
        return self.check.findings(
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
        let answer = try await self.answer(target, limit: limit, patience: patience)
        if answer.status == 404 { return nil }
        guard answer.isSuccess else {
            throw CheckError(.engineRefuses, "the engine answers \(answer.status) to \(target)")
        }
        return try Self.node(answer, target)
    }

    private func answer(
        _ target: String,
        limit: Int,
        patience: TimeAmount
    ) async throws(CheckError) -> CollectedResponse {
        do {
            return try await self.engine.get(target, limit: limit, timeout: patience)
        } catch {
            throw CheckError(error)
        }
    }

    private static func node(_ answer: CollectedResponse, _ target: String) throws(CheckError) -> JSONNode {
        do throws(JSONError) {
            return try JSONNode(parsing: Array(answer.body.readableBytesView))
        } catch {
            throw CheckError(.engineUnreadable, "the engine's answer to \(target) cannot be read: \(error)")
        }
    }

    private func each<Subject: Sendable>(
        _ subjects: [Subject],
        _ body: @escaping @Sendable (Subject) async throws(CheckError) -> CheckedContainer?
    ) async throws(CheckError) -> [CheckedContainer] {
        try await concurrently(subjects, limit: Self.atOnce, body).compactMap { $0 }
    }
}

/// A container, or a service of a swarm, as it was when it was looked at.
struct CheckedContainer: Sendable {
    let id: String
    let name: String
    /// RFC 3339 as the engine writes it; empty when it never was.
    let startedAt: String
    let document: InspectDocument
    let findings: [Finding]
}
