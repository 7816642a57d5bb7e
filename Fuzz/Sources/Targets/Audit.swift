import ContainerWatch

extension Targets {
    private static let audit: Audit = {
        var selection = RuleSelection()
        selection.profile = .full
        return Audit(selection)
    }()

    /// Documents of `docker inspect`, and bodies of `POST /containers/create`: the same findings every time, in order.
    static func inspect(_ bytes: UnsafeRawBufferPointer) {
        let text = Array(bytes)
        let first = self.report(text)
        precondition(first == self.report(text), "the same documents gave two reports")
        _ = try? CreateRequest(text, name: "a").documents.count
        if let request = try? CreateRequest(text, name: "a") {
            precondition(self.audit.findings(in: request) == self.audit.findings(in: request))
        }
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
