import Testing

@testable import DockerBridge

@Suite struct ComposeRulesTests {
    private static func refusal(_ change: (inout ComposeOperation) -> Void) -> String? {
        var operation = ComposeOperation(name: "up", stackName: "web")
        change(&operation)
        do throws(ComposeFailure) {
            _ = try ComposeRules.check(operation, stacksFolder: "/data/stacks")
            return nil
        } catch {
            return error.text
        }
    }

    @Test(arguments: ["", "UP", "rm", "exec"]) func onlyKnownOperationsAreTaken(_ name: String) {
        #expect(Self.refusal { $0.name = name } == "unsupported compose operation: \"\(name)\"")
    }

    @Test func aStackHasAName() {
        #expect(Self.refusal { $0.stackName = "" } == "stack name is required")
    }

    @Test(arguments: ["1A", "a b", "a-b", "", "é", "A=B"]) func namesOfVariablesAreNames(_ name: String) {
        #expect(Self.refusal { $0.variables = [name: "x"] } == "invalid env var key: \"\(name)\"")
    }

    @Test(arguments: [
        "LD_PRELOAD", "LD_LIBRARY_PATH", "PATH", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH",
        "DOCKER_TLS_VERIFY",
        "DOCKER_CONTEXT", "HOME", "SHELL", "BASH_ENV", "ENV", "CDPATH", "IFS",
    ])
    func whatSteersProgramsIsNotAllowed(_ name: String) {
        #expect(Self.refusal { $0.variables = [name: "x"] } == "env var \"\(name)\" is not allowed")
        // The rule is about exact names.
        #expect(Self.refusal { $0.variables = [name.lowercased() + "_": "x"] } == nil)
    }

    /// Another line of the file would be another variable, a denied one perhaps.
    @Test(arguments: ["a\nPATH=x", "a\rb", "a\0b"]) func valuesAreOneLine(_ value: String) {
        #expect(Self.refusal { $0.variables = ["A": value] }?.contains("invalid characters") == true)
    }

    /// A list of the parts of such a path would take many times its memory.
    @Test func noPathIsLongerThanLinuxTakes() {
        let path = String(repeating: "a/", count: 2048)
        let refusal = "a path of 4097 bytes is too long; Linux takes 4096"
        #expect(Self.refusal { $0.files = [path + "b": []] } == refusal)
        #expect(Self.refusal { $0.files = [path.dropLast() + "b": []] } == nil)
        #expect(Self.refusal { $0.stackFolder = path + "b" } == refusal)
        #expect(Self.refusal { $0.stackName = path + "b" } == refusal)
    }

    @Test(arguments: ["-f", "--file=/etc/passwd", ""]) func servicesAreNoOptions(_ name: String) {
        #expect(Self.refusal { $0.services = ["good", name] } == "invalid service name: \"\(name)\"")
    }

    @Test(arguments: [
        ("http://r", "u"), ("-r", "u"), ("", "u"), ("HTTP://r", "u"), ("r", "-u"), ("r", ""),
    ])
    func registriesAreHosts(_ server: String, _ user: String) {
        let refusal = Self.refusal { $0.login = .init(server: server, username: user, password: "p") }
        #expect(refusal?.hasPrefix("registryAuth.") == true)
    }

    @Test(arguments: ["https://r.example/v2", "r.example:5000/path"]) func hostsAndSecureURLsAreTaken(_ server: String)
    {
        #expect(Self.refusal { $0.login = .init(server: server, username: "u", password: "p") } == nil)
    }

    @Test(
        arguments: [
            ("../x", nil), ("/etc", nil), (".", nil), ("a/../..", nil), ("web", "../../etc"), ("web", "/etc"),
            ("web", "a\0b"),
            ("web", "/data/stacks"), ("web", "/data/stacks/../x"), ("web", "/data/stacksx"),
        ] as [(String, String?)]
    )
    func stacksStayWithinTheirFolder(_ name: String, _ folder: String?) {
        let refusal = Self.refusal {
            $0.stackName = name
            $0.stackFolder = folder
        }
        #expect(refusal?.contains("escapes stacks directory") == true)
    }

    @Test func aWholePathOfAStackIsAsGoodAsItsName() throws {
        var operation = ComposeOperation(name: "up", stackName: "web")
        operation.stackFolder = "/data/stacks/a/./b"
        #expect(try ComposeRules.check(operation, stacksFolder: "/data/stacks").folders == ["a", "b"])
    }

    @Test(arguments: [
        ("../other/x", "escapes stack directory"), ("../../../x", "escapes stack directory"),
        ("/abs/x", "must be relative"), ("a/../../x", "escapes stack directory"), ("", "escapes stack directory"),
        ("a/", "escapes stack directory"),
    ])
    func filesStayWithinTheirStack(_ path: String, _ reason: String) {
        #expect(Self.refusal { $0.files = [path: []] }?.contains(reason) == true)
    }

    @Test(arguments: [".env", ".env.production", "sub/.env", "./.env", ".env.drydock"])
    func environmentFilesObeyTheRulesOfVariables(_ path: String) {
        let refusal = Self.refusal { $0.files = [path: Array("A=1\nDOCKER_HOST=tcp://elsewhere\n".utf8)] }
        #expect(refusal == "file \"\(path)\": env var \"DOCKER_HOST\" is not allowed")
        #expect(Self.refusal { $0.files = [path: Array("A=1\n".utf8)] } == nil)
    }

    @Test(arguments: ["compose.yaml", "env", "my.env", ".envrc"])
    func otherFilesMaySayWhatTheyLike(_ path: String) {
        #expect(Self.refusal { $0.files = [path: Array("PATH=x".utf8)] } == nil)
    }
}
