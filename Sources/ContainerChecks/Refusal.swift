import Base
import ContainerWatch

/// The answer to a request for a container that is refused: bounded whatever the request holds, because the answer is gathered
/// whole and quotes what a client sent.
struct Refusal {
    /// Findings that are told of; the rest is counted. A client mends the first of them before it reads on.
    static let maximumFindings = 20
    /// Bytes of a text that is quoted, such as a path or the name of an image.
    static let maximumValue = 200
    /// Entries of a list that is quoted, such as the addresses that a port is published on.
    static let maximumEntries = 8

    private let reason: String
    private let findings: [Finding]

    /// - Parameter reason: a sentence of our own that quotes nothing.
    init(reason: String) {
        self.reason = reason
        self.findings = []
    }

    /// - Parameter findings: at least one, worst first.
    init(_ findings: [Finding]) {
        self.findings = findings.prefix(Self.maximumFindings).map {
            $0.quoted(bytes: Self.maximumValue, entries: Self.maximumEntries)
        }
        let told = self.findings.map { "\($0.rule): \($0.detail)" }.joined(separator: " ")
        let rest = findings.count - self.findings.count
        let rules = Set(self.findings.map(\.rule)).sorted().joined(separator: ", ")
        // How to allow it comes last, and the client's own full stop follows.
        self.reason =
            (rest > 0 ? "\(told) And \(rest) more." : told)
            + " To allow it, leave \(rules) out of ADMISSION_RULES, or name this container in"
            + " ADMISSION_ACCEPTED with a day on which that ends"
    }

    var json: String {
        let body = JSONNode.object([
            .init("message", .text("refused by ADMISSION=deny of the agent: \(self.reason)")),
            .init("findings", .array(self.findings.map(\.json))),
        ])
        return body.compact + "\n"
    }
}
