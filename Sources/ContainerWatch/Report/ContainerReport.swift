/// A report for people, a container at a time: what was found there, and at the end what to do about each rule.
package struct ContainerReport {
    /// Columns where none are known, as in a file.
    package static let usualWidth = 100
    /// Below this lines would have a word each.
    private static let narrowest = 40

    private static let offline =
        "From a file: links on the host, named volumes and other containers were not looked at."

    private let paint: Paint
    private let width: Int

    /// - Parameter width: columns of the terminal.
    package init(_ paint: Paint, width: Int = Self.usualWidth) {
        self.paint = paint
        self.width = max(width, Self.narrowest)
    }

    /// - Parameter isOffline: says that what the documents only refer to was not looked at.
    package func text(_ report: Report, isOffline: Bool = false) -> String {
        var lines = [self.paint.bold("Lookout audit")]
        let groups = self.groups(report.findings)
        for group in groups { lines += self.lines(group) }
        if !groups.isEmpty { lines += self.remedies(report.findings) }
        if isOffline, report.containersInspected > 0 {
            lines += self.wrapped(Self.offline, after: 0, indent: 0).map(self.paint.dim)
        }
        lines += self.summary(report, containers: groups.count)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Containers in the order of their worst findings.
    private func groups(_ findings: [Finding]) -> [[Finding]] {
        var groups: [[Finding]] = []
        var positions: [String: Int] = [:]
        for finding in findings {
            let key = finding.containerID.isEmpty ? "name \(finding.container)" : finding.containerID
            if let position = positions[key] {
                groups[position].append(finding)
            } else {
                positions[key] = groups.count
                groups.append([finding])
            }
        }
        return groups
    }

    /// The container's name and its worst severity, then a line for each finding. A container with one finding takes one line.
    private func lines(_ group: [Finding]) -> [String] {
        let (first, name) = (group[0], self.paint.bold(group[0].container))
        if group.count == 1 {
            let head = "\(first.container)  \(first.severity.rawValue.uppercased())  \(first.rule)  "
            let rest = self.wrapped(first.detail, after: head.unicodeScalars.count, indent: 4)
            return [
                "\(name)  \(self.badge(first.severity))  \(first.rule)  \(rest[0])"
            ] + rest.dropFirst()
        }
        let findings = group.flatMap { finding in
            let head = "  \(finding.severity.label)  \(finding.rule)  "
            let rest = self.wrapped(finding.detail, after: head.unicodeScalars.count, indent: 12)
            return [
                "  \(self.paint.severity(finding.severity, finding.severity.label))  \(finding.rule)  \(rest[0])"
            ] + rest.dropFirst()
        }
        return ["\(name)  \(self.badge(first.severity))"] + findings
    }

    private func badge(_ severity: Severity) -> String {
        self.paint.severity(severity, severity.rawValue.uppercased())
    }

    /// What to do, once for each rule, in the order of the report.
    private func remedies(_ findings: [Finding]) -> [String] {
        var seen: Set<String> = []
        let rules = findings.map(\.rule).filter { seen.insert($0).inserted }
        return [self.paint.bold("What to do")]
            + rules.flatMap { rule in
                let rest = self.wrapped(
                    RuleBook.rule(rule)?.remedy ?? "",
                    after: rule.unicodeScalars.count + 4,
                    indent: 4
                )
                return ["  \(rule)  \(rest[0])"] + rest.dropFirst()
            }
    }

    private func summary(_ report: Report, containers: Int) -> [String] {
        let clean = max(report.containersInspected - containers, 0)
        let counts = "Containers: \(report.containersInspected), without findings: \(clean)."
        let severities = Severity.allCases.compactMap { severity -> (plain: String, painted: String)? in
            let count = report.findings.count { $0.severity == severity }
            guard count > 0 else { return nil }
            return ("\(severity.rawValue) \(count)", "\(self.badge(severity)) \(count)")
        }
        guard !severities.isEmpty else { return self.wrapped("\(counts) No security findings.", after: 0, indent: 0) }
        let painted = severities.map(\.painted).joined(separator: "  ")
        let width = counts.count + severities.map { $0.plain.count + 2 }.reduce(0, +)
        return width > self.width ? [counts, painted] : ["\(counts) \(painted)"]
    }

    /// Breaks a text at spaces.
    ///
    /// - Parameters:
    ///   - column: where the first line begins.
    ///   - indent: of the others.
    private func wrapped(_ text: String, after column: Int, indent: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        // A head that fills the line leaves the text to the next one.
        var room = self.width - column
        for word in text.split(separator: " ") {
            let length = word.unicodeScalars.count
            if length + (line.isEmpty ? 0 : 1) <= room {
                line += (line.isEmpty ? "" : " ") + word
                room -= length + (line.unicodeScalars.count == length ? 0 : 1)
            } else {
                lines.append(line)
                line = String(word)
                room = self.width - indent - length
            }
        }
        lines.append(line)
        let space = String(repeating: " ", count: indent)
        return lines.enumerated().map { $0.offset == 0 ? $0.element : space + $0.element }
    }
}
