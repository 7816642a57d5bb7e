package import Base

/// One dangerous setting of one container.
package struct Finding: Sendable, Equatable {
    package let severity: Severity
    /// The id of a rule, kebab-case.
    package let rule: String
    /// The name of the container.
    package let container: String
    /// One English line of at most 300 characters. Never holds a value of a variable, a label or a command.
    package let detail: String
    /// What the rule looked at; which names there are is up to the rule.
    package let extra: [Extra]
    /// The full id, empty when unknown.
    package let containerID: String
    /// Empty when unknown.
    package let image: String

    /// One thing that the rule looked at.
    package struct Extra: Sendable, Equatable {
        /// One text, or several.
        package enum Value: Sendable, Equatable {
            case text(String)
            case list([String])
        }

        package let name: String
        package let value: Value
    }

    /// In Unicode scalars, of which a character may have any number.
    private static let longestDetail = 300
    /// In bytes: the longest path that Linux takes. Nothing else that a rule names is nearly as long.
    private static let longestValue = 4_096
    /// The names under which rules put the thing that a finding is about.
    private static let resourceNames = [
        "source", "capability", "port", "device", "sysctl", "kind", "volume", "container", "limit",
    ]

    /// Nothing invisible gets in: what a document says may reach a terminal.
    init(_ remark: Remark, rule: String, subject: Subject) {
        self.severity = remark.severity
        self.rule = rule
        self.container = subject.container
        self.detail = Printable.short(remark.detail, limit: Self.longestDetail)
        self.extra = remark.extra.map { extra in
            switch extra.value {
            case .text(let text): Extra(name: extra.name, value: .text(Self.value(text)))
            case .list(let texts): Extra(name: extra.name, value: .list(texts.map(Self.value)))
            }
        }
        self.containerID = subject.containerID
        self.image = subject.image
    }

    private static func value(_ text: String) -> String { Printable.short(text, bytes: Self.longestValue) }

    /// Whose settings findings are about: the same for all findings of a document, so it is made printable once, and cut to
    /// what engines take: names of hosts have 64 bytes, ids 64, references of images some 450.
    struct Subject {
        let container: String
        let containerID: String
        let image: String

        init(container: String, containerID: String, image: String) {
            self.container = Printable.short(container, bytes: 256)
            self.containerID = Printable.short(containerID, bytes: 256)
            self.image = Printable.short(image, bytes: 512)
        }
    }

    /// The same about a container that is known better now.
    package func about(_ document: InspectDocument) -> Finding {
        let subject = Subject(container: document.name, containerID: document.id, image: document.image)
        return Finding(self, of: subject)
    }

    private init(_ finding: Finding, of subject: Subject) {
        self.severity = finding.severity
        self.rule = finding.rule
        self.container = subject.container
        self.detail = finding.detail
        self.extra = finding.extra
        self.containerID = subject.containerID
        self.image = subject.image
    }

    /// The same for an answer that quotes it: no text is longer than `bytes`, no list than `entries`.
    package func quoted(bytes: Int, entries: Int) -> Finding { Finding(self, bytes: bytes, entries: entries) }

    private init(_ finding: Finding, bytes: Int, entries: Int) {
        self.severity = finding.severity
        self.rule = finding.rule
        self.container = Printable.short(finding.container, bytes: bytes)
        self.detail = Printable.short(finding.detail, bytes: bytes)
        self.extra = finding.extra.map { extra in
            switch extra.value {
            case .text(let text): return Extra(name: extra.name, value: .text(Printable.short(text, bytes: bytes)))
            case .list(let texts):
                let quoted = texts.prefix(entries).map { Printable.short($0, bytes: bytes) }
                let rest = texts.count > entries ? ["and \(texts.count - entries) more"] : []
                return Extra(name: extra.name, value: .list(quoted + rest))
            }
        }
        self.containerID = Printable.short(finding.containerID, bytes: bytes)
        self.image = Printable.short(finding.image, bytes: bytes)
    }

    /// The path, capability, port … that this is about; empty when the rule has but one thing to say.
    package var resource: String {
        Self.resource { name in
            guard case .text(let text) = self.extra.first(where: { $0.name == name })?.value else { return nil }
            return text
        }
    }

    /// - Parameter extra: the text under a name, `nil` when there is none.
    static func resource(_ extra: (String) -> String?) -> String {
        for name in Self.resourceNames {
            if let text = extra(name) { return text }
        }
        return ""
    }
}

/// What a rule says about a document, before it is known whose document it was.
struct Remark {
    let severity: Severity
    let detail: String
    var extra: [Finding.Extra] = []

    init(_ severity: Severity, _ detail: String, _ extra: KeyValuePairs<String, Finding.Extra.Value> = [:]) {
        self.severity = severity
        self.detail = detail
        self.extra = extra.map { Finding.Extra(name: $0.key, value: $0.value) }
    }
}

extension Finding {
    /// The object of the reports: its keys and their order are a promise.
    package var json: JSONNode {
        .object([
            .init("severity", .text(self.severity.rawValue)),
            .init("rule", .text(self.rule)),
            .init("container", .text(self.container)),
            .init("detail", .text(self.detail)),
            .init("extra", .object(self.extra.map { JSONNode.Member($0.name, $0.value.json) })),
            .init("container_id", .text(self.containerID)),
            .init("image", .text(self.image)),
        ])
    }
}

extension Finding.Extra.Value {
    fileprivate var json: JSONNode {
        switch self {
        case .text(let text): .text(text)
        case .list(let texts): .array(texts.map { .text($0) })
        }
    }
}

extension [Finding] {
    /// Worst first, then by container, rule, resource and detail, each by code point; of two that say the same about
    /// one thing of one container, the first stays.
    package func inOrder() -> [Finding] {
        let sorted = self.map { (key: SortKey($0), finding: $0) }.sorted { $0.key.precedes($1.key) }
        var seen: Set<Identity> = []
        return sorted.filter { seen.insert(Identity($0.finding)).inserted }.map(\.finding)
    }
}

/// UTF-8 sorts by code point; `String` would compare by canonical equivalence.
private struct SortKey {
    private let rank: Int
    private let texts: [String]

    init(_ finding: Finding) {
        self.rank = finding.severity.rank
        self.texts = [finding.container, finding.rule, finding.resource, finding.detail]
    }

    func precedes(_ other: SortKey) -> Bool {
        if self.rank != other.rank { return self.rank < other.rank }
        for (mine, theirs) in zip(self.texts, other.texts) where !mine.utf8.elementsEqual(theirs.utf8) {
            return mine.utf8.lexicographicallyPrecedes(theirs.utf8)
        }
        return false
    }
}

/// Two containers may have one name, so the id counts where there is one.
private struct Identity: Hashable {
    private let container: [UInt8]
    private let rule: String
    private let resource: [UInt8]

    init(_ finding: Finding) {
        self.container = Array((finding.containerID.isEmpty ? finding.container : finding.containerID).utf8)
        self.rule = finding.rule
        self.resource = Array(finding.resource.utf8)
    }
}
