import Foundation
import Testing

@testable import DockerBridge

@Suite struct ComposeVariablesTests {
    @Test(arguments: [
        "PATH", "HOME", "ENV", "TMPDIR", "LD_PRELOAD", "LD_AUDIT", "GLIBC_TUNABLES", "DOCKER_HOST", "DOCKER_TLS",
        "DOCKER_API_VERSION", "DOCKER_AUTH_CONFIG", "DOCKER_CLI_PLUGIN_EXTRA_DIRS", "BUILDKIT_HOST", "BUILDX_CONFIG",
        "COMPOSE_FILE", "COMPOSE_ENV_FILES", "COMPOSE_PROJECT_DIRECTORY", "COMPOSE_PATH_SEPARATOR",
        "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_EXEC_PATH", "GIT_SSL_NO_VERIFY",
        "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG", "PYTHONPATH", "XDG_CONFIG_HOME",
        "HTTP_PROXY", "http_proxy", "Https_Proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "ftp_proxy",
    ])
    func whatSteersProgramsIsDenied(_ name: String) {
        #expect(ComposeVariables.isDenied(name))
        #expect(ComposeVariables.firstDenied(in: Array("A=1\n\(name)=x\n".utf8)) == name)
    }

    /// What stacks use to configure images, and Compose in harmless ways.
    @Test(arguments: [
        "GIT_COMMIT", "GIT_BRANCH", "DOCKER_TAG", "DOCKER_GID", "DOCKER_BUILDKIT", "DOCKER_DEFAULT_PLATFORM",
        "PYTHONUNBUFFERED", "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "APP_HOME", "MY_PATH", "PATHS", "NODE_ENV",
        "PROXY", "HTTP_PROXY_PORT", "TZ", "PUID", "path", "Home",
    ])
    func whatStacksUseIsAllowed(_ name: String) {
        #expect(!ComposeVariables.isDenied(name))
        #expect(ComposeVariables.firstDenied(in: Array("\(name)=x\n".utf8)) == nil)
    }

    /// Spellings that some reader of environment files takes for an assignment.
    @Test(arguments: [
        "PATH=x", "  PATH=x", "\tPATH = x", "export PATH=x", "export\tPATH=x", "PATH: x", "PATH:x", "\u{feff}PATH=x",
        "A=1\rPATH=x", "A=1\r\nPATH=x", "A=\"1\" PATH=x", "A='1'PATH=x", "'PATH'=x", "\"PATH\"=x", "PATH\u{a0}=x",
        "A=\"a\n# b\" PATH=x", "A=1\0PATH=x", "PATH=", "A=1 # \nPATH=x", "PATH\u{85}=x",
        "# a\nPATH=x", "# a\rPATH=x", "# a\0PATH=x",
    ])
    func everySpellingOfAnAssignmentCounts(_ file: String) {
        #expect(ComposeVariables.firstDenied(in: Array(file.utf8)) == "PATH")
    }

    @Test(arguments: [
        "", "# PATH=x", "  # export PATH=x", "A=the PATH of it", "URL=http://HOME:80/", "A.PATH=x", "X-HOME=y", "PATH",
        "A=\"PATH\"", "HOMEPAGE=/x\nMY_HOME=y",
    ])
    func whatIsNoAssignmentDoesNot(_ file: String) {
        #expect(ComposeVariables.firstDenied(in: Array(file.utf8)) == nil)
    }

    @Test func bytesThatAreNoTextAreReadToo() {
        #expect(ComposeVariables.firstDenied(in: [0xff, 0xfe, 0x0a] + Array("HOME=x".utf8)) == "HOME")
    }

    /// An operator whose stack is refused looks there for the reason.
    @Test func thePageAboutComposeNamesThemAll() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/compose.md"), encoding: .utf8)
        let names = ComposeVariables.names.union(ComposeVariables.proxies).union(ComposeVariables.allowedComposeNames)
        for name in names { #expect(page.contains("`\(name)`"), "\(name)") }
        for prefix in ComposeVariables.prefixes { #expect(page.contains("`\(prefix)…`"), "\(prefix)") }
    }
}
