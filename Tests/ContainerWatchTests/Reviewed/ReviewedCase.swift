import Foundation
import Testing

@testable import ContainerWatch

/// A document, and what a reviewer expects of it.
///
/// A file `Cases/*.cases` holds any number. Each begins with `== NAME`, followed by `profile NAME`, by lines that begin with `#`, which
/// give reasons, and by what is expected: `+ severity rule` is found at least that severe, `- severity rule` is not. The rule
/// may hold `*` and `?`; `*` alone stands for every rule but hygiene. The severity `*` is any. The last line is the document, or an array of several.
struct ReviewedCase: Sendable, CustomTestStringConvertible {
    struct Expectation: Sendable {
        let isFound: Bool
        let severity: Severity
        let rule: String
    }

    let name: String
    let profile: Profile
    let reason: String
    let expectations: [Expectation]
    let documents: String

    var testDescription: String { "\(self.name): \(self.reason)" }

    /// Low findings of these say nothing about the setting that a case is about.
    static let hygiene: Set = [
        "apparmor-missing", "capabilities-not-dropped", "cpu-unlimited", "default-bridge", "memory-unlimited",
        "mutable-image", "new-privileges-allowed", "no-healthcheck", "no-security-options", "pids-unlimited",
        "root-user", "writable-root-filesystem",
    ]

    static let all: [ReviewedCase] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Cases")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".cases") }.sorted().flatMap { name in
            let text = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
            return text.split(separator: "\n== ").dropFirst().map { ReviewedCase(lines: $0.split(separator: "\n")) }
        }
    }()

    private init(lines: [Substring]) {
        var (profile, reason, expectations) = (Profile.seed, "", [Expectation]())
        for line in lines.dropFirst().dropLast() {
            let words = line.split(separator: " ")
            switch words.first {
            case "profile": profile = Profile(name: String(words[1])) ?? .seed
            case "#": reason += (reason.isEmpty ? "" : " ") + line.dropFirst(2)
            case "+", "-":
                expectations.append(
                    Expectation(
                        isFound: words[0] == "+",
                        severity: Severity(rawValue: String(words[1])) ?? .low,
                        rule: String(words[2])
                    )
                )
            default: Issue.record("a line of \(lines[0]) cannot be read: \(line)")
            }
        }
        self.name = String(lines[0])
        self.profile = profile
        self.reason = reason
        self.expectations = expectations
        self.documents = String(lines.last ?? "")
    }

    /// What does not come out as expected.
    func differences(in findings: [Finding]) -> [String] {
        self.expectations.compactMap { expected in
            let pattern = Pattern(expected.rule)
            let isFound = findings.contains { finding in
                finding.severity >= expected.severity && pattern.matches(finding.rule)
                    && (expected.rule != "*" || !Self.hygiene.contains(finding.rule))
            }
            guard isFound != expected.isFound else { return nil }
            return "\(expected.isFound ? "not found" : "found"): \(expected.severity.rawValue) \(expected.rule)"
        }
    }
}
