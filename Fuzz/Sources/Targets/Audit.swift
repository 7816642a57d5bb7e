import Base
import ContainerWatch

extension Targets {
    private static let audit: ContainerCheck = {
        var selection = RuleSelection()
        selection.profile = .full
        return ContainerCheck(selection)
    }()

    /// Documents of `docker inspect`, and bodies of `POST /containers/create`: the same findings every time, in order.
    static func inspect(_ bytes: UnsafeRawBufferPointer) {
        let text = Array(bytes)
        let first = self.report(text)
        precondition(first == self.report(text), "the same documents gave two reports")
        let readers: [Reader] = [
            { try CreateRequest($0, name: "a") }, { try CreateRequest(changing: "a", $0) },
            { try PodmanRequest.read($0, name: "a") }, { try PodmanRequest.update($0, name: "a") },
            { try ServiceRequest.read($0) },
        ]
        for read in readers {
            guard let request = try? read(text) else { continue }
            precondition(self.audit.findings(in: request) == self.audit.findings(in: request))
            self.place(request.documents)
        }
        if let volume = try? VolumeRequest.read(text) { _ = self.audit.findings(in: volume) }
        if let exec = try? ExecRequest.read(text) {
            _ = self.audit.findings(in: exec, container: "a", containerID: "", image: "")
        }
    }

    private typealias Reader = ([UInt8]) throws -> CreateRequest

    /// Among surroundings that refer to the document itself: every chain ends.
    private static func place(_ documents: [InspectDocument]) {
        guard let document = documents.first else { return }
        var questions = LiveQuestions()
        for _ in 0..<3 {
            for subject in (try? questions.next(for: documents, isValid: { _ in true })) ?? [] {
                questions.add(
                    .found(.object([.init("HostConfig", .object([.init("PidMode", .text("container:a"))]))])),
                    to: subject
                )
            }
        }
        questions.follow(documents) { paths in Dictionary(paths.map { ($0, "/etc") }) { $1 } }
        questions.know(sockets: ["/etc/engine/socket"])
        _ = self.audit.findings(in: document.placed(in: questions.surroundings))
    }

    private static func report(_ text: [UInt8]) -> String {
        var input = InspectInput(text)
        var findings: [Finding] = []
        while let document = try? input.next() { findings += self.audit.findings(in: document) }
        let report = Report(containersInspected: 0, findings: findings)
        let ranks = report.findings.map(\.severity)
        precondition(ranks == ranks.sorted(by: >), "findings are out of order")
        precondition(report.findings.allSatisfy { $0.detail.count <= 300 }, "a detail is too long")
        // It repeats what all rules are about, so not every time.
        if text.count % 16 == 0 { _ = SARIFReport(programVersion: "1").json(report).compact }
        return report.json.compact + TextReport(.none).text(report)
    }
}
