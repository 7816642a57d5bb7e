package import Base

/// Findings that an operator has looked at and accepts, each with a reason and often with an end.
package struct Suppressions: Sendable, Equatable {
    private let entries: [Entry]
    /// Positions in `entries` by what they name, so that ten thousand findings are not compared with ten thousand accepted
    /// ones each.
    private let positions: [Key: [Int]]

    private struct Key: Hashable {
        let rule: String
        /// `nil` for patterns. Bytes, because two names that look alike are two.
        let container: [UInt8]?
        /// `nil` for patterns too, and for whatever the rule finds.
        let resource: [UInt8]?
    }

    fileprivate struct Entry: Sendable, Equatable {
        let rule: String
        let container: Pattern
        /// `nil` for every image.
        let image: Pattern?
        /// `nil` for whatever the rule finds.
        let resource: Pattern?
        let reason: String
        /// The last day on which it counts; `nil` for ever.
        let expires: CalendarDay?

        func covers(_ finding: Finding) -> Bool {
            self.rule == finding.rule && self.container.matches(finding.container)
                && self.image?.matches(finding.image) ?? true && self.resource?.matches(finding.resource) ?? true
        }
    }

    /// What is left of some findings.
    package struct Outcome: Sendable {
        package let findings: [Finding]
        /// How many were left out.
        package let suppressed: Int
        /// One sentence for each entry that would have covered something if it had not expired.
        package let expired: [String]
    }

    /// - Parameter bytes: a JSON array of objects with `rule`, `container`, `reason`, and where they are wanted
    ///   `image`, `resource` and `expires`.
    /// - Throws: `InputFault` naming the entry. A name that is not known is a fault: a misspelt `expires` would
    ///   accept something for ever.
    package init(_ bytes: [UInt8]) throws(InputFault) {
        let node: JSONNode
        do throws(JSONError) {
            node = try JSONNode(parsing: bytes)
        } catch {
            throw InputFault(error)
        }
        guard case .array(let elements) = node else {
            throw InputFault("it holds \(node.kind); suppressions are an array of objects")
        }
        var entries: [Entry] = []
        for (index, element) in elements.enumerated() {
            do throws(InputFault) {
                entries.append(try Self.entry(element))
            } catch {
                throw InputFault("suppression \(index): \(error)")
            }
        }
        self.entries = entries
        self.positions = Dictionary(grouping: entries.indices) { index in
            let entry = entries[index]
            return Key(rule: entry.rule, container: entry.container.literal, resource: entry.resource?.literal)
        }
    }

    private func covering(_ finding: Finding) -> [Int] {
        let (container, resource) = (Array(finding.container.utf8), Array(finding.resource.utf8))
        let keys = [(container, resource), (container, nil), (nil, resource), (nil, nil)].map { container, resource in
            Key(rule: finding.rule, container: container, resource: resource)
        }
        return keys.flatMap { self.positions[$0] ?? [] }.filter { self.entries[$0].covers(finding) }
    }

    /// - Parameter today: by UTC.
    package func applied(to findings: [Finding], today: CalendarDay) -> Outcome {
        var isUsed = Set<Int>()
        let left = findings.filter { finding in
            let covering = self.covering(finding)
            let current = covering.filter { self.entries[$0].expires.map { $0 >= today } ?? true }
            if current.isEmpty { isUsed.formUnion(covering) }
            return current.isEmpty
        }
        return Outcome(
            findings: left,
            suppressed: findings.count - left.count,
            expired: isUsed.sorted().map { self.entries[$0].farewell }
        )
    }

    private static func entry(_ node: JSONNode) throws(InputFault) -> Entry {
        guard node.isObject else { throw InputFault("it is \(node.kind); it must be an object") }
        let known: Set = ["rule", "container", "image", "resource", "reason", "expires"]
        if let stranger = node.members.first(where: { !known.contains($0.name) })?.name {
            throw InputFault("'\(stranger)' is none of rule, container, image, resource, reason, expires")
        }
        let rule = try self.text("rule", of: node)
        guard RuleBook.rule(rule) != nil else { throw InputFault("\(UnknownRule(id: rule))") }
        var expires: CalendarDay?
        if node["expires"] != nil {
            let text = try self.text("expires", of: node)
            expires = CalendarDay(text)
            guard expires != nil else { throw InputFault("'\(text)' is not a date; write it as YYYY-MM-DD") }
        }
        return Entry(
            rule: rule,
            container: Pattern(try self.text("container", of: node)),
            image: node["image"] == nil ? nil : Pattern(try self.text("image", of: node)),
            resource: node["resource"] == nil ? nil : Pattern(try self.text("resource", of: node)),
            reason: try self.text("reason", of: node),
            expires: expires
        )
    }

    private static func text(_ name: String, of node: JSONNode) throws(InputFault) -> String {
        guard let text = node[name]?.text, !text.trimmingSpace.isEmpty else {
            throw InputFault("'\(name)' must be a string that is not empty")
        }
        return text
    }
}

extension Suppressions.Entry {
    fileprivate var farewell: String {
        let day = self.expires.map { " on \($0)" } ?? ""
        return Printable.text(
            "the suppression of \(self.rule) for \(self.container.text) ended\(day); its reason was: \(self.reason)"
        )
    }
}
