import Foundation
import Support
import Testing

/// What the examples say about the agent is so. Whether they are what the programs they are for expect is asked by
/// `scripts/dev/check-examples`, which runs here where Python and its YAML reader are.
@Suite struct ExampleTests {
    static let files: [SourceTree.File] = {
        let endings = [".yaml", ".yml", ".hcl", ".service", ".md"]
        return endings.flatMap { (try? SourceTree.files(under: "examples", endingIn: $0)) ?? [] }
    }()

    /// Set for Compose by the `.env` file, not for the agent.
    private static let others: Set = ["DOCKER_GID"]

    @Test(arguments: files)
    func namesNoVariableThatTheAgentDoesNotRead(_ file: SourceTree.File) throws {
        let known = Self.others.union(Markdown(try SourceTree.file("docs/configuration.md").text).firstCellCode)
        #expect(Self.variables(in: file.text).subtracting(known).sorted() == [], "not in docs/configuration.md")
    }

    @Test func everyWayToSetAVariableIsSeen() {
        let texts = [
            "      AGENT_NAME: \"${AGENT_NAME}\"", "            - name: AGENT_NAME", "AGENT_NAME=edge-host-01",
            "        AGENT_NAME       = \"${node.unique.name}\"", "Environment=AGENT_NAME=%d/agent.pem",
            "$ TOKEN_FILE=token AGENT_NAME=here lookout", #"printf "A_B=https://x\nAGENT_NAME=y\n""#,
            "is refused: `AGENT_NAME=x` stands", "    --env AGENT_NAME=edge-host-01",
        ]
        for text in texts { #expect(Self.variables(in: text).contains("AGENT_NAME"), "\(text)") }
        #expect(Self.variables(in: "app.kubernetes.io/name: lookout\n- name: lookout\nAGENT_NAME").isEmpty)
    }

    /// A key of its own for each: what a controller ties to one name must not be on every node.
    @Test(arguments: ["swarm.yaml", "kubernetes.yaml", "lookout.nomad.hcl"])
    func manyHostsShareNoKey(_ name: String) throws {
        let text = try SourceTree.file("examples/edge/\(name)").text
        #expect(text.contains("/etc/lookout/agent.pem"))
        #expect(!text.contains("kind: Secret") && !text.contains("secrets:"))
        #expect(["{{.Node.Hostname}}", "spec.nodeName", "${node.unique.name}"].contains { text.contains($0) })
    }

    /// The agent's own user with the socket's group, no capability, no writable file system.
    @Test(arguments: [
        ("edge/compose.yaml", ["65532", "DOCKER_GID", "read_only: true", "- ALL", "no-new-privileges:true"]),
        (
            "edge/compose.socket-filter.yaml",
            ["65532", "DOCKER_GID", "read_only: true", "- ALL", "no-new-privileges:true"]
        ),
        ("edge/swarm.yaml", ["65532:${DOCKER_GID", "read_only: true", "- ALL"]),
        (
            "edge/kubernetes.yaml",
            [
                "runAsUser: 65532", "supplementalGroups: [998]", "runAsNonRoot: true", "readOnlyRootFilesystem: true",
                "drop: [ALL]",
            ]
        ),
        (
            "edge/lookout.nomad.hcl",
            ["65532", "[var.docker_gid]", "readonly_rootfs = true", #"["all"]"#, "no-new-privileges"]
        ),
        ("standard/compose.yaml", ["65532", "DOCKER_GID", "read_only: true", "- ALL", "no-new-privileges:true"]),
    ])
    func takesAwayWhatTheAgentDoesNotNeed(_ name: String, _ settings: [String]) throws {
        let text = try SourceTree.file("examples/\(name)").text
        for setting in settings { #expect(text.contains(setting), "\(name) has no \(setting)") }
    }

    /// After a restart of Docker a container that has the file alone may have one on which nobody listens any more.
    @Test func noneMountsTheSocketAlone() throws {
        let folders = ["examples", "docs"]
        let files = try folders.flatMap { folder in
            try [".yaml", ".hcl", ".md"].flatMap { try SourceTree.files(under: folder, endingIn: $0) }
        }
        #expect(files.count > 10)
        for file in files {
            let lines = file.text.split(separator: "\n").filter { $0.contains("/docker.sock:/") }
            #expect(lines.isEmpty, "\(file): \(lines)")
        }
    }

    /// The filter holds the engine's socket, the agent does not.
    @Test func theFilteredAgentHasNoEngineSocket() throws {
        let text = try SourceTree.file("examples/edge/compose.socket-filter.yaml").text
        let agent = try #require(text.range(of: "\n  lookout:\n"))
        #expect(!text[agent.upperBound...].contains("/var/run"))
        #expect(text[..<agent.lowerBound].contains("- /var/run:/host/run:ro"))
        for closed in ["updates", "exec"] { #expect(text.contains("      # - ./socket-filter/\(closed).map:")) }
    }

    @Test(.enabled("needs python3 with PyYAML") { await ExampleTests.hasPython() })
    func theProgramsTheyAreForAccept() async throws {
        let end = try await runProgram(SourceTree.root.appending(path: "scripts/dev/check-examples"), [])
        #expect(end.status == 0, "\(end.text)\(String(decoding: end.errors, as: UTF8.self))")
    }

    private static func hasPython() async -> Bool {
        (try? await runProgram("python3", ["-c", "import yaml"]))?.status == 0
    }

    /// In upper case, and before a `:` or `=` that gives it a value, or the name of an `env` entry.
    private static func variables(in text: String) -> Set<String> {
        let set = #/(?:^|[\s"`=]|\\n)([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:: |\s*=)/#
        let listed = #/- name: ([A-Z][A-Z0-9_]+)/#
        return Set(
            text.matches(of: set.anchorsMatchLineEndings()).map { String($0.output.1) }
                + text.matches(of: listed).map { String($0.output.1) }
        )
    }
}
