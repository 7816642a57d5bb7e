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
