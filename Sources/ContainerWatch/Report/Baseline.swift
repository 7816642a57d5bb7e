import Base

/// What an earlier report knew, so that a later one shows only what is new.
///
/// Its form is that of the JSON report: every such report can serve as a baseline.
package struct Baseline: Sendable {
    private let known: Set<Identity>

    /// Ids change whenever a container is created anew, so its name stands for it. The severity belongs to it: a
    /// mount that was read-only and is writable now is news.
    private struct Identity: Hashable {
        /// Bytes: two names that look alike are two.
        private let container: [UInt8]
        private let rule: String
        private let resource: [UInt8]
        private let severity: String

        init(container: String, rule: String, resource: String, severity: String) {
            (self.container, self.rule) = (Array(container.utf8), rule)
            (self.resource, self.severity) = (Array(resource.utf8), severity)
        }
    }

    /// - Throws: `InputFault` for what is not a JSON report.
    package init(_ bytes: [UInt8]) throws(InputFault) {
        let node: JSONNode
        do throws(JSONError) {
            node = try JSONNode(parsing: bytes)
        } catch {
            throw InputFault(error)
        }
        guard case .array(let findings) = node["findings"] else {
            throw InputFault("it has no findings; a baseline is what `lookout audit --json` prints")
        }
        var known: Set<Identity> = []
        for finding in findings {
            guard let container = finding["container"]?.text, let rule = finding["rule"]?.text,
                let severity = finding["severity"]?.text
            else { throw InputFault("one of its findings lacks its container, rule or severity") }
            let resource = Finding.resource { finding["extra"]?[$0]?.text }
            known.insert(Identity(container: container, rule: rule, resource: resource, severity: severity))
        }
        self.known = known
    }

    package func news(in findings: [Finding]) -> [Finding] {
        findings.filter { finding in
            !self.known.contains(
                Identity(
                    container: finding.container,
                    rule: finding.rule,
                    resource: finding.resource,
                    severity: finding.severity.rawValue
                )
            )
        }
    }
}
